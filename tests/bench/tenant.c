/* The made-up tenant of the bench. */
#include "tenant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DIGITS = 7,	/* of a user's number wherever it stands */
	PLACES = 16,
	STRIDE = 7,	/* members are not in the order of their numbers */
	LARGE = 10,
	MEDIUM_MAX = 100,
};

/* '#' stands for the user's number; 905 bytes when it is filled in. */
static const char user_template[] =
	"{\"id\":\"00u1b000000#h7\",\"status\":\"ACTIVE\","
	"\"created\":\"2024-03-11T09:21:44.000Z\","
	
	"\"statusChanged\":\"2024-03-11T09:30:02.000Z\","
	"\"lastLogin\":\"2026-11-20T07:58:13.000Z\","
	"\"lastUpdated\":\"2026-10-02T12:00:51.000Z\","
	"\"passwordChanged\":\"2026-03-12T08:00:00.000Z\","
	"\"type\":{\"id\":\"otyfnjfba4ye7pgjB0g4\"},"
	"\"profile\":{\"firstName\":\"Robin\",\"lastName\":\"Person#\","
	"\"mobilePhone\":null,\"secondEmail\":null,"
	"\"login\":\"person.#@acme.example\","
	"\"email\":\"person.#@acme.example\","
	"\"displayName\":\"Robin Person#\","
	"\"department\":\"Engineering\",\"title\":\"Software Engineer II\","
	"\"managerId\":\"manager.one@acme.example\","
	"\"employeeNumber\":\"#\","
	"\"jiraAccountId\":\"5b10a2844c20165700#\"},"
	"\"credentials\":{\"password\":{},\"emails\":["
	"{\"value\":\"person.#@acme.example\",\"status\":\"VERIFIED\","
	"\"type\":\"PRIMARY\"}],\"provider\":{\"type\":\"OKTA\","
	"\"name\":\"OKTA\"}},\"_links\":{\"self\":{\"href\":"
	"\"https://acme.okta.example/api/v1/users/00u1b000000#h7\"}}}";

/* ---- Who is where ---- */

static long medium(const struct tenant *t)
{
	long n = t->groups / 50;

	return n > MEDIUM_MAX ? MEDIUM_MAX : n;
}

long tenant_group_size(const struct tenant *t, long group)
{
	long rest = t->memberships - t->users / 2 - LARGE * (t->users / 20) -
		medium(t) * (t->users / 100);
	long small = t->groups - 1 - LARGE - medium(t);
	long nth = group - 1 - LARGE - medium(t);

	if (group == 0)
		return t->users / 2;
	if (group <= LARGE)
		return t->users / 20;
	if (nth < 0)
		return t->users / 100;
	return rest / small + (nth < rest % small ? 1 : 0);
}

long tenant_member(const struct tenant *t, long group, long n)
{
	return (group * 7919 + n * STRIDE) % t->users;
}

/* ---- Ids ---- */

void tenant_user_id(long user, char ret[TENANT_ID + 1])
{
	snprintf(ret, TENANT_ID + 1, "00u1b%013ldh7", user);
}

void tenant_group_id(long group, char ret[TENANT_ID + 1])
{
	snprintf(ret, TENANT_ID + 1, "00g1b%013ldh7", group);
}

long tenant_of_id(const char *id, size_t len, const char *prefix)
{
	size_t skip = strlen(prefix);

	if (len != TENANT_ID || strncmp(id, prefix, skip) != 0)
		return -1;
	return strtol(id + skip, NULL, 10);
}

/* ---- As JSON ---- */

/* The template with room for the digits, and where they go: made once. */
struct stamp {
	char text[TENANT_ITEM_MAX];
	size_t len;
	size_t places[PLACES];
	size_t n;
};

static void make_stamp(struct stamp *s)
{
	for (const char *c = user_template; *c != '\0'; c++) {
		if (*c != '#') {
			s->text[s->len++] = *c;
			continue;
		}
		s->places[s->n++] = s->len;
		s->len += DIGITS;
	}
}

size_t tenant_put_user(const struct tenant *t, long user, char *to)
{
	static struct stamp s;
	char digits[DIGITS];

	(void)t;
	if (s.len == 0)
		make_stamp(&s);
	for (int i = DIGITS; i-- > 0; user /= 10)
		digits[i] = (char)('0' + user % 10);
	memcpy(to, s.text, s.len);
	for (size_t i = 0; i < s.n; i++)
		memcpy(to + s.places[i], digits, DIGITS);
	return s.len;
}

size_t tenant_put_group(const struct tenant *t, long group, char *to)
{
	char id[TENANT_ID + 1];
	int n;

	tenant_group_id(group, id);
	n = snprintf(to, TENANT_ITEM_MAX,
		"{\"id\":\"%s\",\"created\":\"2024-03-11T09:21:44.000Z\","
		"\"lastUpdated\":\"2026-10-02T12:00:51.000Z\","
		"\"lastMembershipUpdated\":\"2026-11-20T07:58:13.000Z\","
		"\"objectClass\":[\"okta:user_group\"],"
		"\"type\":\"OKTA_GROUP\",\"profile\":{\"name\":\"group %ld\","
		"\"description\":\"made for the bench\"},"
		"\"_embedded\":{\"stats\":{\"usersCount\":%ld,"
		"\"appsCount\":1,\"groupPushMappingsCount\":0,"
		"\"hasAdminPrivlege\":false}}}",
		id, group, tenant_group_size(t, group));
	return (size_t)n;
}
