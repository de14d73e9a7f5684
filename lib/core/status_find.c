/* How all is, found out; what is said of it is in status.c and metrics/. */
#include "status_find.h"

#include <string.h>
#include <sys/stat.h>

#include "condition_rows.h"
#include "moved.h"
#include "slack_scope.h"
#include "slack_work.h"
#include "when.h"

enum {
	OVERDUE_AFTER = 300,	/* without a configuration */
};

void status_folder(const struct lapse *l, struct buf *ret)
{
	const char *path = ledger_path(l->ledger);
	const char *slash = strrchr(path, '/');

	if (l->config != NULL)
		buf_str(ret, l->config->state_dir);
	else if (slash != NULL)
		buf_add(ret, path, (size_t)(slash - path));
	else
		buf_str(ret, ".");
}

int64_t status_stamp(const struct lapse *l, const char *name)
{
	AUTO_BUF path = {0};
	struct stat st;

	status_folder(l, &path);
	buf_fmt(&path, "/%s", name);
	if (path.failed || stat(buf_text(&path), &st) < 0)
		return WHEN_NONE;
	return st.st_mtime;
}

int64_t status_last_ok(const struct lapse *l, const char *command)
{
	AUTO_BUF name = {0};

	buf_fmt(&name, "%s.ok", command);
	return name.failed ? WHEN_NONE : status_stamp(l, buf_text(&name));
}

/* What the last sync said of Slack, and is not over. */
static int find_slack_error(struct lapse *l, const char **ret,
	struct lapse_err *err)
{
	struct condition_rows rows = {0};
	int rc = conditions_get(l->ledger, "sync:", &l->arena, &rows, err);

	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		if (strncmp(rows.list.items[i].text, "slack: ", 7) == 0)
			*ret = rows.list.items[i].text + 7;
	return rc;
}

static int find_slack(struct lapse *l, struct status_findings *f,
	struct lapse_err *err)
{
	int rc = slack_backlog(l->ledger, &f->slack, err);

	f->slack_read_at = status_stamp(l, SLACK_READ);
	if (rc == 0)
		rc = slack_scopes_kept(l, &f->slack_lacks, err);
	return rc < 0 ? rc : find_slack_error(l, &f->slack_error, err);
}

int status_find(struct lapse *l, struct status_findings *f,
	struct lapse_err *err)
{
	int64_t after = l->config == NULL ? OVERDUE_AFTER :
					    l->config->overdue_after;
	int rc;

	f->now = core_now(l);
	rc = ledger_about(l->ledger, &f->about, err);
	if (rc == 0)
		rc = status_counts(l->ledger, f->now, &f->counts, err);
	if (rc == 0)
		rc = status_overdue(l->ledger, f->now - after, &f->overdue,
			&f->oldest_due_at, err);
	if (rc == 0)
		rc = review_backlog(l->ledger, &f->reviews, err);
	if (rc == 0)
		rc = evidence_head(l->ledger, &f->head_seq, f->head, err);
	if (rc == 0)
		rc = moved_waiting(l->ledger, f->now - MOVED_WITHIN_S,
			&f->movers, err);
	if (rc == 0)
		rc = review_due(l, &l->arena, &f->due, err);
	if (rc == 0 && f->due.roles.n > 0)
		f->due_roles = strs_join(&f->due.roles, &l->arena, ", ");
	if (rc == 0)
		rc = find_slack(l, f, err);
	f->sync_ok_at = status_last_ok(l, "sync");
	f->expire_ok_at = status_last_ok(l, "expire");
	return rc;
}
