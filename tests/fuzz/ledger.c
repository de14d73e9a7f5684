/* Any bytes as the ledger's file: opened to read and to write, checked, its
 * chain walked. An even first byte: the rest is the file. An odd one: a good
 * ledger is damaged by what follows, each 4 bytes where, 1 byte how long,
 * and the bytes; length 255 cuts the file off there. With bit 1 set the same
 * goes to a write-ahead log beside it. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "evidence.h"
#include "fuzz.h"
#include "ledger.h"

enum { NOW = 1800000000, CUT = 255, FILE_BYTES = 4 << 20 };

static char folder[64];
static char path[96];
static char log_path[128];
static uint8_t *good;
static size_t good_len;

static int64_t clock_now(void *arg)
{
	(void)arg;
	return NOW;
}

static int fill(void *arg, void *bytes, size_t len)
{
	(void)arg;
	memset(bytes, 7, len);
	return 0;
}

static const struct lapse_env env = {.now = clock_now, .random = fill};

static void clear(void)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	char name[128];

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

static void leave(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		fprintf(stderr, "%s stays\n", folder);
}

static void add_events(struct ledger *l)
{
	const struct ledger_run_about about = {.command = "sync"};
	const struct evidence e = {.kind = "granted", .issue = "10001",
		.grant = 1, .idp = "okta", .group = "00g1", .user = "00u1",
		.data = "{\"change\":1}", .text = "{\"why\":\"on call\"}"};
	struct lapse_err err = {0};
	int64_t run = 0;

	must(ledger_begin(l, &err) == 0);
	must(ledger_run(l, &about, NOW, &run, &err) == 0);
	for (int i = 0; i < 20; i++)
		must(evidence_add(l, NOW + i, &e, NULL, &err) == 0);
	must(ledger_commit(l, &err) == 0);
}

static void make_good(void)
{
	struct ledger *l = NULL;
	struct lapse_err err = {0};
	FILE *f;

	snprintf(folder, sizeof(folder), "%s/lapse-fuzz-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	must(mkdtemp(folder) != NULL);
	atexit(leave);
	snprintf(path, sizeof(path), "%s/ledger.db", folder);
	snprintf(log_path, sizeof(log_path), "%s-wal", path);
	must(ledger_open(&l, path, LEDGER_CREATE, &env, &err) == 0);
	add_events(l);
	ledger_free(l);
	good = malloc(FILE_BYTES);
	f = fopen(path, "rb");
	must(good != NULL && f != NULL);
	good_len = fread(good, 1, FILE_BYTES, f);
	fclose(f);
	must(good_len > 4096 && good_len < FILE_BYTES);
}

static void write_file(const char *name, const uint8_t *bytes, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static void damage(const uint8_t *p, size_t left)
{
	uint8_t *bytes = malloc(good_len);
	size_t len = good_len;
	uint32_t at;

	must(bytes != NULL);
	memcpy(bytes, good, good_len);
	while (left > 5) {
		size_t n = p[4];

		memcpy(&at, p, 4);
		at %= (uint32_t)good_len;
		p += 5;
		left -= 5;
		if (n == CUT) {
			len = at;
			continue;
		}
		n = n < left ? n : left;
		n = n < good_len - at ? n : good_len - at;
		memcpy(bytes + at, p, n);
		p += n;
		left -= n;
	}
	write_file(path, bytes, len);
	free(bytes);
}

static int said(void *arg, const char *fault)
{
	(void)arg;
	must(fault[0] != '\0');
	return 0;
}

static int said_of(void *arg, int64_t seq, const char *fault)
{
	(void)arg;
	(void)seq;
	must(fault[0] != '\0');
	return 0;
}

static void examine(enum ledger_mode mode)
{
	struct ledger *l = NULL;
	struct ledger_about about;
	struct lapse_err err = {0};
	int64_t n = 0;
	int rc = ledger_open(&l, path, mode, &env, &err);

	must_be_clean(rc, &err);
	must((rc == 0) == (l != NULL));
	if (rc < 0)
		return;
	must_be_clean(ledger_about(l, &about, &err), &err);
	err = (struct lapse_err){0};
	must_be_clean(ledger_check(l, said, NULL, &err), &err);
	err = (struct lapse_err){0};
	must_be_clean(evidence_verify(l, said_of, NULL, &n, &err), &err);
	ledger_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (good == NULL)
		make_good();
	if (size < 1)
		return 0;
	clear();
	if (data[0] & 1)
		damage(data + 1, size - 1);
	else
		write_file(path, data + 1, size - 1);
	if (data[0] & 2)
		write_file(log_path, data + 1, size - 1);
	examine(LEDGER_READ);
	examine(LEDGER_WRITE);
	return 0;
}
