/* Running a program that is given bytes. What it prints is of no interest. */
#include "feed_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Credentials of ours may be in the environment: nothing else goes down. */
static const char *const handed_down[] = {"HOME", "USER", "LOGNAME", "LANG",
	"LC_ALL", "PATH", "TZ", "XDG_RUNTIME_DIR"};

struct run {
	struct arena arena;
	struct strs argv;
	struct strs envp;
	pid_t pid;
	int in;			/* holds the bytes */
	int ended;		/* readable when the program has ended */
};

/* It leads a process group of its own: what it started goes too. */
static void run_end(struct run *r)
{
	if (r->pid > 0) {
		kill(-r->pid, SIGKILL);
		while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (r->in >= 0)
		close(r->in);
	if (r->ended >= 0)
		close(r->ended);
	arena_clear(&r->arena);
}
#define AUTO_RUN __attribute__((cleanup(run_end))) struct run

static int fail(struct lapse_err *err, const struct run *r, const char *what)
{
	return lapse_fail(err, LAPSE_EITEM, "command '%s': %s",
		r->argv.items[0], what);
}

static int prepare(struct run *r, const struct strs *argv,
	const char *(*env_get)(const char *), struct lapse_err *err)
{
	for (size_t i = 0; i < argv->n; i++)
		strs_add(&r->argv, &r->arena, argv->items[i]);
	for (size_t i = 0; i < sizeof(handed_down) / sizeof(*handed_down);
		i++) {
		const char *value = env_get == NULL ? NULL :
			env_get(handed_down[i]);

		if (value != NULL)
			strs_add(&r->envp, &r->arena, arena_fmt(&r->arena,
				"%s=%s", handed_down[i], value));
	}
	VEC_ADD(&r->envp, &r->arena);	/* both lists end with NULL */
	VEC_ADD(&r->argv, &r->arena);
	return arena_check(&r->arena, err);
}

/* A file in memory: a program that never reads cannot make us wait. */
static int keep_bytes(struct run *r, const char *bytes, size_t len,
	struct lapse_err *err)
{
	size_t done = 0;

	r->in = memfd_create("lapse", MFD_CLOEXEC);
	while (r->in >= 0 && done < len) {
		ssize_t n = write(r->in, bytes + done, len - done);

		if (n < 0 && errno != EINTR)
			return fail(err, r, strerror(errno));
		done += n > 0 ? (size_t)n : 0;
	}
	if (r->in < 0 || lseek(r->in, 0, SEEK_SET) < 0)
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
	rc = posix_spawn_file_actions_adddup2(files, r->in, STDIN_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(files, STDOUT_FILENO,
			"/dev/null", O_WRONLY, 0);
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
		rc = posix_spawn(&r->pid, r->argv.items[0], files, attr,
			(char *const *)r->argv.items,
			(char *const *)r->envp.items);
	return rc;
}

static int start(struct run *r, struct lapse_err *err)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc = posix_spawn_file_actions_init(&files);

	if (rc != 0)
		return fail(err, r, strerror(rc));
	rc = posix_spawnattr_init(&attr);
	if (rc == 0) {
		rc = spawn(r, &files, &attr);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	if (rc != 0) {
		r->pid = 0;
		return fail(err, r, strerror(rc));
	}
	r->ended = (int)syscall(SYS_pidfd_open, r->pid, 0);
	return r->ended < 0 ? fail(err, r, strerror(errno)) : 0;
}

static int wait_end(struct run *r, int timeout_s, struct lapse_err *err)
{
	struct pollfd end = {.fd = r->ended, .events = POLLIN};
	int status = 0;
	int n = poll(&end, 1, timeout_s * 1000);

	/* A signal to us is a reason to end, too. */
	if (n <= 0)
		return fail(err, r, n == 0 ? "takes too long" :
					     strerror(errno));
	if (waitpid(r->pid, &status, 0) < 0)
		return fail(err, r, strerror(errno));
	r->pid = 0;
	if (WIFSIGNALED(status))
		return lapse_fail(err, LAPSE_EITEM,
			"command '%s': killed by signal %d", r->argv.items[0],
			WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return lapse_fail(err, LAPSE_EITEM,
			"command '%s': exit status %d", r->argv.items[0],
			WEXITSTATUS(status));
	return 0;
}

int feed_command(const struct strs *argv, const char *(*env_get)(const char *),
	const void *bytes, size_t len, int timeout_s, struct lapse_err *err)
{
	AUTO_RUN r = {.in = -1, .ended = -1};
	int rc;

	if (argv->n == 0)
		return lapse_fail(err, LAPSE_EINTERNAL, "command: none");
	rc = prepare(&r, argv, env_get, err);
	if (rc == 0)
		rc = keep_bytes(&r, bytes, len, err);
	if (rc == 0)
		rc = start(&r, err);
	return rc < 0 ? rc : wait_end(&r, timeout_s, err);
}
