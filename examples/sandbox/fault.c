/*
 * fault.c - what goes wrong on demand: rate limits, lost replies, cut or
 * wrong bodies, foreign links. It knows no vendor: bodies come from the
 * service's hooks.
 */
#include "fault.h"

#include <string.h>
#include <unistd.h>

static cJSON *faults;
static int last_id;

static bool status_before(struct exchange *x, const cJSON *fault)
{
	int status = (int)json_int(fault, "status", 503);
	const char *retry_after = json_str(fault, "retry_after");
	const char *body = json_str(fault, "body");

	if (body != NULL)
		reply_text(x, status, json_true(fault, "html")
			? "text/html" : "application/json", body);
	else if (json_true(fault, "html"))
		reply_text(x, status, "text/html",
			"<html><body><h1>Bad Gateway</h1></body></html>");
	else
		x->service->error(x, status);
	if (retry_after != NULL)
		reply_header(x, "Retry-After", "%s", retry_after);
	return true;
}

static bool limit_before(struct exchange *x, const cJSON *fault)
{
	x->service->limited(x, fault);
	return true;
}

static bool drop_before(struct exchange *x, const cJSON *fault)
{
	(void)fault;
	reply_empty(x, 0);
	return true;
}

static bool empty_before(struct exchange *x, const cJSON *fault)
{
	(void)fault;
	reply_text(x, 200, "application/json", "");
	return true;
}

static bool html_before(struct exchange *x, const cJSON *fault)
{
	(void)fault;
	reply_text(x, 200, "text/html; charset=utf-8",
		"<!DOCTYPE html><html><head><title>Sign in</title></head>"
		"<body>Please sign in to the network.</body></html>");
	return true;
}

static bool redirect_before(struct exchange *x, const cJSON *fault)
{
	const char *to = json_str(fault, "location");

	reply_text(x, (int)json_int(fault, "status", 302), "text/html", "");
	reply_header(x, "Location", "%s",
		to != NULL ? to : "http://127.0.0.2:9/elsewhere");
	return true;
}

static bool slow_before(struct exchange *x, const cJSON *fault)
{
	const cJSON *seconds = json_get(fault, "seconds");
	double wait = cJSON_IsNumber(seconds) ? seconds->valuedouble : 1;

	(void)x;
	http_unlock();
	usleep((useconds_t)(wait * 1e6));
	http_lock();
	return false;
}

static enum delivery lost_after(struct exchange *x, const cJSON *fault)
{
	(void)x;
	(void)fault;
	return DELIVER_NOTHING;
}

static enum delivery cut_after(struct exchange *x, const cJSON *fault)
{
	(void)x;
	(void)fault;
	return DELIVER_CUT;
}

static enum delivery garbage_after(struct exchange *x, const cJSON *fault)
{
	const char *body = json_str(fault, "body");

	reply_text(x, x->status, "application/json",
		body != NULL ? body : "{\"values\":[{\"id\":\"1\",]}");
	return DELIVER;
}

/* A next link to another origin, to see whether a client takes its
 * credential there. */
static enum delivery foreign_after(struct exchange *x, const cJSON *fault)
{
	const char *origin = json_str(fault, "origin");
	autotext *link = text("%s%s?after=x",
		origin != NULL ? origin : "http://127.0.0.2:9", x->path);

	if (x->service->other_next != NULL) {
		x->service->other_next(x, link);
		return DELIVER;
	}
	for (size_t i = x->header_count; i-- > 0;)
		if (strstr(x->headers[i].value, "rel=\"next\"") != NULL)
			x->headers[i].value[0] = '\0';
	reply_header(x, "Link", "<%s>; rel=\"next\"", link);
	return DELIVER;
}

static const struct kind {
	const char *name;
	bool (*before)(struct exchange *x, const cJSON *fault);
	enum delivery (*after)(struct exchange *x, const cJSON *fault);
} kinds[] = {
	{ "status-429", limit_before, NULL },
	{ "status", status_before, NULL },
	{ "drop", drop_before, lost_after },
	{ "empty-200", empty_before, NULL },
	{ "html-200", html_before, NULL },
	{ "redirect", redirect_before, NULL },
	{ "slow", slow_before, NULL },
	{ "lost-reply", NULL, lost_after },
	{ "cut-body", NULL, cut_after },
	{ "garbage-json", NULL, garbage_after },
	{ "foreign-next", NULL, foreign_after },
};

static const struct kind *kind_of(const cJSON *fault)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (same(json_str(fault, "kind"), kinds[i].name))
			return &kinds[i];
	return NULL;
}

int fault_add(cJSON *fault)
{
	if (kind_of(fault) == NULL) {
		cJSON_Delete(fault);
		return 0;
	}
	if (faults == NULL)
		faults = cJSON_CreateArray();
	json_put_int(fault, "id", ++last_id);
	json_put_int(fault, "times", json_int(fault, "times", 1));
	json_put_int(fault, "skip", json_int(fault, "skip", 0));
	json_put_int(fault, "fired", 0);
	json_push(faults, fault);
	return last_id;
}

void fault_clear(void)
{
	cJSON_Delete(faults);
	faults = cJSON_CreateArray();
}

const cJSON *fault_list(void)
{
	if (faults == NULL)
		faults = cJSON_CreateArray();
	return faults;
}

static bool matches(const cJSON *fault, const struct exchange *x)
{
	const char *service = json_str(fault, "service");
	const char *method = json_str(fault, "method");
	const char *path = json_str(fault, "path");
	const char *agent = json_str(fault, "agent");
	const char *client = request_header(x, "User-Agent");

	return (agent == NULL || (client != NULL &&
			strstr(client, agent) != NULL)) &&
	       (service == NULL || same(service, x->service->name) ||
		       same(service, x->service->family)) &&
	       (method == NULL || same(method, x->method)) &&
	       (path == NULL || strstr(x->path, path) != NULL);
}

cJSON *fault_pick(const struct exchange *x)
{
	cJSON *fault;

	cJSON_ArrayForEach(fault, faults) {
		int64_t times = json_int(fault, "times", 1);
		int64_t skip = json_int(fault, "skip", 0);

		if (times == 0 || !matches(fault, x))
			continue;
		if (skip > 0) {
			json_put_int(fault, "skip", skip - 1);
			continue;
		}
		json_put_int(fault, "times", times > 0 ? times - 1 : times);
		json_put_int(fault, "fired", json_int(fault, "fired", 0) + 1);
		return cJSON_Duplicate(fault, true);
	}
	return NULL;
}

bool fault_before(struct exchange *x, const cJSON *fault)
{
	const struct kind *kind = kind_of(fault);

	return kind != NULL && kind->before != NULL && kind->before(x, fault);
}

enum delivery fault_after(struct exchange *x, const cJSON *fault)
{
	const struct kind *kind = kind_of(fault);

	return kind == NULL || kind->after == NULL ? DELIVER
						   : kind->after(x, fault);
}
