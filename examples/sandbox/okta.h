/*
 * okta.h - the Okta org: its service row, and the moves that the seed and
 * the control port make in it without a credential.
 */
#ifndef SANDBOX_OKTA_H
#define SANDBOX_OKTA_H

#include "http.h"
#include "member.h"

extern const struct service okta_service;
extern const struct route okta_auth_routes[];

void okta_user_add(const char *id, const char *status, cJSON *profile,
	const char *last_login);
void okta_user_status(cJSON *user, const char *status);
void okta_group_add(const cJSON *seeded);
void okta_rules_apply(void);
void okta_bucket_refill(void);	/* a new minute of the rate limit */

/* A change of membership with its line in the system log. */
bool okta_member_set(const char *group, const char *user, bool present,
	const cJSON *actor);

void okta_error(struct exchange *x, int status, const char *code,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* okta_auth.c: SSWS, Bearer and DPoP. */
bool okta_authorise(struct exchange *x);
bool okta_key_load(const char *pem_file);

/* okta_member.c */
extern const struct route okta_member_routes[];
extern const struct directory okta_directory;
void okta_page(struct exchange *x, cJSON *all, int64_t absent_limit);
/* Keeps what a filter accepts; false: the filter is not valid. */
bool okta_keep(cJSON *list, const char *filter, bool ignore_case);

/* okta_log.c: the system log. An actor is a user, an app, or NULL: a rule. */
extern const struct route okta_log_routes[];
void okta_log_member(const char *group, const char *user, bool present,
	const cJSON *actor);
/* app NULL: to Okta itself. */
void okta_signed_on(cJSON *user, const char *app, int64_t at_ms);

#endif
