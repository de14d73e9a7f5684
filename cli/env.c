/* The library's surroundings: clocks, randomness, environment and where lines
 * and rows go. */
#include "env.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "process.h"

static int64_t env_now(void *arg)
{
	(void)arg;
	return (int64_t)time(NULL);
}

static int64_t env_ticks_ms(void *arg)
{
	struct timespec ts = {0};

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int env_random(void *arg, void *bytes, size_t len)
{
	unsigned char *at = bytes;

	(void)arg;
	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A signal ends the wait: whoever waits looks at `stopped` next. */
static void env_sleep_ms(void *arg, int64_t ms)
{
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};

	(void)arg;
	if (ms > 0)
		nanosleep(&ts, NULL);
}

static const char *env_getenv(const char *name)
{
	return getenv(name);
}

static void env_log(void *arg, enum lapse_level level, const char *line)
{
	struct surroundings *s = arg;

	talk_line(&s->talk, level, line);
}

static int env_record(void *arg, const char *schema,
	const struct lapse_field *fields, size_t n)
{
	struct surroundings *s = arg;

	return out_record(&s->out, schema, fields, n);
}

static int env_output(void *arg, const void *bytes, size_t len)
{
	struct surroundings *s = arg;

	return out_bytes(&s->out, bytes, len);
}

static bool env_stopped(void *arg)
{
	(void)arg;
	return process_signal() != 0;
}

void env_fill(struct lapse_env *env, struct surroundings *s)
{
	*env = (struct lapse_env){
		.arg = s,
		.now = env_now,
		.ticks_ms = env_ticks_ms,
		.random = env_random,
		.sleep_ms = env_sleep_ms,
		.getenv = env_getenv,
		.log = env_log,
		.record = env_record,
		.stopped = env_stopped,
		.output = env_output,
	};
}
