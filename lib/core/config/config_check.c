/* Cross checks: what no single key can tell. The roles' are in
 * config_roles.c. */
#include <string.h>

#include "config_private.h"
#include "money.h"
#include "text.h"

int config_fault(const struct scan *s, struct lapse_err *err,
	const char *kind, const char *title, const char *key,
	const char *format, ...)
{
	AUTO_ARENA a = {0};
	AUTO_BUF words = {0};
	va_list args;

	va_start(args, format);
	buf_vfmt(&words, format, args);
	va_end(args);
	return lapse_fail(err, LAPSE_ECONFIG, "%s: '%s': %s",
		scan_where(s, NULL, kind, title, key, &a), key,
		buf_text(&words));
}

/* An absolute path without anything that a reader could overlook. */
static bool is_file_reference(const char *path)
{
	return *path == '/' && strpbrk(path, "\r\n\t") == NULL;
}

bool config_is_reference(const char *text)
{
	if (strncmp(text, "credential:", 11) == 0)
		return text_is_id(text + 11);
	if (strncmp(text, "file:", 5) == 0)
		return is_file_reference(text + 5);
	if (strncmp(text, "command:", 8) == 0)
		return text[8] == '[';
	if (strncmp(text, "env:", 4) == 0)
		return text_is_id(text + 4);
	return false;
}

/* ---- Providers ---- */

static const struct idp_key *driver_key(const struct idp_driver *d,
	const char *name)
{
	const struct idp_key *k = d->keys;

	for (; k != NULL && k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static int find_driver(struct idp_section *o, const struct scan *s,
	struct lapse_err *err)
{
	const char *names[16] = {0};
	const struct idp_driver *const *d = idp_drivers();
	const char *near;

	o->driver = idp_driver_find(o->driver_name);
	if (o->driver != NULL)
		return 0;
	for (size_t n = 0; d[n] != NULL && n < 15; n++)
		names[n] = d[n]->name;
	near = suggest(o->driver_name, names);
	if (near != NULL)
		return config_fault(s, err, "idp", o->name, "driver",
			"there is no driver '%s'; did you mean '%s'?",
			o->driver_name, near);
	return config_fault(s, err, "idp", o->name, "driver",
		"there is no driver '%s'; see lapse.conf(5)", o->driver_name);
}

static int check_driver_keys(const struct idp_section *o,
	const struct scan *s, struct lapse_err *err)
{
	for (size_t i = 0; i < o->keys.n; i++) {
		const char *name = o->keys.items[i];
		const struct idp_key *k = driver_key(o->driver, name);
		if (k == NULL)
			return config_fault(s, err, "idp", o->name, name,
				"the %s driver has no such key",
				o->driver->name);
		if (k->secret && !config_is_reference(o->values.items[i]))
			return config_fault(s, err, "idp", o->name, name,
				"must be a reference, not the secret itself: "
				"credential:NAME, file:PATH, command:[...] or "
				"env:NAME");
	}
	for (const struct idp_key *k = o->driver->keys;
		k != NULL && k->name != NULL; k++)
		if (k->required && !strs_has(&o->keys, k->name))
			return config_fault(s, err, "idp", o->name, k->name,
				"is missing; the %s driver needs it",
				o->driver->name);
	return 0;
}

/* The key has a default; what is refused is that somebody relies on it. */
static int check_expiry(const struct idp_section *o, const struct scan *s,
	struct lapse_err *err)
{
	if (o->driver->set_expiry != NULL ||
		!scan_has(s, NULL, "idp", o->name, "expiry-grace"))
		return 0;
	return config_fault(s, err, "idp", o->name, "expiry-grace",
		"the %s driver has no memberships that end by themselves; "
		"take the key out", o->driver->name);
}

static const char *get_key(void *section, const char *key)
{
	return config_idp_key(section, key);
}

/* The driver itself says whether its keys make one whole credential. */
static int check_credential(struct idp_section *o, const struct scan *s,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct remote remote = {.name = o->name, .base = o->url};
	struct auth_config auth = {0};

	if (o->driver->configure == NULL)
		return 0;
	if (o->driver->configure(get_key, o, &a, &remote, &auth, err) == 0)
		return 0;
	return lapse_prefix(err, "%s",
		scan_where(s, NULL, "idp", o->name, NULL, &a));
}

int config_check_idps(struct config *c, const struct scan *s,
	struct lapse_err *err)
{
	for (size_t i = 0; i < c->idps.n; i++) {
		struct idp_section *o = &c->idps.items[i];
		/* The name stands before a colon in "idp:group". */
		if (!text_is_id(o->name) || strchr(o->name, ':') != NULL)
			return config_fault(s, err, "idp", o->name, "idp",
				"'%s' is no name; use letters, digits and -",
				o->name);
		int rc = find_driver(o, s, err);
		if (rc == 0)
			rc = check_driver_keys(o, s, err);
		if (rc == 0)
			rc = check_expiry(o, s, err);
		if (rc == 0)
			rc = check_credential(o, s, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- Reviews ---- */

/* Half a section would be found out in the middle of a campaign. */
static int check_review(const struct config *c, const struct scan *s,
	struct lapse_err *err)
{
	const struct review_section *v = &c->review;
	const struct {
		const char *key;
		const char *value;
	} needed[] = {
		{"issue-type", v->issue_type},
		{"campaign-request", v->campaign_request},
		{"subtask-type", v->subtask_type},
		{"status-keep", v->status_keep},
		{"status-revoke", v->status_revoke},
		{"status-limit", v->status_limit},
		{"status-acknowledge", v->status_acknowledge},
		{"status-closed", v->status_closed},
		{"field-why", v->field_why},
		{"field-until", v->field_until},
		{"field-approvers", v->field_approvers},
		{"fallback", v->fallback},
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		if (v->project != NULL && needed[i].value == NULL)
			return config_fault(s, err, "review", NULL,
				needed[i].key, "is missing; a review needs it, "
				"see lapse-jira(7)");
		if (v->project == NULL && needed[i].value != NULL)
			return config_fault(s, err, "review", NULL,
				"project", "is missing; the rest of the "
				"section has no meaning without it");
	}
	return 0;
}

/* ---- Slack ---- */

/* The delegate is an account of its own: one that could also provision would
 * make its own approvals. */
static int check_slack(const struct config *c, const struct scan *s,
	struct lapse_err *err)
{
	const struct slack_section *k = &c->slack;
	const struct {
		const char *key;
		const char *value;
	} delegate[] = {
		{"delegate-account", k->delegate},
		{"delegate-email", k->delegate_email},
		{"delegate-token", k->delegate_token},
	};
	bool any = k->delegate != NULL || k->delegate_email != NULL ||
		k->delegate_token != NULL;

	if (k->remote.token == NULL && (any || k->channel != NULL))
		return config_fault(s, err, "slack", NULL, "token",
			"is missing; the rest of the section has no meaning "
			"without it");
	for (size_t i = 0; any && i < sizeof(delegate) / sizeof(*delegate); i++)
		if (delegate[i].value == NULL)
			return config_fault(s, err, "slack", NULL,
				delegate[i].key, "is missing; the delegate "
				"needs it, see lapse-slack(7)");
	if (any && c->jira.email != NULL &&
		text_same_nocase(c->jira.email, k->delegate_email))
		return config_fault(s, err, "slack", NULL, "delegate-email",
			"'%s': is lapse's own account; the delegate is "
			"another, see lapse-slack(7)", k->delegate_email);
	for (size_t i = 0; i < c->roles.n; i++)
		if (c->roles.items[i].slack_approval && !any)
			return config_fault(s, err, "role",
				c->roles.items[i].name, "slack-approval",
				"needs a delegate; see lapse-slack(7)");
	if (c->notify_command.n > 0 && c->notify_command.items[0][0] != '/')
		return config_fault(s, err, "", NULL, "notify-command",
			"'%s': the program must be an absolute path",
			c->notify_command.items[0]);
	if (c->witness_command.n > 0 && c->witness_command.items[0][0] != '/')
		return config_fault(s, err, "", NULL, "witness-command",
			"'%s': the program must be an absolute path",
			c->witness_command.items[0]);
	return 0;
}

/* ---- Jira, projects, applications, operators ---- */

static int check_jira(const struct config *c, const struct scan *s,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct remote remote = {.name = "jira"};
	struct auth_config auth = {0};

	if (jira_configure(&c->jira, &a, &remote, &auth, err) == 0)
		return 0;
	return lapse_prefix(err, "%s",
		scan_where(s, NULL, "jira", NULL, NULL, &a));
}

static int type_fault(const struct scan *s, struct lapse_err *err,
	const struct project *p, const struct request_type *t,
	const char *key, const char *words)
{
	AUTO_ARENA a = {0};

	return lapse_fail(err, LAPSE_ECONFIG, "%s: '%s': %s",
		scan_where(s, p->id, "request-type", t->id, key, &a), key,
		words);
}

static int check_statuses(const struct scan *s, const struct project *p,
	const struct request_type *t, struct lapse_err *err)
{
	const struct {
		const char *key;
		const char *id;
	} statuses[] = {
		{"status-any", t->status_any},
		{"status-all", t->status_all},
		{"status-approved", t->status_approved},
		{"status-active", t->status_active},
		{"status-revoke", t->status_revoke},
		{"status-ended", t->status_ended},
		{"status-declined", t->status_declined},
		{"status-refused", t->status_refused},
		{"status-cancelled", t->status_cancelled},
	};

	/* ended, declined, refused and cancelled may be one closed status. */
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < sizeof(statuses) / sizeof(*statuses);
			j++)
			if (i != j && statuses[j].id != NULL &&
				strcmp(statuses[i].id, statuses[j].id) == 0)
				return type_fault(s, err, p, t,
					statuses[j > i ? j : i].key,
					"another status has this id; each "
					"step of the workflow needs its own");
	return 0;
}

static int check_offers(const struct config *c, const struct scan *s,
	const struct project *p, const struct request_type *t,
	struct lapse_err *err)
{
	for (size_t i = 0; i < t->offers.n; i++) {
		bool found = false;
		for (size_t j = 0; j < c->roles.n; j++)
			found |= text_match(t->offers.items[i],
				c->roles.items[j].name);
		if (!found)
			return type_fault(s, err, p, t, "offers",
				"one of its patterns matches no role");
	}
	for (size_t j = 0; j < c->roles.n; j++) {
		const struct role *r = &c->roles.items[j];
		if (r->application->idp == NULL && t->subtask_type == NULL &&
			config_offers(t, r->name))
			return type_fault(s, err, p, t, "subtask-type",
				"is missing; a role that is done by hand is "
				"offered here");
	}
	return 0;
}

static int check_type(const struct config *c, const struct scan *s,
	const struct project *p, const struct request_type *t,
	struct lapse_err *err)
{
	bool any = t->subtask_type != NULL || t->subtask_done != NULL ||
		t->subtask_resolution != NULL;
	bool all = t->subtask_type != NULL && t->subtask_done != NULL &&
		t->subtask_resolution != NULL;

	if (!text_is_id(t->id))
		return type_fault(s, err, p, t, "request-type", "is no id");
	if (any && !all)
		return type_fault(s, err, p, t, "subtask-type",
			"subtask-type, subtask-done and subtask-resolution "
			"go together");
	if (check_statuses(s, p, t, err) < 0)
		return LAPSE_ECONFIG;
	return check_offers(c, s, p, t, err);
}

static int check_projects(const struct config *c, const struct scan *s,
	struct lapse_err *err)
{
	for (size_t i = 0; i < c->projects.n; i++) {
		const struct project *p = &c->projects.items[i];
		if (!text_is_id(p->id))
			return config_fault(s, err, "project", p->id,
				"project", "'%s' is no id", p->id);
		for (size_t j = 0; j < p->types.n; j++)
			if (check_type(c, s, p, &p->types.items[j], err) < 0)
				return LAPSE_ECONFIG;
	}
	return 0;
}

static int check_seat_cost(const struct application *o, const struct scan *s,
	struct lapse_err *err)
{
	struct money cost;

	if (o->seat_cost == NULL ||
		money_parse(o->seat_cost, &cost, NULL) == 0)
		return 0;
	return config_fault(s, err, "application", o->name, "seat-cost",
		"'%s' is no amount; write \"21 USD\" or \"19.50 EUR\"",
		o->seat_cost);
}

static int check_applications(const struct config *c, const struct scan *s,
	struct lapse_err *err)
{
	for (size_t i = 0; i < c->applications.n; i++) {
		const struct application *o = &c->applications.items[i];
		if (o->idp != NULL && config_idp(c, o->idp) == NULL)
			return config_fault(s, err, "application", o->name,
				"idp", "there is no idp '%s'", o->idp);
		if (o->idp == NULL && o->fulfiller == NULL)
			return config_fault(s, err, "application", o->name,
				"fulfiller", "is missing; an application "
				"without an idp is done by hand, by someone");
		if (o->idp != NULL && o->fulfiller != NULL)
			return config_fault(s, err, "application", o->name,
				"fulfiller", "an application with an idp is "
				"not done by hand; drop one");
		if (check_seat_cost(o, s, err) < 0)
			return LAPSE_ECONFIG;
	}
	return 0;
}

int config_check(struct config *c, const struct scan *s,
	struct lapse_err *err)
{
	int rc = check_jira(c, s, err);

	if (rc == 0)
		rc = check_review(c, s, err);
	if (rc == 0)
		rc = check_slack(c, s, err);
	if (rc == 0)
		rc = config_check_idps(c, s, err);
	if (rc == 0)
		rc = check_applications(c, s, err);
	if (rc == 0)
		rc = config_check_roles(c, s, err);
	if (rc == 0)
		rc = check_projects(c, s, err);
	return rc;
}
