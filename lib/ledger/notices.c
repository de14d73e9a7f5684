/* The rows of the outbox; no rules about when to send what. */
#include "notices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stmt.h"

enum {
	ADD,
	ADD_PROPERTY,
	ISSUES,
	OF_ISSUE,
	SENDING,
	DONE,
	PROPERTY_DONE,
	FAILED,
	DROP,
	BACKLOG,
	LAST_ERROR,
	GRACE,
};

#define IS_OPEN "state IN ('open', 'doubtful')"

static const char *const sql[] = {
	/* Due at once also by a clock that was ahead when they were owed. */
	[ADD] = "INSERT INTO notice (issue_id, kind, body, detail, seq, state,"
		" created_at, next_attempt_at)"
		" SELECT ?1, ?2, ?3, ?4, nullif(?5, 0), 'open', ?6,"
		" min(?6, high_water) FROM ledger",
	[ADD_PROPERTY] = "INSERT INTO notice (issue_id, kind, seq, state,"
			 " created_at, next_attempt_at)"
			 " SELECT ?1, 'property', ?2, 'open', ?3,"
			 " min(?3, high_water) FROM ledger WHERE true"
			 " ON CONFLICT (issue_id) WHERE kind = 'property'"
			 " AND " IS_OPEN " DO UPDATE SET"
			 " seq = max(coalesce(seq, 0), excluded.seq)",
	/* A property is in no order: one that waits keeps nothing back. */
	[ISSUES] = "WITH head AS (SELECT issue_id, coalesce(min(id) FILTER"
		   " (WHERE kind <> 'property'), min(id)) AS id FROM notice"
		   " WHERE " IS_OPEN " AND (?1 IS NULL OR issue_id = ?1)"
		   " GROUP BY issue_id)"
		   " SELECT h.issue_id FROM head h JOIN notice f ON f.id = h.id"
		   " WHERE f.next_attempt_at <= ?2 OR EXISTS (SELECT 1"
		   " FROM notice p WHERE p.issue_id = h.issue_id"
		   " AND p.kind = 'property'"
		   " AND p.state IN ('open', 'doubtful')"
		   " AND p.next_attempt_at <= ?2) ORDER BY h.id",
	[OF_ISSUE] = "SELECT id, issue_id, kind, body, detail, seq, state,"
		     " attempts, next_attempt_at, created_at FROM notice"
		     " WHERE issue_id = ?1 AND " IS_OPEN " ORDER BY id",
	[SENDING] = "UPDATE notice SET state = 'doubtful' WHERE id = ?1",
	[DONE] = "UPDATE notice SET state = 'done', done_at = ?2,"
		 " remote_id = ?3 WHERE id = ?1",
	[PROPERTY_DONE] = "UPDATE notice SET state = 'done', done_at = ?3"
			  " WHERE issue_id = ?1 AND kind = 'property'"
			  " AND " IS_OPEN " AND coalesce(seq, 0) <= ?2",
	[FAILED] = "UPDATE notice SET state = iif(?2, 'doubtful', 'open'),"
		   " attempts = attempts + 1, next_attempt_at = ?3,"
		   " last_error = ?4 WHERE id = ?1",
	[DROP] = "UPDATE notice SET state = 'dropped', done_at = ?2,"
		 " last_error = ?3 WHERE id = ?1",
	[BACKLOG] = "SELECT count(*), min(created_at) FROM notice"
		    " WHERE " IS_OPEN " AND (?1 IS NULL OR issue_id = ?1)"
		    " AND (created_at <= ?2 OR attempts > 0)",
	[LAST_ERROR] = "SELECT last_error FROM notice WHERE " IS_OPEN
		       " AND (?1 IS NULL OR issue_id = ?1)"
		       " AND last_error IS NOT NULL ORDER BY +id LIMIT 1",
	[GRACE] = "SELECT max(done_at) FROM notice WHERE issue_id = ?1"
		  " AND kind = 'comment' AND state = 'done'"
		  " AND detail LIKE 'grace %' AND created_at >= ?2",
};

const struct ledger_family notice_family = LEDGER_FAMILY(notice, NOTICE, sql);

int notices_add(struct ledger *l, const struct notice_row *n, int64_t now,
	struct lapse_err *err)
{
	if (strcmp(n->kind, "property") == 0)
		return ledger_exec(l, &notice_family, ADD_PROPERTY, NULL, err,
			"tii", n->issue, n->seq, now);
	return ledger_exec(l, &notice_family, ADD, NULL, err, "ttttii",
		n->issue, n->kind, n->body, n->detail, n->seq, now);
}

struct list {
	struct arena *arena;
	struct strs *issues;
	struct notice_rows *rows;
};

static int take_issue(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;

	strs_add(list->issues, list->arena, row_text(r, 0));
	return arena_check(list->arena, err);
}

int notices_issues(struct ledger *l, const char *only, int64_t now,
	struct arena *a, struct strs *ret, struct lapse_err *err)
{
	struct strs issues = {0};
	struct list list = {.arena = a, .issues = &issues};
	int rc = ledger_query(l, &notice_family, ISSUES, take_issue, &list,
		err, "ti", only, now);

	if (rc == 0)
		*ret = issues;
	return rc;
}

static int take_row(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct notice_row *n = VEC_ADD(&list->rows->rows, list->arena);

	if (n == NULL)
		return lapse_fail_nomem(err);
	n->id = row_int(r, 0);
	n->issue = arena_copy(list->arena, row_text(r, 1));
	n->kind = arena_copy(list->arena, row_text(r, 2));
	n->body = arena_copy(list->arena, row_text(r, 3));
	n->detail = arena_copy(list->arena, row_text(r, 4));
	n->seq = row_int(r, 5);
	n->doubtful = strcmp(row_text(r, 6), "doubtful") == 0;
	n->attempts = row_int(r, 7);
	n->next_attempt_at = row_int(r, 8);
	n->created_at = row_int(r, 9);
	return arena_check(list->arena, err);
}

int notices_of(struct ledger *l, const char *issue, struct arena *a,
	struct notice_rows *ret, struct lapse_err *err)
{
	struct notice_rows rows = {0};
	struct list list = {.arena = a, .rows = &rows};
	int rc = ledger_query(
		l, &notice_family, OF_ISSUE, take_row, &list, err, "t", issue);

	if (rc == 0)
		*ret = rows;
	return rc;
}

int notices_sending(struct ledger *l, int64_t id, struct lapse_err *err)
{
	return ledger_exec(l, &notice_family, SENDING, NULL, err, "i", id);
}

int notices_done(struct ledger *l, int64_t id, int64_t now,
	const char *remote_id, struct lapse_err *err)
{
	return ledger_exec(
		l, &notice_family, DONE, NULL, err, "iit", id, now, remote_id);
}

int notices_property_done(struct ledger *l, const char *issue, int64_t seq,
	int64_t now, bool *ret_done, struct lapse_err *err)
{
	int64_t changed = 0;
	int rc = ledger_exec(l, &notice_family, PROPERTY_DONE, &changed, err,
		"tii", issue, seq, now);

	if (rc == 0 && ret_done != NULL)
		*ret_done = changed > 0;
	return rc;
}

int notices_failed(struct ledger *l, int64_t id, bool doubtful,
	int64_t next_attempt_at, const char *why, struct lapse_err *err)
{
	return ledger_exec(l, &notice_family, FAILED, NULL, err, "iiit", id,
		(int64_t)doubtful, next_attempt_at, why);
}

int notices_drop(struct ledger *l, int64_t id, int64_t now, const char *why,
	struct lapse_err *err)
{
	return ledger_exec(
		l, &notice_family, DROP, NULL, err, "iit", id, now, why);
}

static int take_backlog(void *arg, const struct row *r, struct lapse_err *err)
{
	struct notice_backlog *b = arg;

	(void)err;
	b->n = row_int(r, 0);
	b->oldest_at = row_time(r, 1);
	return 0;
}

static int take_error(void *arg, const struct row *r, struct lapse_err *err)
{
	struct notice_backlog *b = arg;

	(void)err;
	snprintf(b->last_error, sizeof(b->last_error), "%s", row_text(r, 0));
	return 0;
}

int notices_grace(struct ledger *l, const char *issue, int64_t since,
	int64_t *ret, struct lapse_err *err)
{
	return ledger_int(l, &notice_family, GRACE, ret, WHEN_NONE, err, "ti",
		issue, since);
}

int notices_backlog(struct ledger *l, const char *only, int64_t before,
	struct notice_backlog *ret, struct lapse_err *err)
{
	struct notice_backlog b = {.oldest_at = WHEN_NONE};
	int rc = ledger_query(l, &notice_family, BACKLOG, take_backlog, &b, err,
		"ti", only, before);

	if (rc == 0 && b.n > 0)
		rc = ledger_query(l, &notice_family, LAST_ERROR, take_error, &b,
			err, "t", only);
	if (rc == 0)
		*ret = b;
	return rc;
}

/* ---- Locks ---- */

int notices_locks_open(struct ledger *l, int *ret_fd, struct lapse_err *err)
{
	AUTO_BUF path = {0};
	int fd;

	buf_fmt(&path, "%s-issues", ledger_path(l));
	if (buf_check(&path, err, "lock file") < 0)
		return LAPSE_ENOMEM;
	fd = open(buf_text(&path),
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	if (fd < 0)
		return lapse_fail(err, LAPSE_EIO, "%s: cannot be opened: %s",
			buf_text(&path), strerror(errno));
	*ret_fd = fd;
	return 0;
}

/* Issue ids are numbers in a text; any other text is hashed (FNV-1a), where a
 * clash only makes two issues wait for each other. */
static off_t place_of(const char *issue)
{
	uint64_t h = 14695981039346656037U;
	uint64_t n = 0;
	const char *p;

	for (p = issue; *p >= '0' && *p <= '9' && n < INT64_MAX / 100; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	if (p != issue && *p == '\0')
		return (off_t)n;
	for (p = issue; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211U;
	return (off_t)(h >> 2);
}

/* Open file description locks: unlike POSIX locks they are not lost when
 * another descriptor of the file is closed. */
static bool set_lock(int fd, const char *issue, short type)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = place_of(issue),
		.l_len = 1,
	};

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

bool notices_lock(int fd, const char *issue)
{
	return set_lock(fd, issue, F_WRLCK);
}

void notices_unlock(int fd, const char *issue)
{
	set_lock(fd, issue, F_UNLCK);
}

void notices_locks_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
