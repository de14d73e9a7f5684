/* Jira Cloud and Jira Service Management as operations (see op.h). Nothing
 * here knows the ledger or what a request means to lapse: it reads and writes
 * issues, approvals, comments, properties, users and options.
 *
 * Ids, never names, decide: project, request type, field, status, account. */
#ifndef LAPSE_JIRA_JIRA_H
#define LAPSE_JIRA_JIRA_H

#include "remote.h"

extern const struct service jira_service;

/* Which field ids hold the five inputs of a request, and the approval
 * fields. NULL: the request type has no such field. */
struct jira_form {
	const char *role;	/* cascading select or multi-select */
	const char *whom;	/* user picker */
	const char *how_long;	/* text or select: "8h", or a time */
	const char *from_when;	/* date time */
	const char *why;	/* textarea, or "description" */
	const char *approvers;	/* multi user picker */
	const char *request_type; /* vp-origin */
};

struct jira_person {
	const char *account;
	const char *name;	/* may be NULL */
	const char *email;	/* NULL when hidden */
	const char *zone;	/* IANA; NULL unknown */
	const char *type;	/* "atlassian", "app", "customer" */
	bool active;
};

/* One chosen role option: for a multi-select parent is NULL. */
struct jira_choice {
	const char *parent_id;
	const char *parent;
	const char *id;
	const char *value;
};

struct jira_link {
	const char *issue_id;
	const char *issue_key;
	const char *type;	/* link type's id; NULL: not told */
	const char *type_name;
};

struct jira_subtask {
	const char *id;
	const char *key;
	const char *status;
};

/* One issue as read fresh. <Units> times seconds UTC. <Shape> texts NULL
 * where empty; why is plain text, whatever the field's type. Lives in
 * op->arena. */
struct jira_issue {
	const char *id;
	const char *key;
	const char *project;
	const char *type;		/* issue type id */
	const char *request_type;	/* id; NULL: not a portal request */
	const char *channel;		/* how it was filed, in Jira's word;
					   NULL: not told, or read by bulk */
	const char *summary;
	const char *status;		/* id */
	const char *status_name;
	const char *status_category;	/* "new" "indeterminate" "done" */
	const char *resolution;		/* id; NULL: unresolved */
	const char *parent;		/* id of a sub-task's parent */
	struct jira_person reporter;
	struct jira_person creator;
	struct jira_person assignee;	/* account NULL: none */
	int64_t created_at;
	int64_t updated_at;
	VEC(struct jira_choice) roles;
	struct jira_person whom;	/* account NULL: the reporter */
	const char *how_long;
	int64_t from_when;		/* WHEN_NONE */
	const char *why;
	VEC(struct jira_person) approvers;
	VEC(struct jira_link) links;
	VEC(struct jira_subtask) subtasks;
	const char *property;		/* compact JSON, where one was asked
					   for; NULL: it has none */
};

/* One field of a portal's form. <Shape> lives for the sink's call. */
struct jira_form_field {
	const char *id;
	bool required;
};

struct jira_hit {
	const char *id;
	const char *key;
	int64_t updated_at;
	const char *property;	/* as JSON; NULL: none, or not asked for */
};

/* One field of one history entry. */
struct jira_edit {
	const char *entry;	/* the entry's id */
	const char *author;	/* account */
	const char *author_name;
	const char *author_type;
	int64_t at;
	const char *field;	/* field id; "status", "customfield_..." */
	const char *from;	/* ids; NULL */
	const char *to;
};

struct jira_history {
	VEC(struct jira_edit) edits;	/* oldest first, complete */
};

/* The history of one issue among those asked for. */
struct jira_history_of {
	const char *issue;	/* id */
	const struct jira_history *history;
};

/* One issue of many that were made. */
struct jira_created {
	size_t at;		/* which element of the body, from 0 */
	const char *id;
	const char *key;
};

struct jira_attachment {
	const char *id;
	const char *name;
	struct jira_person author; /* account NULL: not told */
	int64_t created_at;
	int64_t size;		/* bytes */
	const char *media_type;	/* NULL */
};

struct jira_attachments {
	VEC(struct jira_attachment) items;	/* newest first */
};

struct jira_file {
	const char *bytes;	/* ended by a NUL that len does not count */
	size_t len;
};

enum jira_decision { JIRA_PENDING, JIRA_APPROVED, JIRA_DECLINED };

struct jira_answer {
	struct jira_person who;
	enum jira_decision decision;
};

struct jira_approval {
	const char *id;
	const char *name;	/* the approval status's name */
	int64_t created_at;
	int64_t completed_at;	/* WHEN_NONE while pending */
	enum jira_decision final; /* Jira's own; lapse counts for itself */
	VEC(struct jira_answer) answers;
};

struct jira_approvals {
	VEC(struct jira_approval) items;	/* newest first */
};

struct jira_option {
	const char *id;
	const char *value;
	const char *parent;	/* option id; NULL: top level */
	bool disabled;
};

struct jira_options {
	const char *context;
	VEC(struct jira_option) items;
};

/* A workflow status that asks for an approval. */
struct jira_step {
	const char *workflow;	/* its name; NULL */
	const char *status;	/* id; NULL: not told */
	bool active;
	const char *field;	/* where the approvers stand */
	const char *condition;	/* "number" "percent" "numberPerPrincipal" */
	const char *value;
};

struct jira_steps {
	VEC(struct jira_step) items;
};

struct jira_comment {
	const char *id;
	const char *author;
	int64_t created_at;
	const char *text;	/* plain */
};

/* ---- Operations. "in" are members of struct op; "ret" is op->ret. ----
 * What has a ret needs op->arena (LAPSE_EINTERNAL without); what goes to a
 * sink is borrowed for the call, texts and all. */

/* ret: struct jira_person, ourselves. */
op_step jira_myself;
/* outcome OP_FOUND; ret: const char *, "Cloud" or "Server" (none without an
 * arena). op->at gets the server's time. */
op_step jira_server_info;
/* Without a credential: ret is the cloud id (const char *). */
op_step jira_cloud_id;
/* key = project id, body = comma-separated permission names; ret: struct strs
 * of those that we lack. */
op_step jira_permissions;
/* key = JQL, id = a property's key or NULL; sink gets struct jira_hit.
 * Complete: fails with LAPSE_EPROTO on a repeated token. A removed search resource (410) is LAPSE_ECONFIG. */
op_step jira_search;
/* issue (id or key), the form by jira_op_form(), id = a property's key or
 * NULL; ret: struct jira_issue, or OP_GONE. */
op_step jira_get_issue;
/* issue; ret: struct jira_history, complete or failed. */
op_step jira_get_history;
/* key = comma-separated issue ids, 1 to 100 (LAPSE_EINTERNAL beyond), the form
 * by jira_op_form(), id = a property's key or NULL; sink gets each struct jira_issue. Hidden and missing
 * ones are left out, and so are those that Jira could not give this time: an
 * absent one proves nothing. OP_NONE: not one. */
op_step jira_get_issues;
/* key = comma-separated issue ids, 1 to 1000, id = comma-separated field ids,
 * at most 10, or NULL for all (LAPSE_EINTERNAL beyond); sink gets struct
 * jira_history_of once for each issue that has such edits and is not hidden,
 * after the last page, complete. A repeated token is LAPSE_EPROTO. OP_NONE:
 * not one. */
op_step jira_get_histories;
/* issue; ret: struct jira_approvals; approvals are sorted newest first. */
op_step jira_get_approvals;
/* issue, id = approval id, key = "approve" or "decline": the answer of the
 * account whose credential is used, which Jira takes once. OP_CHANGED. */
op_step jira_answer_approval;
/* issue, body = {"fields":...}: PUT without notifications asked for.
 * OP_CHANGED. */
op_step jira_edit_issue;
/* issue, id = target status id, key = resolution id or NULL (set where the
 * transition's screen has it): reads the status, looks the transition up by
 * where it leads, then takes it. OP_CHANGED; OP_ALREADY when the issue is
 * there; OP_ABSENT when no transition leads there for us. A
 * target that equals the present status is taken when a transition offers it
 * and op->public is true ("ask again"). */
op_step jira_transition;
/* issue, id = target status id: would jira_transition find a way? OP_FOUND or
 * OP_ABSENT; changes nothing. */
op_step jira_offers;
/* issue, body = plain text, key = marker ("lapse 42"), public. Public ones go
 * as ADF text (no markup is ever made from data), internal ones through JSM
 * with public=false. ret_id: comment id. OP_CHANGED. */
op_step jira_comment;
/* issue, key = marker, user = our account, at = none older than that:
 * OP_PRESENT (ret_id) or OP_ABSENT, from a complete list of the comments. */
op_step jira_find_comment;
/* issue; sink gets each struct jira_comment, oldest first. OP_FOUND after the
 * last, or OP_GONE. */
op_step jira_get_comments;
/* issue, key = property: ret is the value as compact JSON (const char *);
 * OP_FOUND or OP_GONE. */
op_step jira_get_property;
/* issue, key, body = JSON, at most 32 768 bytes (LAPSE_EINTERNAL beyond). */
op_step jira_put_property;
/* user = account; ret: struct jira_person, OP_FOUND or OP_GONE. */
op_step jira_get_user;
/* key = e-mail; the sink gets each struct jira_person whose visible address
 * equals it. */
op_step jira_find_user;
/* body = {"fields":...}; ret_id: the new issue's id; ret: its key. */
op_step jira_create_issue;
/* body = {"issueUpdates":[{"fields":...,"properties":[...]},...]} of 1 to 50
 * (LAPSE_EINTERNAL beyond); sink gets each struct jira_created, in the order
 * of the body. OP_CHANGED: all of them. Where some or all failed, the sink
 * gets those made, then it ends as LAPSE_EREFUSED, which tells of the first
 * that failed, counted from 1. A reply whose numbers do not add up is
 * LAPSE_EPROTO, hence LAPSE_EUNKNOWN of the engine, and the sink gets none. */
op_step jira_create_issues;
/* body = {"serviceDeskId","requestTypeId","requestFieldValues":...} and, with
 * an agent's account, "raiseOnBehalfOf"; ret_id: the new issue's id; ret: its
 * key. OP_CHANGED. */
op_step jira_create_request;
/* issue, key = file name of at most 200 bytes without quotes, slashes and
 * control characters (LAPSE_EINTERNAL), body = the text of a CSV file. ret_id:
 * attachment id. OP_CHANGED. Too large for Jira or for one request is
 * LAPSE_EREFUSED. Everybody who sees the issue sees the file. */
op_step jira_attach;
/* issue; ret: struct jira_attachments, or OP_GONE. */
op_step jira_get_attachments;
/* id = attachment id; ret: struct jira_file, or OP_GONE. Over 4 MiB is
 * LAPSE_EREFUSED. */
op_step jira_get_attachment;
/* issue = inward, id = outward, key = link type name. */
op_step jira_link_issues;
/* key = field id; ret: struct jira_options of its one or global context. */
op_step jira_get_options;
/* key = field id, id = context, body = {"options":[...]}; ret: struct
 * jira_options, the created ones. */
op_step jira_create_options;
op_step jira_update_options;
/* key = field id; OP_FOUND with ret: const char * schema custom type, or
 * OP_GONE. */
op_step jira_get_field;
/* key = project id; ret: struct strs of the status ids of all its issue
 * types. */
op_step jira_get_statuses;
/* ret: struct jira_steps of all active workflows that we may see: needs
 * Administer Jira, or Administer projects for those of a project. */
op_step jira_get_approval_steps;
/* id = service desk or project id, key = request type id; ret: struct strs of
 * its field ids; sink gets each struct jira_form_field. */
op_step jira_get_request_type;

/* ---- Pure helpers ---- */

/* Appends an ADF document: one paragraph a line, text nodes only; an empty
 * line separates paragraphs, a single newline becomes a hardBreak; http(s)
 * URLs on a line of their own become links. At most 30 000 bytes, cut with
 * "..." at a character. */
void adf_from_text(struct buf *out, const char *text);
/* The same with a table below the text. <Shape> cells row by row, the first
 * row being the head; NULL is an empty cell. Keeping it within Jira's limit of
 * a description is the caller's part: each cell takes 90 bytes more than its
 * text. */
struct adf_table {
	const char *const *cells;
	size_t columns;
	size_t rows;
};
void adf_with_table(struct buf *out, const char *text,
	const struct adf_table *t);
/* Appends the plain text of an ADF node tree; unknown nodes give their text
 * children. */
void adf_to_text(struct json node, struct buf *out);
/* Does a comment still say what was posted? Blanks don't count, nor, in an
 * internal one, do the escapes of its markup. place: a text in body instead of
 * which up to JIRA_PLACE_MAX others may stand; NULL: none. */
enum { JIRA_PLACE_MAX = 80 };
struct jira_meant {
	const char *body;
	const char *marker;
	const char *place;
	bool public;
};
int jira_comment_same(const struct jira_meant *m, const char *is, bool *ret,
	struct lapse_err *err);
/* Appends text so that wiki markup in it stays inert. */
void wiki_escape(struct buf *out, const char *text);

/* The form that jira_get_issue reads by: op->settings carries it. */
static inline void jira_op_form(struct op *op, const struct jira_form *form)
{
	op->settings = form;
}

/* Fills auth and the gateway base. scoped: base becomes the gateway with the
 * cloud id. <Errors> LAPSE_ECONFIG. */
struct jira_config {
	const char *url;	/* https://acme.atlassian.net */
	const char *email;	/* NULL: bearer token */
	const char *token;	/* secret reference */
	const char *next_token;
	const char *cloud_id;	/* scoped tokens: the gateway is used */
	const char *gateway;	/* NULL: https://api.atlassian.com/ex/jira */
};

int jira_configure(const struct jira_config *config, struct arena *a,
	struct remote *ret_remote, struct auth_config *ret_auth,
	struct lapse_err *err);

#endif
