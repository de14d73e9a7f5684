/* The program. What it does is in run.c and in the table of commands.c. */
#include "process.h"
#include "run.h"

int main(int argc, char **argv)
{
	process_prepare();
	return run(argc, argv);
}
