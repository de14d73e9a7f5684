/* Values into structs, by the table of keys: types, ranges, defaults. */
#include <confuse.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_private.h"
#include "text.h"
#include "when.h"

/* One section while it is put into its struct. */
struct place {
	struct reading *r;
	cfg_t *cfg;
	const char *kind;
	const char *parent;	/* the outer section's title; NULL */
	char *base;
};

static int fault(const struct place *p, const char *key, const char *words)
{
	return lapse_fail(p->r->err, LAPSE_ECONFIG, "%s: '%s': %s",
		scan_where(&p->r->scan, p->parent, p->kind,
			cfg_title(p->cfg), key, &p->r->arena),
		key, words);
}

static int put_bool(const struct place *p, const struct config_key *k,
	const char *value)
{
	int yes = cfg_parse_boolean(value);

	if (yes < 0)
		return fault(p, k->name, "must be true or false");
	*(bool *)(p->base + k->at) = yes != 0;
	return 0;
}

static int put_duration(const struct place *p, const struct config_key *k,
	const char *value)
{
	char least[WHEN_TEXT], most[WHEN_TEXT];
	int64_t seconds;

	if (when_parse_duration(value, &seconds, NULL) < 0)
		return fault(p, k->name,
			"is no duration; write it like 90m, 8h or 2d");
	if (seconds < k->min || seconds > k->max)
		return fault(p, k->name, arena_fmt(&p->r->arena,
			"must be from %s to %s", when_duration(k->min, least),
			when_duration(k->max, most)));
	memcpy(p->base + k->at, &seconds, sizeof(seconds));
	return 0;
}

static int put_number(const struct place *p, const struct config_key *k,
	const char *value)
{
	char *end;
	long number;
	int small;

	errno = 0;
	number = strtol(value, &end, 10);
	if (*value == '\0' || *end != '\0' || errno != 0 || number < k->min ||
		number > k->max)
		return fault(p, k->name, arena_fmt(&p->r->arena,
			"must be a number from %lld to %lld",
			(long long)k->min, (long long)k->max));
	small = (int)number;
	memcpy(p->base + k->at, &small, sizeof(small));
	return 0;
}

static int put_choice(const struct place *p, const struct config_key *k,
	const char *value)
{
	const char *c = k->choices;
	int n = k->first;

	for (; *c != '\0'; c += strspn(c, " "), n++) {
		size_t len = strcspn(c, " ");
		if (strlen(value) == len && strncmp(c, value, len) == 0)
			break;
		c += len;
	}
	if (*c == '\0')
		return fault(p, k->name, arena_fmt(&p->r->arena,
			"must be one of: %s", k->choices));
	if (k->size == sizeof(bool))
		*(bool *)(p->base + k->at) = n != 0;
	else
		memcpy(p->base + k->at, &n, sizeof(n));
	return 0;
}

/* text, id, path and secret: what may stand in them. */
static int check_text(const struct place *p, const struct config_key *k,
	const char *value)
{
	if (strcmp(k->type, "secret") == 0 && !config_is_reference(value))
		return fault(p, k->name, "must be a reference, not the secret "
			"itself: credential:NAME, file:PATH, command:[...] or "
			"env:NAME");
	if (strcmp(k->type, "path") == 0 && *value != '/')
		return fault(p, k->name, "must be an absolute path");
	if (strcmp(k->type, "id") == 0 && !text_is_id(value))
		return fault(p, k->name, "is no id");
	if (*value == '\0' && (k->fallback == NULL || *k->fallback != '\0'))
		return fault(p, k->name, "is empty; leave it out instead");
	return 0;
}

static int put_text(const struct place *p, const struct config_key *k,
	const char *value)
{
	const char *copy;

	if (check_text(p, k, value) < 0)
		return LAPSE_ECONFIG;
	copy = arena_copy(&p->r->config->arena, value);
	memcpy(p->base + k->at, &copy, sizeof(copy));
	return 0;
}

static int put_list(const struct place *p, const struct config_key *k,
	cfg_opt_t *option)
{
	struct strs *list = (struct strs *)(void *)(p->base + k->at);

	for (unsigned i = 0; i < cfg_opt_size(option); i++) {
		const char *item = cfg_opt_getnstr(option, i);
		if (item == NULL || *item == '\0')
			return fault(p, k->name, "has an empty item");
		if (strs_has(list, item))
			return fault(p, k->name, arena_fmt(&p->r->arena,
				"'%s' stands in it twice", item));
		strs_add(list, &p->r->config->arena, item);
	}
	return 0;
}

static int put_value(const struct place *p, const struct config_key *k,
	const char *value)
{
	static const struct {
		const char *type;
		int (*put)(const struct place *p, const struct config_key *k,
			const char *value);
	} types[] = {
		{"bool", put_bool},
		{"duration", put_duration},
		{"number", put_number},
		{"choice", put_choice},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(types[i].type, k->type) == 0)
			return types[i].put(p, k, value);
	return put_text(p, k, value);
}

static int put_key(const struct place *p, const struct config_key *k)
{
	cfg_opt_t *option =
		p->cfg != NULL ? cfg_getopt(p->cfg, k->name) : NULL;
	const char *value = k->fallback;

	if (strcmp(k->type, "list") == 0)
		return option != NULL ? put_list(p, k, option) : 0;
	if (option != NULL && cfg_opt_size(option) > 0)
		value = cfg_opt_getnstr(option, 0);
	if (value == NULL && k->required)
		return fault(p, k->name, "is missing");
	return value != NULL ? put_value(p, k, value) : 0;
}

static int put_section(const struct place *p)
{
	const struct config_key *k = config_keys();

	for (; k->name != NULL; k++)
		if (strcmp(k->section, p->kind) == 0 && put_key(p, k) < 0)
			return LAPSE_ECONFIG;
	return 0;
}

static const char *title(struct reading *r, cfg_t *section)
{
	return arena_copy(&r->config->arena, cfg_title(section));
}

static int read_types(struct reading *r, cfg_t *section,
	struct project *project)
{
	unsigned n = cfg_size(section, "request-type");

	for (unsigned i = 0; i < n; i++) {
		cfg_t *s = cfg_getnsec(section, "request-type", i);
		struct request_type *t =
			VEC_ADD(&project->types, &r->config->arena);
		if (t == NULL)
			return lapse_fail_nomem(r->err);
		t->id = title(r, s);
		struct place p = {r, s, "request-type", project->id,
			(char *)t};
		if (put_section(&p) < 0)
			return LAPSE_ECONFIG;
	}
	return 0;
}

static int read_projects(struct reading *r)
{
	for (unsigned i = 0; i < cfg_size(r->cfg, "project"); i++) {
		cfg_t *s = cfg_getnsec(r->cfg, "project", i);
		struct project *o =
			VEC_ADD(&r->config->projects, &r->config->arena);
		if (o == NULL)
			return lapse_fail_nomem(r->err);
		o->id = title(r, s);
		struct place p = {r, s, "project", NULL, (char *)o};
		if (put_section(&p) < 0 || read_types(r, s, o) < 0)
			return LAPSE_ECONFIG;
	}
	return 0;
}

/* The driver's keys are kept as they are; config_check.c judges them. */
static int read_idp_keys(struct reading *r, cfg_t *s, struct idp_section *o)
{
	struct arena *a = &r->config->arena;

	for (unsigned i = 0; i < cfg_num(s); i++) {
		cfg_opt_t *option = cfg_getnopt(s, i);
		const char *name = cfg_opt_name(option);
		bool ours = false;
		for (const struct config_key *k = config_keys();
			k->name != NULL; k++)
			ours |= strcmp(k->section, "idp") == 0 &&
				strcmp(k->name, name) == 0;
		if (ours || cfg_opt_size(option) == 0)
			continue;
		strs_add(&o->keys, a, name);
		strs_add(&o->values, a, cfg_opt_getnstr(option, 0));
	}
	return 0;
}

static int read_idps(struct reading *r)
{
	for (unsigned i = 0; i < cfg_size(r->cfg, "idp"); i++) {
		cfg_t *s = cfg_getnsec(r->cfg, "idp", i);
		struct idp_section *o =
			VEC_ADD(&r->config->idps, &r->config->arena);
		if (o == NULL)
			return lapse_fail_nomem(r->err);
		o->name = title(r, s);
		struct place p = {r, s, "idp", NULL, (char *)o};
		if (put_section(&p) < 0 || read_idp_keys(r, s, o) < 0)
			return LAPSE_ECONFIG;
	}
	return 0;
}

static int read_applications(struct reading *r)
{
	for (unsigned i = 0; i < cfg_size(r->cfg, "application"); i++) {
		cfg_t *s = cfg_getnsec(r->cfg, "application", i);
		struct application *o =
			VEC_ADD(&r->config->applications, &r->config->arena);
		if (o == NULL)
			return lapse_fail_nomem(r->err);
		o->name = title(r, s);
		struct place p = {r, s, "application", NULL, (char *)o};
		if (put_section(&p) < 0)
			return LAPSE_ECONFIG;
	}
	return 0;
}

static int read_roles(struct reading *r)
{
	for (unsigned i = 0; i < cfg_size(r->cfg, "role"); i++) {
		cfg_t *s = cfg_getnsec(r->cfg, "role", i);
		struct role *o = VEC_ADD(&r->config->roles, &r->config->arena);
		if (o == NULL)
			return lapse_fail_nomem(r->err);
		o->name = title(r, s);
		o->where = scan_where(&r->scan, NULL, "role", o->name, NULL,
			&r->config->arena);
		struct place p = {r, s, "role", NULL, (char *)o};
		if (put_section(&p) < 0)
			return LAPSE_ECONFIG;
	}
	return 0;
}

static int read_operators(struct reading *r)
{
	for (unsigned i = 0; i < cfg_size(r->cfg, "operator"); i++) {
		cfg_t *s = cfg_getnsec(r->cfg, "operator", i);
		struct operator *o =
			VEC_ADD(&r->config->operators, &r->config->arena);
		if (o == NULL)
			return lapse_fail_nomem(r->err);
		o->name = title(r, s);
		struct place p = {r, s, "operator", NULL, (char *)o};
		if (put_section(&p) < 0)
			return LAPSE_ECONFIG;
	}
	return 0;
}

static int read_top(struct reading *r)
{
	struct config *c = r->config;
	cfg_t *jira = cfg_size(r->cfg, "jira") > 0 ?
		cfg_getsec(r->cfg, "jira") : NULL;
	struct place top = {r, r->cfg, "", NULL, (char *)c};
	struct place remote = {r, jira, "jira", NULL, (char *)c};
	struct place review = {r, NULL, "review", NULL, (char *)c};
	struct place report = {r, NULL, "report", NULL, (char *)c};
	struct place slack = {r, NULL, "slack", NULL, (char *)c};

	if (jira == NULL)
		return lapse_fail(r->err, LAPSE_ECONFIG,
			"%s:1: 'jira': the section is missing", c->path);
	if (cfg_size(r->cfg, "review") > 0)
		review.cfg = cfg_getsec(r->cfg, "review");
	if (cfg_size(r->cfg, "report") > 0)
		report.cfg = cfg_getsec(r->cfg, "report");
	if (cfg_size(r->cfg, "slack") > 0)
		slack.cfg = cfg_getsec(r->cfg, "slack");
	if (put_section(&top) < 0 || put_section(&remote) < 0 ||
		put_section(&review) < 0 || put_section(&report) < 0 ||
		put_section(&slack) < 0)
		return LAPSE_ECONFIG;
	c->request_field_zone = "UTC";
	if (c->ledger == NULL)
		c->ledger = arena_fmt(&c->arena, "%s/ledger.db",
			c->state_dir);
	return 0;
}

int config_read_values(struct reading *r)
{
	static int (*const steps[])(struct reading *r) = {
		read_top,
		read_projects,
		read_idps,
		read_applications,
		read_roles,
		read_operators,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		int rc = steps[i](r);
		if (rc < 0)
			return rc;
	}
	return arena_check(&r->config->arena, r->err);
}
