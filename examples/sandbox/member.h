/*
 * member.h - who is in which group of a directory: writes apply at once,
 * reads may lag, or flap between an old and a new replica. It knows no
 * vendor; a directory is named by its service, and its memberships are in
 * the world under that name.
 */
#ifndef SANDBOX_MEMBER_H
#define SANDBOX_MEMBER_H

#include "json.h"

/*
 * What the control port asks of any directory.
 *
 * user   by id, login, or login without its domain; or NULL.
 * group  by id or name; or NULL.
 * login  as people know the user.
 * all_in is everybody in this group, always? May be NULL.
 * set    a change with what the vendor keeps about it; who made it is a user
 *        or an app of the vendor's, or NULL.
 * signed_on  the user signed on to the app, or NULL: to the vendor itself.
 */
struct directory {
	const char *service;
	cJSON *(*user)(const char *any);
	cJSON *(*group)(const char *any);
	const char *(*login)(const cJSON *user);
	bool (*all_in)(const cJSON *group);
	bool (*set)(const char *group, const char *user, bool present,
		const cJSON *actor);
	void (*signed_on)(cJSON *user, const char *app, int64_t at_ms);
};

/* From the seed: so for ever, seen by all reads. */
void member_seed(const char *service, const char *group, const char *user);
/* A write that honours lag. Answers whether anything changed. */
bool member_set(const char *service, const char *group, const char *user,
	bool present);
/* True now, whatever reads say. */
bool member_is(const char *service, const char *group, const char *user);
int member_count(const char *service, const char *group);
void member_forget_user(const char *service, const char *user);
void member_forget_group(const char *service, const char *group);

/* Each read of memberships is the next step of the flapping: one call a
 * read, whose answer is for all that this read shows. */
bool member_next_read(const char *service);
/* What such a read sees at this moment. */
/* All whom one read of a group shows, for who asks about many users.
 * <Shape> {0} is empty; member_seen_clear() frees it; ids are borrowed until
 * the next change. */
struct member_seen {
	const char **id;	/* sorted */
	size_t count;
};
void member_seen_read(const char *service, const char *group, bool odd_read,
	struct member_seen *ret);
bool member_seen_has(const struct member_seen *seen, const char *user);
void member_seen_clear(struct member_seen *seen);

bool member_seen(const char *service, const char *group, const char *user,
	bool odd_read);
void member_reads_restart(void);

#endif
