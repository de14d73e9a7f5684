/* Secrets: which files and programs are taken, and that nothing known gets
 * out. Runs as root too, where permissions stop nobody. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "secret.h"

static char dir[64];
static const char *credentials_dir;

static const char *env_get(const char *name)
{
	if (strcmp(name, "CREDENTIALS_DIRECTORY") == 0)
		return credentials_dir;
	if (strcmp(name, "CI_TOKEN") == 0)
		return "CANARY-env\n";
	if (strcmp(name, "EMPTY") == 0)
		return "";
	if (strcmp(name, "PATH") == 0)
		return "/usr/bin:/bin";
	return NULL;
}

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/lapse-secret.XXXXXX");
	credentials_dir = NULL;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	secret_forget_all();
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* "file:DIR/name" of a new file. */
static const char *file(const char *name, const char *bytes, size_t len,
	mode_t mode)
{
	static char reference[160];
	FILE *f;

	snprintf(reference, sizeof(reference), "file:%s/%s", dir, name);
	f = fopen(reference + 5, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
	assert_int_equal(chmod(reference + 5, mode), 0);
	return reference;
}

static void gives(const char *reference, const char *want)
{
	AUTO_BUF b = {0};
	struct lapse_err err;

	assert_ok(secret_read(reference, env_get, &b, &err));
	assert_string_equal(buf_text(&b), want);
}

/* Refused, and the line has this in it. */
static void fails(const char *reference, const char *says)
{
	AUTO_BUF b = {0};
	struct lapse_err err;

	assert_err(secret_read(reference, env_get, &b, &err), LAPSE_ECONFIG);
	assert_int_equal(b.len, 0);
	assert_has(err.text, says);
	assert_has_not(err.text, "CANARY");
}

static void file_contents(void **state)
{
	static char big[(1 << 16) + 2];

	(void)state;
	gives(file("a", "CANARY-1\n", 9, 0600), "CANARY-1");
	gives(file("a", "CANARY-1\n\n", 10, 0600), "CANARY-1\n");
	gives(file("a", " CANARY\r", 8, 0600), " CANARY\r");
	gives(file("a", "--\nline\nline\n--\n", 16, 0600),
		"--\nline\nline\n--");
	fails(file("a", "", 0, 0600), "is empty");
	fails(file("a", "\n", 1, 0600), "is empty");
	fails(file("a", "CANARY\0x", 8, 0600), "NUL");
	memset(big, 'x', sizeof(big) - 1);
	gives(file("a", big, 1 << 16, 0600), big + 1);
	fails(file("a", big, (1 << 16) + 1, 0600), "larger");
}

static void file_modes(void **state)
{
	static const mode_t good[] = {0400, 0440, 0600, 0640};
	static const mode_t bad[] = {0644, 0604, 0602, 0620, 0660, 0700, 0601,
		04600, 0610};
	struct lapse_err err;
	AUTO_BUF b = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		gives(file("a", "CANARY", 6, good[i]), "CANARY");
	for (size_t i = 0; i < COUNT(bad); i++)
		fails(file("a", "CANARY", 6, bad[i]), "do: chmod 06");
	assert_err(secret_read(file("b", "CANARY", 6, 0644), env_get, &b, &err),
		LAPSE_ECONFIG);
	assert_has(err.text, "mode is 0644; do: chmod 0640");
	assert_has(err.text, dir);
}

static void odd_files(void **state)
{
	char path[96], link[96], reference[128];

	(void)state;
	snprintf(reference, sizeof(reference), "file:%s/none", dir);
	fails(reference, "no such file");
	snprintf(reference, sizeof(reference), "file:%s", dir);
	fails(reference, "not a regular file");
	/* Nobody writes into it: opening it must not wait. */
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(reference, sizeof(reference), "file:%s", path);
	fails(reference, "not a regular file");
	fails("file:/dev/zero", "not a regular file");
	file("real", "CANARY", 6, 0600);
	snprintf(path, sizeof(path), "%s/real", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink(path, link), 0);
	snprintf(reference, sizeof(reference), "file:%s", link);
	fails(reference, "symbolic link");
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 12345, 0), 0);
		snprintf(reference, sizeof(reference), "file:%s", path);
		fails(reference, "owned by uid 12345");
	}
}

static void credentials(void **state)
{
	(void)state;
	credentials_dir = dir;
	file("jira", "CANARY-jira", 11, 0600);
	gives("credential:jira", "CANARY-jira");
	fails("credential:absent-anywhere",
		"credential:absent-anywhere: secret: '/etc/lapse/credentials/");
	/* There, but not fit: another one is not looked for. */
	file("open", "CANARY-open", 11, 0644);
	fails("credential:open", "do: chmod");
	fails("credential:../real", "not a plain name");
	fails("credential:.hidden", "not a plain name");
	fails("credential:", "not a plain name");
	fails("credential:a/b", "not a plain name");
	credentials_dir = "relative";
	fails("credential:jira-x", "/etc/lapse/credentials/jira-x");
}

static void environment(void **state)
{
	(void)state;
	gives("env:CI_TOKEN", "CANARY-env");
	fails("env:UNSET", "'env:UNSET': not set");
	fails("env:EMPTY", "is empty");
	fails("env:", "not set");
}

/* What is no reference may be the secret itself, pasted. */
static void other_references(void **state)
{
	static const char *const bad[] = {"CANARY-pasted", "", "file:relative",
		"File:/x", "env", "https://CANARY"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		fails(bad[i], "not a reference");
}

static void commands(void **state)
{
	(void)state;
	gives("command:[\"/bin/echo\", \"CANARY; $(id) `id` \\\"q\\\"\"]",
		"CANARY; $(id) `id` \"q\"");
	gives("command:[\"/bin/sh\", \"-c\", \"echo one; echo two\"]",
		"one\ntwo");
	fails("command:[\"/bin/false\"]", "'/bin/false': exit status 1");
	fails("command:[\"/bin/sh\", \"-c\", \"echo CANARY; exit 3\"]",
		"exit status 3");
	fails("command:[\"/bin/sh\", \"-c\", \"kill -9 $$\"]", "signal 9");
	fails("command:[\"/bin/true\"]", "'command': is empty");
	fails("command:[\"/nowhere/x\"]", "No such file");
	fails("command:[\"echo\", \"x\"]", "absolute path");
	fails("command:[]", "absolute path");
	fails("command:/bin/echo x", "JSON");
	fails("command:{\"a\":\"b\"}", "array of texts");
	fails("command:[\"/bin/echo\", 5]", "array of texts");
	fails("command:[\"/usr/bin/head\", \"-c\", \"70000\", \"/dev/zero\"]",
		"more than 64 KiB");
}

/* The child sees no variable and no descriptor that was not meant for it. */
static void commands_inherit_little(void **state)
{
	int fds[2];

	(void)state;
	setenv("CANARY", "CANARY", 1);
	gives("command:[\"/usr/bin/env\"]", "PATH=/usr/bin:/bin");
	unsetenv("CANARY");
	gives("command:[\"/bin/sh\", \"-c\", \"cat; echo end\"]", "end");
	assert_int_equal(pipe(fds), 0);
	/* The fourth one is the directory that ls reads. */
	gives("command:[\"/bin/ls\", \"/proc/self/fd\"]", "0\n1\n2\n3");
	close(fds[0]);
	close(fds[1]);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Is it there, and not merely uncollected by init? */
static bool runs(int pid)
{
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	assert_int_equal(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
	fclose(f);
	return state != 'Z';
}

/* A child of the child keeps the pipe; afterwards all of them are gone. */
static void slow_commands(void **state)
{
	double began = seconds();
	char command[256], path[128];
	int pid = 0;
	FILE *f;

	(void)state;
	snprintf(command, sizeof(command), "command:[\"/bin/sh\", \"-c\", "
		"\"sleep 77 & echo $! >%s/pid; sleep 77\"]", dir);
	fails(command, "longer than 10 s");
	assert_true(seconds() - began > 9 && seconds() - began < 30);
	snprintf(path, sizeof(path), "%s/pid", dir);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	for (int i = 0; i < 500 && runs(pid); i++)
		usleep(10000);
	assert_false(runs(pid));
}

static void redacted(const char *text, const char *want)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", text);
	secret_redact(copy);
	assert_string_equal(copy, want);
}

static void redacts(void **state)
{
	(void)state;
	secret_redact(NULL);
	redacted("CANARY-token", "CANARY-token");
	secret_register("CANARY-token", 12);
	secret_register("CANARY-token-longer", 19);
	secret_register("sixsix", 6);
	secret_register("short", 5);
	redacted("", "");
	redacted("a CANARY-token b", "a [redacted] b");
	redacted("CANARY-token", "[redacted]");
	redacted("CANARY-tokenCANARY-token", "[redacted][redacted]");
	redacted("x CANARY-token-longer x", "x [redacted] x");
	secret_register("CANARY-tok", 10);	/* the longest one counts */
	redacted("x CANARY-token-longer x", "x [redacted] x");
	redacted("CANARY-to ken", "CANARY-to ken");
	redacted("sixsixsix short", "***six short");
	/* Cut off by the end of a line that had no room for it. */
	redacted("Bearer CANARY-tok", "Bearer [redacted]");
	redacted("Bearer CANAR", "Bearer CANAR");
	secret_forget_all();
	redacted("CANARY-token", "CANARY-token");
}

/* As long as the text stays, or shorter: in place. */
static void never_grows(void **state)
{
	char text[] = "sixsix|sevenxx|eightxxx|ninexxxxx|tenxxxxxxx|";

	(void)state;
	secret_register("sixsix", 6);
	secret_register("sevenxx", 7);
	secret_register("eightxxx", 8);
	secret_register("ninexxxxx", 9);
	secret_register("tenxxxxxxx", 10);
	secret_redact(text);
	assert_string_equal(text, "***|***|***|***|[redacted]|");
}

static void redacts_lines_of_keys(void **state)
{
	static const char key[] = "-----BEGIN PRIVATE KEY-----\n"
		"CANARYCANARYCANARYCANARY\nCANARYlastline0123456789\n"
		"-----END PRIVATE KEY-----";

	(void)state;
	secret_register(key, sizeof(key) - 1);
	redacted(key, "[redacted]");
	redacted("x CANARYlastline0123456789 x", "x [redacted] x");
	redacted("-----BEGIN PRIVATE KEY-----x",
		"-----BEGIN PRIVATE KEY-----x");
}

static void the_newest_are_kept(void **state)
{
	char text[32];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "token-number-%d-", i);
		secret_register(text, strlen(text));
		secret_register(text, strlen(text));
	}
	redacted("token-number-999- token-number-900-",
		"[redacted] [redacted]");
	redacted("token-number-0-", "token-number-0-");
}

static void read_values_are_registered(void **state)
{
	char text[] = "a CANARY-env b";

	(void)state;
	gives("env:CI_TOKEN", "CANARY-env");
	secret_redact(text);
	assert_string_equal(text, "a [redacted] b");
}

static void hear(void *arg, enum lapse_level level, const char *line)
{
	snprintf(arg, 256, "%d %s", (int)level, line);
}

static void log_lines(void **state)
{
	char heard[256] = "";
	struct lapse_env env = {.arg = heard, .log = hear};
	struct lapse_env deaf = {0};

	(void)state;
	secret_register("CANARY\ntoken", 12);
	log_say(&env, LAPSE_NOTICE, "user '%s' %d", "a\x1b[2J\nERROR", 5);
	assert_string_equal(heard, "2 user 'a\\x1b[2J\\nERROR' 5");
	log_say(&env, LAPSE_DEBUG, "got CANARY\ntoken");
	assert_string_equal(heard, "4 got [redacted]");
	log_say(&deaf, LAPSE_ERROR, "nobody");
	log_say(NULL, LAPSE_ERROR, "nobody");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(file_contents),
		TEST(file_modes),
		TEST(odd_files),
		TEST(credentials),
		TEST(environment),
		TEST(other_references),
		TEST(commands),
		TEST(commands_inherit_little),
		TEST(slow_commands),
		TEST(redacts),
		TEST(never_grows),
		TEST(redacts_lines_of_keys),
		TEST(the_newest_are_kept),
		TEST(read_values_are_registered),
		TEST(log_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
