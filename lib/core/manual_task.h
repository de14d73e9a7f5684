/* The sub-tasks of manual steps in Jira: made, found and read. Nothing of the
 * ledger is changed here. */
#ifndef LAPSE_CORE_MANUAL_TASK_H
#define LAPSE_CORE_MANUAL_TASK_H

#include "core.h"
#include "manual_rows.h"

/* The request type that says which sub-tasks there are: the request's, else
 * the first of the project that offers them. <Errors> LAPSE_ECONFIG. */
int manual_task_type(struct lapse *l, const struct manual_step *s,
	const char *project, const struct request_type **ret,
	struct lapse_err *err);

/* The sub-task that we made for this step; *ret_id NULL: none. Its property
 * says what it is for, its creator that it is ours. */
int manual_task_find(struct lapse *l, const struct manual_step *s,
	struct arena *a, const char **ret_id, const char **ret_key,
	struct lapse_err *err);
int manual_task_create(struct lapse *l, const struct manual_step *s,
	struct arena *a, const char **ret_id, const char **ret_key,
	struct lapse_err *err);

bool manual_task_is_done(const struct jira_issue *task,
	const struct request_type *type);
/* The last move to the done status; *ret NULL: there was none. */
int manual_task_done_by(struct lapse *l, const char *issue,
	const struct request_type *type, struct arena *a,
	const struct jira_edit **ret, struct lapse_err *err);

#endif
