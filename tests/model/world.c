/* The sandbox process, the shared clock, lapse in this process. What people do
 * is moves.c. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lapse.h"
#include "moves.h"

const char *const user_names[USERS] = {"ben", "carol", "ivan"};
const char *const user_ids[USERS] = {
	"00u1ben0000000000h7a", "00u1carol00000000h7a", "00u1ivan000000000h7a"};
const char *const group_names[GROUPS] = {
	"gh-read", "gh-write", "gh-prod", "aws-read", "aws-base", "aws-admin"};
const char *const group_ids[GROUPS] = {"00g1githubread0000h7",
	"00g1githubwrite000h7", "00g1githubprod0000h7", "00g1awsread0000000h7",
	"00g1awsbase0000000h7", "00g1awsadmin000000h7"};
const struct role_of roles[ROLES] = {
	{"github/read", "GitHub", "read", NULL, false, {[0] = true}},
	{"github/write", "GitHub", "write", "dana", false,
		{[1] = true, [0] = true}},
	{"github/prod-admin", "GitHub", "prod-admin", "dana", true,
		{[2] = true}},
	{"aws/read", "AWS", "read", "karin", false, {[3] = true, [4] = true}},
	{"aws/admin", "AWS", "admin", "karin", true, {[5] = true, [4] = true}},
};
const char *const command_names[COMMANDS] = {
	"sync", "sync --full", "expire", "grant", "revoke", "verify",
	"rebuild", "rebuild --check", "catalog publish"};

bool verbose;

static struct {
	pid_t pid;			/* the sandbox */
	char dir[64];			/* in memory where there is /dev/shm */
	char jira[64];
	char okta[64];
	char control[64];
	int64_t *ms;			/* the true time, shared with it */
	int64_t began_ms;
	int64_t off_s;			/* the host's clock is wrong by */
	struct dice dice;		/* lapse's randomness */
	int looks;			/* at the clock, by this process */
	int kill_at;			/* 0: never */
	int writes;			/* that the provider answered */
	int kill_write;			/* 0: never */
	sqlite3 *db;			/* for the model's looks; NULL: closed */
	void *ledger;			/* its bytes as marked */
	size_t ledger_len;
} w;

void die(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	world_close();
	exit(2);
}

uint32_t roll(struct dice *d, uint32_t sides)
{
	uint64_t x = d->state += 0x9e3779b97f4a7c15u;	/* splitmix64 */

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((x ^ (x >> 31)) % sides);
}

/* ---- Time ---- */

int64_t now_s(void)
{
	return __atomic_load_n(w.ms, __ATOMIC_SEQ_CST) / 1000;
}

static void pass_ms(int64_t ms)
{
	__atomic_add_fetch(w.ms, ms, __ATOMIC_SEQ_CST);
}

void later(int64_t seconds)
{
	pass_ms(seconds * 1000);
}

void host_clock(int64_t off_s)
{
	w.off_s = off_s;
}

/* ---- lapse's surroundings ---- */

/* Both clocks are looked at around every call and every commit, the
 * monotonic one also while a reply is waited for. */
static void look(void)
{
	if (w.kill_at > 0 && ++w.looks >= w.kill_at)
		raise(SIGKILL);
}

static int64_t env_now(void *arg)
{
	(void)arg;
	look();
	return now_s() + w.off_s;
}

static int64_t env_ticks_ms(void *arg)
{
	(void)arg;
	look();
	return __atomic_load_n(w.ms, __ATOMIC_SEQ_CST);
}

static int env_random(void *arg, void *bytes, size_t len)
{
	(void)arg;
	for (size_t i = 0; i < len; i++)
		((unsigned char *)bytes)[i] = (unsigned char)roll(&w.dice, 256);
	return 0;
}

static void env_sleep_ms(void *arg, int64_t ms)
{
	(void)arg;
	pass_ms(ms);
}

static const char *env_getenv(const char *name)
{
	(void)name;
	return NULL;
}

static void env_log(void *arg, enum lapse_level level, const char *line)
{
	(void)arg;
	/* The reply is there, and nothing of it is recorded yet. */
	if (w.kill_write > 0 && (strstr(line, "okta: PUT ") != NULL ||
		strstr(line, "okta: DELETE ") != NULL) &&
		++w.writes >= w.kill_write)
		raise(SIGKILL);
	if (verbose)
		fprintf(stderr, "        %d %s\n", (int)level, line);
}

static int env_record(void *arg, const char *schema,
	const struct lapse_field *fields, size_t n)
{
	char *line = verbose ? lapse_record_json(schema, fields, n) : NULL;

	(void)arg;
	if (line != NULL)
		fprintf(stderr, "        %s\n", line);
	free(line);
	return 0;
}

static const struct lapse_env env = {
	.now = env_now,
	.ticks_ms = env_ticks_ms,
	.random = env_random,
	.sleep_ms = env_sleep_ms,
	.getenv = env_getenv,
	.log = env_log,
	.record = env_record,
};

/* ---- One command ---- */

static unsigned needs_of(enum command c)
{
	if (c == VERIFY)
		return LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG;
	if (c == REBUILD)
		return LAPSE_NEED_CONFIG | LAPSE_NEED_NET;
	return LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET |
		(c == EXPIRE ? LAPSE_NEED_SWEEP : 0u);
}

static int call(struct lapse *l, enum command c, const char *what,
	struct lapse_err *err)
{
	switch (c) {
	case SYNC:
	case FULL:
		return lapse_sync(l, &(struct lapse_sync){.full = c == FULL},
			err);
	case EXPIRE:
		return lapse_expire(l, err);
	case GRANT:
		return lapse_grant(l, what, "by hand", err);
	case REVOKE:
		return lapse_revoke(l, &(struct lapse_revoke){.what = what,
			.reason = "by hand"}, err);
	case REBUILD:
		return lapse_rebuild(l, &(struct lapse_rebuild){
			.anchor = what, .reason = "disk lost"}, err);
	case CHECK:
		return lapse_rebuild(l, &(struct lapse_rebuild){.check = true},
			err);
	case PUBLISH:
		return lapse_catalog_publish(l, err);
	case VERIFY:
	default:
		return lapse_verify(l, &(struct lapse_verify){0}, err);
	}
}

static const char *in_dir(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", w.dir, name);
	return path;
}

static int with_lapse(const char *command, unsigned needs,
	const char *operator, struct lapse **ret, struct lapse_err *err)
{
	char path[128];

	return lapse_open(ret, &(struct lapse_options){
		.command = command,
		.needs = needs,
		.config = in_dir("lapse.conf", path),
		.operator_login = operator,
		.unattended = operator == NULL,
	}, &env, err);
}

int run_lapse(enum command c, const char *what)
{
	struct lapse *l = NULL;
	struct lapse_err err = {0};
	bool by_hand = c == GRANT || c == REVOKE || c == REBUILD;
	int rc = with_lapse(command_names[c], needs_of(c),
		by_hand ? "anna" : NULL, &l, &err);
	int status;

	if (rc < 0) {
		status = lapse_exit_of(rc);
	} else {
		rc = call(l, c, what, &err);
		status = lapse_finish(l, rc);
		lapse_free(l);
	}
	if (verbose)
		fprintf(stderr, "      %s%s%s: exit %d%s%s\n",
			command_names[c], what != NULL ? " " : "",
			what != NULL ? what : "", status,
			rc < 0 ? ": " : "", rc < 0 ? err.text : "");
	return status;
}

static void ledger_close(void)
{
	sqlite3_close(w.db);
	w.db = NULL;
}

static pid_t in_child(enum command c, const char *what, int kill_at)
{
	pid_t pid;

	ledger_close();		/* SQLite must not be carried over a fork */
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	w.looks = 0;
	w.kill_at = kill_at > 0 ? kill_at : 0;
	w.kill_write = kill_at < 0 ? -kill_at : 0;
	w.dice.state ^= 0x5bd1e995;
	_exit(run_lapse(c, what));
}

static int wait_for(pid_t pid, const char *what)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("%s: %s", what, strerror(errno));
	return status;
}

bool run_killed(enum command c, const char *what, int n)
{
	int status = wait_for(in_child(c, what, n), "killed run");

	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		die("a run ended by signal %d", WTERMSIG(status));
	return WIFSIGNALED(status);
}

void run_two(struct run_of *a, struct run_of *b)
{
	pid_t pid = in_child(b->c, b->what, 0);
	int status;

	a->status = run_lapse(a->c, a->what);
	status = wait_for(pid, "second run");
	if (!WIFEXITED(status))
		die("a run ended by signal %d", WTERMSIG(status));
	b->status = WEXITSTATUS(status);
}

/* ---- The ledger's file ---- */

static void ledger_path(const char *end, char path[160])
{
	snprintf(path, 160, "%s/state/ledger.db%s", w.dir, end);
}

sqlite3 *ledger_read(void)
{
	char path[160];

	ledger_path("", path);
	if (w.db == NULL && sqlite3_open_v2(path, &w.db,
		SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		die("'%s': %s", path, sqlite3_errmsg(w.db));
	sqlite3_busy_timeout(w.db, 5000);
	return w.db;
}

void ledger_lose(char ret_anchor[KEY_MAX])
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	sqlite3_stmt *q = NULL;
	char path[160];

	if (sqlite3_prepare_v2(ledger_read(), "SELECT anchor_issue FROM ledger",
		-1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW)
		die("ledger: its anchor cannot be read");
	snprintf(ret_anchor, KEY_MAX, "%s", sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	ledger_close();
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		ledger_path(ends[i], path);
		unlink(path);
	}
}

static void ledger_mark(void)
{
	char path[160];
	struct stat st;
	int fd;

	sqlite3_exec(ledger_read(), "pragma wal_checkpoint(truncate)", NULL,
		NULL, NULL);
	ledger_close();
	ledger_path("", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		die("'%s': %s", path, strerror(errno));
	w.ledger_len = (size_t)st.st_size;
	w.ledger = malloc(w.ledger_len);
	if (w.ledger == NULL || read(fd, w.ledger, w.ledger_len) !=
		(ssize_t)w.ledger_len)
		die("'%s': cannot be read", path);
	close(fd);
}

static void ledger_restore(void)
{
	char path[160];
	int fd;

	ledger_close();
	ledger_path("-wal", path);
	unlink(path);
	ledger_path("-shm", path);
	unlink(path);
	ledger_path("", path);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, w.ledger, w.ledger_len) !=
		(ssize_t)w.ledger_len)
		die("'%s': cannot be written", path);
	close(fd);
}

/* ---- Starting ---- */

static void put_file(const char *name, const char *text)
{
	char path[128];
	FILE *out = fopen(in_dir(name, path), "we");

	if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0 ||
		chmod(path, 0600) != 0)
		die("'%s': cannot be written", path);
}

static void make_clock(void)
{
	char path[128];
	int fd = open(in_dir("clock", path), O_RDWR | O_CREAT | O_CLOEXEC,
		0600);

	if (fd < 0 || ftruncate(fd, sizeof(*w.ms)) != 0)
		die("'%s': %s", path, strerror(errno));
	w.ms = mmap(NULL, sizeof(*w.ms), PROT_READ | PROT_WRITE, MAP_SHARED,
		fd, 0);
	if (w.ms == MAP_FAILED)
		die("'%s': %s", path, strerror(errno));
	close(fd);
	*w.ms = INT64_C(1795000000000);
}

static void start_sandbox(const char *sandbox, const char *seed)
{
	char ready[128], clock[128];

	in_dir("ready", ready);
	in_dir("clock", clock);
	w.pid = fork();
	if (w.pid < 0)
		die("fork: %s", strerror(errno));
	if (w.pid > 0)
		return;
	execl(sandbox, sandbox, "--seed", seed, "--ready", ready, "--clock",
		clock, "--with-parent", (char *)NULL);
	fprintf(stderr, "'%s': %s\n", sandbox, strerror(errno));
	_exit(127);
}

static void read_ready(void)
{
	char path[128];
	char line[256];
	FILE *in = NULL;

	in_dir("ready", path);
	for (int i = 0; i < 500 && in == NULL; i++) {
		in = fopen(path, "re");
		if (in == NULL)
			usleep(10000);
	}
	if (in == NULL)
		die("the sandbox does not start");
	while (fgets(line, sizeof(line), in) != NULL) {
		sscanf(line, "SANDBOX_JIRA=%63s", w.jira);
		sscanf(line, "SANDBOX_OKTA=%63s", w.okta);
		sscanf(line, "SANDBOX_CONTROL=%63s", w.control);
	}
	fclose(in);
}

static void put_value(FILE *out, const char *name, size_t len)
{
	if (strncmp(name, "JIRA", len) == 0)
		fputs(w.jira, out);
	else if (strncmp(name, "OKTA", len) == 0)
		fputs(w.okta, out);
	else
		fputs(w.dir, out);
}

static void make_config(const char *from)
{
	char line[512], path[128];
	FILE *in = fopen(from, "re");
	FILE *out = fopen(in_dir("lapse.conf", path), "we");

	if (in == NULL || out == NULL)
		die("'%s': %s", from, strerror(errno));
	while (fgets(line, sizeof(line), in) != NULL) {
		char *at = strchr(line, '@');
		char *end = at != NULL ? strchr(at + 1, '@') : NULL;

		if (end == NULL || at[1] < 'A' || at[1] > 'Z') {
			fputs(line, out);
			continue;
		}
		fwrite(line, 1, (size_t)(at - line), out);
		put_value(out, at + 1, (size_t)(end - at - 1));
		fputs(end + 1, out);
	}
	fclose(in);
	if (fclose(out) != 0 || chmod(path, 0600) != 0)
		die("'%s': cannot be written", path);
}

static int init(struct lapse *l, struct lapse_err *err)
{
	char path[128];

	return lapse_init(l, &(struct lapse_init){
		.config = in_dir("lapse.conf", path),
		.project = "10042",
		.issue_type = "10100",
	}, err);
}

static void set_up(const char *command, unsigned needs,
	int (*what)(struct lapse *l, struct lapse_err *err))
{
	struct lapse *l = NULL;
	struct lapse_err err = {0};
	int rc = with_lapse(command, needs, "anna", &l, &err);

	if (rc == 0)
		rc = what(l, &err);
	if (rc < 0)
		die("%s: %s", command, err.text);
	lapse_finish(l, rc);
	lapse_free(l);
}

static void make_folder(void)
{
	char path[128];

	snprintf(w.dir, sizeof(w.dir), "%s/lapse-model.XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(w.dir) == NULL || mkdir(in_dir("state", path), 0700) != 0)
		die("'%s': %s", w.dir, strerror(errno));
	put_file("jira", "sandbox-jira-classic");
	put_file("okta", "sandbox-okta-ssws");
	put_file("ledger-key", "0123456789abcdef0123456789abcdef");
}

void world_open(const char *sandbox, const char *seed, const char *config)
{
	make_folder();
	make_clock();
	start_sandbox(sandbox, seed);
	read_ready();
	moves_open(w.jira, w.control);
	make_config(config);
	set_up("init", LAPSE_MAY_CONFIG, init);
	set_up("catalog publish", needs_of(SYNC), lapse_catalog_publish);
	if (run_lapse(SYNC, NULL) != 0)
		die("the first sync fails");
	/* Requests from before the first enforcing run are not acted on. */
	later(2);
	moves_mark();
	ledger_mark();
	w.began_ms = *w.ms;
}

void world_restart(uint64_t seed)
{
	ledger_restore();
	*w.ms = w.began_ms;
	w.off_s = 0;
	w.dice.state = seed;
	moves_restart();
}

void world_close(void)
{
	char command[128];

	if (w.pid > 0) {
		kill(w.pid, SIGTERM);
		waitpid(w.pid, NULL, 0);
		w.pid = 0;
	}
	ledger_close();
	free(w.ledger);
	w.ledger = NULL;
	snprintf(command, sizeof(command), "rm -rf '%s'", w.dir);
	if (w.dir[0] != '\0' && system(command) != 0)
		fprintf(stderr, "'%s': left behind\n", w.dir);
	w.dir[0] = '\0';
}
