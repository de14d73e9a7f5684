/* Looking things up in a configuration that was read. */
#include <string.h>

#include "config_private.h"
#include "text.h"

const struct role *config_role(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->roles.n; i++)
		if (strcmp(c->roles.items[i].name, name) == 0)
			return &c->roles.items[i];
	return NULL;
}

const char *config_home_idp(const struct config *c, const struct role *r)
{
	if (r->application->idp != NULL)
		return r->application->idp;
	return c->idps.n > 0 ? c->idps.items[0].name : NULL;
}

const struct application *config_application(const struct config *c,
	const char *name)
{
	for (size_t i = 0; i < c->applications.n; i++)
		if (strcmp(c->applications.items[i].name, name) == 0)
			return &c->applications.items[i];
	return NULL;
}

const struct idp_section *config_idp(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->idps.n; i++)
		if (strcmp(c->idps.items[i].name, name) == 0)
			return &c->idps.items[i];
	return NULL;
}

const struct request_type *config_request_type(const struct config *c,
	const char *project, const char *type)
{
	for (size_t i = 0; i < c->projects.n; i++) {
		const struct project *p = &c->projects.items[i];
		if (strcmp(p->id, project) != 0)
			continue;
		for (size_t j = 0; j < p->types.n; j++)
			if (strcmp(p->types.items[j].id, type) == 0)
				return &p->types.items[j];
	}
	return NULL;
}

const char *config_operator(const struct config *c, const char *login)
{
	for (size_t i = 0; i < c->operators.n; i++)
		if (strcmp(c->operators.items[i].name, login) == 0)
			return c->operators.items[i].account;
	return NULL;
}

bool config_offers(const struct request_type *t, const char *role)
{
	bool found = t->offers.n == 0;

	for (size_t i = 0; i < t->offers.n; i++)
		found |= text_match(t->offers.items[i], role);
	return found;
}

const struct jira_form *config_any_form(const struct config *c)
{
	static const struct jira_form none;

	for (size_t i = 0; i < c->projects.n; i++)
		if (c->projects.items[i].types.n > 0)
			return &c->projects.items[i].types.items[0].form;
	return &none;
}

const char *config_idp_key(void *section, const char *key)
{
	const struct idp_section *s = section;

	if (strcmp(key, "url") == 0)
		return s->url;
	for (size_t i = 0; i < s->keys.n && i < s->values.n; i++)
		if (strcmp(s->keys.items[i], key) == 0)
			return s->values.items[i];
	return NULL;
}

void config_role_group(const struct role *r, size_t n, const char **ret_idp,
	const char **ret_group)
{
	*ret_idp = r->group_idps.items[n];
	*ret_group = r->group_ids.items[n];
}

bool config_split_group(const char *full, struct arena *a,
	const char **ret_idp, const char **ret_group)
{
	const char *colon = strchr(full, ':');
	const char *idp, *group;

	if (colon == NULL || colon == full || colon[1] == '\0')
		return false;
	idp = arena_copy_n(a, full, (size_t)(colon - full));
	group = arena_copy(a, colon + 1);
	if (idp == NULL || group == NULL)
		return false;
	*ret_idp = idp;
	*ret_group = group;
	return true;
}

static enum mode nearest(enum mode near, enum mode far)
{
	return near != MODE_UNSET ? near : far;
}

enum mode config_mode(const struct config *c, const struct project *p,
	const struct request_type *t, const struct role *r)
{
	enum mode form = nearest(t != NULL ? t->mode : MODE_UNSET,
		p != NULL ? p->mode : MODE_UNSET);
	enum mode role = MODE_UNSET;

	if (r != NULL)
		role = nearest(r->mode, r->application != NULL ?
			r->application->mode : MODE_UNSET);
	if (form == MODE_OBSERVE || role == MODE_OBSERVE)
		return MODE_OBSERVE;
	if (form == MODE_ENFORCE || role == MODE_ENFORCE)
		return MODE_ENFORCE;
	return nearest(c->mode, MODE_OBSERVE);
}
