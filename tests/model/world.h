/* The world of the model test: one sandbox process on loopback, a clock that
 * both sides share and only tests move, lapse in this process over real HTTP,
 * and the people's moves. Knows nothing of what should be so. */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

enum {
	USERS = 3,
	GROUPS = 6,
	ROLES = 5,
	KEY_MAX = 32,
};

extern const char *const user_names[USERS];
extern const char *const user_ids[USERS];
extern const char *const group_names[GROUPS];
extern const char *const group_ids[GROUPS];

struct role_of {
	const char *name;		/* "github/write" */
	const char *application;	/* as the form shows both */
	const char *option;
	const char *approver;		/* NULL: nobody is asked */
	bool elevated;
	bool groups[GROUPS];
};
extern const struct role_of roles[ROLES];

struct dice {
	uint64_t state;
};
uint32_t roll(struct dice *d, uint32_t sides);

/* Starts the sandbox with this seed, sets lapse up for it by this template of
 * a configuration, and marks both. Each failure ends the program: there is
 * nothing to test then. */
void world_open(const char *sandbox, const char *seed, const char *config);
void world_close(void);
/* Everything as it was marked. */
void world_restart(uint64_t seed);

/* ---- Time ---- */

int64_t now_s(void);			/* the true one */
void later(int64_t seconds);
void host_clock(int64_t off_s);		/* lapse's host, against the true one */

/* ---- lapse ---- */

enum command { SYNC, FULL, EXPIRE, GRANT, REVOKE, VERIFY, REBUILD, CHECK,
	PUBLISH, COMMANDS };
/* What the timers and people run at any time. */
enum { ANY_TIME = REVOKE + 1 };
extern const char *const command_names[COMMANDS];

extern bool verbose;			/* lapse's lines to stderr */

/* One command in this process; the exit status. */
int run_lapse(enum command c, const char *what);
/* The same in a child that kills itself when it looks at the clock for the
 * nth time, or, n negative, when the provider has answered its nth write;
 * false: it came to its end before. */
bool run_killed(enum command c, const char *what, int n);
/* Two at once, each on its own; the second in a child. */
struct run_of {
	enum command c;
	const char *what;
	int status;			/* set */
};
void run_two(struct run_of *a, struct run_of *b);

sqlite3 *ledger_read(void);		/* for reading; the world's */
/* The host's disk is gone; ret_anchor gets the issue that its ledger was
 * anchored on. */
void ledger_lose(char ret_anchor[KEY_MAX]);

/* ---- People ---- */

/* Files a request; false: Jira did not take it. link: another issue's key. */
bool person_asks(int user, int role, const char *how_long, const char *link,
	char ret_key[KEY_MAX]);
bool person_approves(int role, const char *key);
bool person_ends(int user, const char *key);
void console_set(int group, int user, bool present);
void console_status(int user, const char *status);

/* ---- Weather ---- */

void fault(const char *json);
void no_faults(void);
void lag(int seconds, bool flap);
void date_header(bool there);

/* ---- What is so ---- */

void members(bool ret[GROUPS][USERS]);
/* An issue's comments, one a line; valid until the next call. */
const char *comments(const char *key);

void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
