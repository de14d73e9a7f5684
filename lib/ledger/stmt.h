/* The families of statements. A new one is one line here, and one file that
 * defines NAME_family = LEDGER_FAMILY(NAME, SLOT, sql); ledger_prepare_all()
 * covers it from then on. */
#ifndef LAPSE_LEDGER_STMT_H
#define LAPSE_LEDGER_STMT_H

#include "ledger.h"

#define LEDGER_FAMILIES(X)                                                     \
	X(tx, TX)                                                              \
	X(about, ABOUT)                                                        \
	X(run, RUN)                                                            \
	X(evidence, EVIDENCE)                                                  \
	X(chain, CHAIN)                                                        \
	X(grant, GRANT)                                                        \
	X(change, CHANGE)                                                      \
	X(request, REQUEST)                                                    \
	X(notice, NOTICE)                                                      \
	X(projection, PROJECTION)                                              \
	X(manual, MANUAL)                                                      \
	X(failsafe, FAILSAFE)                                                  \
	X(session, SESSION)                                                    \
	X(export, EXPORT)                                                      \
	X(export_review, EXPORT_REVIEW)                                        \
	X(export_change, EXPORT_CHANGE)                                        \
	X(export_filed, EXPORT_FILED)                                          \
	X(export_event, EXPORT_EVENT)                                          \
	X(export_move, EXPORT_MOVE)                                            \
	X(export_then_old, EXPORT_THEN_OLD)                                    \
	X(export_then, EXPORT_THEN)                                            \
	X(check, CHECK)                                                        \
	X(check_events, CHECK_EVENTS)                                          \
	X(check_slack, CHECK_SLACK)                                            \
	X(check_beside, CHECK_BESIDE)                                          \
	X(status, STATUS)                                                      \
	X(list, LIST)                                                          \
	X(review_list, REVIEW_LIST)                                            \
	X(show, SHOW)                                                          \
	X(people, PEOPLE)                                                      \
	X(members, MEMBERS)                                                    \
	X(catalog, CATALOG)                                                    \
	X(condition, CONDITION)                                                \
	X(review, REVIEW)                                                      \
	X(review_work, REVIEW_WORK)                                            \
	X(context, CONTEXT)                                                    \
	X(reclaim, RECLAIM)                                                    \
	X(drift, DRIFT)                                                        \
	X(adoption, ADOPTION)                                                  \
	X(moved, MOVED)                                                        \
	X(record, RECORD)                                                      \
	X(intake, INTAKE)                                                      \
	X(report, REPORT)                                                      \
	X(report_open, REPORT_OPEN)                                            \
	X(history, HISTORY)                                                    \
	X(history_old, HISTORY_OLD)                                            \
	X(audit, AUDIT)                                                        \
	X(metrics, METRICS)                                                    \
	X(metrics_later, METRICS_LATER)                                        \
	X(rebuild, REBUILD)                                                    \
	X(slack, SLACK)                                                        \
	X(event, EVENT)                                                        \
	X(witness, WITNESS)                                                    \
	X(slack_decision, SLACK_DECISION)                                      \
	X(slack_list, SLACK_LIST)                                              \
	X(slack_ask, SLACK_ASK)

enum ledger_slot {
#define LEDGER_SLOT(name, slot) FAMILY_##slot,
	LEDGER_FAMILIES(LEDGER_SLOT)
#undef LEDGER_SLOT
	FAMILIES,
};

#define LEDGER_DECLARE(name, slot)                                             \
	extern const struct ledger_family name##_family;
LEDGER_FAMILIES(LEDGER_DECLARE)
#undef LEDGER_DECLARE

#define LEDGER_FAMILY(family, place, array)                                    \
	LEDGER_FAMILY_SINCE(0, family, place, array)
#define LEDGER_FAMILY_SINCE(version, family, place, array)                     \
	{.name = #family,                                                      \
		.sql = (array),                                                \
		.n = ARRAY_N(array),                                           \
		.slot = FAMILY_##place,                                        \
		.since = (version)}

#endif
