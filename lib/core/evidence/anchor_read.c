/* What the anchor says, read for those who go by it, and which ledgers this
 * one came after. */
#include <string.h>

#include "anchor.h"
#include "notice.h"
#include "projection_seal.h"

int anchor_property(struct lapse *l, const char *issue, struct arena *a,
	const char **ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_property,
		.name = "get anchor",
		.patience_s = CORE_PATIENCE_S,
		.issue = issue,
		.key = ANCHOR_PROPERTY,
		.arena = a,
	};
	int rc = core_jira(l, &op, err);

	if (rc == 0)
		*ret = op.outcome == OP_FOUND ? op.ret : NULL;
	op_clear(&op);
	return rc;
}

static void take_said(struct json root, struct arena *a,
	struct anchor_said *ret)
{
	struct json list = json_array(root, "replaced", JSON_MAY);

	*ret = (struct anchor_said){
		.ledger = arena_copy(a, json_text(root, "ledger", JSON_MUST)),
		.seq = json_int(root, "seq", JSON_MUST),
		.hash = arena_copy(a, json_text(root, "hash", JSON_MUST)),
		.enforced_at = json_time(root, "enforced_at", JSON_MAY),
	};
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		if (json_as_text(i) != NULL)
			strs_add(&ret->replaced, a, json_as_text(i));
}

int anchor_read(struct lapse *l, const char *issue, struct arena *a,
	struct anchor_said *ret, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct anchor_said said;
	const char *text = NULL;
	bool good = false;
	int rc = anchor_property(l, issue, a, &text, err);

	if (rc == 0 && text == NULL)
		return lapse_fail(err, LAPSE_ENOTFOUND, "anchor issue %s: it "
			"has no property '" ANCHOR_PROPERTY "'; name the issue "
			"that the old ledger wrote it on", issue);
	if (rc == 0)
		rc = json_open(&doc, text, strlen(text), err);
	if (rc == 0)
		rc = seal_check(l, json_root(doc), &good, err);
	if (rc < 0)
		return rc;
	if (!good)
		return lapse_fail(err, LAPSE_ELEDGER, "anchor issue %s: its "
			"property '" ANCHOR_PROPERTY "' is not as lapse wrote "
			"it under this 'ledger-key'", issue);
	take_said(json_root(doc), a, &said);
	rc = json_check(doc, "anchor", err);
	if (rc == 0)
		rc = arena_check(a, err);
	if (rc == 0)
		*ret = said;
	return rc;
}

/* The event stands at the chain's beginning, or behind that of `init`. */
struct begun {
	struct arena *arena;
	struct strs *ret;
};

static int take_rebuilt(void *arg, const struct evidence_row *r,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct begun *b = arg;
	struct json list;

	if (r->seq > 2)
		return LAPSE_ENOTFOUND;
	if (strcmp(r->kind, "rebuilt") != 0)
		return 0;
	if (json_open(&doc, r->data, strlen(r->data), err) < 0)
		return err->code;
	list = json_array(json_root(doc), "replaced", JSON_MAY);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		if (json_as_text(i) != NULL)
			strs_add(b->ret, b->arena, json_as_text(i));
	return arena_check(b->arena, err);
}

int anchor_replaced(struct lapse *l, struct arena *a, struct strs *ret,
	struct lapse_err *err)
{
	struct begun b = {a, ret};
	int rc = evidence_each(l->ledger, NULL, 0, 1, take_rebuilt, &b, err);

	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}
