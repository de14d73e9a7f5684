/* A ledger in a folder of its own and a small Jira on loopback that keeps
 * comments, properties and statuses, and fails when it is told to. For the
 * tests of what lapse tells Jira. */
#ifndef LAPSE_TESTS_OUTBOX_H
#define LAPSE_TESTS_OUTBOX_H

#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "changes.h"
#include "core.h"
#include "notices.h"
#include "requests.h"
#include "secret.h"
#include "server.h"

enum {
	START = 1795428000,	/* 2026-11-23T10:00:00Z */
	FAKE_ISSUES = 16,
	FAKE_COMMENTS = 32,
	FAKE_PROPERTIES = 4,
};

/* ---- Jira ---- */

struct fake_comment {
	char *body;		/* as JSON */
	bool internal;
};

struct fake_issue {
	char id[16];
	char parent[16];
	char status[16];
	char resolution[16];
	char creator[32];
	char moved_by[32];	/* to the present status */
	bool gone;
	struct fake_comment comments[FAKE_COMMENTS];
	int n_comments;
	char *keys[FAKE_PROPERTIES];
	char *values[FAKE_PROPERTIES];
};

struct fake_jira {
	pthread_mutex_t lock;
	struct fake_issue issues[FAKE_ISSUES];
	int n_issues;
	char offers[64];	/* statuses with a transition to them */
	/* The next `times` requests that match fail: after having been
	 * carried out if `lost`, else with `status`. */
	const char *method;
	const char *part;
	int times;
	int status;
	bool lost;
	char created[8192];	/* the last body that made an issue */
};

static inline struct fake_issue *fake_find(struct fake_jira *j, const char *id)
{
	for (int i = 0; i < j->n_issues; i++)
		if (strcmp(j->issues[i].id, id) == 0)
			return &j->issues[i];
	return NULL;
}

static inline struct fake_issue *fake_add(struct fake_jira *j, const char *id,
	const char *status)
{
	struct fake_issue *i = &j->issues[j->n_issues++];

	snprintf(i->id, sizeof(i->id), "%s", id);
	snprintf(i->status, sizeof(i->status), "%s", status);
	snprintf(i->creator, sizeof(i->creator), "bot");
	return i;
}

static inline const char *fake_value(struct fake_issue *i, const char *key)
{
	for (int n = 0; n < FAKE_PROPERTIES; n++)
		if (i->keys[n] != NULL && strcmp(i->keys[n], key) == 0)
			return i->values[n];
	return NULL;
}

static inline void fake_set(struct fake_issue *i, const char *key,
	const char *value)
{
	for (int n = 0; n < FAKE_PROPERTIES; n++) {
		if (i->keys[n] != NULL && strcmp(i->keys[n], key) != 0)
			continue;
		free(i->keys[n]);
		free(i->values[n]);
		i->keys[n] = strdup(key);
		i->values[n] = strdup(value);
		return;
	}
}

static inline bool fake_no(int fd, int status)
{
	return server_json(fd, status,
		"{\"errorMessages\":[\"no\"],\"errors\":{}}");
}

static inline bool fake_post_comment(struct fake_issue *i, int fd,
	const char *body, bool internal)
{
	AUTO_JSON *doc = NULL;
	struct buf text = {0};
	struct fake_comment *c = &i->comments[i->n_comments++];
	char reply[64];

	if (json_open(&doc, body, strlen(body), NULL) < 0)
		return fake_no(fd, 400);
	json_print(json_at(json_root(doc), "body"), &text);
	c->body = text.data;
	c->internal = internal;
	snprintf(reply, sizeof(reply), "{\"id\":\"%d\"}",
		9000 + i->n_comments);
	return server_json(fd, 201, reply);
}

static inline bool fake_list_comments(struct fake_issue *i, int fd)
{
	AUTO_BUF b = {0};

	buf_fmt(&b, "{\"startAt\":0,\"maxResults\":100,\"total\":%d,"
		"\"comments\":[", i->n_comments);
	for (int n = i->n_comments; n > 0; n--)
		buf_fmt(&b, "%s{\"id\":\"%d\",\"author\":{\"accountId\":"
			"\"bot\"},\"created\":\"2026-11-23T10:00:00.000+0000\","
			"\"body\":%s}", n < i->n_comments ? "," : "", 9000 + n,
			i->comments[n - 1].body);
	buf_str(&b, "]}");
	return server_json(fd, 200, buf_text(&b));
}

static inline bool fake_property(struct fake_issue *i, int fd,
	const char *method, const char *key, const char *body)
{
	AUTO_BUF b = {0};
	const char *value;

	if (strcmp(method, "PUT") == 0) {
		fake_set(i, key, body);
		return server_json(fd, 200, "{}");
	}
	value = fake_value(i, key);
	if (value == NULL)
		return fake_no(fd, 404);
	buf_fmt(&b, "{\"key\":\"%s\",\"value\":%s}", key, value);
	return server_json(fd, 200, buf_text(&b));
}

static inline bool fake_transitions(struct fake_jira *j, struct fake_issue *i,
	int fd, const char *method, const char *body)
{
	char reply[256];
	const char *id;

	if (strcmp(method, "POST") == 0) {
		id = strstr(body, "\"id\":\"t");
		snprintf(i->status, sizeof(i->status), "%.*s",
			(int)strcspn(id + 7, "\""), id + 7);
		return server_reply(fd, 204, "", "");
	}
	snprintf(reply, sizeof(reply), "{\"transitions\":[%s{\"id\":\"t%s\","
		"\"name\":\"x\",\"to\":{\"id\":\"%s\"}}%s]}", "",
		j->offers, j->offers, "");
	return server_json(fd, 200,
		j->offers[0] != '\0' ? reply : "{\"transitions\":[]}");
}

static inline bool fake_history(struct fake_issue *i, int fd)
{
	char reply[512];

	snprintf(reply, sizeof(reply), "{\"startAt\":0,\"maxResults\":100,"
		"\"total\":1,\"isLast\":true,\"values\":[{\"id\":\"77\","
		"\"author\":{\"accountId\":\"%s\",\"displayName\":\"X\","
		"\"accountType\":\"atlassian\"},\"created\":"
		"\"2026-11-23T09:59:00.000+0000\",\"items\":[{\"field\":"
		"\"status\",\"fieldId\":\"status\",\"fieldtype\":\"jira\","
		"\"from\":\"1\",\"fromString\":\"a\",\"to\":\"%s\","
		"\"toString\":\"b\"}]}]}", i->moved_by, i->status);
	return server_json(fd, 200, reply);
}

static inline bool fake_get_issue(struct fake_jira *j, struct fake_issue *i,
	int fd)
{
	AUTO_BUF b = {0};
	const char *comma = "";

	buf_fmt(&b, "{\"id\":\"%s\",\"key\":\"ACC-%s\",\"fields\":{"
		"\"summary\":\"s\",\"status\":{\"id\":\"%s\",\"name\":\"n\","
		"\"statusCategory\":{\"key\":\"done\"}},\"project\":{\"id\":"
		"\"10042\"},\"issuetype\":{\"id\":\"5\"},\"reporter\":{"
		"\"accountId\":\"ana\"},\"creator\":{\"accountId\":\"%s\"},"
		"\"assignee\":null,\"created\":"
		"\"2026-11-23T09:00:00.000+0000\",\"updated\":"
		"\"2026-11-23T09:00:00.000+0000\",\"issuelinks\":[],",
		i->id, i->id, i->status, i->creator);
	if (i->resolution[0] != '\0')
		buf_fmt(&b, "\"resolution\":{\"id\":\"%s\"},", i->resolution);
	if (i->parent[0] != '\0')
		buf_fmt(&b, "\"parent\":{\"id\":\"%s\"},", i->parent);
	buf_str(&b, "\"subtasks\":[");
	for (int n = 0; n < j->n_issues; n++) {
		if (strcmp(j->issues[n].parent, i->id) != 0 ||
			j->issues[n].gone)
			continue;
		buf_fmt(&b, "%s{\"id\":\"%s\",\"key\":\"ACC-%s\",\"fields\":"
			"{\"status\":{\"id\":\"1\"}}}", comma,
			j->issues[n].id, j->issues[n].id);
		comma = ",";
	}
	buf_str(&b, "]}}");
	return server_json(fd, 200, buf_text(&b));
}

static inline bool fake_create(struct fake_jira *j, int fd, const char *body)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF value = {0};
	struct json root;
	struct fake_issue *i;
	char id[16];
	char reply[128];

	if (json_open(&doc, body, strlen(body), NULL) < 0)
		return fake_no(fd, 400);
	root = json_root(doc);
	snprintf(j->created, sizeof(j->created), "%s", body);
	snprintf(id, sizeof(id), "%d", 500 + j->n_issues);
	i = fake_add(j, id, "1");
	snprintf(i->parent, sizeof(i->parent), "%s", json_text(
		json_at(json_at(root, "fields"), "parent"), "id", JSON_MAY));
	json_print(json_at(json_first(json_at(root, "properties")), "value"),
		&value);
	fake_set(i, "lapse.manual", buf_text(&value));
	snprintf(reply, sizeof(reply), "{\"id\":\"%s\",\"key\":\"ACC-%s\"}",
		id, id);
	return server_json(fd, 201, reply);
}

static inline bool fake_of_issue(struct fake_jira *j, int fd,
	const char *method, const char *path, const char *body)
{
	char id[16] = "";
	char rest[256] = "";
	struct fake_issue *i;
	bool desk = sscanf(path, "/rest/servicedeskapi/request/%15[^/?]%255s",
		id, rest) >= 1;

	if (!desk)
		sscanf(path, "/rest/api/3/issue/%15[^/?]%255s", id, rest);
	i = fake_find(j, id);
	if (i == NULL || i->gone)
		return fake_no(fd, 404);
	if (strncmp(rest, "/comment", 8) == 0)
		return strcmp(method, "POST") == 0
			? fake_post_comment(i, fd, body, desk)
			: fake_list_comments(i, fd);
	if (strncmp(rest, "/properties/", 12) == 0)
		return fake_property(i, fd, method, rest + 12, body);
	if (strncmp(rest, "/transitions", 12) == 0)
		return fake_transitions(j, i, fd, method, body);
	if (strncmp(rest, "/changelog", 10) == 0)
		return fake_history(i, fd);
	return fake_get_issue(j, i, fd);
}

static inline bool fake_route(struct fake_jira *j, int fd, const char *method,
	const char *path, const char *body)
{
	if (strcmp(path, "/rest/api/3/myself") == 0)
		return server_json(fd, 200, "{\"accountId\":\"bot\","
			"\"displayName\":\"Bot\",\"active\":true,"
			"\"accountType\":\"app\"}");
	if (strcmp(path, "/rest/api/3/issue") == 0)
		return fake_create(j, fd, body);
	return fake_of_issue(j, fd, method, path, body);
}

/* Carried out, and the reply goes nowhere. */
static inline void fake_route_lost(struct fake_jira *j, const char *method,
	const char *path, const char *body)
{
	int pipes[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pipes) != 0)
		abort();
	fake_route(j, pipes[0], method, path, body);
	close(pipes[0]);
	close(pipes[1]);
}

static inline bool fake_answer(struct server *s, int fd, int n,
	const char *request)
{
	struct fake_jira *j = s->arg;
	char method[16] = "";
	char path[1024] = "";
	const char *body = strstr(request, "\r\n\r\n") + 4;
	bool more = false;

	(void)n;
	sscanf(request, "%15s %1023s", method, path);
	pthread_mutex_lock(&j->lock);
	if (j->times > 0 && strcmp(method, j->method) == 0 &&
		strstr(path, j->part) != NULL) {
		j->times--;
		if (j->lost)
			fake_route_lost(j, method, path, body);
		else
			more = fake_no(fd, j->status);
	} else {
		more = fake_route(j, fd, method, path, body);
	}
	pthread_mutex_unlock(&j->lock);
	return more;
}

static inline void fake_clear(struct fake_jira *j)
{
	for (int i = 0; i < j->n_issues; i++) {
		struct fake_issue *t = &j->issues[i];

		for (int n = 0; n < t->n_comments; n++)
			free(t->comments[n].body);
		for (int n = 0; n < FAKE_PROPERTIES; n++) {
			free(t->keys[n]);
			free(t->values[n]);
		}
	}
}

/* ---- lapse ---- */

struct world {
	char folder[64];
	int64_t now;
	int64_t skew_ms;
	char log[8192];
	struct lapse l;
	struct config config;
	struct server server;
	struct fake_jira jira;
};

static inline int64_t world_now(void *arg)
{
	return ((struct world *)arg)->now;
}

static inline int64_t world_ticks(void *arg)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000 + at.tv_nsec / 1000000 +
		((struct world *)arg)->skew_ms;
}

static inline void world_sleep(void *arg, int64_t ms)
{
	((struct world *)arg)->skew_ms += ms;
}

static inline int world_random(void *arg, void *bytes, size_t len)
{
	(void)arg;
	memset(bytes, 7, len);
	return 0;
}

static inline const char *world_getenv(const char *name)
{
	return strcmp(name, "TOKEN") == 0 ? "token" : NULL;
}

static inline void world_log(void *arg, enum lapse_level level,
	const char *line)
{
	struct world *w = arg;
	size_t at = strlen(w->log);

	(void)level;
	snprintf(w->log + at, sizeof(w->log) - at, "%s\n", line);
}

static inline void world_online(struct world *w)
{
	struct auth_config token = {
		.scheme = AUTH_HEADER,
		.prefix = "Bearer",
		.secret = "env:TOKEN",
	};
	struct engine_config config = {
		.env = &w->l.env,
		.deadline_s = 240,
	};
	struct lapse_err err = {0};

	w->jira.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	server_start(&w->server, fake_answer, &w->jira);
	w->l.jira = (struct remote){
		.name = "jira",
		.service = &jira_service,
		.base = w->server.base,
	};
	assert_ok(auth_open(&w->l.jira.auth, &token, &w->l.env, &err));
	assert_ok(engine_open(&w->l.engine, &config, &err));
	assert_ok(engine_remote_open(w->l.engine, &w->l.jira, &err));
	w->l.jira_open = true;
}

static inline struct world *world_open(void)
{
	struct world *w = calloc(1, sizeof(*w));
	struct lapse_err err = {0};
	char path[96];

	assert_non_null(w);
	snprintf(w->folder, sizeof(w->folder), "/tmp/lapse-test-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(path, sizeof(path), "%s/ledger.db", w->folder);
	w->now = START;
	w->l.env = (struct lapse_env){
		.arg = w,
		.now = world_now,
		.ticks_ms = world_ticks,
		.sleep_ms = world_sleep,
		.random = world_random,
		.getenv = world_getenv,
		.log = world_log,
	};
	w->l.command = "test";
	w->l.config = &w->config;
	buf_str(&w->l.hmac_key, "0123456789abcdef");
	assert_ok(ledger_open(
		&w->l.ledger, path, LEDGER_CREATE, &w->l.env, &err));
	world_online(w);
	return w;
}

static inline int world_remove(const char *path, const struct stat *st,
	int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void world_close(struct world *w)
{
	struct lapse *l = &w->l;

	engine_remote_close(l->engine, &l->jira);
	engine_free(l->engine);
	auth_free(l->jira.auth);
	ledger_free(l->ledger);
	buf_clear(&l->hmac_key);
	arena_clear(&l->arena);
	server_stop(&w->server);
	fake_clear(&w->jira);
	secret_forget_all();
	nftw(w->folder, world_remove, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
}

static inline void world_fail(struct world *w, const char *method,
	const char *part, int times, int status)
{
	w->jira.method = method;
	w->jira.part = part;
	w->jira.times = times;
	w->jira.status = status;
	w->jira.lost = false;
}

static inline void world_lose(struct world *w, const char *method,
	const char *part, int times)
{
	world_fail(w, method, part, times, 0);
	w->jira.lost = true;
}

/* A grant in granting, with its request and approval. */
static inline int64_t world_grant(struct world *w, const char *issue,
	bool manual, const char *approval)
{
	struct ledger *ledger = w->l.ledger;
	struct lapse_err err = {0};
	int64_t request = 0;
	int64_t id = 0;
	struct request_row r = {
		.issue = issue,
		.key = "ACC-1",
		.project = "10042",
		.type = "25",
		.state = "approved",
		.requester = "ana",
		.creator = "ana",
		.beneficiary = "ana",
		.role = "github/prod-admin",
		.starts_at = WHEN_NONE,
	};
	struct approval_row ap = {
		.approval = approval,
		.mode = "any",
		.content_hash = "h",
		.state = "used",
		.method = "jsm",
		.decided_at = START,
	};
	struct grant_row g = {
		.issue = issue,
		.issue_key = "ACC-1",
		.account = "ana",
		.role = "github/prod-admin",
		.application = "GitHub",
		.manual = manual,
		.duration_s = 3600,
		.created_at = START,
		.starts_at = WHEN_NONE,
		.ends_at = START + 3600,
		.reason = "fix the outage",
	};

	assert_ok(core_begin(&w->l, &err));
	assert_ok(request_put(ledger, &r, &request, &err));
	ap.request = request;
	assert_ok(approval_add(ledger, &ap, &g.approval, &err));
	g.request = request;
	assert_ok(grant_add(ledger, &g, &id, &err));
	assert_ok(core_commit(&w->l, &err));
	return id;
}

static inline int64_t world_evidence(struct world *w, const char *issue,
	int64_t grant)
{
	struct evidence e = {.kind = "test", .issue = issue, .grant = grant};
	struct lapse_err err = {0};
	int64_t seq = 0;

	assert_ok(core_evidence(&w->l, &e, &seq, &err));
	return seq;
}

#endif
