/* The process itself: descriptors, limits, signals. Nothing of commands. */
#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lapse.h"

static volatile sig_atomic_t stop_signal;
static bool done;

int process_signal(void)
{
	return stop_signal;
}

static void on_stop(int sig)
{
	stop_signal = sig;
}

/* A descriptor closed by the caller would be the next file opened: the ledger
 * would get what is meant for stdout. Output is opened for reading, so that
 * writing to it fails and is told. */
static void hold_descriptor(int fd, int mode)
{
	if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode) != fd)
		_exit(74);
}

/* The second signal ends the process at once: the ledger stands that. */
static void watch_signals(void)
{
	struct sigaction stop = {.sa_handler = on_stop,
		.sa_flags = (int)SA_RESETHAND};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigemptyset(&stop.sa_mask);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* libConfuse's scanner calls exit(2) when there is no memory, and says so. A
 * status that lapse(1) does not list must not leave here. */
static void on_foreign_exit(int status, void *arg)
{
	static const char text[] = "lapse: error: a library ended the run\n";

	(void)status;
	(void)arg;
	if (done)
		return;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(LAPSE_EXIT_IO);
	_exit(LAPSE_EXIT_INTERNAL);
}

void process_done(void)
{
	done = true;
}

void process_prepare(void)
{
	struct rlimit none = {0, 0};

	hold_descriptor(STDIN_FILENO, O_RDONLY);
	hold_descriptor(STDOUT_FILENO, O_RDONLY);
	hold_descriptor(STDERR_FILENO, O_WRONLY);
	umask(077);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	watch_signals();
	on_exit(on_foreign_exit, NULL);
}
