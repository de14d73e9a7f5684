/* The digest of what an approval covers, and lapse's own count of votes. */
#include "hash.h"
#include "json.h"
#include "policy.h"

/* The order in which people and groups were found means nothing. */
static void put_sorted(struct json_out *w, const char *key,
	const struct strs *list, struct arena *a)
{
	struct strs sorted = {0};

	for (size_t i = 0; i < list->n; i++)
		strs_add(&sorted, a, list->items[i]);
	strs_sort(&sorted);
	json_put_open(w, key, '[');
	for (size_t i = 0; i < sorted.n; i++)
		json_put_text(w, NULL, sorted.items[i]);
	json_put_close(w, ']');
}

int policy_hash(const struct policy_content *c, char ret[65],
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF out = {0};
	struct json_out w = {.out = &out};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "content", "lapse.v1");
	json_put_text(&w, "issue", c->issue);
	json_put_text(&w, "requester", c->requester);
	json_put_text(&w, "beneficiary", c->beneficiary);
	put_sorted(&w, "users", &c->users, &a);
	json_put_text(&w, "role", c->role);
	put_sorted(&w, "groups", &c->groups, &a);
	json_put_int(&w, "duration", c->duration_s);
	json_put_time(&w, "until", c->until);
	json_put_time(&w, "start", c->starts_at);
	json_put_int(&w, "maximum", c->max_duration);
	json_put_text(&w, "reason", c->reason);
	json_put_text(&w, "extends", c->extends);
	json_put_close(&w, '}');
	if (arena_check(&a, err) < 0 ||
		buf_check(&out, err, "content of a request") < 0)
		return LAPSE_ENOMEM;
	return hash_hex(out.data, out.len, ret, err);
}

enum policy_quorum policy_count(enum approval_mode mode,
	const struct policy_vote *votes, size_t n)
{
	size_t approved = 0;

	for (size_t i = 0; i < n; i++) {
		if (!votes[i].active)
			continue;
		/* One no is a no, whoever said yes in the meantime. */
		if (votes[i].declined)
			return QUORUM_DECLINED;
		approved += votes[i].approved;
	}
	if (approved == 0 || (mode == APPROVAL_ALL && approved < n))
		return QUORUM_OPEN;
	return QUORUM_APPROVED;
}
