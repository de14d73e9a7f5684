/*
 * google.h - a Google Workspace: the Directory API with the token endpoint,
 * Cloud Identity at an address of its own, and what they share.
 */
#ifndef SANDBOX_GOOGLE_H
#define SANDBOX_GOOGLE_H

#include "http.h"
#include "member.h"

extern const struct service google_service;
extern const struct service google_identity_service;
extern const struct directory google_directory;
extern const struct route google_auth_routes[];
extern const struct route google_member_routes[];

cJSON *world_google(void);
/* Makes users and groups of the seed's people and groups. */
void google_seed(const cJSON *people, const char *domain);
void google_bucket_refill(void);	/* a new minute of the quota */

/* By id or address, with or without its domain; groups by name too. */
cJSON *google_user(const char *any);
cJSON *google_group(const char *any);
/* MEMBER, MANAGER or OWNER. */
const char *google_role(const char *group, const char *user);
/* Takes away what has expired by now. */
void google_expire(void);

void google_error(struct exchange *x, int status, const char *reason,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
void google_identity_error(struct exchange *x, int status, const char *word,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The wanted fields of it, by the `fields` parameter; takes the body. */
void google_reply(struct exchange *x, cJSON *body);
/* One page of the list, which is taken over, under that name in body. */
void google_page(struct exchange *x, cJSON *body, const char *name, cJSON *all,
	const char *limit_name, int64_t absent, int64_t max);

/* google_log.c: the admin log. actor NULL: a service of Google's. */
extern const struct route google_log_routes[];
void google_log_member(const char *group, const char *user, bool present,
	const cJSON *actor);
void google_signed_on(cJSON *user, const char *app, int64_t at_ms);

/* google_auth.c: JWT grants and bearer tokens. */
bool google_authorise(struct exchange *x);
bool google_key_load(const char *pem_file);

#endif
