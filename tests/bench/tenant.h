/* A made-up Okta tenant, rendered on demand: who is in it, who is in which
 * group, and each thing as JSON of fixed length. Nothing is kept; the same
 * number gives the same bytes in every run. Needs no library. */
#ifndef BENCH_TENANT_H
#define BENCH_TENANT_H

#include <stdbool.h>
#include <stddef.h>

enum {
	TENANT_ID = 20,			/* bytes of an Okta id */
	TENANT_ITEM_MAX = 1024,		/* bytes of one item at most */
};

/* Sizes of groups: one of half of the users, ten of a twentieth, a fiftieth of
 * the groups (at most 100) of a hundredth; the others share the rest. */
struct tenant {
	long users;
	long groups;
	long memberships;
	char base[64];			/* the origin that links name */
};

long tenant_group_size(const struct tenant *t, long group);
/* The n-th member of a group; no user twice. */
long tenant_member(const struct tenant *t, long group, long n);

void tenant_user_id(long user, char ret[TENANT_ID + 1]);
void tenant_group_id(long group, char ret[TENANT_ID + 1]);
/* The number in an id, or -1. */
long tenant_of_id(const char *id, size_t len, const char *prefix);

/* Each returns the bytes written, at most TENANT_ITEM_MAX. */
size_t tenant_put_user(const struct tenant *t, long user, char *to);
size_t tenant_put_group(const struct tenant *t, long group, char *to);

#endif
