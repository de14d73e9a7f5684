/* One run of the program, from the command line to the exit status. */
#ifndef LAPSE_CLI_RUN_H
#define LAPSE_CLI_RUN_H

int run(int argc, char **argv);

#endif
