/* What the statements that look back are made of: those of `who --at` and `show`
 * and those of an export as of a past time. ?1 is the provider, ?2 the group, ?3
 * the time. Only for their files. */
#ifndef LAPSE_LEDGER_HISTORY_SQL_H
#define LAPSE_LEDGER_HISTORY_SQL_H

#define ON(of)                                                                 \
	of ".idp = h.idp AND " of ".group_id = h.group_id"                     \
	" AND " of ".user_id = h.user_id"

/* What lapse added is there from when its add was sent: it may have worked
 * before anybody read it. An add that never worked began nothing. */
#define BEGAN                                                                  \
	"CASE WHEN h.grant_id IS NULL THEN h.placed_at ELSE"                   \
	" coalesce((SELECT min(c.first_sent_at) FROM change c WHERE " ON("c")  \
	" AND c.grant_id = h.grant_id AND c.kind = 'add' AND (c.effect_seen"   \
	" OR c.state IN ('sent', 'unknown', 'done', 'already-so'))),"          \
	" h.verified_at) END"

/* A removal that is under way has not happened. */
#define GONE                                                                   \
	"CASE WHEN h.released_at IS NULL THEN NULL"                            \
	" WHEN h.kept_by IS NOT NULL OR h.grant_id IS NULL THEN h.released_at" \
	" WHEN gr.end_reason = 'removed-outside'"                              \
	" THEN min(coalesce(h.missed_at, h.released_at), h.released_at)"       \
	" ELSE (SELECT CASE WHEN count(*) = 0 THEN h.released_at ELSE"         \
	" min(coalesce(c.verified_at, c.settled_at)) END FROM change c"        \
	" WHERE " ON("c") " AND c.kind = 'remove'"                             \
	" AND c.opened_at >= h.released_at) END"

#define HELD(where)                                                            \
	"held AS MATERIALIZED (SELECT h.id, h.idp, h.group_id, h.user_id,"     \
	" h.grant_id, h.verified_at, h.kept_by, " BEGAN " AS began, " GONE     \
	" AS gone FROM hold h LEFT JOIN \"grant\" gr ON gr.id = h.grant_id"    \
	" WHERE (?1 IS NULL OR h.idp = ?1)"                                    \
	" AND (?2 IS NULL OR h.group_id = ?2)" where ")"

/* Each stretch of membership by readings, cut short where a removal of ours
 * was read back in it and nobody put the person in again. */
#define CUT                                                                    \
	"(SELECT min(coalesce(h.verified_at, h.settled_at)) FROM change h"     \
	" WHERE h.idp = g.idp AND h.group_id = g.group_id"                     \
	" AND h.user_id = u.user_id AND h.kind = 'remove'"                     \
	" AND h.state IN ('done', 'already-so', 'gone')"                       \
	" AND h.settled_at >= s.since"                                         \
	" AND h.settled_at < coalesce(s.missed_at, h.settled_at + 1)"          \
	" AND (s.missed_at IS NOT NULL OR h.settled_at >= g.complete_at)"      \
	" AND NOT EXISTS (SELECT 1 FROM drift d WHERE " ON("d")                \
	" AND d.kind = 'reappeared' AND d.seen_at >= h.settled_at"             \
	" AND d.seen_at < coalesce(s.missed_at, d.seen_at + 1)))"
#define STRETCHES(where)                                                       \
	"stretch AS MATERIALIZED (SELECT g.idp, g.group_id, u.user_id,"        \
	" g.id AS gid, s.since, min(coalesce(s.missed_at, " FAR "),"           \
	" coalesce(" CUT ", " FAR ")) AS gone"                                 \
	" FROM (SELECT gid, uid, since, missed_at FROM membership UNION ALL"   \
	" SELECT gid, uid, since, missed_at FROM membership_past) s"           \
	" JOIN idp_group g ON g.id = s.gid JOIN idp_user u ON u.id = s.uid"    \
	" WHERE (?1 IS NULL OR g.idp = ?1)"                                    \
	" AND (?2 IS NULL OR g.group_id = ?2)" where ")"
#define FAR "9223372036854775807"
#define OR_NONE(at) "nullif(" at ", " FAR ")"

/* The last reading not after ?3: one that stands alone is exact; of those that
 * stand close together one was not longer ago than their longest pause. */
#define READ_AT                                                                \
	"coalesce((SELECT iif(w.until <= ?3, w.until,"                         \
	" max(w.since, ?3 - w.longest_s)) FROM watched w"                      \
	" WHERE w.gid = g.id AND w.since <= ?3"                                \
	" ORDER BY w.since DESC LIMIT 1),"                                     \
	" iif(g.complete_at <= ?3, g.complete_at, NULL))"

/* The deadline that the last event not after ?3 told. */
#define TOLD                                                                   \
	" LEFT JOIN evidence et ON et.seq = (SELECT max(e.seq) FROM evidence e" \
	" WHERE e.grant_id = gr.id AND e.at <= ?3 AND (e.kind = 'granted'"     \
	" OR (e.kind = 'review-acted'"                                         \
	" AND json_extract(e.data, '$.limit_until') IS NOT NULL)))"
#define UNTIL                                                                  \
	"CASE WHEN et.seq IS NULL THEN gr.ends_at"                             \
	" ELSE unixepoch(coalesce(json_extract(et.data, '$.limit_until'),"     \
	" json_extract(et.data, '$.ends_at'))) END"

/* The first schema with memberships that are over, and with what was watched. */
enum {
	WATCHED_SINCE = 4,
};

/* In a file from before these tables stand their names for what it knows. */
#define OF_OLD                                                                 \
	"membership_past (gid, uid, since, missed_at) AS (SELECT gid, uid,"    \
	" since, missed_at FROM membership WHERE 0),"                          \
	" watched (gid, since, until, longest_s) AS (SELECT id, complete_at,"  \
	" complete_at, 0 FROM idp_group WHERE complete_at IS NOT NULL), "

#endif
