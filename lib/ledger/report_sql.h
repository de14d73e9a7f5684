/* What the report's statements share: the window, and the one list of what
 * people did by hand. */
#ifndef LAPSE_LEDGER_REPORT_SQL_H
#define LAPSE_LEDGER_REPORT_SQL_H

/* Each takes ?1 from, ?2 until, ?3 now, ?4 late before; W makes all of them
 * parameters of statements that need fewer. */
#define W "w AS (SELECT ?1, ?2, ?3, ?4)"
#define COUNT(from) "(SELECT count(*) FROM " from ")"
/* At the window's end it had not happened. */
#define NOT_BY_THEN(at) "(" at " IS NULL OR " at " >= ?2)"
#define IN_WINDOW(at) "(" at " >= ?1 AND " at " < ?2)"

/* The condition of the index evidence_rare, to the letter, or all events are
 * read. */
#define IS_RARE                                                                \
	"e.kind IN ('parked', 'retried', 'acknowledged', 'drift-settled')"

/* ---- What people did by hand ---- */

/* A person ended it by a command, or from the outside of it: neither the
 * holder nor the requester nor one who was asked. */
#define ENDED_BY_HAND                                                          \
	"(g.ending_at IS NOT NULL AND g.end_reason = 'revoked'"                \
	" AND (EXISTS (SELECT 1 FROM evidence e JOIN run n ON n.id = e.run"    \
	" WHERE e.grant_id = g.id AND e.kind = 'ending'"                       \
	" AND n.command = 'revoke')"                                           \
	" OR NOT (g.end_by IN ('lapse', g.account)"                            \
	" OR EXISTS (SELECT 1 FROM request r WHERE r.id = g.request_id"        \
	" AND r.requester = g.end_by)"                                         \
	" OR EXISTS (SELECT 1 FROM owed o WHERE o.approval = g.approval"       \
	" AND o.account = g.end_by))))"
/* Somebody else filed it: not the requester, not a program. */
#define HELPED                                                                 \
	"(i.channel = 'agent' OR (r.creator <> r.requester"                    \
	" AND i.channel IS NOT 'slack' AND NOT EXISTS (SELECT 1 FROM account x"\
	" WHERE x.account = r.creator AND x.type = 'app'))"                    \
	" OR EXISTS (SELECT 1 FROM adoption x"                                 \
	" WHERE x.issue_id = r.issue_id))"
/* A grant without a request counts as one of its own: its id below zero. */
#define KEY "coalesce(g.request_id, -g.id)"
#define OF_GRANT KEY ", g.role"

/* The one list of manual steps. A step that is owed counts from when it was
 * opened. An asking is repeated by hand unless it is the escalation, which is
 * written a moment before it. Who adds a member past lapse does a step too,
 * of no request. */
#define STEPS                                                                  \
	"steps (kind, at, n, request, role) AS MATERIALIZED ("                 \
	"SELECT 'grant', g.created_at, 1, " OF_GRANT " FROM \"grant\" g"       \
	" WHERE g.operator IS NOT NULL"                                        \
	" UNION ALL SELECT iif(m.kind = 'add', 'grant', 'revoke'),"            \
	" coalesce(m.done_at, m.opened_at), 1, " OF_GRANT " FROM manual m"     \
	" JOIN \"grant\" g ON g.id = m.grant_id"                               \
	" UNION ALL SELECT 'revoke', g.ending_at, 1, " OF_GRANT                \
	" FROM \"grant\" g WHERE " ENDED_BY_HAND                               \
	" UNION ALL SELECT iif(c.kind = 'add', 'grant', 'revoke'),"            \
	" c.settled_at, 1, " OF_GRANT " FROM change c LEFT JOIN \"grant\" g"   \
	" ON g.id = c.grant_id WHERE c.state = 'abandoned'"                    \
	" UNION ALL SELECT iif(e.kind <> 'retried', 'evidence',"               \
	" iif(json_extract(e.data, '$.change_kind') = 'add', 'grant',"         \
	" 'revoke')), e.at, 1, " OF_GRANT " FROM evidence e"                   \
	" LEFT JOIN \"grant\" g ON g.id = e.grant_id"                          \
	" WHERE " IS_RARE " AND e.kind <> 'parked'"                            \
	" UNION ALL SELECT 'approval-chase', coalesce(i.filed_at,"             \
	" r.changed_at), 1, r.id, r.role FROM request r"                       \
	" LEFT JOIN intake i ON i.request_id = r.id WHERE " HELPED             \
	" UNION ALL SELECT 'approval-chase', a.asked_at, 1, r.id, r.role"      \
	" FROM approval a JOIN request r ON r.id = a.request_id"               \
	" WHERE a.id > (SELECT min(x.id) FROM approval x"                      \
	" WHERE x.request_id = r.id) AND (r.escalated_at IS NULL"              \
	" OR abs(a.asked_at - r.escalated_at) > 1)"                            \
	" UNION ALL SELECT 'approval-chase', i.hops_at, i.hops, r.id, r.role"  \
	" FROM intake i JOIN request r ON r.id = i.request_id"                 \
	" WHERE i.hops > 0"                                                    \
	" UNION ALL SELECT 'grant', d.seen_at, 1, NULL, NULL FROM drift d"     \
	" WHERE d.kind IN ('shadow', 'reappeared'))"
/* Steps of no request are left out: IN answers nothing beside a NULL. */
#define HELPED_WITH                                                            \
	"(SELECT s.request FROM steps s WHERE s.request IS NOT NULL)"

/* ---- Requests ---- */

/* Grants that nobody filed a request for are requests too, made by hand. */
#define ASKED                                                                  \
	"asked (id, role, outcome, filed_at, decided_at, channel, hops) AS ("  \
	"SELECT r.id, r.role, CASE r.state WHEN 'approved' THEN 'granted'"     \
	" WHEN 'seen' THEN 'open' WHEN 'asked' THEN 'open' ELSE r.state END,"  \
	" coalesce(i.filed_at, (SELECT min(e.at) FROM evidence e"              \
	" WHERE e.issue_id = r.issue_id AND e.kind = 'request-seen'),"         \
	" r.changed_at), iif(r.state IN ('seen', 'asked'), NULL,"              \
	" r.changed_at), coalesce(i.channel, 'unknown'), i.hops"               \
	" FROM request r LEFT JOIN intake i ON i.request_id = r.id"            \
	" UNION ALL SELECT -g.id, g.role, 'granted', g.created_at,"            \
	" g.created_at, 'by-hand', NULL FROM \"grant\" g"                      \
	" WHERE g.request_id IS NULL AND g.operator IS NOT NULL)"
/* What was taken back before a decision counts only against us. */
#define CLOSED                                                                 \
	"closed AS (SELECT q.*, q.id IN " HELPED_WITH " AS manual"             \
	" FROM asked q WHERE " IN_WINDOW("q.decided_at")                       \
	" AND (q.outcome <> 'cancelled'"                                       \
	" OR q.id IN " HELPED_WITH "))"

/* Hops of requests whose history was read, with what was done by hand. */
#define HOPS                                                                   \
	"read (id, hops) AS (SELECT q.id, q.hops"                              \
	" + coalesce((SELECT sum((g.operator IS NOT NULL)"                     \
	" + (g.method = 'manual')) FROM \"grant\" g"                           \
	" WHERE g.request_id = q.id), 0) FROM asked q"                         \
	" WHERE q.hops IS NOT NULL AND " IN_WINDOW("q.decided_at") ")"

#endif
