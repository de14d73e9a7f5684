/* Runs a command and says what it cost: one line "WALL CPU RSS STATUS" in
 * seconds, seconds, KiB of the largest process, exit status. With -n it runs
 * the command so many times and says the median wall time and CPU time.
 * -c pins it to a processor, -o names the file for the line. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct cost {
	double wall_s;
	double cpu_s;
	long rss_kib;
	int status;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

static void run(char **argv, int cpu, struct cost *ret)
{
	struct rusage used = {0};
	double began = now();
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (cpu >= 0)
			pin(cpu);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0) {
		perror("measure");
		exit(71);
	}
	ret->wall_s = now() - began;
	ret->cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime);
	ret->rss_kib = used.ru_maxrss;
	ret->status = WIFEXITED(status) ? WEXITSTATUS(status)
					: 128 + WTERMSIG(status);
}

static int by_wall(const void *a, const void *b)
{
	double x = ((const struct cost *)a)->wall_s;
	double y = ((const struct cost *)b)->wall_s;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	FILE *out = stdout;
	struct cost *costs;
	const struct cost *c;
	int cpu = -1;
	int n = 1;
	int o;

	while ((o = getopt(argc, argv, "+c:n:o:")) != -1) {
		if (o == 'c')
			cpu = atoi(optarg);
		else if (o == 'n')
			n = atoi(optarg);
		else if (o == 'o')
			out = fopen(optarg, "we");
		else
			return 64;
	}
	costs = calloc((size_t)(n > 0 ? n : 1), sizeof(*costs));
	if (optind == argc || n < 1 || out == NULL || costs == NULL)
		return 64;
	for (int i = 0; i < n; i++)
		run(argv + optind, cpu, &costs[i]);
	qsort(costs, (size_t)n, sizeof(*costs), by_wall);
	c = &costs[n / 2];
	fprintf(out, "%.6f %.6f %ld %d\n", c->wall_s, c->cpu_s, c->rss_kib,
		c->status);
	free(costs);
	return fclose(out) == 0 ? 0 : 74;
}
