/* Listings: what `list`, `show` and `who` print, straight from the tables. A
 * listing is one statement and the names and kinds of its columns, in their
 * order; its schema grows only by columns at the end. */
#ifndef LAPSE_LEDGER_LIST_ROWS_H
#define LAPSE_LEDGER_LIST_ROWS_H

#include "ledger.h"

enum {
	LISTING_COLUMNS = 32,
};

struct listing_column {
	const char *name;
	enum lapse_kind kind;
};

/* <Shape> columns end with a NULL name. */
struct listing {
	const char *schema;
	const struct ledger_family *family;
	size_t which;
	const char *types;
	const struct listing_column *columns;
};

/* One row as fields; they live until it returns. Negative ends. */
typedef int listing_each(void *arg, const char *schema,
	const struct lapse_field *fields, size_t n, struct lapse_err *err);

enum list_of {
	LIST_GRANTS,
	LIST_REQUESTS,
	LIST_HOLDS,
	LIST_CHANGES,
	LIST_NOTICES,
	LIST_REVIEWS,
	LIST_SHEETS,
	LIST_APPROVALS,
	LIST_REMOVALS,
	LIST_MESSAGES,
	LIST_SLACK_ANSWERS,
};

/* <Shape> NULL and 0: not asked, but for the times. user: e-mail, login, account or user id. */
struct list_filter {
	const char *user;
	const char *role;
	const char *state;
	const char *issue;	/* id or key */
	int64_t grant;
	const char *review;	/* a campaign's name */
	const char *idp;	/* of group */
	const char *group;
	bool all;		/* ended ones too */
	int64_t late_s;		/* grants only: at least so long beyond their
				   deadline */
	int64_t since, until;	/* removals only: due in; WHEN_NONE */
	int64_t now;
};

/* *ret_n: the rows that each saw. */
int list_rows(struct ledger *l, enum list_of what, const struct list_filter *f,
	listing_each *each, void *arg, int64_t *ret_n, struct lapse_err *err);

/* The campaign of that name, or that an issue (id or key) is of; 0: none. */
int list_campaign(struct ledger *l, const char *what, bool name,
	int64_t *ret_id, struct lapse_err *err);

/* For statements of other families: a row of the listing as fields. */
struct listing_run {
	const struct listing *listing;
	listing_each *each;
	void *arg;
	int64_t n;
};
int listing_row(void *arg, const struct row *r, struct lapse_err *err);

/* Who is meant by a text ?n, as rows (account), and as rows (idp, user_id). */
#define ACCOUNTS_OF(n)                                                         \
	"(SELECT account FROM account WHERE account = " n                      \
	" OR email = " n " COLLATE NOCASE"                                     \
	" UNION SELECT k.account FROM link k JOIN idp_user u"                  \
	" ON u.idp = k.idp AND u.user_id = k.user_id WHERE u.user_id = " n     \
	" OR u.login = " n " COLLATE NOCASE OR u.email = " n " COLLATE NOCASE" \
	" UNION SELECT " n ")"
#define USERS_OF(n)                                                            \
	"(SELECT idp, user_id FROM idp_user WHERE user_id = " n                \
	" OR login = " n " COLLATE NOCASE OR email = " n " COLLATE NOCASE"     \
	" UNION SELECT idp, user_id FROM link WHERE account IN "               \
	ACCOUNTS_OF(n) ")"

#endif
