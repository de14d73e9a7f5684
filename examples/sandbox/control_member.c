/*
 * control_member.c - who is in which group and who signed on, asked and moved
 * over the control port, for every directory alike: /okta/members and so on.
 */
#include "control_member.h"

#include "clock.h"
#include "control.h"
#include "graph.h"
#include "google.h"
#include "member.h"
#include "okta.h"
#include "world.h"

static const struct directory *const directories[] = {
	&okta_directory,
	&graph_directory,
	&google_directory,
	NULL,
};

/* NULL: answered. */
static const struct directory *directory_of(struct exchange *x)
{
	for (size_t i = 0; directories[i] != NULL; i++)
		if (same(directories[i]->service, x->arg[0]))
			return directories[i];
	control_fail(x, 404, "no such directory");
	return NULL;
}

static bool all_in(const struct directory *d, const char *group)
{
	return d->all_in != NULL && d->all_in(d->group(group));
}

static void get_members(struct exchange *x)
{
	const struct directory *d = directory_of(x);
	const cJSON *group = d != NULL ? d->group(param(x, "group")) : NULL;
	bool logins = same(param(x, "by"), "login");
	cJSON *list;
	const cJSON *user;

	if (d == NULL)
		return;
	if (group == NULL) {
		control_fail(x, 404, "no such group");
		return;
	}
	list = cJSON_CreateArray();
	cJSON_ArrayForEach(user, json_get(json_get(world_all(), d->service),
		"users")) {
		const char *id = json_str(user, "id");

		if (member_is(d->service, json_str(group, "id"), id))
			json_push_str(list, logins ? d->login(user) : id);
	}
	control_list(x, list);
}

/* All there are, "GROUP USER" each, but for everybody's groups. */
static void get_memberships(struct exchange *x)
{
	const struct directory *d = directory_of(x);
	cJSON *list;
	const cJSON *group, *one;

	if (d == NULL)
		return;
	list = cJSON_CreateArray();
	cJSON_ArrayForEach(group, json_get(json_get(world_all(), d->service),
		"memberships")) {
		if (all_in(d, group->string))
			continue;
		cJSON_ArrayForEach(one, group) {
			autotext *both = text("%s %s", group->string,
				one->string);

			if (json_true(one, "present"))
				json_push_str(list, both);
		}
	}
	control_list(x, list);
}

static void get_is_member(struct exchange *x)
{
	const struct directory *d = directory_of(x);
	const cJSON *group = d != NULL ? d->group(param(x, "group")) : NULL;
	const cJSON *user = d != NULL ? d->user(param(x, "user")) : NULL;

	if (d == NULL)
		return;
	if (group == NULL || user == NULL)
		control_fail(x, 404, "no such group or user");
	else
		control_word(x, "member", member_is(d->service,
			json_str(group, "id"), json_str(user, "id"))
				? "yes" : "no");
}

/* Who is named, or an administrator whom this directory knows. */
static const cJSON *console_person(const struct directory *d, const char *by)
{
	static const char *const admins[] = {"jonas", "gina"};
	const cJSON *person = d->user(by);

	for (size_t i = 0; i < 2 && person == NULL && by == NULL; i++)
		person = d->user(admins[i]);
	return person;
}

/* {"group","user","present","by"}: someone in the vendor's console. */
static void set_membership(struct exchange *x)
{
	const struct directory *d = directory_of(x);
	const cJSON *group = d != NULL
		? d->group(json_str(x->json, "group")) : NULL;
	const cJSON *user = d != NULL
		? d->user(json_str(x->json, "user")) : NULL;
	const cJSON *by = d != NULL
		? console_person(d, json_str(x->json, "by")) : NULL;

	if (d == NULL)
		return;
	if (group == NULL || user == NULL || by == NULL) {
		control_fail(x, 404, "no such group or user");
		return;
	}
	d->set(json_str(group, "id"), json_str(user, "id"),
		!cJSON_IsFalse(json_get(x->json, "present")), by);
	reply_empty(x, 204);
}

/* {"user","app","at"}: at is RFC 3339, or seconds. */
static void set_signed_on(struct exchange *x)
{
	const struct directory *d = directory_of(x);
	cJSON *user = d != NULL ? d->user(json_str(x->json, "user")) : NULL;
	const char *at = json_str(x->json, "at");
	int64_t at_ms = json_int(x->json, "at", 0) * 1000;

	if (d == NULL)
		return;
	if (user == NULL || (at != NULL && !clock_parse_iso(at, &at_ms))) {
		control_fail(x, user == NULL ? 404 : 400,
			user == NULL ? "no such user" : "no such time");
		return;
	}
	d->signed_on(user, json_str(x->json, "app"), at_ms);
	reply_empty(x, 204);
}

const struct route control_member_routes[] = {
	{ "GET", "/{}/members", get_members, NULL, true },
	{ "GET", "/{}/memberships", get_memberships, NULL, true },
	{ "GET", "/{}/is-member", get_is_member, NULL, true },
	{ "POST", "/{}/membership", set_membership, NULL, true },
	{ "POST", "/{}/signed-on", set_signed_on, NULL, true },
	{ 0 },
};
