/* A preloaded library under which a program runs out of memory at one moment,
 * and on a clock that costs no time. Not a test.
 *   OOM_AT=N       the N-th malloc, calloc or realloc of the process fails
 *   OOM_FOR=M      and the M-1 after it (default 1)
 *   OOM_OWN=1      only those that the program itself calls are counted, not
 *                  those of its libraries
 *   OOM_COUNT=FILE at the end the number of allocations is written there
 *   AHEAD_S=N      the clock is so far ahead; sleeping moves it on at once */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* glibc's own, whatever stands before them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static unsigned long count;
static unsigned long at;
static unsigned long until;
static uintptr_t own[2];		/* the program's code; 0: all counts */
static struct timespec ahead;		/* both clocks */
static long ahead_s;			/* the wall clock */

/* The program comes first. */
static int find_own(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || (p->p_flags & PF_X) == 0)
			continue;
		own[0] = info->dlpi_addr + p->p_vaddr;
		own[1] = own[0] + p->p_memsz;
	}
	return 1;
}

/* Before anything else is set up: the environment is all there is. */
__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("OOM_AT");

	at = text != NULL ? strtoul(text, NULL, 10) : 0;
	text = getenv("OOM_FOR");
	until = at + (text != NULL ? strtoul(text, NULL, 10) : 1);
	text = getenv("AHEAD_S");
	ahead_s = text != NULL ? strtol(text, NULL, 10) : 0;
	if (getenv("OOM_OWN") != NULL)
		dl_iterate_phdr(find_own, NULL);
	count = 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("OOM_COUNT");
	char text[32];
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (write(fd, text, (size_t)snprintf(text, sizeof(text), "%lu\n",
		count)) < 0)
		_exit(99);
	close(fd);
}

static int fails(const void *caller)
{
	uintptr_t from = (uintptr_t)caller;
	unsigned long n;

	if (own[1] != 0 && (from < own[0] || from >= own[1]))
		return 0;
	n = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
	if (at == 0 || n < at || n >= until)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL
		: __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL
		: __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL
		: __libc_realloc(old, size);
}

/* ---- The clock ---- */

static void add(struct timespec *t, const struct timespec *more)
{
	t->tv_sec += more->tv_sec;
	t->tv_nsec += more->tv_nsec;
	t->tv_sec += t->tv_nsec / 1000000000;
	t->tv_nsec %= 1000000000;
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
	(void)left;
	add(&ahead, wanted);
	return 0;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, ret);

	if (rc != 0 || (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME))
		return rc;
	add(ret, &ahead);
	if (clock == CLOCK_REALTIME)
		ret->tv_sec += ahead_s;
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	if (ret != NULL)
		*ret = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *ret, void *zone)
{
	struct timespec now = {0};

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	ret->tv_sec = now.tv_sec;
	ret->tv_usec = now.tv_nsec / 1000;
	return 0;
}
