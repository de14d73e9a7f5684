/*
 * jira.h - the Jira site, shared by its files.
 *
 * An issue in the world is flat: id, key, project, type, status, creator,
 * created, updated (milliseconds), parent; values{field id: stored value};
 * properties{}, comments[], history[], approvals[], links[],
 * participants[], attachments[]. A stored value is an account id, an option id, a list of
 * either, {id, child} for a cascade, ADF, or a text: names and links are
 * made when it is shown.
 */
#ifndef SANDBOX_JIRA_H
#define SANDBOX_JIRA_H

#include "http.h"

extern const struct service jira_service;
extern const struct service gateway_service;

void jira_bucket_refill(void);

extern const struct route jira_issue_routes[];
extern const struct route jira_create_routes[];
extern const struct route jira_bulk_routes[];
extern const struct route jira_attachment_routes[];
extern const struct route jira_comment_routes[];
extern const struct route jira_meta_routes[];
extern const struct route jira_option_routes[];
extern const struct route jira_search_routes[];
extern const struct route jsm_routes[];
extern const struct route jsm_desk_routes[];

/* The platform's or the service desk's error shape, by path. */
void jira_error(struct exchange *x, int status, const char *message);
void jira_field_error(struct exchange *x, const char *field,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Rights: what a seeded role lets an account do. */
bool may_act_as(const cJSON *account, const char *role);
/* Agents, administrators, the bot, automation. */
bool may_edit(const cJSON *account);
bool may_see(const cJSON *account, const cJSON *issue);

/* Also by a key that it had before a move. */
cJSON *issue_find(const char *id_or_key);
/* The issue if the caller may see it; otherwise answered with 404. */
cJSON *issue_or_404(struct exchange *x, const char *id_or_key);
const char *issue_key_of(const char *id);

cJSON *status_of(const char *id);
cJSON *resolution_of(const char *id_or_name);
cJSON *project_of(const char *id_or_key);
cJSON *issue_type_of(const char *id_or_name);
cJSON *request_type_of(const char *id);

/* jira_field.c: values in, out, and as changelog text. */
cJSON *field_of(const char *id);
cJSON *field_read(const cJSON *field, const cJSON *input,
	char **ret_fault);
cJSON *field_value_show(struct exchange *x, const cJSON *field,
	const cJSON *stored);
char *field_text(const cJSON *field, const cJSON *stored);

/* jira_show.c, and people in jira_meta.c */
cJSON *field_show(struct exchange *x, const cJSON *issue, const char *id);
cJSON *user_show(struct exchange *x, const char *account);
cJSON *customer_show(struct exchange *x, const char *account);
cJSON *status_show(struct exchange *x, const char *id);
cJSON *issue_fields_show(struct exchange *x, const cJSON *issue,
	const cJSON *wanted);
bool field_wanted(const cJSON *wanted, const char *id, bool absent);

/* jira_edit.c: every change of an issue. */
cJSON *issue_new(const char *project, const char *type,
	const char *reporter, const char *creator);
void issue_set(cJSON *issue, const char *field, cJSON *stored,
	cJSON *items);
void issue_log(cJSON *issue, const char *author, cJSON *items);
void issue_touch(cJSON *issue);
/* Reads and applies {"fields":…,"update":…}; false: answered. */
bool issue_apply(struct exchange *x, cJSON *issue, const cJSON *body,
	const cJSON *screen, cJSON *items);
cJSON *history_show(struct exchange *x, const cJSON *entry);

/* workflow.c */
cJSON *workflow_of(const cJSON *issue);
const char *workflow_initial(const char *type);
cJSON *workflow_transition(const cJSON *issue, const char *id,
	const cJSON *actor, bool portal);
cJSON *workflow_transitions(struct exchange *x, const cJSON *issue,
	bool portal);
void workflow_enter(cJSON *issue, const char *status,
	const char *resolution, cJSON *items);
cJSON *approval_show(struct exchange *x, const cJSON *issue,
	const cJSON *approval);
cJSON *approvals_show(struct exchange *x, const cJSON *issue);
/* 200, 403, 404 or 409. */
int approval_answer(cJSON *issue, const char *id, const cJSON *actor,
	bool approve);
bool approval_names(const cJSON *issue, const char *account);

/* jira_issue.c: lists with commas, NULL where nothing is asked. */
cJSON *issue_show(struct exchange *x, const cJSON *issue,
	const char *fields, const char *properties, const char *expand);

/* jira_create.c: "id", "key" or "name" of {"name":{...}}. */
const char *issue_reference(const cJSON *fields, const char *name);
void issue_set_properties(cJSON *issue, const cJSON *list);

/* jira_search.c: an issue as a search or a bulk fetch asks for it. */
cJSON *issue_row(struct exchange *x, const char *id, const cJSON *asked);

/* jira_attachment.c */
cJSON *attachments_show(struct exchange *x, const cJSON *issue);

/* jira_comment.c */
cJSON *comment_add(cJSON *issue, const char *author, cJSON *adf,
	bool public);

/* jsm.c: service desk dates and pages; the list is taken over. */
cJSON *jsm_date(int64_t at_ms, const char *zone);
void jsm_page(struct exchange *x, cJSON *all);
const char *zone_of(const struct exchange *x);

#endif
