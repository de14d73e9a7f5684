/* What the report wants to know of a request and nothing else needs: how it
 * came, and how many moves of people its approval still needed. */
#include <string.h>

#include "intake_rows.h"
#include "request.h"
#include "slack_ask_rows.h"

/* An agent's own form is called by the product's name. */
const char *request_channel(const char *jira)
{
	static const struct {
		const char *jira;
		const char *ours;
	} words[] = {
		{"portal", "portal"},
		{"anonymousportal", "portal"},
		{"email", "mail"},
		{"jira", "agent"},
		{"slack", "slack"},
		{"api", "api"},
	};

	for (size_t i = 0; i < ARRAY_N(words) && jira != NULL; i++)
		if (strcmp(words[i].jira, jira) == 0)
			return words[i].ours;
	return "unknown";
}

static const char *channel_of(const struct request *r)
{
	return r->adoption.id != 0 ? "by-hand" :
				     request_channel(r->issue->channel);
}

int request_note_intake(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	bool in_slack = false;
	int rc = slack_ask_of_issue(l->ledger, r->issue->id, &in_slack, err);

	return rc < 0 ? rc : intake_put(l->ledger, r->row.id,
		r->issue->created_at, in_slack ? "slack" : channel_of(r), err);
}

/* ---- Moves of people ---- */

/* The approval's own move out of its status is not one after it. */
static bool is_approval(const struct request *r, const struct jira_edit *e)
{
	return strcmp(e->field, "status") == 0 && e->from != NULL &&
		(strcmp(e->from, r->type->status_any) == 0 ||
			strcmp(e->from, r->type->status_all) == 0);
}

static bool is_person(const struct lapse *l, const struct jira_edit *e)
{
	return e->author != NULL && strcmp(e->author, l->self.account) != 0 &&
		(e->author_type == NULL || strcmp(e->author_type, "app") != 0);
}

/* One entry may change several fields: it is one move. */
static int64_t count(const struct lapse *l, const struct request *r,
	int64_t from, int64_t until)
{
	const char *last = NULL;
	int64_t n = 0;

	for (size_t i = 0; i < r->history->edits.n; i++) {
		const struct jira_edit *e = &r->history->edits.items[i];

		/* A second of which nobody can say what came first counts
		 * for neither. */
		if (e->at <= from || e->at >= until || !is_person(l, e) ||
			is_approval(r, e) ||
			(last != NULL && strcmp(last, e->entry) == 0))
			continue;
		last = e->entry;
		n++;
	}
	return n;
}

int request_count_hops(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	int64_t from = 0, until = 0;
	bool due = false;
	int rc = l->dry_run ? 0 : intake_hops_due(l->ledger, r->row.id, &from,
		&until, &due, err);

	if (rc < 0 || !due)
		return rc;
	rc = request_history(l, r, err);
	if (rc == 0)
		rc = core_self(l, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	return core_end(l, intake_set_hops(l->ledger, r->row.id,
		count(l, r, from, until), core_now(l), err), err);
}
