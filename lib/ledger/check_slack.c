/* Are the answers that count in Slack those that the events tell of, and the
 * other way round? */
#include "check_slack.h"

#include "slack_sql.h"
#include "stmt.h"

enum {
	COUNTED,
	TOLD,
};

#define DECISIONS                                                              \
	" FROM slack_decision d JOIN approval a ON a.id = d.approval"          \
	" JOIN request r ON r.id = a.request_id"

static const char *const sql[] = {
	[COUNTED] = "SELECT 'approval ' || a.id || ' has ' || d.decision"
		" || ' of ' || coalesce(d.account, 'nobody') || ' in Slack',"
		" NULL" DECISIONS " WHERE d.counted = 1 AND NOT EXISTS"
		" (SELECT 1 FROM evidence e WHERE " SLACK_TOLD ")",
	/* The words are compared as long as they are kept. */
	[TOLD] = "SELECT 'approval ' || " SLACK_SAID("approval")
		" || ' has not ' || " SLACK_SAID("decision") " || ' of ' || "
		SLACK_SAID("account") " || ' in Slack', e.seq FROM evidence e"
		" LEFT JOIN evidence_text t ON t.seq = e.seq"
		" WHERE e.kind = 'slack-decision' AND NOT EXISTS (SELECT 1"
		DECISIONS " WHERE d.counted = 1 AND " SLACK_TOLD
		" AND (t.text IS NULL"
		" OR d.shown = json_extract(t.text, '$.shown')"
		" AND d.words IS json_extract(t.text, '$.words')))",
};

const struct ledger_family check_slack_family =
	LEDGER_FAMILY_SINCE(4, check_slack, CHECK_SLACK, sql);

int check_slack(struct ledger *l, bool told,
	int (*each)(void *arg, const struct row *r, struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	int rc = ledger_query(l, &check_slack_family, COUNTED, each, arg, err,
		"");

	return rc < 0 || !told ? rc : ledger_query(l, &check_slack_family,
		TOLD, each, arg, err, "");
}
