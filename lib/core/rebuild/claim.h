/* A claim: what an issue's property says, as read back. Believed only under a
 * good HMAC, and then only as far as Jira itself bears it out. Pure: nothing
 * here reads a ledger, a clock or a network. */
#ifndef LAPSE_CORE_CLAIM_H
#define LAPSE_CORE_CLAIM_H

#include "json.h"
#include "grants.h"
#include "projection_rows.h"
#include "report_rows.h"
#include "review_columns.h"

/* <Shape> as projection.c writes it; texts in the arena that it was read
 * into, NULL where there is none; times WHEN_NONE likewise. */
/* Of an issue of an access review. <Shape> ids, and the item's n, 0: it is
 * none of these. */
struct claim_review {
	struct campaign_row campaign;
	struct review_sheet sheet;
	struct item_row item;
	const char *population;		/* of a sheet or item: its campaign's
					   digest; NULL: it does not say */
};

struct claim {
	const char *ledger;
	const char *issue;
	int64_t seq;
	int64_t left_out;
	struct projection_rows rows;
	struct claim_review review;
	struct baseline_counts baseline;
};

/* A property of before the members that rebuild needs has them empty: what
 * follows from the others is filled in, the rest stays so.
 * <Errors> LAPSE_EPROTO: it is not what lapse writes. */
int claim_read(struct json_doc *doc, struct arena *a, struct claim *ret,
	struct lapse_err *err);

/* What Jira and the catalog have to say to one grant of a claim. */
struct claim_facts {
	int64_t now;
	bool known;		/* the role is in the catalog, */
	int64_t max_s;		/* which lets it last so long; 0: no maximum, */
	bool endless;		/* or without an end */
	bool approved;		/* those asked said so, by Jira's own object;
				   or the catalog asks nobody */
	bool ours;		/* lapse's own account asked, or made the issue */
	const char *differs;	/* what its issue asks for otherwise; NULL */
	int64_t since;		/* the approval, or what stands for it */
};

/* What a live grant's claim is worth. <Shape> why NULL: believed; else it
 * ends now, for that reason. */
struct claim_verdict {
	const char *why;
	bool capped;		/* ends_at is earlier than it says */
	int64_t ends_at;
};

void claim_judge(const struct projection_grant *g,
	const struct claim_facts *f, struct claim_verdict *ret);

/* A grant that ended at that time, whatever the claim says: nothing of it is
 * to be acted on any more. What is not is of grant 0 afterwards. */
void claim_end(struct claim *c, struct projection_grant *g, int64_t at);

bool claim_is_live(const struct projection_grant *g);
bool claim_is(const struct projection_grant *g, const char *state);
/* Is it this row, of the same issue? */
bool claim_is_row(const struct projection_grant *g,
	const struct grant_row *row);

/* What both say of one grant, in words of one line each; differences only.
 * each's negative return ends. */
struct claim_difference {
	int64_t grant;
	const char *what;	/* "state", "deadline", "hold okta 00g1 00u1" */
	const char *ledger;	/* NULL: it has none of it */
	const char *jira;
};
int claim_compare(const struct projection_rows *ledger,
	const struct projection_rows *jira, bool complete, struct arena *a,
	int (*each)(void *arg, const struct claim_difference *d,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);

#endif
