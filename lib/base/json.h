/* JSON, strictly: the one file that includes cJSON.h. Parsing is
 * length-bounded and refuses trailing bytes, bad UTF-8, NUL (also as
 * \u0000), duplicate keys and nesting over 64. Reading is typed; the first
 * member that is missing or of another type is remembered by the document, so
 * a parser reads everything and asks json_check() once, before it hands over
 * anything. Ids are strings; numbers from 2^53 on are refused as integers. */
#ifndef LAPSE_BASE_JSON_H
#define LAPSE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

struct json_doc;

/* A place in a document; {0} is "absent", which reads like null everywhere.
 * Lives as long as its document. */
struct json {
	const void *node;
	struct json_doc *doc;
};

enum json_need {
	JSON_MAY,	/* absent or null: NULL, 0, false, WHEN_NONE */
	JSON_MUST,	/* absent or null is remembered as a fault */
};

/* <Errors> LAPSE_EPROTO (what and byte offset), LAPSE_ENOMEM. */
int json_open(struct json_doc **ret, const char *bytes, size_t len,
	struct lapse_err *err);
void json_free(struct json_doc *doc);
struct json json_root(struct json_doc *doc);
/* 0, or LAPSE_EPROTO "what: 'key' is missing" for the first fault. */
int json_check(struct json_doc *doc, const char *what, struct lapse_err *err);
/* Remembers a fault of the caller's own finding, e.g. an impossible value. */
void json_fault(struct json at, const char *key, const char *why);

/* Members. A key is matched case-sensitively. */
struct json json_at(struct json object, const char *key);
bool json_here(struct json at);		/* present and not null */
bool json_is_object(struct json at);
bool json_is_array(struct json at);
bool json_is_text(struct json at);
struct json json_object(struct json object, const char *key,
	enum json_need need);
struct json json_array(struct json object, const char *key,
	enum json_need need);
const char *json_text(struct json object, const char *key,
	enum json_need need);
/* A text or an integer, as text (ids that some services send as numbers);
 * in the arena. */
const char *json_id(struct json object, const char *key, enum json_need need,
	struct arena *a);
int64_t json_int(struct json object, const char *key, enum json_need need);
bool json_bool(struct json object, const char *key, enum json_need need);
/* A time as text (RFC 3339 or Jira's), WHEN_NONE where absent. */
int64_t json_time(struct json object, const char *key, enum json_need need);

/* for (struct json i = json_first(list); json_valid(i); i = json_next(i)) */
struct json json_first(struct json array_or_object);
struct json json_next(struct json item);
bool json_valid(struct json item);	/* false past the end */
size_t json_count(struct json array_or_object);
const char *json_key(struct json item);	/* of a member while iterating */
const char *json_as_text(struct json item);	/* NULL if not a string */
int64_t json_as_int(struct json item, int64_t otherwise);
/* Appends the node as compact JSON, members in their order. */
void json_print(struct json at, struct buf *out);

static inline void json_cleanup(struct json_doc **doc)
{
	json_free(*doc);
}
#define AUTO_JSON __attribute__((cleanup(json_cleanup))) struct json_doc

/* Writing: compact, in the order of the calls, so that equal calls give equal
 * bytes. The writer puts commas; text is UTF-8, bad bytes become U+FFFD.
 * <Shape> `struct json_out w = {.out = &buf}`. In arrays key is NULL. */
struct json_out {
	struct buf *out;
	bool comma;
};

void json_put_open(struct json_out *w, const char *key, char bracket);
void json_put_close(struct json_out *w, char bracket);
void json_put_text(struct json_out *w, const char *key, const char *value);
	/* NULL writes null */
void json_put_int(struct json_out *w, const char *key, int64_t value);
void json_put_bool(struct json_out *w, const char *key, bool value);
void json_put_null(struct json_out *w, const char *key);
void json_put_time(struct json_out *w, const char *key, int64_t at);
	/* RFC 3339, null for WHEN_NONE */
void json_put_raw(struct json_out *w, const char *key, const char *json);

#endif
