/* A preloaded library under which a program runs out of memory at one moment,
 * and on a clock that costs no time. Not a test.
 *   OOM_AT=N       the N-th malloc, calloc or realloc of the process fails
 *   OOM_WAY=W      rather the one that is on this way: of those of libraries
 *                  the first (from shortly before N on), or
 *   OOM_NTH=K      of those that the program itself calls the K-th
 *   OOM_FOR=M      and the M-1 after it (default 1)
 *   OOM_MET=FILE   this is written when it comes to that
 *   OOM_COUNT=FILE at the end the number of allocations is written there
 *   OOM_LEFT=FILE  at the end the number of those that the program itself
 *                  called and nobody has freed
 *   OOM_PLACES=FILE
 *                  at the end, line by line, "N W K" of each that the program
 *                  itself calls, and with K = 0 the first on each way of
 *                  those of its libraries
 *   AHEAD_S=N      the clock is so far ahead; sleeping moves it on at once
 * A way is the chain of calls within the program that leads to an allocation,
 * whatever the libraries then do. Numbers alone would not do: the order in
 * which replies come in is not always the same. */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
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
void __libc_free(void *p);

static unsigned long count;
static unsigned long at;
static uint64_t wanted_way;
static unsigned long nth;
static unsigned long many = 1;
static unsigned long failing;		/* the number of the first that did */
static uintptr_t own[2];		/* the program's code */
static struct place {
	unsigned long n;
	uint64_t way;
	unsigned long nth;
} places[1 << 14];
static size_t n_places;
static void *live[1 << 14];		/* the program's own */
static size_t n_live;
static const char *places_file;
static const char *met_file;
static __thread bool inside;		/* what is allocated for all this */
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

static bool is_own(const void *code)
{
	return (uintptr_t)code >= own[0] && (uintptr_t)code < own[1];
}

/* 0: the program is not among the callers. */
static uint64_t way_here(void)
{
	void *frames[256];
	int n = backtrace(frames, (int)(sizeof(frames) / sizeof(frames[0])));
	uint64_t way = 0;

	for (int i = 0; i < n; i++)
		if (is_own(frames[i]))
			way = (way ^ ((uintptr_t)frames[i] - own[0]))
				* 1099511628211u + 1;
	return way;
}

static unsigned long number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoul(text, NULL, 10) : otherwise;
}

/* Before anything else is set up: the environment is all there is. */
__attribute__((constructor)) static void begin(void)
{
	at = number("OOM_AT", 0);
	wanted_way = number("OOM_WAY", 0);
	nth = number("OOM_NTH", 0);
	many = number("OOM_FOR", 1);
	ahead_s = (long)number("AHEAD_S", 0);
	places_file = getenv("OOM_PLACES");
	met_file = getenv("OOM_MET");
	dl_iterate_phdr(find_own, NULL);
	inside = true;
	way_here();		/* the first time loads a library */
	inside = false;
	count = 0;
}

/* In one write, and nothing is allocated. */
static void tell(const char *file, const char *text, size_t size)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, size) < 0)
		_exit(99);
	close(fd);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("OOM_COUNT");
	char line[96];

	if (path != NULL)
		tell(path, line, (size_t)snprintf(line, sizeof(line),
			"%lu\n", count));
	path = getenv("OOM_LEFT");
	if (path != NULL)
		tell(path, line, (size_t)snprintf(line, sizeof(line),
			"%zu\n", n_live));
	for (size_t i = 0; places_file != NULL && i < n_places; i++)
		tell(places_file, line, (size_t)snprintf(line, sizeof(line),
			"%lu %llu %lu\n", places[i].n,
			(unsigned long long)places[i].way, places[i].nth));
}

static void note_place(unsigned long n, bool its_own)
{
	uint64_t way = way_here();
	unsigned long before = 0;

	for (size_t i = 0; i < n_places; i++)
		before += places[i].way == way;
	if (way == 0 || (!its_own && before > 0))
		return;
	if (n_places == sizeof(places) / sizeof(places[0]))
		_exit(99);
	places[n_places++] = (struct place){n, way, its_own ? before + 1 : 0};
}

static bool is_wanted(unsigned long n, bool its_own)
{
	if (wanted_way == 0)
		return n == at;
	if (its_own)
		return nth > 0 && way_here() == wanted_way && --nth == 0;
	return nth == 0 && n + 500 >= at && way_here() == wanted_way;
}

/* Of the threads of libraries only the number counts: they have no way. */
static int fails(const void *caller)
{
	unsigned long n;

	if (inside)
		return 0;
	n = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
	inside = true;
	if (places_file != NULL)
		note_place(n, is_own(caller));
	if (at != 0 && failing == 0 && is_wanted(n, is_own(caller))) {
		failing = n;
		if (met_file != NULL)
			tell(met_file, "met\n", 4);
	}
	inside = false;
	if (failing == 0 || n < failing || n - failing >= many)
		return 0;
	errno = ENOMEM;
	return 1;
}

/* The program allocates in one thread. */
static void *kept(void *p, const void *caller)
{
	if (p == NULL || !is_own(caller))
		return p;
	if (n_live == sizeof(live) / sizeof(live[0]))
		_exit(99);
	live[n_live++] = p;
	return p;
}

static void forget(const void *p)
{
	for (size_t i = n_live; p != NULL && i > 0; i--) {
		if (live[i - 1] != p)
			continue;
		live[i - 1] = live[--n_live];
		return;
	}
}

void *malloc(size_t size)
{
	const void *caller = __builtin_return_address(0);

	return fails(caller) ? NULL : kept(__libc_malloc(size), caller);
}

void *calloc(size_t n, size_t size)
{
	const void *caller = __builtin_return_address(0);

	return fails(caller) ? NULL : kept(__libc_calloc(n, size), caller);
}

void *realloc(void *old, size_t size)
{
	const void *caller = __builtin_return_address(0);

	if (fails(caller))
		return NULL;
	forget(old);
	return kept(__libc_realloc(old, size), caller);
}

void free(void *p)
{
	forget(p);
	__libc_free(p);
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
