/* What people and the weather do in the sandbox: a few calls over its public
 * APIs and its control port. */
#ifndef MODEL_MOVES_H
#define MODEL_MOVES_H

void moves_open(const char *jira, const char *control);
void moves_mark(void);
void moves_restart(void);

#endif
