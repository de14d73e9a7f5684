/*
 * world.h - the company: one JSON tree made from the seed file.
 *
 *   jira.cloudId, .users[], .projects[], .fields[], .statuses[],
 *       .workflows[], .issueTypes[], .requestTypes[], .issues[]
 *   okta.users[] (as served), .groups[] (as served), .rules[], .apps[],
 *       .memberships{group{user{present, was, visible_at}}},
 *       .journal{log[{at, line}]}
 *   entra.tenant, .users[], .groups[] (as served), .apps[], .memberships{},
 *       .journal{audits[], signIns[]}
 *   google.users[] (as served), .groups[], .clients[], .memberships{} as
 *       above, .roles{group{user}}, .expiries{group{user}}, .pending{group[]},
 *       .journal{admin[]}
 *   slack, see slack.h
 *   lag{service{seconds, flap}}, index{lag_s, miss[]}, counters{}
 */
#ifndef SANDBOX_WORLD_H
#define SANDBOX_WORLD_H

#include "json.h"

/* Reads the seed file (again); complains on stderr and answers false. */
bool world_load(const char *file);
/* Marks how all is now; from then on that is what world_again() brings back,
 * before the first mark it is the seed file. */
void world_mark(void);
bool world_again(void);

cJSON *world_all(void);
cJSON *world_jira(void);
cJSON *world_okta(void);

/* Counts up from the seed's number; ids are never used twice. */
int64_t world_next(const char *counter);
/* N hexadecimal-looking characters that no other call has answered. */
char *world_opaque(const char *prefix, int length);

/* The Jira user with this account id, login or e-mail; or NULL. */
cJSON *world_account(const char *any);
/* The Okta user with this id, login, or login without its domain. */
cJSON *world_okta_user(const char *any);
/* The Okta group with this id or name. */
cJSON *world_okta_group(const char *any);

const char *world_secret(const char *variable, const char *otherwise);

#endif
