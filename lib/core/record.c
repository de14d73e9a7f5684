/* Records and texts as the public interface gives them: what every program
 * that uses the library shows alike. Not where they go. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "json.h"
#include "text.h"
#include "when.h"

_Static_assert((int)LAPSE_TIME_TEXT == (int)WHEN_TEXT, "one size");

int lapse_parse_duration(const char *text, int64_t *ret_s,
	struct lapse_err *err)
{
	return when_parse_duration(text, ret_s, err);
}

int lapse_parse_time(const char *text, int64_t *ret_at, struct lapse_err *err)
{
	return when_parse_time(text, ret_at, err);
}

const char *lapse_time_text(int64_t at, char text[LAPSE_TIME_TEXT])
{
	return when_time(at, text);
}

const char *lapse_duration_text(int64_t seconds, char text[LAPSE_TIME_TEXT])
{
	return when_duration(seconds, text);
}

const char *lapse_relative_text(int64_t at, int64_t now,
	char text[LAPSE_TIME_TEXT])
{
	return when_relative(at, now, text);
}

/* The buffer's bytes, or NULL when it failed; it is empty afterwards. */
static char *take(struct buf *b)
{
	char *text = b->failed ? NULL : b->data;

	if (text == NULL)
		return NULL;
	*b = (struct buf){0};
	return text;
}

char *lapse_line(const char *text)
{
	AUTO_BUF out = {0};

	buf_str(&out, "");
	text_line(&out, text);
	if (out.data == NULL && !out.failed)
		return strdup("");
	return take(&out);
}

/* ---- Records ---- */

static void put_field(struct json_out *w, const struct lapse_field *f)
{
	switch (f->kind) {
	case LAPSE_TEXT:
		json_put_text(w, f->name, f->text);
		return;
	case LAPSE_INT:
		json_put_int(w, f->name, f->number);
		return;
	case LAPSE_BOOL:
		json_put_bool(w, f->name, f->number != 0);
		return;
	case LAPSE_TIME:
		json_put_time(w, f->name, f->number);
		return;
	case LAPSE_SECONDS:
		if (f->number == WHEN_NONE)
			json_put_null(w, f->name);
		else
			json_put_int(w, f->name, f->number);
		return;
	case LAPSE_NUMBER:
		if (f->text == NULL)
			json_put_null(w, f->name);
		else
			json_put_raw(w, f->name, f->text);
		return;
	}
}

static void put_escape(struct buf *out, uint32_t c)
{
	if (c < 0x10000) {
		buf_fmt(out, "\\u%04x", (unsigned)c);
		return;
	}
	c -= 0x10000;
	buf_fmt(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + (c >> 10)),
		(unsigned)(0xdc00 + (c & 0x3ff)));
}

/* JSON text has controls escaped already; what is left are characters beyond
 * ASCII (and DEL), which stand inside strings only. Those that a terminal
 * would obey become escapes, which mean the same to a parser. */
static void put_safe(struct buf *out, struct buf *scratch, const char *json,
	size_t len)
{
	uint32_t c = 0;
	size_t size;

	for (size_t i = 0; i < len; i += size) {
		size = text_utf8(json + i, len - i, &c);
		if (size == 0 || c < 0x7f) {
			size = 1;
			buf_char(out, json[i]);
			continue;
		}
		char one[5] = {0};
		memcpy(one, json + i, size);
		buf_reset(scratch);
		text_line(scratch, one);
		if (strcmp(buf_text(scratch), one) == 0)
			buf_add(out, one, size);
		else
			put_escape(out, c);
	}
}

char *lapse_record_json(const char *schema, const struct lapse_field *fields,
	size_t n)
{
	AUTO_BUF json = {0};
	AUTO_BUF scratch = {0};
	AUTO_BUF safe = {0};
	struct json_out w = {.out = &json};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "schema", schema);
	for (size_t i = 0; i < n; i++)
		put_field(&w, &fields[i]);
	json_put_close(&w, '}');
	put_safe(&safe, &scratch, buf_text(&json), json.len);
	return json.failed || scratch.failed ? NULL : take(&safe);
}

/* ---- Configuration keys ---- */

static int each_driver_key(const struct idp_driver *d,
	int (*each)(void *arg, const struct lapse_config_key *key), void *arg)
{
	AUTO_BUF section = {0};
	int rc = 0;

	buf_fmt(&section, "idp %s", d->name);
	for (const struct idp_key *k = d->keys;
		k != NULL && k->name != NULL && rc == 0; k++) {
		struct lapse_config_key key = {
			.section = buf_text(&section),
			.name = k->name,
			.type = k->secret ? "secret" : "text",
			.help = k->help,
			.required = k->required,
		};

		rc = each(arg, &key);
	}
	return rc;
}

int lapse_config_key_each(int (*each)(void *arg,
	const struct lapse_config_key *key), void *arg)
{
	int rc = 0;

	for (const struct config_key *k = config_keys();
		k->name != NULL && rc == 0; k++) {
		struct lapse_config_key key = {
			.section = k->section,
			.name = k->name,
			.type = k->type,
			.fallback = k->fallback,
			.help = k->help,
			.required = k->required,
		};

		rc = each(arg, &key);
	}
	for (const struct idp_driver *const *d = idp_drivers();
		*d != NULL && rc == 0; d++)
		rc = each_driver_key(*d, each, arg);
	return rc;
}
