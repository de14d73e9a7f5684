/*
 * graph_query.c - OData as far as Graph's lists need it: $select, $filter with
 * eq, ge, le, any, and, or, $top, and pages with an absolute link in the body.
 */
#include "graph.h"

#include <string.h>
#include <strings.h>

#include "world.h"

static bool lists(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; at != NULL; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, length) == 0 &&
			(at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return false;
}

bool graph_selects(const struct exchange *x, const char *property)
{
	const char *select = param(x, "$select");

	return select != NULL && lists(select, property);
}

/* What begins with "x-" is the sandbox's own. */
cJSON *graph_chosen(const struct exchange *x, const cJSON *object,
	const char *defaults)
{
	const char *select = param(x, "$select");
	const char *wanted = select != NULL ? select : defaults;
	cJSON *made = cJSON_CreateObject();
	const cJSON *one;

	cJSON_ArrayForEach(one, object)
		if (strncmp(one->string, "x-", 2) != 0 &&
			(wanted == NULL || lists(wanted, one->string) ||
				one->string[0] == '@'))
			json_put(made, one->string,
				cJSON_Duplicate(one, true));
	return made;
}

static bool take(const char **at, const char *word)
{
	size_t length = strlen(word);

	*at += strspn(*at, " ");
	if (strncasecmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}

/* A quoted text, with '' for a quote in it. */
static char *take_text(const char **at)
{
	char *made, *to;

	*at += strspn(*at, " ");
	if (**at != '\'')
		return NULL;
	made = text_copy(*at);
	to = made;
	for (++*at; **at != '\0' && (**at != '\'' || (*at)[1] == '\'');
		++*at) {
		*at += **at == '\'';
		*to++ = **at;
	}
	*to = '\0';
	if (**at == '\'') {
		++*at;
		return made;
	}
	free(made);
	return NULL;
}

static const char *value_at(const cJSON *object, const char *path)
{
	const char *slash = strchr(path, '/');

	if (slash == NULL)
		return json_str(object, path);
	autotext *outer = strndup(path, (size_t)(slash - path));
	return json_str(json_get(object, outer), slash + 1);
}

/* A bare value: a time. The caller frees. */
static char *take_bare(const char **at)
{
	size_t length = strcspn(*at + strspn(*at, " "), " )");
	char *made;

	*at += strspn(*at, " ");
	made = strndup(*at, length);
	*at += length;
	return made;
}

/* Times compare as texts to the second, however many digits follow. */
static bool compares(const char *op, const char *have, const char *want)
{
	int way;

	if (have == NULL)
		return false;
	if (strcmp(op, "eq") == 0)
		return strcasecmp(have, want) == 0;
	way = strncmp(have, want, 19);
	return strcmp(op, "ge") == 0 ? way >= 0 : way <= 0;
}

/* PATH OP VALUE: 1, 0, or -1 where it is anything else. */
static int read_simple(const char **at, const cJSON *object)
{
	static const char *const ops[] = {"eq", "ge", "le"};
	const char *op = NULL;

	*at += strspn(*at, " ");
	size_t length = strcspn(*at, " ()");
	autotext *path = strndup(*at, length);
	*at += length;
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops) && op == NULL; i++)
		if (take(at, ops[i]))
			op = ops[i];
	if (length == 0 || op == NULL || **at != ' ')
		return -1;
	*at += strspn(*at, " ");
	autotext *want = **at == '\'' ? take_text(at) : take_bare(at);
	if (want == NULL || *want == '\0')
		return -1;
	return compares(op, value_at(object, path), want);
}

/* LIST/any(x:x/PATH OP VALUE), of which the object is an item. */
static int read_any(const char **at, const cJSON *object)
{
	const char *call = strstr(*at, "/any(");
	autotext *list = strndup(*at, (size_t)(call - *at));
	const char *inner = strchr(call, '/');
	const cJSON *one;
	int found, fits;

	inner = strchr(inner + 1, '/');
	if (inner == NULL)
		return -1;
	*at = inner + 1;
	found = read_simple(at, NULL);
	cJSON_ArrayForEach(one, json_get(object, list)) {
		const char *again = inner + 1;

		fits = read_simple(&again, one);
		found = fits > found && found >= 0 ? fits : found;
	}
	return found < 0 || !take(at, ")") ? -1 : found;
}

static int read_term(const char **at, const cJSON *object)
{
	size_t length;

	*at += strspn(*at, " ");
	length = strcspn(*at, " '(");
	return length >= 4 && strncmp(*at + length - 4, "/any", 4) == 0
		? read_any(at, object) : read_simple(at, object);
}

/* TERM [and TERM]... [or ...]: 1, 0, or -1 where it is anything else. */
static int matches(const char *filter, const cJSON *object)
{
	int found = 0;

	do {
		int all = 1;

		do {
			int one = read_term(&filter, object);

			if (one < 0)
				return -1;
			all = all && one;
		} while (take(&filter, "and "));
		found = found || all;
	} while (take(&filter, "or "));
	filter += strspn(filter, " ");
	return *filter == '\0' ? found : -1;
}

bool graph_filter(struct exchange *x, cJSON *list)
{
	const char *filter = param(x, "$filter");

	for (int i = cJSON_GetArraySize(list); filter != NULL && i-- > 0;)
		if (matches(filter, cJSON_GetArrayItem(list, i)) < 1)
			cJSON_DeleteItemFromArray(list, i);
	if (filter == NULL || matches(filter, NULL) >= 0)
		return true;
	graph_error(x, 400, "Request_UnsupportedQuery",
		"Unsupported Query.");
	return false;
}

static char *next_link(struct exchange *x, int64_t after)
{
	autotext *kept = text_copy(x->query);
	char *token = strstr(kept, "&$skiptoken=");

	if (token == NULL)
		token = strstr(kept, "$skiptoken=");
	if (token != NULL)
		*token = '\0';
	return text("%s%s?%s%s$skiptoken=RFNwdAIAAQ%lld", x->base, x->path,
		kept, *kept != '\0' ? "&" : "", (long long)after);
}

static int64_t skipped(const struct exchange *x)
{
	const char *token = param(x, "$skiptoken");

	if (token == NULL || strncmp(token, "RFNwdAIAAQ", 10) != 0)
		return 0;
	return strtoll(token + 10, NULL, 10);
}

/* A page is as long as $top says, or shorter: "pageLimit" of the seed caps
 * it, so that tests page through small companies. */
void graph_page(struct exchange *x, cJSON *all, const char *context)
{
	int64_t top = param_int(x, "$top", 100);
	int64_t cap = json_int(graph_tenant(), "pageLimit", 999);
	int64_t from = skipped(x);
	int64_t count = cJSON_GetArraySize(all);
	autotext *where = text("%s/v1.0/$metadata#%s", x->base, context);
	cJSON *page;

	if (top < 1 || top > 999) {
		cJSON_Delete(all);
		graph_error(x, 400, "Request_BadRequest",
			"Invalid page size specified: '%lld'. Must be between "
			"1 and 999 inclusive.", (long long)top);
		return;
	}
	page = cJSON_CreateArray();
	if (top > cap)
		top = cap;
	for (int64_t i = from; i < count && i < from + top; i++)
		json_push(page, cJSON_Duplicate(
			cJSON_GetArrayItem(all, (int)i), true));
	cJSON_Delete(all);
	autotext *link = from + top < count ? next_link(x, from + top) : NULL;
	reply_json(x, 200, json_make("{ss s? so}", "@odata.context", where,
		"@odata.nextLink", link, "value", page));
}
