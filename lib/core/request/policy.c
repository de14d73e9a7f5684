/* Policy: what becomes of a request. Pure: no clock, ledger or network. What
 * refuses comes before what waits, and what waits before what asks; the first
 * rule that applies gives the words. The approvers' part is in
 * policy_owed.c, the content's digest and the quorum in policy_hash.c. */
#include "policy_private.h"

#include <string.h>

enum { START_AHEAD = 90 * 86400 };	/* a later start is asked for later */

int policy_no(struct policy *p, const char *code, const char *words,
	const char *admin)
{
	*p->ret = (struct policy_decision){
		.verdict = POLICY_REFUSE,
		.mode = p->ret->mode,
		.ends_at = WHEN_NONE,
		.code = code,
		.words = words,
		.admin = admin,
	};
	return 1;
}

/* ---- Who ---- */

static const char *person(const struct policy_person *b)
{
	return b->name != NULL ? b->name : "the person it is for";
}

static int check_beneficiary(struct policy *p)
{
	const struct policy_person *b = &p->in->beneficiary;

	if (b->account == NULL)
		return policy_no(p, "beneficiary-not-found",
			"The person this is for could not be found. Please "
			"choose someone who has an account here and ask "
			"again.", NULL);
	if (!b->active)
		return policy_no(p, "beneficiary-inactive",
			WORDS("%s's account is not active, so no access can be "
				"given. Please ask again once it is.",
				person(b)), NULL);
	if (b->idp_ok || b->idp_pending)
		return 0;
	return policy_no(p, "no-user",
		WORDS("%s has no user account where '%s' gives access, or it "
			"could not be matched. An administrator has been "
			"told; please ask again after it is settled.",
			person(b), p->in->role->name),
		WORDS("%s (%s) could not be matched to one active user: %s",
			person(b), b->account, b->idp_problem != NULL ?
			b->idp_problem : "the reason is not known"));
}

/* Names may come with the provider before them once more. */
static bool is_group(const char *name, const char *wanted)
{
	const char *colon = strchr(name, ':');

	return strcmp(name, wanted) == 0 ||
		(colon != NULL && strcmp(colon + 1, wanted) == 0);
}

static bool in_any(const struct strs *wanted, const struct strs *groups)
{
	for (size_t i = 0; i < wanted->n; i++)
		for (size_t k = 0; k < groups->n; k++)
			if (is_group(groups->items[k], wanted->items[i]))
				return true;
	return false;
}

/* A person who is not active yet is in no group yet: decided afresh then. */
static int check_eligible(struct policy *p)
{
	const struct policy_person *b = &p->in->beneficiary;
	const struct strs *groups = &p->in->role->requestable_by;

	if (groups->n == 0 || b->idp_pending || in_any(groups, &b->groups))
		return 0;
	return policy_no(p, "not-eligible",
		WORDS("'%s' is only for certain teams, and %s is in none of "
			"them. Please ask %s which role fits.",
			p->in->role->name, person(b),
			p->in->role->application != NULL &&
			p->in->role->application->owner != NULL ?
			"the application's owner" : "your manager"),
		NULL);
}

static int conflict(struct policy *p, const struct strs *with)
{
	for (size_t i = 0; i < with->n; i++)
		if (strs_has(&p->in->beneficiary.roles, with->items[i]))
			return policy_no(p, "conflict",
				WORDS("%s already has '%s', and nobody may "
					"have both. Please give that back "
					"first, then ask again.",
					person(&p->in->beneficiary),
					with->items[i]), NULL);
	return 0;
}

static int check_conflict(struct policy *p)
{
	return conflict(p, &p->in->conflicting) != 0 ||
		conflict(p, &p->in->role->conflicts) != 0;
}

/* ---- Groups ---- */

static const char *group_code(const struct policy_group *g)
{
	switch (g->kind) {
	case IDP_GROUP_OK:
		return NULL;
	case IDP_GROUP_RULE:
		return "group-rule";
	case IDP_GROUP_DIRECTORY:
		return "group-directory";
	case IDP_GROUP_APP:
		return "group-app";
	case IDP_GROUP_BUILT_IN:
		return "group-built-in";
	case IDP_GROUP_RESTRICTED:
		return "group-restricted";
	case IDP_GROUP_UNKNOWN:
		break;
	}
	return "group-unknown";
}

static const char *cannot_be_given(struct policy *p)
{
	return WORDS("'%s' cannot be given this way at the moment. An "
		"administrator has been told; please ask again later.",
		p->in->role->name);
}

static int check_group(struct policy *p, const struct policy_group *g)
{
	const char *name = g->name != NULL ? g->name : g->group;
	const char *code = group_code(g);

	if (!g->found)
		return policy_no(p, "group-not-found", cannot_be_given(p),
			WORDS("role '%s': group '%s' does not exist at '%s'; "
				"correct the role's groups",
				p->in->role->name, g->group, g->idp));
	if (code != NULL)
		return policy_no(p, code, cannot_be_given(p),
			WORDS("role '%s': group '%s' (%s) %s%s%s%s; lapse "
				"must not change it, choose another group",
				p->in->role->name, name, g->group,
				idp_group_kind_text(g->kind),
				g->detail != NULL ? " (" : "",
				g->detail != NULL ? g->detail : "",
				g->detail != NULL ? ")" : ""));
	if (g->pre_existing && p->in->role->elevated &&
		p->in->extends_role == NULL)
		return policy_no(p, "pre-existing",
			WORDS("%s has this access already, without an end. An "
				"administrator has been told and can give it "
				"one.", person(&p->in->beneficiary)),
			WORDS("%s is in group '%s' (%s) already, not by "
				"lapse; `lapse adopt` makes that time-bound",
				person(&p->in->beneficiary), name, g->group));
	return 0;
}

static int check_groups(struct policy *p)
{
	for (size_t i = 0; i < p->in->groups.n; i++)
		if (check_group(p, &p->in->groups.items[i]) != 0)
			return 1;
	return 0;
}

/* ---- How long ---- */

static int check_start(struct policy *p)
{
	if (p->in->starts_at == WHEN_NONE ||
		p->in->starts_at - p->in->now <= START_AHEAD)
		return 0;
	return policy_no(p, "start-too-far",
		"The start is more than 90 days ahead. Please ask again "
		"nearer to it.", NULL);
}

static int without_end(struct policy *p)
{
	const struct role *r = p->in->role;
	char text[WHEN_TEXT];

	p->length = 0;
	if (r->elevated)
		return policy_no(p, "no-end-elevated",
			WORDS("'%s' always has an end, %s at the most. Please "
				"ask again and say for how long.", r->name,
				when_duration(r->max_duration, text)), NULL);
	if (!r->standing)
		return policy_no(p, "no-end",
			WORDS("'%s' is only given for a time. Please ask "
				"again and say for how long.", r->name), NULL);
	return 0;
}

static int until(struct policy *p)
{
	if (p->in->until <= p->in->now)
		return policy_no(p, "until-past",
			"The end is in the past. Please ask again with a "
			"later one.", NULL);
	if (p->in->until <= p->from)
		return policy_no(p, "until-before-start",
			"The end is not after the start. Please ask again "
			"with a later end.", NULL);
	p->length = p->in->until - p->from;
	p->ret->ends_at = p->in->until;
	return 0;
}

static int length_asked(struct policy *p)
{
	const struct role *r = p->in->role;

	if (p->in->no_end)
		return without_end(p);
	if (p->in->until != WHEN_NONE)
		return until(p);
	p->length = p->in->duration_s > 0 ? p->in->duration_s :
		r->default_duration;
	if (p->length > 0)
		return 0;
	return policy_no(p, "no-duration",
		WORDS("'%s' needs a duration. Please ask again and say for how "
			"long, for example 8h or 2d.", r->name), NULL);
}

static void cap(struct policy *p, int64_t length, const char *why)
{
	p->length = length;
	p->ret->capped = true;
	p->ret->cap = why;
	if (p->ret->ends_at != WHEN_NONE)
		p->ret->ends_at = p->from + length;
}

static int check_maximum(struct policy *p)
{
	const struct role *r = p->in->role;
	char most[WHEN_TEXT], asked[WHEN_TEXT];

	if (r->max_duration == 0 || p->length <= r->max_duration)
		return 0;
	if (r->over_max_refused)
		return policy_no(p, "over-maximum",
			WORDS("'%s' is given for %s at the most, and %s was "
				"asked. Please ask again for a shorter time.",
				r->name, when_duration(r->max_duration, most),
				when_duration(p->length, asked)), NULL);
	cap(p, r->max_duration, WORDS("the role's maximum is %s",
		when_duration(r->max_duration, most)));
	/* A length that counts from the start, not an end that would move with
	 * the time of the decision: approvers approve what they read. */
	if (p->from == p->in->now)
		p->ret->ends_at = WHEN_NONE;
	return 0;
}

/* The end of someone's contract ends everything. */
static int check_person_end(struct policy *p)
{
	const struct policy_person *b = &p->in->beneficiary;

	if (b->ends_at == WHEN_NONE)
		return 0;
	if (b->ends_at <= p->from)
		return policy_no(p, "person-ended",
			WORDS("%s's own time here is over before this would "
				"begin. Please have the end date corrected, "
				"if it is wrong.", person(b)), NULL);
	if (p->length > 0 && p->from + p->length <= b->ends_at)
		return 0;
	p->ret->ends_at = b->ends_at;
	cap(p, b->ends_at - p->from,
		WORDS("%s's own time here ends then", person(b)));
	return 0;
}

/* ---- Extensions ---- */

/* An extension goes on where the old grant stops. */
static int check_extension(struct policy *p)
{
	const struct policy_input *in = p->in;

	if (in->extends_role == NULL)
		return 0;
	if (strcmp(in->extends_role, in->role->name) != 0)
		return policy_no(p, "extension-role",
			WORDS("This is linked as an extension of '%s', but "
				"asks for '%s'. Please ask without the link.",
				in->extends_role, in->role->name), NULL);
	if (in->extends_end == WHEN_NONE)
		return policy_no(p, "extension-no-end",
			"The access that this would extend has no end. "
			"Nothing needs to be done.", NULL);
	if (in->extends_end <= in->now)
		return policy_no(p, "extension-ended",
			"The access that this would extend has ended. Please "
			"ask anew, without the link.", NULL);
	p->from = in->extends_end;
	return 0;
}

static int check_total(struct policy *p)
{
	const struct policy_input *in = p->in;
	const struct role *r = in->role;
	int64_t most = r->max_total > 0 ? r->max_total : r->max_duration;
	int64_t left;
	char text[WHEN_TEXT];

	if (in->extends_role == NULL || p->length == 0)
		return 0;
	p->ret->ends_at = p->from + p->length;
	left = in->extends_start == WHEN_NONE ? most :
		most - (in->extends_end - in->extends_start);
	if (most == 0 || p->length <= left)
		return 0;
	if (left <= 0 || r->over_max_refused)
		return policy_no(p, "extension-total",
			WORDS("With extensions, '%s' is given for %s at the "
				"most, and that is used up or would be "
				"passed. Please ask anew when it has ended.",
				r->name, when_duration(most, text)), NULL);
	cap(p, left, WORDS("with extensions the role's maximum is %s",
		when_duration(most, text)));
	return 0;
}

static int check_length(struct policy *p)
{
	return check_start(p) != 0 || check_extension(p) != 0 ||
		length_asked(p) != 0 || check_maximum(p) != 0 ||
		check_total(p) != 0 || check_person_end(p) != 0;
}

/* ---- The whole ---- */

static int check_reason(struct policy *p)
{
	const char *text = p->in->reason != NULL ? p->in->reason : "";

	if (text[strspn(text, " \t\r\n")] != '\0')
		return 0;
	return policy_no(p, "no-reason",
		"A reason is needed: what is this access for? Please ask "
		"again with one.", NULL);
}

static int refused(struct policy *p)
{
	static int (*const rules[])(struct policy *p) = {
		check_reason,
		check_beneficiary,
		check_eligible,
		check_conflict,
		check_groups,
		check_length,
		policy_owe,
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i](p) != 0)
			return 1;
	return 0;
}

static void wait_for(struct policy *p, const char *code, const char *words)
{
	p->ret->verdict = POLICY_WAIT;
	p->ret->code = code;
	p->ret->words = words;
}

static void decide(struct policy *p)
{
	bool automatic = p->in->role->auto_approve && !p->in->role->elevated;

	if (refused(p) != 0)
		return;
	p->ret->duration_s = p->length;
	if (p->in->beneficiary.idp_pending) {
		wait_for(p, "user-pending",
			WORDS("%s's user account is not active yet. This "
				"waits until it is.",
				person(&p->in->beneficiary)));
	} else if (p->in->starts_at != WHEN_NONE &&
		p->in->starts_at > p->in->now) {
		wait_for(p, "before-start",
			"This waits until its start.");
	} else {
		p->ret->verdict = automatic ? POLICY_AUTO : POLICY_ASK;
		p->ret->code = automatic ? "auto" : "ask";
		p->ret->words = "";
	}
}

int policy_decide(const struct policy_input *in, struct arena *a,
	struct policy_decision *ret, struct lapse_err *err)
{
	struct policy_decision d = {.ends_at = WHEN_NONE,
		.mode = in->role->approval};
	struct policy p = {.in = in, .a = a, .ret = &d, .from = in->now};

	if (in->starts_at != WHEN_NONE && in->starts_at > in->now)
		p.from = in->starts_at;
	decide(&p);
	if (arena_check(a, err) < 0)
		return LAPSE_ENOMEM;
	*ret = d;
	return 0;
}
