/* A ledger of many grants, each with its whole life in the tables and in the
 * chain: asked, approved, given, ended. What verifying, reports and questions
 * have to read. The rows are those of a real life, with other ids and times. */
#include "lives.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	COMMIT_LIVES = 200,
	PEOPLE = 5000,
	GROUPS = 200,
	SPAN_S = 355 * 86400,	/* in which they began */
	HELD_S = 3600,
	ISSUE = 20000,		/* of the first life */
	TAKEN_EVERY = 10,	/* lives: one more access is taken that lapse
				   did not give */
	TAKEN = 1000000000,	/* its change, plus the life's id */
};

#define DIGEST "9b840cfc44dc52b6c34235b671a5bec20e27c3ef2bc15a3c10cd9ed8ee1de8"

/* One life; its times are seconds UTC. */
struct life {
	int64_t id;		/* of its grant, request and approval */
	int64_t asked_at;
	char issue[24];
	char group[24];
	char user[24];
	char account[32];
	char role[24];
};

static struct life life_of(int64_t id, int64_t n, int64_t now)
{
	struct life f = {.id = id};

	f.asked_at = now - SPAN_S - 86400 +
		(int64_t)((double)SPAN_S / (double)n * (double)id);
	snprintf(f.issue, sizeof(f.issue), "%" PRId64, ISSUE + id);
	snprintf(f.group, sizeof(f.group), "00g1b%013" PRId64 "h7",
		id % GROUPS);
	snprintf(f.user, sizeof(f.user), "00u1b%013" PRId64 "h7", id % PEOPLE);
	snprintf(f.account, sizeof(f.account), "5b10a2844c20165700%07" PRId64,
		id % PEOPLE);
	snprintf(f.role, sizeof(f.role), "bench/%" PRId64, id % GROUPS);
	return f;
}

/* ---- Its events ---- */

struct telling {
	struct ledger *l;
	const struct life *f;
	struct lapse_err *err;
	char time[4][32];	/* given, until, due, absent */
	char request[640];	/* what each event of the request repeats */
	char data[1024];
	int rc;
};

static void tell(struct telling *t, const char *kind, int64_t after_s,
	bool of_grant, bool of_membership)
{
	const struct life *f = t->f;
	bool words = of_grant == of_membership && !of_grant;
	const struct evidence e = {
		.kind = kind,
		.issue = f->issue,
		.grant = of_grant ? f->id : 0,
		.idp = of_membership ? "okta" : NULL,
		.group = of_membership ? f->group : NULL,
		.user = of_membership ? f->user : NULL,
		.data = t->data,
		.text = words ? "{\"reason\":\"deploy the fix\","
				"\"words\":null}" : NULL,
	};

	if (t->rc == 0)
		t->rc = evidence_add(t->l, f->asked_at + after_s, &e, NULL,
			t->err);
}

static void time_text(int64_t at, char ret[32])
{
	struct tm tm;

	strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ",
		gmtime_r(&(time_t){at}, &tm));
}

#define DATA(t, ...) snprintf((t)->data, sizeof((t)->data), __VA_ARGS__)

static void tell_request(struct telling *t)
{
	const struct life *f = t->f;

	snprintf(t->request, sizeof(t->request), "{\"request\":\"ACC-%" PRId64
		"\",\"role\":\"%s\",\"requester\":\"%s\",\"creator\":\"%s\","
		"\"beneficiary\":\"%s\",\"content\":\"" DIGEST "01\","
		"\"policy\":\"" DIGEST "02\",", f->id, f->role, f->account,
		f->account, f->account);
	DATA(t, "%s\"code\":null}", t->request);
	tell(t, "request-seen", 0, false, false);
	DATA(t, "%s\"owed\":[\"boss\",\"owner\"],\"code\":null}", t->request);
	tell(t, "asked", 0, false, false);
	DATA(t, "%s\"approval\":\"%" PRId64 "\",\"answers\":[{\"account\":"
		"\"boss\",\"decision\":\"approved\"},{\"account\":\"owner\","
		"\"decision\":\"pending\"}],\"code\":null}", t->request, f->id);
	tell(t, "approved", 600, false, false);
	tell(t, "granting", 660, true, false);
}

static void tell_change(struct telling *t, bool add)
{
	DATA(t, "{\"change\":%" PRId64 ",\"change_kind\":\"%s\",\"attempts\":1,"
		"\"due_at\":\"%s\",\"verified_at\":\"%s\",\"remote_ref\":"
		"\"reqBYNPZqiTY9ZeKkufEkGRwK\",\"detail\":\"done\"}",
		t->f->id * 2 + (add ? 0 : 1), add ? "add" : "remove",
		t->time[add ? 0 : 1], t->time[add ? 0 : 2]);
	tell(t, add ? "added" : "removed", add ? 660 : 660 + HELD_S + 9, true,
		true);
}

static void tell_grant(struct telling *t)
{
	const struct life *f = t->f;

	tell_change(t, true);
	DATA(t, "{\"role\":\"%s\",\"account\":\"%s\",\"starts_at\":\"%s\","
		"\"ends_at\":\"%s\",\"first_add_at\":\"%s\",\"failsafe_at\":"
		"null,\"method\":\"read back\",\"done_by\":null}", f->role,
		f->account, t->time[0], t->time[1], t->time[0]);
	tell(t, "granted", 660, true, false);
	DATA(t, "{\"role\":\"%s\",\"account\":\"%s\",\"reason\":\"expired\","
		"\"due_at\":\"%s\"}", f->role, f->account, t->time[1]);
	tell(t, "ending", 660 + HELD_S, true, false);
	tell_change(t, false);
	DATA(t, "{\"role\":\"%s\",\"account\":\"%s\",\"reason\":\"expired\","
		"\"late_s\":9,\"absence_verified_at\":\"%s\",\"kept_by\":null,"
		"\"method\":\"read back\",\"done_by\":null,\"sessions\":null}",
		f->role, f->account, t->time[2]);
	tell(t, "revoked", 660 + HELD_S + 9, true, false);
}

/* A review ended it, so it has no grant. */
static void tell_taken(struct telling *t)
{
	DATA(t, "{\"change\":%" PRId64 ",\"change_kind\":\"remove\","
		"\"attempts\":1,\"due_at\":\"%s\",\"verified_at\":\"%s\","
		"\"remote_ref\":\"reqBYNPZqiTY9ZeKkufEkGRwK\","
		"\"detail\":\"done\"}", TAKEN + t->f->id, t->time[1],
		t->time[2]);
	tell(t, "removed", 660 + HELD_S + 9, false, true);
}

static int tell_life(struct ledger *l, const struct life *f,
	struct lapse_err *err)
{
	struct telling t = {.l = l, .f = f, .err = err};

	time_text(f->asked_at + 660, t.time[0]);
	time_text(f->asked_at + 660 + HELD_S, t.time[1]);
	time_text(f->asked_at + 660 + HELD_S + 9, t.time[2]);
	tell_request(&t);
	tell_grant(&t);
	if (f->id % TAKEN_EVERY == 0)
		tell_taken(&t);
	return t.rc;
}

/* ---- Its rows ---- */

/* After the events, which say all that the rows do. */
static const char rows[] =
	"CREATE TEMP TABLE life AS SELECT a.grant_id AS id, a.issue_id AS issue,"
	" q.at AS asked, a.at AS given, a.idp AS idp, a.group_id AS g,"
	" a.user_id AS u, r.data ->> 'account' AS account,"
	" r.data ->> 'role' AS role, r.at AS ended FROM evidence a"
	" JOIN evidence q ON q.seq = a.seq - 4 JOIN evidence r"
	" ON r.seq = a.seq + 4 WHERE a.kind = 'added';"
	"BEGIN;"
	"INSERT INTO policy (sha256, role, section, first_at)"
	" SELECT '" DIGEST "02', 'bench/0', '{}', min(asked) FROM life;"
	"INSERT INTO request (id, issue_id, issue_key, project, request_type,"
	" state, requester, creator, beneficiary, role, duration_s,"
	" content_hash, asks, updated_at, changed_at, policy) SELECT id, issue,"
	" 'ACC-' || id, '10042', '25', 'approved', account, account, account,"
	" role, 3600, '" DIGEST "01', 1, asked, asked + 660,"
	" '" DIGEST "02' FROM life;"
	"INSERT INTO intake SELECT id, asked, 'portal', 0, given FROM life;"
	"INSERT INTO approval (id, request_id, approval_id, mode, content_hash,"
	" asked_at, state, decided_at, method) SELECT id, id, id, 'any',"
	" '" DIGEST "01', asked, 'used', asked + 600, 'jsm' FROM life;"
	"INSERT INTO owed SELECT id, 'boss', 'owner', 'approved', asked + 600"
	" FROM life UNION ALL SELECT id, 'owner', 'named', 'pending', NULL"
	" FROM life;"
	"INSERT INTO \"grant\" (id, request_id, approval, issue_id, issue_key,"
	" account, role, application, elevated, method, state, duration_s,"
	" created_at, projected_at, first_add_at, starts_at, ends_at, ended_at,"
	" end_reason, end_by, ending_at, reason, policy, content_hash)"
	" SELECT id, id, id, issue, 'ACC-' || id, account, role, 'Bench', 1,"
	" 'group', 'ended', 3600, given, given, given, given, given + 3600,"
	" ended, 'expired', 'lapse', given + 3600, 'deploy the fix',"
	" '" DIGEST "02', '" DIGEST "01' FROM life;"
	"INSERT INTO hold (id, grant_id, idp, group_id, user_id, before,"
	" placed_at, verified_at, released_at) SELECT id, id, idp, g, u,"
	" 'absent', given, given, given + 3600 FROM life;"
	"INSERT INTO change (id, idp, group_id, user_id, kind, state, grant_id,"
	" opened_at, due_at, attempts, first_sent_at, last_sent_at,"
	" next_attempt_at, effect_seen, settled_at, verified_at)"
	" SELECT id * 2, idp, g, u, 'add', 'done', id, given, given, 1, given,"
	" given, given, 1, given, given FROM life UNION ALL SELECT id * 2 + 1,"
	" idp, g, u, 'remove', 'done', id, given + 3600, given + 3600, 1,"
	" given + 3600, given + 3600, given + 3600, 0, ended, ended FROM life;"
	"INSERT INTO change (id, idp, group_id, user_id, kind, state,"
	" opened_at, due_at, attempts, first_sent_at, last_sent_at,"
	" next_attempt_at, effect_seen, settled_at, verified_at)"
	" SELECT data ->> 'change', idp, group_id, user_id, 'remove', 'done',"
	" at - 9, at - 9, 1, at - 9, at - 9, at - 9, 0, at, at FROM evidence"
	" WHERE kind = 'removed' AND grant_id IS NULL;"
	"INSERT INTO notice (issue_id, kind, body, seq, state, created_at,"
	" next_attempt_at, done_at, remote_id) SELECT issue_id, 'comment',"
	" 'Told.', seq, 'done', at, at, at, seq FROM evidence"
	" WHERE kind IN ('asked', 'granted', 'revoked');"
	"INSERT INTO notice (issue_id, kind, seq, state, created_at,"
	" next_attempt_at, done_at) SELECT issue_id, 'property', seq, 'done',"
	" at, at, at FROM evidence WHERE kind = 'granting';"
	"COMMIT";

static int tell_some(struct ledger *l, int64_t from, int64_t to, int64_t n,
	int64_t now, struct lapse_err *err)
{
	int rc = ledger_begin(l, err);

	for (int64_t i = from; i < to && rc == 0; i++) {
		struct life f = life_of(i + 1, n, now);

		rc = tell_life(l, &f, err);
	}
	return rc < 0 ? rc : ledger_commit(l, err);
}

int lives(struct ledger *l, int64_t n, int64_t now, struct lapse_err *err)
{
	int rc = 0;

	for (int64_t i = 0; i < n && rc == 0; i += COMMIT_LIVES)
		rc = tell_some(l, i, i + COMMIT_LIVES < n ? i + COMMIT_LIVES
			: n, n, now, err);
	return rc < 0 ? rc : db_do(l, rows, err);
}
