/*
 * graph.h - Microsoft Entra ID as Microsoft Graph v1.0 shows it: its service
 * row, and the moves that the seed and the control port make in it.
 */
#ifndef SANDBOX_GRAPH_H
#define SANDBOX_GRAPH_H

#include "http.h"
#include "member.h"

extern const struct service graph_service;
extern const struct directory graph_directory;

/* The tenant's users and groups, from the seed's people and "entra". */
void graph_seed(void);
cJSON *graph_tenant(void);
/* By id, principal name, or that without its domain; by id or name. */
cJSON *graph_user(const char *any);
cJSON *graph_group(const char *any);

void graph_error(struct exchange *x, int status, const char *code,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
void graph_denied(struct exchange *x);
/* Has the tenant what sign-ins need? False: answered. */
bool graph_licensed(struct exchange *x);
/* The user or group in the path, by id; NULL: answered. */
cJSON *graph_user_or_404(struct exchange *x, const char *id);
cJSON *graph_group_or_404(struct exchange *x, const char *id);

/* graph_query.c: what $select leaves of an object; without it, defaults, a
 * list with commas, or all. */
cJSON *graph_chosen(const struct exchange *x, const cJSON *object,
	const char *defaults);
bool graph_selects(const struct exchange *x, const char *property);
/* Keeps what $filter accepts. False: answered. */
bool graph_filter(struct exchange *x, cJSON *list);
/* Answers one page of the list, which is taken over. */
void graph_page(struct exchange *x, cJSON *all, const char *context);

/* graph_member.c */
extern const struct route graph_member_routes[];
bool graph_member_set(const char *group, const char *user, bool present,
	const cJSON *actor);
void graph_delete_user(cJSON *user);

/* graph_log.c: audits and sign-ins. An actor is a user or an app. */
extern const struct route graph_log_routes[];
void graph_log_member(const char *group, const char *user, bool present,
	const cJSON *actor);
void graph_signed_on(cJSON *user, const char *app, int64_t at_ms);

/* graph_auth.c: tokens for a secret, or for a signed assertion. */
extern const struct route graph_auth_routes[];
bool graph_authorise(struct exchange *x);
bool graph_may(const struct exchange *x, const char *permission);
bool graph_certificate_load(const char *pem_file);

#endif
