/* The process itself: descriptors, limits, signals. */
#ifndef LAPSE_CLI_PROCESS_H
#define LAPSE_CLI_PROCESS_H

/* What holds before anything else is done: standard descriptors are open, no
 * core dump and no trace (secrets are in memory), private files, signals. */
void process_prepare(void);
/* The end of main() is near: from here on exit() is the program's own. */
void process_done(void);
/* The signal that asked for the end, 0: none. */
int process_signal(void);

#endif
