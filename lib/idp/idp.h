/* The driver interface: what lapse needs of an identity provider. One const
 * struct and one file a provider; a new provider is one file and one row in
 * driver.c. Nothing outside lib/idp knows a provider's name. */
#ifndef LAPSE_IDP_IDP_H
#define LAPSE_IDP_IDP_H

#include "remote.h"

enum idp_status {
	IDP_ACTIVE,		/* can sign in, or could after a reset */
	IDP_PENDING,		/* not activated yet */
	IDP_SUSPENDED,		/* reversible */
	IDP_INACTIVE,		/* deactivated or deleted */
	IDP_STATUS_UNKNOWN,	/* a word this driver does not know */
};

const char *idp_status_name(enum idp_status s);

/* <Shape> texts are NULL where the provider has none; borrowed for the sink
 * call. <Units> times in seconds UTC, WHEN_NONE: never or unknown. */
struct idp_user {
	const char *id;
	const char *login;
	const char *email;
	const char *name;
	const char *account;	/* the Jira accountId, if an attribute holds it */
	enum idp_status status;
	const char *department;
	const char *title;
	const char *manager;	/* as the provider keeps it: id, login, e-mail */
	const char *employee_number;
	const char *type;	/* "user", "guest", "service" */
	int64_t last_login_at;
	bool last_login_known;	/* false: unknown, not "never" */
	int64_t created_at;
};

/* Why lapse may not change a group's members; IDP_GROUP_OK: it may. */
enum idp_group_kind {
	IDP_GROUP_OK,
	IDP_GROUP_RULE,		/* fed by a rule */
	IDP_GROUP_DIRECTORY,	/* mastered by another directory */
	IDP_GROUP_APP,		/* mastered by an application */
	IDP_GROUP_BUILT_IN,
	IDP_GROUP_RESTRICTED,	/* needs rights lapse must not have */
	IDP_GROUP_UNKNOWN,	/* a kind this driver does not know */
};

/* "is fed by a group rule" and the like. */
const char *idp_group_kind_text(enum idp_group_kind k);

struct idp_group {
	const char *id;
	const char *name;
	const char *description;
	enum idp_group_kind kind;
	const char *detail;	/* the rule's or directory's name; NULL */
	int64_t members;	/* -1 unknown; never a proof */
};

/* When somebody last used something, as far as the provider can tell. What may
 * not be read, or is not shown, is unknown: never "not used". */
enum idp_use {
	IDP_USE_UNKNOWN,
	IDP_USE_SEEN,
	IDP_USE_NOT_SEEN,
};

/* <Shape> source and why are static texts or in the operation's arena. */
struct idp_use_seen {
	enum idp_use use;
	int64_t at;		/* SEEN: the latest use; NOT_SEEN: nothing since
				   then; else WHEN_NONE */
	const char *source;	/* "okta system log: sign-on to ..." */
	bool of_application;	/* false: a sign-in to the organisation, which
				   is not the application's */
	const char *why;	/* UNKNOWN: in words; else NULL */
};

/* Who made a membership, by the provider's own log. <Shape> texts are borrowed
 * for the sink call, source is static. */
struct idp_added {
	const char *actor;	/* e-mail, login or id as the log has it; ""
				   where it names none */
	const char *actor_name;	/* NULL: not said */
	int64_t at;
	const char *source;	/* "okta system log" */
};

struct idp_key;

/* <Slots> each op_step says what it needs of op and what it gives:
 *
 * find_user    key = e-mail, login, id or account; the sink gets every
 *              idp_user that equals it exactly (the caller refuses two).
 *              Inactive users too.
 * get_user     user; one idp_user, or OP_GONE.
 * get_group    group; one idp_group with its kind decided (which may take
 *              further reads: rules), or OP_GONE.
 * list_users   all users of every status; fails with LAPSE_EPROTO when the
 *              provider answers with none at all.
 * list_groups  all groups, kind decided.
 * list_members group; each idp_user who is a member, in full or id only;
 *              OP_DONE only after the last page. OP_GONE: no such group.
 * is_member    group, user: OP_PRESENT or OP_ABSENT from a complete direct
 *              read; OP_GONE when the user does not exist.
 * add          group, user: OP_CHANGED, OP_ALREADY or OP_UNCLEAR.
 * remove       group, user: likewise; never read as proof.
 * end_sessions user; OP_CHANGED.
 * last_use     user, key (the application's id at the provider, NULL: none is
 *              known), at (how far back is asked about, WHEN_NONE: as far as
 *              can be); one idp_use_seen with OP_FOUND, or OP_GONE. A log that
 *              keeps less than was asked about says since when it speaks.
 * added_by     group, user, at (as in last_use): one idp_added, the latest add
 *              of that membership, with OP_FOUND; OP_NONE: the log has none;
 *              OP_GONE: without the user or the group there is nothing to ask
 *              by; OP_UNSUPPORTED: the log may not be read. Both are unknown
 *              and never "nobody". NULL slot: the provider has no such log.
 *
 * The provider's own end of one membership; NULL slots: it has none. It stands
 * behind lapse's own deadline, should lapse never run again, and proves
 * nothing: the deadline's removal is made and read back all the same.
 * set_expiry   group, user, at (seconds UTC in the future, or WHEN_NONE: take
 *              it away): OP_CHANGED; OP_UNCLEAR (read it back); OP_GONE: no
 *              such membership, nothing was added; OP_UNSUPPORTED: the
 *              customer's edition has no such end; OP_UNFIT: this membership
 *              cannot have one (its holder has more than the plain role);
 *              neither is an error, nor anything to try again for.
 * get_expiry   group, user; gives at: OP_FOUND with op->at the end that the
 *              provider keeps, WHEN_NONE: the membership has none; OP_GONE and
 *              OP_UNFIT as above, op->at untouched. Both slots or neither
 *              are there. */
struct idp_driver {
	const char *name;
	struct service service;

	op_step *find_user;
	op_step *get_user;
	op_step *get_group;
	op_step *list_users;
	op_step *list_groups;
	op_step *list_members;
	op_step *is_member;
	op_step *add;
	op_step *remove;
	op_step *end_sessions;
	/* What that ends and what it does not, for people; one sentence or
	 * two. */
	const char *sessions_say;
	op_step *last_use;
	op_step *added_by;
	op_step *set_expiry;
	op_step *get_expiry;

	/* Reading back: so many agreeing reads, so far apart; and how long
	 * after an unseen add an absence may still turn out to be lag. */
	int reads;
	int gap_s;
	int settle_s;

	/* Its own configuration keys, checked and documented like all. */
	const struct idp_key *keys;

	/* Fills auth (texts from get(), borrowed) and checks that the keys
	 * make one whole credential. base is writable: normalise it; where
	 * the service lives at two origins, fill other_base as well.
	 * <Errors> LAPSE_ECONFIG naming the key. */
	int (*configure)(const char *(*get)(void *arg, const char *key),
		void *arg, struct arena *a, struct remote *ret_remote,
		struct auth_config *ret_auth, struct lapse_err *err);

	/* What `doctor` asks of the provider beyond the slots: a step each,
	 * done without error when all is well. */
	const struct idp_probe *probes;

	/* What to do where the credential itself is refused, for people. */
	const char *credential_hint;
	/* What the credential of r needs beyond reading, and what it had
	 * better not have (NULL: nothing known); both end with {0}. */
	const struct idp_right *(*rights)(const struct remote *r);
	const struct idp_excess *excess;
};

struct idp_key {
	const char *name;
	const char *help;	/* one line */
	bool required;
	bool secret;		/* the value is a secret reference */
};

/* What a configuration makes lapse do at a provider. */
enum idp_need {
	IDP_NEED_NOTHING,
	IDP_NEED_MEMBERS,	/* add and remove: a role has groups there */
	IDP_NEED_SESSIONS,	/* a role with groups there ends sessions */
	IDP_NEED_EXPIRY,		/* memberships get the provider's own end */
};

struct idp_probe {
	const char *what;	/* "the token may list users" */
	const char *hint;	/* what to do when it may not */
	op_step *step;		/* OP_NONE: lapse can do without; OP_UNSUPPORTED
				   likewise, and nothing has to be mended: by
				   choice, or for want of a licence; op->ret
				   may say in words (char *) what is lost */
	op_step *after;		/* an earlier one: where that is refused, this
				   is refused for its sake; NULL: for its own */
	enum idp_need need;	/* likewise a right that is lacking */
	bool for_groups;	/* get_group takes what this proves */
	bool proves;		/* only a credential that is good passes */
};
/* What one need takes. words are rights as the token names them, with blanks
 * between them, the narrowest first: any one will do. words NULL: no right that
 * can be read decides it, and hint says when it shows. */
struct idp_right {
	enum idp_need need;
	const char *what;	/* "the token may change members" */
	const char *words;
	const char *hint;	/* what to do when none of them is there */
};

/* A right that lapse has no use for, and that can do harm. */
struct idp_excess {
	const char *word;
	const char *why;	/* "could delete users" */
};

/* NULL: no such driver. The list ends with NULL. */
const struct idp_driver *idp_driver_find(const char *name);
const struct idp_driver *const *idp_drivers(void);

#endif
