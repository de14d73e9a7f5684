/* Running the program that gives a secret. Not a general way to run
 * programs. */
#include "secret_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "json.h"

enum {
	TIMEOUT_S = 10,
	WAIT_MS = 5,		/* between looks at a child that closed its
				   output and still runs */
};

/* What password managers need to find their store and their agent. Nothing
 * else is handed down: another secret may be in the environment. */
static const char *const handed_down[] = {"HOME", "USER", "LOGNAME", "LANG",
	"LC_ALL", "PATH", "GNUPGHOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
	"SSL_CERT_FILE"};

/* <Shape> argv and envp end with NULL, in one arena. timer is readable when
 * the time is up. */
struct run {
	struct strs argv;
	struct strs envp;
	const char *name;
	pid_t pid;
	int timer;
	int out;		/* the pipe's reading end */
	int in;			/* its writing end, until the child has it */
};

static void fd_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The child leads a process group of its own: what it started goes too. */
static void run_end(struct run *r)
{
	fd_end(&r->out);
	fd_end(&r->in);
	fd_end(&r->timer);
	if (r->pid > 0) {
		kill(-r->pid, SIGKILL);
		while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	r->pid = 0;
}
#define AUTO_RUN __attribute__((cleanup(run_end))) struct run

static int fail(struct lapse_err *err, const struct run *r, const char *what)
{
	return lapse_fail(err, LAPSE_ECONFIG, "secret: command '%s': %s",
		r->name == NULL ? "" : r->name, what);
}

/* ---- Before ---- */

static int read_argv(struct run *r, const char *text, struct arena *a,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct lapse_err why;
	const char *word;

	if (json_open(&doc, text, strlen(text), &why) != 0)
		return lapse_fail(err, LAPSE_ECONFIG, "secret: command: %s",
			why.text);
	if (!json_is_array(json_root(doc)))
		return fail(err, r, "not a JSON array of texts");
	for (struct json i = json_first(json_root(doc)); json_valid(i);
		i = json_next(i)) {
		word = json_as_text(i);
		if (word == NULL)
			return fail(err, r, "not a JSON array of texts");
		strs_add(&r->argv, a, word);
	}
	if (a->failed)
		return lapse_fail_nomem(err);
	if (r->argv.n == 0 || r->argv.items[0][0] != '/')
		return fail(err, r, "the program must be an absolute path");
	r->name = r->argv.items[0];
	return 0;
}

static int make_envp(struct run *r, const char *(*env_get)(const char *),
	struct arena *a, struct lapse_err *err)
{
	size_t n = sizeof(handed_down) / sizeof(*handed_down);
	const char *value;

	for (size_t i = 0; i < n; i++) {
		value = env_get == NULL ? NULL : env_get(handed_down[i]);
		if (value != NULL)
			strs_add(&r->envp, a,
				arena_fmt(a, "%s=%s", handed_down[i], value));
	}
	VEC_ADD(&r->envp, a);	/* both lists end with NULL */
	VEC_ADD(&r->argv, a);
	return arena_check(a, err);
}

static int open_fds(struct run *r, struct lapse_err *err)
{
	struct itimerspec when = {.it_value = {.tv_sec = TIMEOUT_S}};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail(err, r, strerror(errno));
	r->out = ends[0];
	r->in = ends[1];
	r->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (r->timer < 0 || timerfd_settime(r->timer, 0, &when, NULL) != 0)
		return fail(err, r, strerror(errno));
	return 0;
}

static int spawn(struct run *r, posix_spawn_file_actions_t *files,
	posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	rc = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null",
		O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(files, r->in,
			STDOUT_FILENO);
	/* Ours are closed at exec; those that we were given may not be. */
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(files, 3);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attr, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	if (rc == 0)
		rc = posix_spawnattr_setpgroup(attr, 0);
	if (rc == 0)
		rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
			POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	if (rc == 0)
		rc = posix_spawn(&r->pid, r->name, files, attr,
			(char *const *)r->argv.items,
			(char *const *)r->envp.items);
	return rc;
}

static int start(struct run *r, struct lapse_err *err)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc;

	rc = posix_spawn_file_actions_init(&files);
	if (rc != 0)
		return fail(err, r, strerror(rc));
	rc = posix_spawnattr_init(&attr);
	if (rc == 0) {
		rc = spawn(r, &files, &attr);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	fd_end(&r->in);
	if (rc != 0) {
		r->pid = 0;
		return fail(err, r, strerror(rc));
	}
	return 0;
}

/* ---- While it runs ---- */

static int read_output(struct run *r, char *bytes, size_t size, size_t *ret_len,
	struct lapse_err *err)
{
	struct pollfd fds[] = {{.fd = r->timer, .events = POLLIN},
		{.fd = r->out, .events = POLLIN}};
	size_t len = 0;
	ssize_t got = 1;

	while (got != 0) {
		if (len == size)
			return fail(err, r, "prints more than 64 KiB");
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return fail(err, r, strerror(errno));
		if ((fds[0].revents & POLLIN) != 0)
			return fail(err, r, "takes longer than 10 s");
		if (fds[1].revents == 0)
			continue;
		got = read(r->out, bytes + len, size - len);
		if (got < 0 && errno != EINTR)
			return fail(err, r, strerror(errno));
		if (got > 0)
			len += (size_t)got;
	}
	*ret_len = len;
	return 0;
}

static int wait_end(struct run *r, struct lapse_err *err)
{
	struct pollfd timer = {.fd = r->timer, .events = POLLIN};
	int status = 0;
	pid_t pid;

	while ((pid = waitpid(r->pid, &status, WNOHANG)) == 0 ||
		(pid < 0 && errno == EINTR)) {
		if (poll(&timer, 1, WAIT_MS) > 0)
			return fail(err, r, "takes longer than 10 s");
	}
	r->pid = 0;
	if (pid < 0)
		return fail(err, r, strerror(errno));
	if (WIFSIGNALED(status))
		return lapse_fail(err, LAPSE_ECONFIG,
			"secret: command '%s': killed by signal %d", r->name,
			WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"secret: command '%s': exit status %d", r->name,
			WEXITSTATUS(status));
	return 0;
}

int secret_command(const char *argv, const char *(*env_get)(const char *),
	char *bytes, size_t size, size_t *ret_len, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_RUN r = {.timer = -1, .out = -1, .in = -1};
	size_t len = 0;
	int rc;

	rc = read_argv(&r, argv, &a, err);
	if (rc == 0)
		rc = make_envp(&r, env_get, &a, err);
	if (rc == 0)
		rc = open_fds(&r, err);
	if (rc == 0)
		rc = start(&r, err);
	if (rc == 0)
		rc = read_output(&r, bytes, size, &len, err);
	if (rc == 0)
		rc = wait_end(&r, err);
	if (rc == 0)
		*ret_len = len;
	return rc;
}
