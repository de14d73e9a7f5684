/* What people and the weather do in the sandbox: a few calls over its public
 * APIs and its control port. */
#ifndef MODEL_MOVES_H
#define MODEL_MOVES_H

void moves_open(const char *jira, const char *control);
void moves_mark(void);
void moves_restart(void);

/* One call as a person, or, who NULL, to the control port: the status. */
long moves_call(const char *who, const char *method, const char *path,
	const char *body);
/* One that has to succeed; an empty body is none. */
void moves_must(const char *who, const char *method, const char *path,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* What the last call answered; valid until the next. */
const char *moves_reply(void);

#endif
