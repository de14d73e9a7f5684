/*
 * record.c - the log of exchanges, in memory and as JSON lines. Neither
 * ever holds a credential: of Authorization only the scheme is kept, and
 * assertions and tokens of a token exchange are blanked.
 */
#include "record.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <microhttpd.h>

#include "clock.h"

#define LOG_MAX 20000

static FILE *record;
static cJSON *recent;
static int last_n;

bool record_open(const char *file)
{
	record = fopen(file, "ae");
	return record != NULL;
}

static enum MHD_Result keep_header(void *to, enum MHD_ValueKind kind,
	const char *name, const char *value)
{
	(void)kind;
	if (value != NULL && (strncasecmp(name, "X-", 2) == 0 ||
		    strcasecmp(name, "Content-Type") == 0 ||
		    strcasecmp(name, "Content-Length") == 0 ||
		    strcasecmp(name, "Accept") == 0))
		json_put_str(to, name, value);
	return MHD_YES;
}

static char *scheme_of(const struct exchange *x)
{
	const char *from = request_header(x, "Authorization");

	return from == NULL ? NULL : strndup(from, strcspn(from, " "));
}

/* Blanks the value after each occurrence of a key up to its end mark. */
static void blank(char *in, const char *key, const char *end)
{
	for (char *at = in; (at = strstr(at, key)) != NULL;) {
		at += strlen(key);
		size_t length = strcspn(at, end);

		memset(at, '*', length);
		at += length;
	}
}

/* A NUL, which a text cannot hold, is shown as a question mark. */
static char *without_secrets(const char *from, size_t length)
{
	char *kept = calloc(length + 1, 1);

	if (kept == NULL)
		abort();
	for (size_t i = 0; i < length; i++)
		kept[i] = from[i] != '\0' ? from[i] : '?';
	blank(kept, "client_assertion=", "&");
	blank(kept, "client_secret=", "&");
	blank(kept, "&assertion=", "&");
	blank(kept, "\"access_token\":\"", "\"");
	return kept;
}

static cJSON *answer_headers(const struct exchange *x)
{
	cJSON *headers = cJSON_CreateArray();

	for (size_t i = 0; i < x->header_count; i++)
		if (x->headers[i].value[0] != '\0')
			json_push(headers, json_make("[ss]", x->headers[i].name,
				x->headers[i].value));
	return headers;
}

static void write_line(const struct exchange *x, const char *fault)
{
	cJSON *asked = cJSON_CreateObject();
	autotext *scheme = scheme_of(x);
	autotext *at = clock_okta(clock_ms());
	autotext *body = without_secrets(x->body, x->body_len);
	autotext *reply = without_secrets(x->reply, x->reply_len);

	MHD_get_connection_values(x->connection, MHD_HEADER_KIND, keep_header,
		asked);
	json_put_str(asked, "authorization_scheme", scheme);
	autojson *line = json_make(
		"{ss ss ss ss so ss si so ss ss ss}",
		"service", x->service->name, "method", x->method,
		"path", x->path, "query", x->query,
		"request_headers", asked, "request_body", body,
		"status", x->status, "response_headers", answer_headers(x),
		"response_body", reply, "fault", fault, "at", at);
	autotext *printed = json_print(line);

	fprintf(record, "%s\n", printed);
	fflush(record);
}

void record_exchange(const struct exchange *x, const char *fault)
{
	autotext *at = clock_okta(clock_ms());

	if (recent == NULL)
		recent = cJSON_CreateArray();
	json_push(recent, json_make("{si ss ss ss ss ss si ss ss}",
		"n", ++last_n, "service", x->service->name,
		"family", x->service->family, "method", x->method,
		"path", x->path, "query", x->query, "status", x->status,
		"fault", fault, "at", at));
	/* Counting them would take longer than the exchange itself. */
	if (last_n - json_int(recent->child, "n", 0) >= LOG_MAX)
		cJSON_DeleteItemFromArray(recent, 0);
	if (record != NULL)
		write_line(x, fault);
}

void record_forget(void)
{
	cJSON_Delete(recent);
	recent = cJSON_CreateArray();
}

const cJSON *record_log(void)
{
	if (recent == NULL)
		recent = cJSON_CreateArray();
	return recent;
}

static bool fits(const cJSON *line, const char *service, const char *method,
	const char *path)
{
	return (service == NULL || same(json_str(line, "service"), service) ||
		       same(json_str(line, "family"), service)) &&
	       (method == NULL || same(json_str(line, "method"), method)) &&
	       (path == NULL || strstr(json_str(line, "path"), path) != NULL);
}

int record_count(const char *service, const char *method, const char *path)
{
	const cJSON *line;
	int count = 0;

	cJSON_ArrayForEach(line, recent)
		count += fits(line, service, method, path);
	return count;
}

static int64_t time_of(const cJSON *line)
{
	int64_t at_ms = 0;

	clock_parse_iso(json_str(line, "at"), &at_ms);
	return at_ms;
}

/* Lines stand in the order of time: what is behind the window is let go of at
 * its one end while its other end moves on. */
int record_peak(const char *service, const char *method, const char *path,
	int64_t seconds)
{
	const cJSON *first = recent != NULL ? recent->child : NULL;
	const cJSON *line;
	int count = 0, peak = 0;

	cJSON_ArrayForEach(line, recent) {
		if (!fits(line, service, method, path))
			continue;
		count++;
		for (; time_of(line) - time_of(first) >= seconds * 1000;
			first = first->next)
			count -= fits(first, service, method, path);
		peak = count > peak ? count : peak;
	}
	return peak;
}
