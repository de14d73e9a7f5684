/*
 * jira_attachment.c - files on an issue: put there as multipart/form-data,
 * listed with the issue, fetched, deleted. Whoever sees an issue may attach
 * to it. In the world an attachment is {id, filename, author, created, size,
 * mimeType, base64}.
 * Source: Jira Cloud platform REST v3, addAttachment, getAttachmentContent.
 */
#include "jira.h"

#include <string.h>
#include <strings.h>
#include <openssl/evp.h>

#include "clock.h"
#include "jws.h"
#include "world.h"

#define FILES_MAX 60
#define ISSUE_MAX 2000
#define UPLOAD_LIMIT 10485760

/* ---- Multipart bodies ---- */

/* A parameter of a header line, quoted or not: boundary=x, name="x". */
static char *parameter(const char *line, size_t length, const char *name)
{
	autotext *copy = strndup(line, length);
	autotext *key = text("%s=", name);

	for (char *at = copy; (at = strstr(at, key)) != NULL; at++) {
		char *value = at + strlen(key);

		if (at > copy && strchr("; \t", at[-1]) == NULL)
			continue;
		if (*value == '"')
			return strndup(value + 1, strcspn(value + 1, "\""));
		return strndup(value, strcspn(value, "; \t\r\n"));
	}
	return NULL;
}

struct part {
	char *name;
	char *filename;
	char *type;		/* NULL: not told */
	const char *bytes;
	size_t length;
};

static void part_clear(struct part *p)
{
	free(p->name);
	free(p->filename);
	free(p->type);
	*p = (struct part){ 0 };
}

/* From the line behind a boundary to the bytes. NULL: no end. */
static const char *read_head(struct part *p, const char *at, const char *end)
{
	while (at < end && *at != '\r') {
		const char *stop = memmem(at, (size_t)(end - at), "\r\n", 2);
		size_t length = stop != NULL ? (size_t)(stop - at) : 0;

		if (stop == NULL)
			return NULL;
		if (strncasecmp(at, "Content-Disposition:", 20) == 0) {
			p->name = parameter(at, length, "name");
			p->filename = parameter(at, length, "filename");
		} else if (strncasecmp(at, "Content-Type: ", 14) == 0) {
			p->type = strndup(at + 14, strcspn(at + 14, "; \r"));
		}
		at = stop + 2;
	}
	return end - at < 2 ? NULL : at + 2;
}

/* Takes the next part; *at moves behind it. 1: one, 0: the end, -1: broken.
 * Source: RFC 2046, 5.1.1. */
static int next_part(struct part *ret, const char **at, const char *end,
	const char *boundary)
{
	autotext *mark = text("\r\n--%s", boundary);
	const char *p = *at;

	if (end - p >= 2 && memcmp(p, "--", 2) == 0)
		return 0;
	if (end - p < 2 || memcmp(p, "\r\n", 2) != 0)
		return -1;
	p = read_head(ret, p + 2, end);
	const char *stop = p == NULL ? NULL
		: memmem(p, (size_t)(end - p), mark, strlen(mark));
	if (stop == NULL)
		return -1;
	ret->bytes = p;
	ret->length = (size_t)(stop - p);
	*at = stop + strlen(mark);
	return 1;
}

/* ---- Showing ---- */

static cJSON *attachment_show(struct exchange *x, const cJSON *attachment)
{
	const char *id = json_str(attachment, "id");
	autotext *self = text("%s/rest/api/3/attachment/%s", x->base, id);
	autotext *content = text("%s/rest/api/3/attachment/content/%s",
		x->base, id);
	autotext *created = clock_jira(json_int(attachment, "created", 0),
		zone_of(x));

	return json_make("{ss ss ss so ss sI ss ss}", "self", self, "id", id,
		"filename", json_str(attachment, "filename"), "author",
		user_show(x, json_str(attachment, "author")), "created",
		created, "size", json_int(attachment, "size", 0), "mimeType",
		json_str(attachment, "mimeType"), "content", content);
}

cJSON *attachments_show(struct exchange *x, const cJSON *issue)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(issue, "attachments"))
		json_push(list, attachment_show(x, one));
	return list;
}

/* ---- Adding ---- */

static void log_change(const struct exchange *x, cJSON *issue,
	const cJSON *attachment, bool added)
{
	const char *id = json_str(attachment, "id");
	const char *name = json_str(attachment, "filename");

	issue_log(issue, json_str(x->actor, "accountId"),
		json_make("[{ss ss ss ss ss ss ss}]", "field", "Attachment",
			"fieldtype", "jira", "fieldId", "attachment",
			"from", added ? NULL : id,
			"fromString", added ? NULL : name,
			"to", added ? id : NULL,
			"toString", added ? name : NULL));
}

static cJSON *keep(const struct exchange *x, cJSON *issue,
	const struct part *p)
{
	autotext *id = text("%lld", (long long)world_next("attachment"));
	autotext *base64 = calloc(p->length / 3 * 4 + 8, 1);

	if (base64 == NULL)
		abort();
	EVP_EncodeBlock((unsigned char *)base64,
		(const unsigned char *)p->bytes, (int)p->length);
	cJSON *one = json_make("{ss ss ss sI sI ss ss}", "id", id, "filename",
		p->filename, "author", json_str(x->actor, "accountId"),
		"created", clock_ms(), "size", (int64_t)p->length, "mimeType",
		p->type != NULL ? p->type : "application/octet-stream",
		"base64", base64);
	json_push(json_list(issue, "attachments"), one);
	log_change(x, issue, one, true);
	return one;
}

/* Reads the whole body into parts, or answers. */
static bool read_parts(struct exchange *x, struct part parts[FILES_MAX + 1],
	size_t *ret_n)
{
	const char *type = request_header(x, "Content-Type");
	autotext *boundary = type == NULL ||
			strncasecmp(type, "multipart/form-data", 19) != 0
		? NULL : parameter(type, strlen(type), "boundary");
	autotext *mark = text("--%s", boundary != NULL ? boundary : "");
	const char *end = x->body + x->body_len;
	int got = -1;

	if (boundary == NULL) {
		jira_error(x, 415, "Only multipart/form-data is taken here.");
		return false;
	}
	const char *at = x->body == NULL ? NULL
		: memmem(x->body, x->body_len, mark, strlen(mark));
	if (at != NULL)
		at += strlen(mark);
	while (at != NULL && *ret_n <= FILES_MAX &&
		(got = next_part(&parts[*ret_n], &at, end, boundary)) > 0)
		if (same(parts[*ret_n].name, "file") &&
			parts[*ret_n].filename != NULL)
			(*ret_n)++;
		else
			part_clear(&parts[*ret_n]);
	if (got < 0 || *ret_n == 0) {
		jira_error(x, 400, "The upload holds no file, or is broken.");
		return false;
	}
	return true;
}

static bool sizes_fit(struct exchange *x, const cJSON *issue,
	const struct part *parts, size_t n)
{
	int64_t limit = json_int(world_jira(), "uploadLimit", UPLOAD_LIMIT);
	int there = cJSON_GetArraySize(json_get(issue, "attachments"));

	if (n > FILES_MAX) {
		jira_error(x, 413, "No more than 60 files can be uploaded at "
			"a time.");
		return false;
	}
	if (there + (int)n > ISSUE_MAX) {
		jira_error(x, 413, "The issue has reached its limit of 2000 "
			"attachments.");
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if ((int64_t)parts[i].length > limit) {
			autotext *why = text("The file %s is larger than the "
				"limit of %lld bytes.", parts[i].filename,
				(long long)limit);

			jira_error(x, 413, why);
			return false;
		}
	return true;
}

static void attach(struct exchange *x, cJSON *issue)
{
	struct part parts[FILES_MAX + 1] = { 0 };
	size_t n = 0;

	if (read_parts(x, parts, &n) && sizes_fit(x, issue, parts, n)) {
		cJSON *made = cJSON_CreateArray();

		for (size_t i = 0; i < n; i++)
			json_push(made, attachment_show(x, keep(x, issue,
				&parts[i])));
		reply_json(x, 200, made);
	}
	for (size_t i = 0; i < n; i++)
		part_clear(&parts[i]);
}

static void add_attachments(struct exchange *x)
{
	cJSON *issue = issue_or_404(x, x->arg[0]);

	if (issue == NULL)
		return;
	if (same(request_header(x, "X-Atlassian-Token"), "no-check"))
		attach(x, issue);
	else
		reply_text(x, 403, "text/plain;charset=UTF-8",
			"XSRF check failed");
}

/* ---- One of them ---- */

static cJSON *attachment_or_404(struct exchange *x, cJSON **ret_issue)
{
	cJSON *issue;

	cJSON_ArrayForEach(issue, json_get(world_jira(), "issues")) {
		cJSON *one = json_find(json_get(issue, "attachments"), "id",
			x->arg[0]);

		if (one == NULL || !may_see(x->actor, issue))
			continue;
		*ret_issue = issue;
		return one;
	}
	jira_error(x, 404, "The attachment does not exist or you do not have "
		"permission to see it.");
	return NULL;
}

/* Here, and only here, the id is a number. */
static void get_attachment(struct exchange *x)
{
	cJSON *issue;
	const cJSON *one = attachment_or_404(x, &issue);

	if (one == NULL)
		return;
	cJSON *shown = attachment_show(x, one);
	json_put_int(shown, "id", atoll(json_str(one, "id")));
	reply_json(x, 200, shown);
}

/* A media host has the file unless the caller would rather have it here. */
static void get_content(struct exchange *x)
{
	cJSON *issue;
	const cJSON *one = attachment_or_404(x, &issue);
	const char *base64 = json_str(one, "base64");
	size_t length;

	if (one == NULL)
		return;
	if (!same(param(x, "redirect"), "false")) {
		reply_empty(x, 303);
		reply_header(x, "Location", "https://media.example/file/%s",
			json_str(one, "id"));
		return;
	}
	autotext *bytes = jws_unbase64(base64, strlen(base64), &length);
	autotext *type = text("%s;charset=UTF-8", json_str(one, "mimeType"));
	reply_bytes(x, 200, type, bytes, length);
	reply_header(x, "Content-Disposition", "attachment; filename=\"%s\"",
		json_str(one, "filename"));
}

static void delete_attachment(struct exchange *x)
{
	cJSON *issue;
	cJSON *one = attachment_or_404(x, &issue);

	if (one == NULL)
		return;
	if (!same(json_str(one, "author"), json_str(x->actor, "accountId")) &&
		!may_act_as(x->actor, "admin")) {
		jira_error(x, 403, "You do not have permission to delete this "
			"attachment.");
		return;
	}
	log_change(x, issue, one, false);
	cJSON_Delete(cJSON_DetachItemViaPointer(json_get(issue,
		"attachments"), one));
	reply_empty(x, 204);
}

static void attachment_meta(struct exchange *x)
{
	reply_json(x, 200, json_make("{sb sI}", "enabled", true,
		"uploadLimit", json_int(world_jira(), "uploadLimit",
			UPLOAD_LIMIT)));
}

const struct route jira_attachment_routes[] = {
	{ "POST", "/rest/api/3/issue/{}/attachments", add_attachments, NULL,
		false },
	{ "GET", "/rest/api/3/attachment/meta", attachment_meta, NULL,
		false },
	{ "GET", "/rest/api/3/attachment/{}", get_attachment, NULL, false },
	{ "DELETE", "/rest/api/3/attachment/{}", delete_attachment, NULL,
		false },
	{ "GET", "/rest/api/3/attachment/content/{}", get_content, NULL,
		false },
	{ 0 },
};
