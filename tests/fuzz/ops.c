/* Every operation of Jira, of each provider and of Slack, fed with any replies: the first byte
 * picks the operation; then replies, each as on the wire (status line,
 * headers, empty line, body), ended by byte 30. What a reply that is no JSON
 * says is never believed, and nothing is "absent" by a list that was cut. */
#include "fuzz.h"
#include "idp.h"
#include "jira.h"
#include "json_scan.h"
#include "remote.h"
#include "slack.h"
#include "url.h"

enum {
	REPLIES = 12,
	END = 30,
	/* Of one provider, from the end of its room. */
	LAST_USE = 20,		/* of an application */
	ADDED_BY,
	SET_EXPIRY,
	GET_EXPIRY,
	IDP_OPS,
	JIRA_ROOM = 40,		/* and for Jira's, so that no corpus moves */
	SLACK_FROM = 230,	/* Slack's stand at the end */
};

static const struct {
	const char *name;
	op_step *step;
} jira_ops[] = {
	{"myself", jira_myself},
	{"server-info", jira_server_info},
	{"cloud-id", jira_cloud_id},
	{"permissions", jira_permissions},
	{"search", jira_search},
	{"get-issue", jira_get_issue},
	{"get-history", jira_get_history},
	{"get-approvals", jira_get_approvals},
	{"answer-approval", jira_answer_approval},
	{"edit-issue", jira_edit_issue},
	{"transition", jira_transition},
	{"offers", jira_offers},
	{"comment", jira_comment},
	{"find-comment", jira_find_comment},
	{"get-property", jira_get_property},
	{"put-property", jira_put_property},
	{"get-user", jira_get_user},
	{"find-user", jira_find_user},
	{"create-issue", jira_create_issue},
	{"link-issues", jira_link_issues},
	{"get-options", jira_get_options},
	{"create-options", jira_create_options},
	{"update-options", jira_update_options},
	{"get-field", jira_get_field},
	{"get-statuses", jira_get_statuses},
	{"get-request-type", jira_get_request_type},
	{"get-approval-steps", jira_get_approval_steps},
	{"create-issues", jira_create_issues},
	{"get-issues", jira_get_issues},
	{"get-histories", jira_get_histories},
	{"attach", jira_attach},
	{"get-attachments", jira_get_attachments},
	{"get-attachment", jira_get_attachment},
	{"create-request", jira_create_request},
};

static const struct {
	const char *name;
	op_step *step;
} slack_ops[] = {
	{"auth.test", slack_test},
	{"conversations.open", slack_open},
	{"chat.postMessage", slack_post},
	{"find-message", slack_find_post},
	{"conversations.history", slack_history},
	{"conversations.replies", slack_replies},
	{"may-read", slack_may_read},
	{"reactions.get", slack_get_reactions},
	{"users.lookupByEmail", slack_find_user},
	{"users.info", slack_get_user},
	{"conversations.list", slack_directs},
};

enum { SLACK_OPS = sizeof(slack_ops) / sizeof(*slack_ops) };
_Static_assert((int)SLACK_FROM + (int)SLACK_OPS <= 256, "a byte picks it");

enum { JIRA_OPS = sizeof(jira_ops) / sizeof(*jira_ops) };
_Static_assert((int)JIRA_OPS <= (int)JIRA_ROOM, "no room for those of Jira");

static const struct jira_form form = {
	.role = "customfield_10200",
	.whom = "customfield_10201",
	.how_long = "customfield_10202",
	.from_when = "customfield_10203",
	.why = "description",
	.approvers = "customfield_10003",
	.request_type = "customfield_10010",
};

struct talk {
	struct remote r;
	struct op op;
	struct arena arena;
	struct http_request req;
	struct http_response res;
	struct lapse_err err;
	size_t seen;		/* bytes of the texts that the sinks got */
};

static void talk_end(struct talk *t)
{
	op_clear(&t->op);
	arena_clear(&t->arena);
	http_request_clear(&t->req);
	http_response_clear(&t->res);
}

#define TALK __attribute__((cleanup(talk_end))) struct talk

/* ---- Sinks: every text is read to its end ---- */

static void see(struct talk *t, const char *text)
{
	t->seen += text == NULL ? 0 : strlen(text);
}

static int see_user(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_user *u = item;

	(void)err;
	/* Lists of members may know no more than the id. */
	must(u->id != NULL && u->id[0] != '\0');
	must(idp_status_name(u->status) != NULL);
	see(arg, u->id);
	see(arg, u->login);
	see(arg, u->email);
	see(arg, u->name);
	see(arg, u->account);
	see(arg, u->department);
	see(arg, u->title);
	see(arg, u->manager);
	see(arg, u->employee_number);
	see(arg, u->type);
	return 0;
}

static int see_group(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_group *g = item;

	(void)err;
	must(g->id != NULL && g->name != NULL);
	must(idp_group_kind_text(g->kind) != NULL);
	see(arg, g->id);
	see(arg, g->name);
	see(arg, g->description);
	see(arg, g->detail);
	return 0;
}

static int see_use(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_use_seen *u = item;

	(void)err;
	must(u->source != NULL);
	must((u->use == IDP_USE_UNKNOWN) == (u->at == WHEN_NONE));
	must((u->use == IDP_USE_UNKNOWN) == (u->why != NULL));
	see(arg, u->source);
	see(arg, u->why);
	return 0;
}

static int see_added(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_added *a = item;

	(void)err;
	must(a->actor != NULL && a->source != NULL && a->at != WHEN_NONE);
	see(arg, a->actor);
	see(arg, a->actor_name);
	return 0;
}

static int see_hit(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_hit *h = item;

	(void)err;
	must(h->id != NULL && h->key != NULL && h->updated_at >= 0);
	see(arg, h->id);
	see(arg, h->key);
	return 0;
}

static int see_person(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_person *p = item;

	(void)err;
	must(p->account != NULL && p->email != NULL);
	see(arg, p->account);
	see(arg, p->name);
	see(arg, p->email);
	see(arg, p->zone);
	see(arg, p->type);
	return 0;
}

static int see_created(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_created *c = item;

	(void)err;
	must(c->at < 2 && c->id != NULL && c->key != NULL);
	see(arg, c->id);
	see(arg, c->key);
	return 0;
}

static int see_issue(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_issue *i = item;

	(void)err;
	must(i->id != NULL && i->key != NULL && i->status != NULL);
	see(arg, i->id);
	see(arg, i->key);
	see(arg, i->summary);
	see(arg, i->status_category);
	see(arg, i->why);
	return 0;
}

static int see_history(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_history_of *h = item;

	(void)err;
	must(h->issue != NULL);
	see(arg, h->issue);
	for (size_t i = 0; i < h->history->edits.n; i++) {
		const struct jira_edit *e = &h->history->edits.items[i];

		must(i == 0 || e[-1].at <= e->at);
		see(arg, e->entry);
		see(arg, e->field);
		see(arg, e->author);
		see(arg, e->from);
		see(arg, e->to);
	}
	return 0;
}

static int see_message(void *arg, const void *item, struct lapse_err *err)
{
	const struct slack_message *m = item;
	AUTO_BUF plain = {0};

	(void)err;
	must(m->ts != NULL && slack_is_ts(m->ts));
	see(arg, m->user);
	see(arg, m->bot);
	see(arg, m->thread);
	see(arg, m->marker);
	slack_plain(&plain, m->text);
	see(arg, buf_text(&plain));
	return 0;
}

/* ---- Picking ---- */

static op_step *idp_step(const struct idp_driver *d, size_t n)
{
	op_step *const steps[] = {d->find_user, d->get_user, d->list_users,
		d->list_members, d->last_use, d->get_group, d->list_groups,
		d->is_member, d->add, d->remove, d->end_sessions};
	size_t count = sizeof(steps) / sizeof(*steps);

	if (n < count)
		return steps[n];
	for (size_t i = 0; d->probes[i].what != NULL; i++)
		if (i == n - count)
			return d->probes[i].step;
	switch (n) {
	case LAST_USE:
		return d->last_use;
	case ADDED_BY:
		return d->added_by;
	case SET_EXPIRY:
		return d->set_expiry;
	case GET_EXPIRY:
		return d->get_expiry;
	default:
		return NULL;
	}
}

static const char *okta_key(void *arg, const char *key)
{
	(void)arg;
	if (strcmp(key, "account-attribute") == 0)
		return "jiraAccount";
	return strcmp(key, "token") == 0 ? "env:TOKEN" : NULL;
}

static const char *google_key(void *arg, const char *key)
{
	(void)arg;
	if (strcmp(key, "account-attribute") == 0)
		return "Jira.accountId";
	if (strcmp(key, "administrator") == 0)
		return "lapse@acme.com";
	return strcmp(key, "key") == 0 ? "env:KEY" : NULL;
}

static const char *entra_key(void *arg, const char *key)
{
	(void)arg;
	if (strcmp(key, "account-attribute") == 0)
		return "extensionAttribute1";
	if (strcmp(key, "client-secret") == 0)
		return "env:SECRET";
	return strcmp(key, "tenant") == 0 || strcmp(key, "client-id") == 0
		? "x" : NULL;
}

/* In the order of the corpora: new ones at the end. */
static const struct {
	const char *driver;
	const char *base;
	const char *(*key)(void *arg, const char *key);
	const char *user;
	const char *group;
	const char *app;
} providers[] = {
	{"okta", "https://acme.okta.com", okta_key, "00u1", "00g1", "0oa1"},
	{"google", NULL, google_key, "109000000000000000001",
		"01abcdef0123456", "0oa1"},
	{"entra", NULL, entra_key, "0e1f2a3b-0001-4a00-8000-000000000001",
		"9a1b2c3d-0001-4b00-8000-000000000001",
		"7c1b2c3d-0001-4c00-8000-000000000001"},
};

enum { PROVIDERS = sizeof(providers) / sizeof(*providers) };

static const char *key_of(size_t which, const struct idp_driver *d, size_t n)
{
	if (n == LAST_USE)
		return providers[which].app;
	return idp_step(d, n) == d->last_use ? NULL : "ada@example.com";
}

static void pick_idp(struct talk *t, size_t which, const struct idp_driver *d,
	size_t n)
{
	op_step *step = idp_step(d, n);
	struct auth_config auth;

	t->r = (struct remote){.name = d->name, .base = providers[which].base};
	must(d->configure(providers[which].key, NULL, &t->arena, &t->r, &auth,
		&t->err) == 0);
	t->op = (struct op){
		.step = step,
		.name = d->name,
		.user = providers[which].user,
		.group = providers[which].group,
		.key = key_of(which, d, n),
		.at = 1795435200,
		.sink = step == d->get_group || step == d->list_groups
			? see_group
			: step == d->last_use ? see_use
			: step == d->added_by ? see_added : see_user,
	};
}

/* What an operation needs besides what all are given. */
static const struct {
	op_step *step;
	const char *key;
	const char *id;
	const char *body;
	int (*sink)(void *arg, const void *item, struct lapse_err *err);
} needs[] = {
	{jira_search, .sink = see_hit},
	{jira_find_user, .key = "dana@acme.com", .sink = see_person},
	{jira_create_issues, .body = "{\"issueUpdates\":[{},{}]}",
		.sink = see_created},
	{jira_get_issues, .key = "10123,10124", .sink = see_issue},
	{jira_get_histories, .key = "10123,10124", .id = "status",
		.sink = see_history},
};

static void pick_jira(struct talk *t, size_t n)
{
	op_step *step = jira_ops[n].step;

	t->r = (struct remote){
		.name = "jira",
		.base = "https://acme.atlassian.net",
		.site = "https://acme.atlassian.net",
		.service = &jira_service,
	};
	t->op = (struct op){
		.step = step,
		.name = jira_ops[n].name,
		.issue = "10123",
		.user = "5b10b",
		.id = "10013",
		.key = "lapse 42",
		.body = "{\"a\":1}",
		.arena = &t->arena,
	};
	for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
		if (needs[i].step != step)
			continue;
		t->op.key = needs[i].key != NULL ? needs[i].key : t->op.key;
		t->op.id = needs[i].id != NULL ? needs[i].id : t->op.id;
		t->op.body = needs[i].body != NULL ? needs[i].body
						   : t->op.body;
		t->op.sink = needs[i].sink;
	}
	if (step == jira_get_issue || step == jira_get_issues)
		jira_op_form(&t->op, &form);
}

static void pick_slack(struct talk *t, size_t n)
{
	op_step *step = slack_ops[n].step;
	bool reads = step == slack_history || step == slack_replies;

	t->r = (struct remote){
		.name = "slack",
		.base = "https://slack.com/api",
		.service = &slack_service,
	};
	t->op = (struct op){
		.step = step,
		.name = slack_ops[n].name,
		.group = "D0DANA000",
		.user = "U0LAPSE00",
		.id = step == slack_find_post ? NULL : "1795426205.000247",
		.key = reads ? NULL : "cafe-1",
		.body = "text",
		.arena = &t->arena,
		.sink = reads ? see_message : NULL,
	};
}

static void pick(struct talk *t, uint8_t which)
{
	if (which >= SLACK_FROM) {
		pick_slack(t, (size_t)(which - SLACK_FROM) % SLACK_OPS);
		t->op.arg = t;
		return;
	}
	size_t n = which % (JIRA_ROOM + PROVIDERS * IDP_OPS);
	size_t provider = n < JIRA_ROOM ? 0 : (n - JIRA_ROOM) / IDP_OPS;
	const struct idp_driver *d =
		idp_driver_find(providers[provider].driver);
	size_t op = n < JIRA_ROOM ? 0 : (n - JIRA_ROOM) % IDP_OPS;

	if (n >= JIRA_ROOM && idp_step(d, op) != NULL)
		pick_idp(t, provider, d, op);
	else
		pick_jira(t, n < JIRA_OPS ? n : 0);
	t->op.arg = t;
}

/* ---- Replies ---- */

/* Takes one off the input. false: a header that ends the operation. */
static bool take_reply(struct talk *t, const char **at)
{
	const char *p = *at;
	const char *end = strchrnul(p, END);
	bool good = true;

	http_response_reset(&t->res);
	t->res.status = atoi(p + (strncmp(p, "HTTP/1.1 ", 9) == 0 ? 9 : 0));
	p += strcspn(p, "\n");
	while (p < end && *p == '\n' && good) {
		size_t len = strcspn(++p, "\n\x1e");

		if (len == 0 || (len == 1 && *p == '\r')) {
			p += len + (p[len] == '\n' ? 1 : 0);
			break;
		}
		good = http_response_header(&t->res, p, len, &t->err) == 0;
		p += len;
	}
	if (p < end)
		buf_add(&t->res.body, p, (size_t)(end - p));
	*at = *end == END ? end + 1 : end;
	return good && !t->res.body.failed;
}

/* Would the engine hand it to the step? */
static bool is_for_step(struct talk *t)
{
	if (t->res.status >= 200 && t->res.status < 300)
		return (t->req.want != HTTP_WANT_JSON ||
			t->res.body.len > 0) &&
			(t->r.service->refuses == NULL ||
				!t->r.service->refuses(&t->res));
	for (int i = 0; i < HTTP_EXPECT; i++)
		if (t->req.expect[i] != 0 &&
			t->req.expect[i] == t->res.status)
			return true;
	return false;
}

/* True: it is for the step after all. */
static bool judge(struct talk *t)
{
	int64_t wait_s = -2;

	bool yes = t->res.status >= 200 && t->res.status < 300 &&
		(t->r.service->refuses == NULL ||
			!t->r.service->refuses(&t->res));

	if (t->res.status < 100 || t->res.status > 599 || yes)
		return false;
	if (t->r.service->classify(&t->r, &t->req, &t->res, &wait_s,
		&t->err) == REPLY_OK)
		return true;
	must(t->err.code < 0 && wait_s >= -1);
	must_be_clean(t->err.code, &t->err);
	return false;
}

static void must_be_askable(const struct talk *t)
{
	const struct http_request *req = &t->req;
	const char *target = buf_text(&req->target);
	struct url u;

	must(!req->target.failed && !req->body.failed);
	/* the membership, never the user */
	must(req->method != HTTP_DELETE || strcmp(t->r.name, "entra") != 0 ||
		(strlen(target) > 5 &&
			strcmp(target + strlen(target) - 5, "/$ref") == 0));
	must(url_path_ok(target) || url_parse(&u, target));
	must(req->body.len == 0 || req->content_type != NULL ||
		json_scan(req->body.data, req->body.len, &(size_t){0}) ==
			NULL);
}

/* What a step may make of a reply. */
static void must_be_founded(struct talk *t, const struct http_request *asked,
	int rc)
{
	bool json = json_scan(t->res.body.data, t->res.body.len,
		&(size_t){0}) == NULL;

	/* OP_NONE says nothing at all: a probe that older services lack. */
	if (asked->want == HTTP_WANT_JSON && (rc == OP_SEND ||
		(rc == OP_DONE && t->op.outcome != OP_NONE)))
		must(json);
	if (rc == OP_DONE && (t->op.outcome == OP_ABSENT ||
		t->op.outcome == OP_PRESENT || t->op.outcome == OP_GONE))
		must(json);
	if (rc == OP_DONE && t->op.outcome == OP_ABSENT) {
		must(t->res.status == 200 || t->res.status / 100 == 2);
		must(t->res.next == NULL);
	}
}

static int step(struct talk *t, const struct http_response *last)
{
	struct http_request asked = t->req;
	int rc;

	t->req = (struct http_request){0};
	rc = t->op.step(&t->r, &t->op, last, &t->req, &t->err);
	must_be_clean(rc, &t->err);
	must(rc < 0 || rc == OP_SEND || rc == OP_DONE);
	if (last != NULL)
		must_be_founded(t, &asked, rc);
	if (rc == OP_SEND)
		must_be_askable(t);
	http_request_clear(&asked);
	return rc;
}

/* 0 when the last reply was what ended the talk, with its outcome; negative:
 * an error, not yet done, or done before. cut: so many bytes less of the last
 * reply. */
static int talk(uint8_t which, const char *replies, size_t cut,
	enum op_outcome *ret)
{
	TALK t = {0};
	int rc;

	pick(&t, which);
	rc = step(&t, NULL);
	for (int i = 0; i < REPLIES && rc == OP_SEND && *replies != '\0'; i++) {
		if (!take_reply(&t, &replies))
			return -1;
		if (*replies == '\0' && cut > 0) {
			if (t.res.body.len < cut)
				return -1;
			t.res.body.len -= cut;
			t.res.body.data[t.res.body.len] = '\0';
		}
		if (!is_for_step(&t) && !judge(&t))
			return -1;
		rc = step(&t, &t.res);
	}
	*ret = t.op.outcome;
	return rc == OP_DONE && *replies == '\0' ? 0 : -1;
}

/* A list that was cut within proves no absence. */
static void cut_short(uint8_t which, const char *replies)
{
	enum op_outcome outcome = OP_NONE;
	size_t blanks = 0;
	size_t len = strlen(replies);

	while (len > blanks &&
		strchr(" \t\r\n\x1e", replies[len - blanks - 1]) != NULL)
		blanks++;
	if (len > 0 && replies[len - 1] == END)
		return;
	for (size_t cut = blanks + 1; cut < blanks + 4; cut++)
		if (talk(which, replies, cut, &outcome) == 0)
			must(outcome != OP_ABSENT && outcome != OP_GONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FUZZ *text = fuzz_text(data, size);
	enum op_outcome outcome = OP_NONE;

	if (size < 2)
		return 0;
	if (talk(data[0], text + 1, 0, &outcome) == 0 &&
		(outcome == OP_ABSENT || outcome == OP_GONE))
		cut_short(data[0], text + 1);
	return 0;
}
