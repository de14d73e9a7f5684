/* What the statements about answers in Slack share. */
#ifndef LAPSE_LEDGER_SLACK_SQL_H
#define LAPSE_LEDGER_SLACK_SQL_H

#define SLACK_SAID(member) "json_extract(e.data, '$." member "')"
/* The event e tells of the row d of slack_decision, whose approval is a, and r
 * the request of that. */
#define SLACK_TOLD                                                             \
	"e.kind = 'slack-decision' AND e.issue_id = r.issue_id"                \
	" AND " SLACK_SAID("approval") " = a.approval_id"                      \
	" AND " SLACK_SAID("account") " = d.account"                           \
	" AND " SLACK_SAID("decision") " = d.decision"                         \
	" AND " SLACK_SAID("form") " = d.form"                                 \
	" AND " SLACK_SAID("ref") " = d.ref"                                   \
	" AND " SLACK_SAID("content") " = d.shown_hash"                        \
	" AND " SLACK_SAID("slack_user") " = d.slack_user"

#endif
