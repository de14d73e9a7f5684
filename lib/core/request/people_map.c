/* The map file: what settles who is who where neither an attribute nor a
 * visible address does. It is read when it is asked for, no sooner. */
#include <string.h>

#include "people_private.h"

struct map_line {
	const char *account;
	const char *idp;
	const char *user;
};

/* Calls each for every line; 1 ends it. */
struct map_walk {
	int (*each)(void *arg, const struct map_line *line);
	void *arg;
};

static int map_fault(const char *path, int line, struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_ECONFIG,
		"%s:%d: want one line a person: ACCOUNT IDP USER", path, line);
}

static int walk_line(char *text, const char *path, int number,
	const struct map_walk *w, struct lapse_err *err)
{
	static const char blank[] = " \t\r";
	struct map_line line;
	char *rest = text;

	text[strcspn(text, "#")] = '\0';
	line.account = strtok_r(rest, blank, &rest);
	if (line.account == NULL)
		return 0;
	line.idp = strtok_r(NULL, blank, &rest);
	line.user = strtok_r(NULL, blank, &rest);
	if (line.user == NULL || strtok_r(NULL, blank, &rest) != NULL)
		return map_fault(path, number, err);
	return w->each(w->arg, &line);
}

static int walk(struct lapse *l, const struct map_walk *w,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *path = l->config != NULL ? l->config->people_map : NULL;
	char *text = NULL;
	size_t len;
	int rc;

	if (path == NULL)
		return 0;
	rc = config_read_file(path, &a, &text, &len, err);
	for (int n = 1; rc == 0 && text != NULL; n++) {
		char *line = strsep(&text, "\n");
		rc = walk_line(line, path, n, w, err);
	}
	return rc < 0 ? rc : 0;
}

struct map_search {
	struct arena *arena;
	const char *account;
	const char *idp;
	const struct idp_user *user;
	const char *found;
	bool two;
};

static void take(struct map_search *s, const char *found)
{
	if (s->found == NULL)
		s->found = arena_copy(s->arena, found);
	else if (strcmp(s->found, found) != 0)
		s->two = true;
}

static int same_account(void *arg, const struct map_line *line)
{
	struct map_search *s = arg;

	if (strcmp(line->account, s->account) == 0 &&
		strcmp(line->idp, s->idp) == 0)
		take(s, line->user);
	return 0;
}

static int same_user(void *arg, const struct map_line *line)
{
	struct map_search *s = arg;

	if (strcmp(line->idp, s->idp) == 0 && user_is(s->user, line->user))
		take(s, line->account);
	return 0;
}

static int search(struct lapse *l, struct map_search *s,
	int (*each)(void *arg, const struct map_line *line), const char **ret,
	struct lapse_err *err)
{
	struct map_walk w = {each, s};
	int rc = walk(l, &w, err);

	if (rc < 0)
		return rc;
	if (s->two)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: '%s': two lines say two things; keep one",
			l->config->people_map,
			s->account != NULL ? s->account : s->user->id);
	*ret = s->found;
	return arena_check(s->arena, err);
}

int map_user(struct lapse *l, const char *account, const char *idp,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	struct map_search s = {.arena = a, .account = account, .idp = idp};

	return search(l, &s, same_account, ret, err);
}

int map_account(struct lapse *l, const char *idp, const struct idp_user *u,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	struct map_search s = {.arena = a, .idp = idp, .user = u};

	return search(l, &s, same_user, ret, err);
}
