/* The person behind the process. */
#ifndef LAPSE_CLI_OPERATOR_H
#define LAPSE_CLI_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>

/* The login name of the person who runs this by hand; NULL: nobody, a timer.
 * by_timer: the command is one that timers run, so only somebody who watches
 * it counts. name is where it is written. */
const char *operator_login(bool by_timer, char *name, size_t size);

#endif
