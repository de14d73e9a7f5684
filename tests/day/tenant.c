/* Makes the tenant's two files from the company's and the model's. */
#include "tenant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "world.h"

enum {
	BASE = 0,		/* of an application's groups: some roles */
	ELIGIBLE = 19,		/* share the first; the last gives nothing */
	ASKERS = 200,		/* the others have what they need */
};

static const char *const leads[APPS] = {"maria", "dana", "hana", "kofi",
	"nina", "karin", "sam", "yusuf", "cyril", "gina", "anna", "nils",
	"rita", "grace"};

static struct {
	char account[32];
	char login[16];
} accounts[ACCOUNTS];

/* ---- Names ---- */

static void group_id(int app, int n, char ret[ID])
{
	snprintf(ret, ID, "00g2a%02dg%02d0000000h7x", app, n);
}

void staff_user(int person, char ret[ID])
{
	snprintf(ret, ID, "00u2p%03d0000000000h7", person);
}

void staff_login(int person, char ret[ID])
{
	snprintf(ret, ID, "p%03d", person);
}

const char *login_of(const char *account)
{
	for (int i = 0; i < ACCOUNTS && accounts[i].login[0] != '\0'; i++)
		if (strcmp(accounts[i].account, account) == 0)
			return accounts[i].login;
	return NULL;
}

void role_names(int role, char ret_app[ID], char ret_option[ID])
{
	snprintf(ret_app, ID, "App %02d", role / APP_ROLES);
	snprintf(ret_option, ID, "r%d", role % APP_ROLES);
}

bool role_asks_nobody(int role)
{
	return role % APP_ROLES == 0;
}

static bool has_base(int role)
{
	return role % APP_ROLES % 3 == 0;
}

static void role_group(int role, int n, char ret[ID])
{
	group_id(role / APP_ROLES, n == 2 ? BASE :
		role % APP_ROLES * 2 + 1 + n, ret);
}

bool role_gives(int role, const char *group)
{
	char id[ID];

	for (int n = 0; n < 2 + has_base(role); n++) {
		role_group(role, n, id);
		if (strcmp(id, group) == 0)
			return true;
	}
	return false;
}

/* ---- Files ---- */

static cJSON *read_seed(const char *from)
{
	static char text[1 << 20];
	FILE *in = fopen(from, "re");
	size_t n = in != NULL ? fread(text, 1, sizeof(text) - 1, in) : 0;
	cJSON *seed = n > 0 ? cJSON_Parse(text) : NULL;

	if (seed == NULL)
		die("'%s': cannot be read", from);
	fclose(in);
	return seed;
}

static FILE *make(const char *dir, const char *name)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "we");
	if (out == NULL)
		die("'%s': cannot be made", path);
	return out;
}

static void made(FILE *out)
{
	if (fclose(out) != 0)
		die("a file of the tenant cannot be written");
}

/* ---- The company, larger ---- */

static void add_person(cJSON *people, int n)
{
	cJSON *p = cJSON_CreateObject();
	char text[64], login[ID], user[ID];

	staff_login(n, login);
	staff_user(n, user);
	cJSON_AddStringToObject(p, "login", login);
	snprintf(text, sizeof(text), "Person N%03d", n);
	cJSON_AddStringToObject(p, "name", text);
	cJSON_AddStringToObject(p, "department", "Works");
	cJSON_AddStringToObject(p, "title", "Engineer");
	cJSON_AddStringToObject(p, "manager", leads[n % APPS]);
	snprintf(text, sizeof(text), "2%03d", n);
	cJSON_AddStringToObject(p, "number", text);
	snprintf(text, sizeof(text), "5b20%020d", n);
	cJSON_AddStringToObject(p, "account", text);
	cJSON_AddStringToObject(p, "okta", user);
	cJSON_AddStringToObject(p, "lastLogin", "2026-09-05T12:15:00.000Z");
	/* The others are found by their addresses. */
	cJSON_AddBoolToObject(p, "jiraAttribute", n % 2 == 0);
	cJSON_AddItemToArray(people, p);
}

/* Everybody may ask; who asks today has nothing yet. */
static bool is_in(int person, int app, int n)
{
	if (n == ELIGIBLE)
		return true;
	if (person < ASKERS)
		return false;
	return n == BASE ? person % 2 == 0 :
		(person * 7 + app * 20 + n) % 14 == 0;
}

static void add_group(cJSON *directory, int app, int n)
{
	cJSON *g = cJSON_CreateObject();
	cJSON *members = cJSON_CreateArray();
	char text[64], id[ID], login[ID];

	group_id(app, n, id);
	cJSON_AddStringToObject(g, "id", id);
	snprintf(text, sizeof(text), "App %02d group %02d", app, n);
	cJSON_AddStringToObject(g, "name", text);
	cJSON_AddStringToObject(g, "description", "made for the day");
	for (int p = 0; p < STAFF; p++) {
		staff_login(p, login);
		if (is_in(p, app, n))
			cJSON_AddItemToArray(members,
				cJSON_CreateString(login));
	}
	cJSON_AddItemToObject(g, "members", members);
	cJSON_AddItemToArray(directory, g);
}

/* Groups beside the catalog, up to the number. */
static void add_others(cJSON *directory)
{
	int app = APPS;

	for (int n = 0; cJSON_GetArraySize(directory) < ALL_GROUPS; n++)
		add_group(directory, app, n);
}

static void note_accounts(const cJSON *people)
{
	const cJSON *p;
	int n = 0;

	cJSON_ArrayForEach(p, people) {
		const char *account = cJSON_GetStringValue(
			cJSON_GetObjectItem(p, "account"));

		snprintf(accounts[n].account, sizeof(accounts[n].account),
			"%s", account != NULL ? account : "");
		snprintf(accounts[n++].login, sizeof(accounts[0].login), "%s",
			cJSON_GetStringValue(cJSON_GetObjectItem(p, "login")));
	}
}

static void make_company(const char *dir)
{
	cJSON *seed = read_seed("examples/sandbox/company.json");
	cJSON *people = cJSON_GetObjectItem(seed, "people");
	cJSON *directory = cJSON_GetObjectItem(seed, "directory");
	FILE *out = make(dir, "company.json");
	char *text;

	for (int p = 0; p < STAFF; p++)
		add_person(people, p);
	for (int app = 0; app < APPS; app++)
		for (int n = 0; n < APP_GROUPS; n++)
			add_group(directory, app, n);
	add_others(directory);
	if (cJSON_GetArraySize(people) > ACCOUNTS ||
		cJSON_GetArraySize(directory) != ALL_GROUPS)
		die("the tenant has %d people and %d groups",
			cJSON_GetArraySize(people),
			cJSON_GetArraySize(directory));
	cJSON_ReplaceItemInObject(cJSON_GetObjectItem(seed, "okta"),
		"rateLimit", cJSON_CreateNumber(LIMIT));
	note_accounts(people);
	text = cJSON_PrintUnformatted(seed);
	fputs(text != NULL ? text : "", out);
	made(out);
	free(text);
	cJSON_Delete(seed);
}

/* ---- The catalog ---- */

static const char *approvers(int role)
{
	switch (role % APP_ROLES) {
	case 0:
		return "\tauto-approve = true\n";
	case 3:
		return "\tapprovers = {\"manager\", \"owner\"}\n"
		       "\tapproval = \"all\"\n";
	case 2:
	case 5:
		return "\tapprovers = {\"manager\"}\n";
	default:
		return "\tapprovers = {\"owner\"}\n";
	}
}

static void put_role(FILE *out, int role)
{
	char id[ID];

	fprintf(out, "role \"app%02d/r%d\" {\n\tapplication = \"App %02d\"\n"
		"\tabout = \"work with it\"\n\tgroups = {",
		role / APP_ROLES, role % APP_ROLES, role / APP_ROLES);
	for (int n = 0; n < 2 + has_base(role); n++) {
		role_group(role, n, id);
		fprintf(out, "%s\"%s\"", n > 0 ? ", " : "", id);
	}
	group_id(role / APP_ROLES, ELIGIBLE, id);
	fprintf(out, "}\n\tmax-duration = \"12h\"\n\tmax-total = \"24h\"\n%s",
		approvers(role));
	if (role % APP_ROLES == 8)
		fprintf(out, "\trequestable-by = {\"%s\"}\n", id);
	fprintf(out, "\televated = %s\n}\n", role % APP_ROLES == 4 ? "true" :
								     "false");
}

static void make_config(const char *dir)
{
	FILE *in = fopen("tests/model/lapse.conf.in", "re");
	FILE *out = make(dir, "lapse.conf.in");
	char line[512];

	if (in == NULL)
		die("'tests/model/lapse.conf.in': cannot be read");
	while (fgets(line, sizeof(line), in) != NULL)
		fputs(line, out);
	fclose(in);
	for (int app = 0; app < APPS; app++)
		fprintf(out, "application \"App %02d\" {\n\tidp = \"okta\"\n"
			"\towner = \"%s@acme.example\"\n}\n", app, leads[app]);
	for (int role = 0; role < ROLES_MADE; role++)
		put_role(out, role);
	made(out);
}

void tenant_make(const char *dir)
{
	make_company(dir);
	make_config(dir);
}
