/* A preloaded library under which a program lives on the sandbox's clock (see
 * --clock there): time passes when someone sleeps or an exchange takes place,
 * so waits cost nothing and every run sees the same times. Not a test.
 *   CLOCK=FILE     the milliseconds since 1970, an int64_t
 *   CLOCK_SHIFT=S  instead: the real time, and so many seconds; for programs
 *                  under the address sanitizer, which asks for the time before
 *                  libfaketime is ready for it */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t *ms;
static time_t shift;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("CLOCK");
	const char *seconds = getenv("CLOCK_SHIFT");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);

	if (seconds != NULL)
		shift = (time_t)strtoll(seconds, NULL, 10);
	if (fd < 0)
		return;
	ms = mmap(NULL, sizeof(*ms), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		0);
	if (ms == MAP_FAILED)
		ms = NULL;
	close(fd);
}

static struct timespec now(void)
{
	int64_t at = __atomic_load_n(ms, __ATOMIC_SEQ_CST);

	return (struct timespec){at / 1000, (long)(at % 1000) * 1000000};
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
	if (ms == NULL)
		return (int)syscall(SYS_nanosleep, wanted, left);
	__atomic_add_fetch(ms, wanted->tv_sec * 1000 +
		(wanted->tv_nsec + 999999) / 1000000, __ATOMIC_SEQ_CST);
	return 0;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int rc = 0;

	if (ms != NULL && (clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME))
		*ret = now();
	else
		rc = (int)syscall(SYS_clock_gettime, clock, ret);
	if (ms == NULL && clock == CLOCK_REALTIME)
		ret->tv_sec += shift;
	return rc;
}

time_t time(time_t *ret)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (ret != NULL)
		*ret = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *ret, void *zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	*ret = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
	return 0;
}
