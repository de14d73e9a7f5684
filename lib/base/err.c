/* Errors as values, and their exit statuses. Not a log: nothing here leaves
 * the process. */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "secret.h"

enum {
	LINE_MAX_BYTES = 2048,	/* formatted before it is cut to the struct */
};

/* Errors quote what remotes said: a line stays one line, whatever is in it. */
static void one_line(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

/* The cut must not leave half of a UTF-8 sequence before the dots. */
static void copy_cut(char *to, size_t size, const char *from)
{
	size_t len = strlen(from);

	if (len < size) {
		memcpy(to, from, len + 1);
		return;
	}
	len = size - 4;
	while (len > 0 && ((unsigned char)from[len] & 0xc0) == 0x80)
		len--;
	memcpy(to, from, len);
	memcpy(to + len, "...", 4);
}

/* line is LINE_MAX_BYTES long; it may quote err->text, so it comes last. */
static int store(struct lapse_err *err, int code, char *line)
{
	secret_redact(line);
	one_line(line);
	err->code = code;
	copy_cut(err->text, sizeof(err->text), line);
	return code;
}

int lapse_fail(struct lapse_err *err, int code, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;

	if (err == NULL)
		return code;
	va_start(args, format);
	if (vsnprintf(line, sizeof(line), format, args) < 0)
		line[0] = '\0';
	va_end(args);
	return store(err, code, line);
}

int lapse_prefix(struct lapse_err *err, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	size_t len;
	va_list args;

	va_start(args, format);
	if (vsnprintf(line, sizeof(line), format, args) < 0)
		line[0] = '\0';
	va_end(args);
	len = strlen(line);
	snprintf(line + len, sizeof(line) - len, ": %s", err->text);
	return store(err, err->code, line);
}

int lapse_fail_nomem(struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_ENOMEM, "out of memory");
}

int lapse_exit_of(int code)
{
	switch (code) {
	case LAPSE_OK:
		return LAPSE_EXIT_OK;
	case LAPSE_EREFUSED:
	case LAPSE_EGUARD:
		return LAPSE_EXIT_REFUSED;
	case LAPSE_ENOTFOUND:
		return LAPSE_EXIT_NOT_FOUND;
	case LAPSE_EUNKNOWN:
	case LAPSE_EITEM:
		return LAPSE_EXIT_RETRY;
	case LAPSE_EUNAVAIL:
		return LAPSE_EXIT_UNAVAILABLE;
	case LAPSE_EAGAIN:
		return LAPSE_EXIT_AGAIN;
	case LAPSE_EPROTO:
		return LAPSE_EXIT_PROTOCOL;
	case LAPSE_EAUTH:
		return LAPSE_EXIT_DENIED;
	case LAPSE_EUSAGE:
		return LAPSE_EXIT_USAGE;
	case LAPSE_ECONFIG:
		return LAPSE_EXIT_CONFIG;
	case LAPSE_EIO:
		return LAPSE_EXIT_IO;
	case LAPSE_ELEDGER:
		return LAPSE_EXIT_LEDGER;
	default:
		return LAPSE_EXIT_INTERNAL;
	}
}

/* Worst first. A usage error ends a command before anything else can happen;
 * should the two ever meet, the usage error explains the other. */
static const int by_weight[] = {
	LAPSE_EXIT_USAGE,
	LAPSE_EXIT_LEDGER,
	LAPSE_EXIT_OVERDUE,
	LAPSE_EXIT_INTERNAL,
	LAPSE_EXIT_REFUSED,
	LAPSE_EXIT_DENIED,
	LAPSE_EXIT_CONFIG,
	LAPSE_EXIT_PROTOCOL,
	LAPSE_EXIT_IO,
	LAPSE_EXIT_UNAVAILABLE,
	LAPSE_EXIT_AGAIN,
	LAPSE_EXIT_RETRY,
	LAPSE_EXIT_PENDING,
	LAPSE_EXIT_NOT_FOUND,
	LAPSE_EXIT_OK,
};

int lapse_exit_worse(int a, int b)
{
	for (size_t i = 0; i < sizeof(by_weight) / sizeof(*by_weight); i++) {
		if (by_weight[i] == a || by_weight[i] == b)
			return by_weight[i];
	}
	return LAPSE_EXIT_INTERNAL;
}

/* Where the text goes on behind an id that stands here, else the text. */
static const char *past_id(const char *text)
{
	static const char *const words[] = {LAPSE_ERROR_ID, LAPSE_REQUEST_ID,
		LAPSE_TRACE_ID};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t len = strlen(words[i]);

		if (strncmp(text, words[i], len) == 0)
			return text + len + strcspn(text + len, " ;,)");
	}
	return text;
}

static const char *past(const char *text, bool numbers)
{
	if (*text == ';')
		text = past_id(text);
	while (numbers && *text >= '0' && *text <= '9')
		text++;
	return text;
}

bool lapse_same_failure(const char *a, const char *b, bool numbers)
{
	for (;; a++, b++) {
		a = past(a, numbers);
		b = past(b, numbers);
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
	}
}
