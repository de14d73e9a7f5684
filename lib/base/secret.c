/* Secrets: where they are read, and what keeps them from getting out. What is
 * run for "command:" is secret_command.c. */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret_command.h"
#include "text.h"

#define CREDENTIALS "/etc/lapse/credentials"

/* ---- Known values ---- */

enum {
	SHORTEST = 6,	/* bytes; less would redact ordinary words */
	LINE_LEAST = 16,/* of a line of a longer secret, taken alone */
	KNOWN_MOST = 256,
};

struct known {
	char *bytes;
	size_t len;
};

/* One process, one thread; the oldest makes room for the newest, which is a
 * token that was fetched again. */
static struct known known[KNOWN_MOST];
static size_t n_known;
static size_t oldest;
static bool may_begin[256];

static void forget(struct known *k)
{
	if (k->bytes != NULL) {
		explicit_bzero(k->bytes, k->len);
		free(k->bytes);
	}
	*k = (struct known){0};
}

static bool is_known(const char *bytes, size_t len)
{
	for (size_t i = 0; i < n_known; i++) {
		if (known[i].len == len &&
			memcmp(known[i].bytes, bytes, len) == 0)
			return true;
	}
	return false;
}

static void remember(const char *bytes, size_t len)
{
	struct known *slot;
	char *copy;

	if (len < SHORTEST || is_known(bytes, len))
		return;
	copy = malloc(len);
	if (copy == NULL)
		return;
	memcpy(copy, bytes, len);
	if (n_known < KNOWN_MOST) {
		slot = &known[n_known++];
	} else {
		slot = &known[oldest];
		oldest = (oldest + 1) % KNOWN_MOST;
		forget(slot);
	}
	*slot = (struct known){.bytes = copy, .len = len};
	may_begin[(unsigned char)copy[0]] = true;
}

/* A key of many lines must not get out by one of its lines either. */
void secret_register(const char *bytes, size_t len)
{
	size_t from = 0;

	remember(bytes, len);
	for (size_t i = 0; i <= len; i++) {
		if (i < len && bytes[i] != '\n')
			continue;
		if ((from > 0 || i < len) && i - from >= LINE_LEAST &&
			memcmp(bytes + from, "-----", 5) != 0)
			remember(bytes + from, i - from);
		from = i + 1;
	}
}

/* The bytes of the longest secret that stands here. One that the end of the
 * text cuts off counts: lines are cut to size before they are shown. */
static size_t secret_at(const char *text, size_t left)
{
	size_t longest = 0;

	for (size_t i = 0; i < n_known; i++) {
		size_t len = known[i].len < left ? known[i].len : left;

		if (len >= SHORTEST && len > longest &&
			memcmp(text, known[i].bytes, len) == 0)
			longest = len;
	}
	return longest;
}

void secret_redact(char *text)
{
	static const char mark[] = "[redacted]";
	size_t left, len, shown;
	char *to = text;

	if (text == NULL || n_known == 0)
		return;
	for (left = strlen(text); left > 0; text += len, left -= len) {
		len = may_begin[(unsigned char)*text] ? secret_at(text, left)
						      : 0;
		if (len > 0) {
			shown = len < sizeof(mark) - 1 ? 3 : sizeof(mark) - 1;
			memcpy(to, shown == 3 ? "***" : mark, shown);
		} else {
			shown = len = 1;
			*to = *text;
		}
		to += shown;
	}
	*to = '\0';
}

void secret_forget_all(void)
{
	for (size_t i = 0; i < n_known; i++)
		forget(&known[i]);
	n_known = 0;
	oldest = 0;
	memset(may_begin, 0, sizeof(may_begin));
}

/* ---- Reading ---- */

/* A secret on its way: on the stack, so that it is wiped in one place and no
 * growing buffer leaves copies behind. */
struct value {
	char bytes[SECRET_MAX + 1];
	size_t len;
};

static void value_wipe(struct value *v)
{
	explicit_bzero(v, sizeof(*v));
}
#define AUTO_VALUE __attribute__((cleanup(value_wipe))) struct value

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define AUTO_FD __attribute__((cleanup(fd_close))) int

/* Who could have written it, and who else can read it. */
static int check_file(const char *path, const struct stat *st,
	struct lapse_err *err)
{
	if (!S_ISREG(st->st_mode))
		return lapse_fail(err, LAPSE_ECONFIG,
			"secret: '%s': not a regular file", path);
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return lapse_fail(err, LAPSE_ECONFIG,
			"secret: '%s': owned by uid %u; do: chown root '%s'",
			path, (unsigned)st->st_uid, path);
	if ((st->st_mode & 07777 & ~0640U) != 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"secret: '%s': mode is %04o; do: chmod %s '%s'", path,
			(unsigned)st->st_mode & 07777,
			(st->st_mode & 040) != 0 ? "0640" : "0600", path);
	if (st->st_size > SECRET_MAX)
		return lapse_fail(err, LAPSE_ECONFIG,
			"secret: '%s': larger than %d bytes", path, SECRET_MAX);
	return 0;
}

static int read_all(int fd, const char *path, struct value *v,
	struct lapse_err *err)
{
	ssize_t got;

	do {
		got = read(fd, v->bytes + v->len, sizeof(v->bytes) - v->len);
		if (got > 0)
			v->len += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		return lapse_fail(err, LAPSE_ECONFIG, "secret: '%s': %s", path,
			strerror(errno));
	return 0;
}

static int open_file(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
		O_NOCTTY);
}

static int from_fd(int fd, const char *path, struct value *v,
	struct lapse_err *err)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st) != 0)
		return lapse_fail(err, LAPSE_ECONFIG, "secret: '%s': %s", path,
			strerror(errno));
	rc = check_file(path, &st, err);
	if (rc != 0)
		return rc;
	return read_all(fd, path, v, err);
}

static int from_file(const char *path, struct value *v, struct lapse_err *err)
{
	AUTO_FD fd = open_file(path);

	if (fd < 0 && errno == ENOENT)
		return lapse_fail(err, LAPSE_ECONFIG,
			"secret: '%s': no such file; put the secret there with "
			"mode 0600 or 0640", path);
	if (fd < 0 && errno == ELOOP)
		return lapse_fail(err, LAPSE_ECONFIG,
			"secret: '%s': a symbolic link; name the file itself",
			path);
	if (fd < 0)
		return lapse_fail(err, LAPSE_ECONFIG, "secret: '%s': %s", path,
			strerror(errno));
	return from_fd(fd, path, v, err);
}

static bool credential_name(const char *name)
{
	return text_is_id(name) && name[0] != '.' && strchr(name, ':') == NULL;
}

static int from_credential(const char *name,
	const char *(*env_get)(const char *), struct value *v,
	struct lapse_err *err)
{
	const char *dir = env_get == NULL ? NULL
					  : env_get("CREDENTIALS_DIRECTORY");
	AUTO_BUF path = {0};
	bool handed = false;
	int rc;

	if (!credential_name(name))
		return lapse_fail(err, LAPSE_ECONFIG,
			"secret: 'credential:%.40s': not a plain name", name);
	/* Only where it is not there at all: one that may not be read is a
	 * mistake to be told of, not a reason to take another. */
	if (dir != NULL && dir[0] == '/') {
		buf_fmt(&path, "%s/%s", dir, name);
		handed = access(buf_text(&path), F_OK) == 0;
	}
	if (!handed) {
		buf_reset(&path);
		buf_fmt(&path, "%s/%s", CREDENTIALS, name);
	}
	rc = buf_check(&path, err, "secret");
	if (rc != 0)
		return rc;
	rc = from_file(buf_text(&path), v, err);
	if (rc != 0 && err != NULL)
		lapse_prefix(err, "credential:%s", name);
	return rc;
}

static int from_env(const char *name, const char *(*env_get)(const char *),
	struct value *v, struct lapse_err *err)
{
	const char *text = env_get == NULL ? NULL : env_get(name);

	if (text == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"secret: 'env:%.40s': not set in the environment",
			name);
	v->len = strnlen(text, sizeof(v->bytes));
	memcpy(v->bytes, text, v->len);
	return 0;
}

static int from_reference(const char *reference,
	const char *(*env_get)(const char *), struct value *v,
	struct lapse_err *err)
{
	if (strncmp(reference, "credential:", 11) == 0)
		return from_credential(reference + 11, env_get, v, err);
	if (strncmp(reference, "file:/", 6) == 0)
		return from_file(reference + 5, v, err);
	if (strncmp(reference, "command:", 8) == 0)
		return secret_command(reference + 8, env_get, v->bytes,
			sizeof(v->bytes), &v->len, err);
	if (strncmp(reference, "env:", 4) == 0)
		return from_env(reference + 4, env_get, v, err);
	/* It may be the secret itself: it is not repeated. */
	return lapse_fail(err, LAPSE_ECONFIG,
		"secret: not a reference; write credential:NAME, file:/PATH, "
		"command:[\"/PATH\", ...] or env:NAME");
}

/* The reference as the messages name it: a command's arguments are not shown,
 * since people put into them what should not be there. */
static int shown_len(const char *reference)
{
	size_t len = strlen(reference);

	if (strncmp(reference, "command:", 8) == 0)
		return 7;
	return len > 80 ? 80 : (int)len;
}

int secret_read(const char *reference, const char *(*env_get)(const char *),
	struct buf *ret, struct lapse_err *err)
{
	AUTO_VALUE v = {.len = 0};
	const char *wrong = NULL;
	int rc;

	rc = from_reference(reference, env_get, &v, err);
	if (rc != 0)
		return rc;
	if (v.len > SECRET_MAX)
		wrong = "larger than 64 KiB";
	if (v.len > 0 && v.bytes[v.len - 1] == '\n')
		v.len--;
	if (wrong == NULL && memchr(v.bytes, '\0', v.len) != NULL)
		wrong = "has a NUL byte in it";
	if (wrong == NULL && v.len == 0)
		wrong = "is empty";
	if (wrong != NULL)
		return lapse_fail(err, LAPSE_ECONFIG, "secret: '%.*s': %s",
			shown_len(reference), reference, wrong);
	secret_register(v.bytes, v.len);
	buf_add(ret, v.bytes, v.len);
	return buf_check(ret, err, "secret");
}
