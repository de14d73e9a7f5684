/*
 * world.c - the company's state, made from a seed file. People are given
 * once in the seed and become a Jira user and a user of each provider that
 * the seed gives them an id of. No vendor behaviour here.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "graph.h"
#include "google.h"
#include "index.h"
#include "member.h"
#include "okta.h"
#include "slack.h"

static cJSON *world;
static char *seed_file;
static cJSON *marked;		/* what /seed goes back to; NULL: the file */

static char *slurp(const char *file)
{
	FILE *in = fopen(file, "re");
	char *all = NULL;
	size_t size = 0;

	if (in == NULL)
		return NULL;
	ssize_t length = getdelim(&all, &size, '\0', in);
	fclose(in);
	if (length >= 0)
		return all;
	free(all);
	return NULL;
}

cJSON *world_all(void)
{
	return world;
}

cJSON *world_jira(void)
{
	return json_get(world, "jira");
}

cJSON *world_okta(void)
{
	return json_get(world, "okta");
}

const char *world_secret(const char *variable, const char *otherwise)
{
	const char *value = getenv(variable);

	return value != NULL && *value != '\0' ? value : otherwise;
}

int64_t world_next(const char *counter)
{
	cJSON *counters = json_map(world, "counters");
	int64_t next = json_int(counters, counter, 10000) + 1;

	json_put_int(counters, counter, next);
	return next;
}

char *world_opaque(const char *prefix, int length)
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
		"wxyz";
	char made[64] = "";
	uint64_t seed = (uint64_t)world_next("opaque") * 2654435761u;

	for (int i = 0; i < length && i < 63; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		made[i] = digits[(seed >> 33) % (sizeof(digits) - 1)];
	}
	return text("%s%s", prefix, made);
}

cJSON *world_account(const char *any)
{
	cJSON *users = json_get(world_jira(), "users");
	cJSON *user = index_find(users, "accountId", any);

	if (user == NULL)
		user = index_find(users, "login", any);
	if (user == NULL)
		user = index_find(users, "email", any);
	return user;
}

cJSON *world_okta_user(const char *any)
{
	cJSON *users = json_get(world_okta(), "users");
	cJSON *user = index_find(users, "id", any);
	size_t length = any != NULL ? strlen(any) : 0;

	if (user != NULL || any == NULL)
		return user;
	cJSON_ArrayForEach(user, users) {
		const char *login = json_str(json_get(user, "profile"),
			"login");

		if (strcasecmp(login, any) == 0 ||
			(strncasecmp(login, any, length) == 0 &&
				login[length] == '@'))
			return user;
	}
	return NULL;
}

cJSON *world_okta_group(const char *any)
{
	cJSON *groups = json_get(world_okta(), "groups");
	cJSON *group = json_find(groups, "id", any);

	if (group != NULL)
		return group;
	cJSON_ArrayForEach(group, groups)
		if (same(json_str(json_get(group, "profile"), "name"), any))
			return group;
	return NULL;
}

static char *email_of(const cJSON *person)
{
	const char *given = json_str(person, "email");

	return given != NULL ? text_copy(given)
		: text("%s@%s", json_str(person, "login"),
			json_str(world, "domain"));
}

static void add_jira_user(const cJSON *person)
{
	autotext *email = email_of(person);
	autotext *token = text("token-%s", json_str(person, "login"));
	const char *zone = json_str(person, "zone");
	const char *type = json_str(person, "accountType");
	const cJSON *active = json_get(person, "jiraActive");

	if (json_str(person, "account") == NULL)
		return;
	json_push(json_list(world_jira(), "users"),
		json_make("{ss ss ss ss sb sb ss ss so ss}",
			"accountId", json_str(person, "account"),
			"login", json_str(person, "login"), "email", email,
			"displayName", json_str(person, "name"),
			"active", !cJSON_IsFalse(active),
			"emailHidden", json_true(person, "emailHidden"),
			"timeZone", zone != NULL ? zone : "Europe/Berlin",
			"accountType", type != NULL ? type : "atlassian",
			"roles", cJSON_Duplicate(json_get(person, "roles"),
				true),
			"token", token));
}

static void add_okta_user(const cJSON *person)
{
	const cJSON *people = json_get(world, "people");
	const cJSON *manager = json_find(people, "login",
		json_str(person, "manager"));
	autotext *email = email_of(person);
	autotext *login = text("%s@%s", json_str(person, "login"),
		json_str(world, "domain"));
	autotext *manager_id = manager != NULL ? email_of(manager) : NULL;
	const char *attribute = json_true(person, "jiraAttribute")
		? json_str(person, "account") : NULL;
	const char *status = json_str(person, "oktaStatus");

	if (json_str(person, "okta") == NULL)
		return;
	autotext *first = strndup(json_str(person, "name"),
		strcspn(json_str(person, "name"), " "));
	const char *last = strchr(json_str(person, "name"), ' ');
	cJSON *profile = json_make(
		"{ss ss ss ss ss s? s? s? s? s? s?}",
		"login", login, "email", email, "firstName", first,
		"lastName", last != NULL ? last + 1 : NULL,
		"displayName", json_str(person, "name"),
		"department", json_str(person, "department"),
		"title", json_str(person, "title"),
		"manager", json_str(manager, "name"),
		"managerId", manager_id,
		"employeeNumber", json_str(person, "number"),
		"jiraAccountId", attribute);
	okta_user_add(json_str(person, "okta"),
		status != NULL ? status : "ACTIVE", profile,
		json_str(person, "lastLogin"));
}

static void expand_people(void)
{
	const cJSON *person;

	cJSON_ArrayForEach(person, json_get(world, "people")) {
		add_jira_user(person);
		add_okta_user(person);
	}
}

/* The seed names groups' members by login, under "directory". */
static void expand_groups(void)
{
	const cJSON *seeded, *member;

	cJSON_ArrayForEach(seeded, json_get(world, "directory")) {
		okta_group_add(seeded);
		cJSON_ArrayForEach(member, json_get(seeded, "members"))
			member_seed("okta", json_str(seeded, "id"),
				json_str(world_okta_user(
					cJSON_GetStringValue(member)), "id"));
	}
}

bool world_load(const char *file)
{
	autotext *bytes = slurp(file);
	cJSON *seed = bytes != NULL ? cJSON_Parse(bytes) : NULL;

	if (seed == NULL) {
		fprintf(stderr, "sandbox: '%s': cannot read the seed\n", file);
		return false;
	}
	if (seed_file == NULL)
		seed_file = text_copy(file);
	index_forget();
	cJSON_Delete(world);
	world = seed;
	json_list(world_jira(), "issues");
	json_list(world_okta(), "users");
	json_list(world_okta(), "groups");
	json_list(world_okta(), "log");
	json_list(world_okta(), "tokens");
	json_map(world_okta(), "memberships");
	expand_people();
	expand_groups();
	graph_seed();
	okta_rules_apply();
	google_seed(json_get(world, "people"), json_str(world, "domain"));
	slack_seed(json_get(world, "people"), json_str(world, "domain"));
	cJSON_DeleteItemFromObject(world, "directory");
	json_put(world_okta(), "log", cJSON_CreateArray());
	return true;
}

void world_mark(void)
{
	cJSON_Delete(marked);
	marked = cJSON_Duplicate(world, true);
}

bool world_again(void)
{
	if (marked == NULL)
		return world_load(seed_file);
	index_forget();
	cJSON_Delete(world);
	world = cJSON_Duplicate(marked, true);
	return true;
}
