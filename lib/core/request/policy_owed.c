/* Who is owed an approval. Never the requester, who filed the request, the
 * beneficiary, or someone inactive. */
#include "policy_private.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Why this one cannot be asked; NULL: can be. */
static const char *excluded(const struct policy_input *in,
	const struct policy_approver *o)
{
	if (o->account == NULL)
		return "could not be found, or is not active";
	if (same(o->account, in->beneficiary.account))
		return "is the person it is for";
	if (same(o->account, in->requester))
		return "is the requester";
	if (same(o->account, in->creator))
		return "filed the request";
	if (same(o->account, in->delegate))
		return "is the account that answers for Slack, not a person";
	if (!o->active)
		return "is not active";
	return NULL;
}

static bool is_owed(const struct policy *p, const char *account)
{
	for (size_t i = 0; i < p->ret->owed.n; i++)
		if (strcmp(p->ret->owed.items[i].account, account) == 0)
			return true;
	return false;
}

static bool owe(struct policy *p, const struct policy_approver *o,
	const char *why)
{
	struct policy_approver *slot;

	if (excluded(p->in, o) != NULL)
		return false;
	if (is_owed(p, o->account))
		return true;
	slot = VEC_ADD(&p->ret->owed, p->a);
	if (slot != NULL) {
		*slot = *o;
		slot->why = why;
	}
	return true;
}

static const char *label(const struct policy_approver *o)
{
	if (o->label != NULL)
		return o->label;
	return o->why != NULL ? o->why : "approver";
}

static bool is_fallback(const struct policy_approver *o)
{
	return same(o->why, "fallback");
}

static bool owe_fallback(struct policy *p)
{
	bool owed = owe(p, &p->in->fallback, "fallback");

	for (size_t i = 0; i < p->in->approvers.n; i++)
		if (is_fallback(&p->in->approvers.items[i]))
			owed |= owe(p, &p->in->approvers.items[i],
				"fallback");
	return owed;
}

/* Is somebody owed for this word of the catalog? Several people may stand
 * for one (a group), and one person for several. */
static bool answered(const struct policy *p, const char *word)
{
	for (size_t i = 0; i < p->in->approvers.n; i++) {
		const struct policy_approver *o = &p->in->approvers.items[i];
		if (strcmp(label(o), word) == 0 &&
			excluded(p->in, o) == NULL)
			return true;
	}
	return false;
}

static int nobody(struct policy *p, const char *code,
	const struct policy_approver *o)
{
	const char *admin;

	if (o != NULL)
		admin = WORDS("role '%s': approver '%s' %s; correct the "
			"catalog or the person's record", p->in->role->name,
			label(o), excluded(p->in, o));
	else
		admin = WORDS("role '%s': none of its approvers can be asked, "
			"nor a fallback-approver; name one",
			p->in->role->name);
	return policy_no(p, code,
		WORDS("Nobody who must approve '%s' can be asked right now. An "
			"administrator has been told; please ask again "
			"later.", p->in->role->name), admin);
}

/* `all`: each word of the catalog must have somebody, or nobody is asked. */
static int all_answered(struct policy *p)
{
	for (size_t i = 0; i < p->in->approvers.n; i++) {
		const struct policy_approver *o = &p->in->approvers.items[i];
		if (!is_fallback(o) && !answered(p, label(o)))
			return nobody(p, "approver-missing", o);
	}
	return 0;
}

static void owe_listed(struct policy *p)
{
	for (size_t i = 0; i < p->in->approvers.n; i++) {
		const struct policy_approver *o = &p->in->approvers.items[i];
		if (!is_fallback(o))
			owe(p, o, o->why);
	}
}

int policy_owe(struct policy *p)
{
	const struct role *r = p->in->role;

	if (r->auto_approve && !r->elevated)
		return 0;
	if (!p->in->escalated) {
		if (r->approval == APPROVAL_ALL && all_answered(p) != 0)
			return 1;
		owe_listed(p);
	}
	if (p->ret->owed.n > 0 || owe_fallback(p))
		return 0;
	return nobody(p, "no-approver", NULL);
}
