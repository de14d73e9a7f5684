/* Model-based random test of the whole stack: lapse in this process, over
 * real HTTP, against the sandbox, with a clock that nobody waits for. Dice make
 * sequences of what people, services and hosts do; after each step a small
 * reference model says what must be so. A failing sequence is made as short as
 * it still fails, and printed.
 *
 *   model [--seed N] [--sequences M] [--only K] [--seconds S] [--lose] [-v]
 *
 * --only: that one sequence of the seed; --lose: the ledger is lost after every
 * sequence, not only some, and rebuilt; -v: lapse's own lines too. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "reference.h"
#include "sequence.h"

struct options {
	uint64_t seed;
	long sequences;
	long only;			/* -1: all */
	long seconds;			/* 0: no end but the number */
	long failures;			/* stop after so many */
};

static double elapsed(void)
{
	static struct timespec began;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (began.tv_sec == 0)
		began = now;
	return (double)(now.tv_sec - began.tv_sec) +
		(double)(now.tv_nsec - began.tv_nsec) / 1e9;
}

static bool parse(int argc, char **argv, struct options *ret)
{
	static const struct option known[] = {
		{"seed", required_argument, NULL, 's'},
		{"sequences", required_argument, NULL, 'n'},
		{"only", required_argument, NULL, 'k'},
		{"seconds", required_argument, NULL, 't'},
		{"failures", required_argument, NULL, 'f'},
		{"lose", no_argument, NULL, 'l'},
		{0},
	};

	for (int c; (c = getopt_long(argc, argv, "v", known, NULL)) != -1;) {
		if (c == 's')
			ret->seed = strtoull(optarg, NULL, 0);
		else if (c == 'n')
			ret->sequences = strtol(optarg, NULL, 10);
		else if (c == 'k')
			ret->only = strtol(optarg, NULL, 10);
		else if (c == 't')
			ret->seconds = strtol(optarg, NULL, 10);
		else if (c == 'f')
			ret->failures = strtol(optarg, NULL, 10);
		else if (c == 'l')
			sequence_loses = true;
		else if (c == 'v')
			verbose = true;
		else
			return false;
	}
	return optind == argc;
}

/* Each sequence has its own dice, so that one can be run alone. */
static uint64_t seed_of(const struct options *o, long k)
{
	return o->seed * 1000003u + (uint64_t)k;
}

static bool one(const struct options *o, long k)
{
	struct dice d = {seed_of(o, k)};
	struct sequence s;
	int step = 0;
	bool talk = verbose;

	sequence_make(&s, &d);
	if (sequence_run(&s, seed_of(o, k), &step))
		return true;
	printf("# sequence %ld of seed %llu fails; run again with "
	       "--seed %llu --only %ld -v\n", k, (unsigned long long)o->seed,
		(unsigned long long)o->seed, k);
	sequence_print(&s, step);
	verbose = false;
	sequence_shrink(&s, seed_of(o, k));
	verbose = talk;
	if (sequence_run(&s, seed_of(o, k), &step))
		printf("# shorter, but it does not fail each time:\n");
	else
		printf("# shorter:\n");
	sequence_print(&s, step);
	fflush(stdout);
	return false;
}

static void run_all(const struct options *o, long *ret_ran, long *ret_failed)
{
	long first = o->only >= 0 ? o->only : 0;
	long end = o->only >= 0 ? o->only + 1 : o->sequences;

	for (long k = first; k < end && *ret_failed < o->failures; k++) {
		if (o->seconds > 0 && elapsed() > (double)o->seconds)
			return;
		++*ret_ran;
		*ret_failed += !one(o, k);
	}
}

int main(int argc, char **argv)
{
	struct options o = {.seed = (uint64_t)time(NULL), .sequences = 1000,
		.only = -1, .failures = 3};
	const char *build = getenv("BUILD");
	char sandbox[512];
	long ran = 0;
	long failed = 0;

	if (!parse(argc, argv, &o)) {
		fputs("usage: model [--seed N] [--sequences M] [--only K] "
		      "[--seconds S] [--failures N] [--lose] [-v]\n", stderr);
		return 64;
	}
	elapsed();
	snprintf(sandbox, sizeof(sandbox), "%s/sandbox",
		build != NULL ? build : "build");
	signal(SIGPIPE, SIG_IGN);
	world_open(sandbox, "examples/sandbox/company.json",
		"tests/model/lapse.conf.in");
	printf("1..1\n");
	run_all(&o, &ran, &failed);
	world_close();
	printf("# %ld sequences of seed %llu in %.1f s\n", ran,
		(unsigned long long)o.seed, elapsed());
	printf("%sok 1 - what the model says holds\n", failed > 0 ? "not " :
								    "");
	return failed > 0;
}
