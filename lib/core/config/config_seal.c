/* The canonical text of what is in effect, defaults filled in, and its
 * SHA-256: what evidence of a decision carries. Equal sections give equal
 * bytes, however the file is laid out. */
#include <string.h>

#include "config_private.h"
#include "hash.h"
#include "when.h"

static void seal_text(struct buf *out, const char *text)
{
	buf_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_char(out, '\\');
		if (*text == '\n')
			buf_str(out, "\\n");
		else
			buf_char(out, *text);
	}
	buf_char(out, '"');
}

static void seal_name(struct buf *out, const char *name, const char *text)
{
	buf_fmt(out, "%s = ", name);
	seal_text(out, text);
	buf_char(out, '\n');
}

static void seal_list(struct buf *out, const struct config_key *k,
	const char *at)
{
	const struct strs *list = (const struct strs *)(const void *)at;

	if (list->n == 0)
		return;
	buf_fmt(out, "%s = {", k->name);
	for (size_t i = 0; i < list->n; i++) {
		buf_str(out, i > 0 ? ", " : "");
		seal_text(out, list->items[i]);
	}
	buf_str(out, "}\n");
}

static void seal_duration(struct buf *out, const struct config_key *k,
	const char *at)
{
	char text[WHEN_TEXT];
	int64_t seconds;

	memcpy(&seconds, at, sizeof(seconds));
	if (seconds > 0)
		buf_fmt(out, "%s = %s\n", k->name,
			when_duration(seconds, text));
}

/* The n-th word of the choices; nothing for a mode that is not set. */
static void seal_choice(struct buf *out, const struct config_key *k, int n)
{
	const char *c = k->choices;

	if (n < k->first)
		return;
	for (; n > k->first && *c != '\0'; n--) {
		c += strcspn(c, " ");
		c += strspn(c, " ");
	}
	buf_fmt(out, "%s = %.*s\n", k->name, (int)strcspn(c, " "), c);
}

static void seal_number(struct buf *out, const struct config_key *k,
	const char *at)
{
	int number = 0;

	if (k->size == sizeof(bool))
		number = *(const bool *)at;
	else
		memcpy(&number, at, sizeof(number));
	if (k->choices != NULL)
		seal_choice(out, k, number);
	else if (strcmp(k->type, "bool") == 0)
		buf_fmt(out, "%s = %s\n", k->name, number ? "true" : "false");
	else
		buf_fmt(out, "%s = %d\n", k->name, number);
}

static void seal_key(struct buf *out, const struct config_key *k,
	const char *base)
{
	const char *at = base + k->at;
	const char *text;

	if (strcmp(k->type, "list") == 0) {
		seal_list(out, k, at);
	} else if (strcmp(k->type, "duration") == 0) {
		seal_duration(out, k, at);
	} else if (strcmp(k->type, "bool") == 0 ||
		strcmp(k->type, "number") == 0 ||
		strcmp(k->type, "choice") == 0) {
		seal_number(out, k, at);
	} else {
		memcpy(&text, at, sizeof(text));
		if (text != NULL)
			seal_name(out, k->name, text);
	}
}

static void seal_section(struct buf *out, const char *kind, const char *title,
	const void *base)
{
	const struct config_key *k = config_keys();

	if (*kind != '\0')
		buf_str(out, kind);
	if (title != NULL) {
		buf_char(out, ' ');
		seal_text(out, title);
	}
	if (*kind != '\0')
		buf_char(out, '\n');
	for (; k->name != NULL; k++)
		if (strcmp(k->section, kind) == 0)
			seal_key(out, k, base);
}

/* What of the application takes part in a decision on the role. The mode
 * does not: it says what is done, not what is decided. */
static int seal_role(struct config *c, struct role *r, struct lapse_err *err)
{
	AUTO_BUF out = {0};
	enum mode mode = r->mode;

	r->mode = MODE_UNSET;
	seal_section(&out, "role", r->name, r);
	r->mode = mode;
	if (r->application->idp != NULL)
		seal_name(&out, "application.idp", r->application->idp);
	if (r->application->owner != NULL)
		seal_name(&out, "application.owner", r->application->owner);
	if (r->application->fulfiller != NULL)
		seal_name(&out, "application.fulfiller",
			r->application->fulfiller);
	if (buf_check(&out, err, "role") < 0)
		return LAPSE_ENOMEM;
	r->section = arena_copy(&c->arena, buf_text(&out));
	return hash_hex(out.data, out.len, r->sha256, err);
}

static void seal_projects(struct buf *out, const struct config *c)
{
	for (size_t i = 0; i < c->projects.n; i++) {
		const struct project *p = &c->projects.items[i];
		seal_section(out, "project", p->id, p);
		for (size_t j = 0; j < p->types.n; j++)
			seal_section(out, "request-type", p->types.items[j].id,
				&p->types.items[j]);
	}
}

static void seal_idps(struct buf *out, const struct config *c)
{
	for (size_t i = 0; i < c->idps.n; i++) {
		const struct idp_section *s = &c->idps.items[i];
		seal_section(out, "idp", s->name, s);
		for (size_t j = 0; j < s->keys.n; j++)
			seal_name(out, s->keys.items[j], s->values.items[j]);
	}
}

int config_seal(struct config *c, struct lapse_err *err)
{
	AUTO_BUF all = {0};

	seal_section(&all, "", NULL, c);
	seal_section(&all, "jira", NULL, c);
	seal_section(&all, "review", NULL, c);
	seal_section(&all, "report", NULL, c);
	seal_section(&all, "slack", NULL, c);
	seal_projects(&all, c);
	seal_idps(&all, c);
	for (size_t i = 0; i < c->applications.n; i++)
		seal_section(&all, "application", c->applications.items[i].name,
			&c->applications.items[i]);
	for (size_t i = 0; i < c->roles.n; i++) {
		if (seal_role(c, &c->roles.items[i], err) < 0)
			return LAPSE_ENOMEM;
		buf_str(&all, c->roles.items[i].section);
	}
	for (size_t i = 0; i < c->operators.n; i++)
		seal_section(&all, "operator", c->operators.items[i].name,
			&c->operators.items[i]);
	if (buf_check(&all, err, "configuration") < 0)
		return LAPSE_ENOMEM;
	return hash_hex(all.data, all.len, c->sha256, err);
}
