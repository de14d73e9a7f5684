/* The program. What it does is in run.c and in the table of commands.c. */
#include "process.h"
#include "run.h"

int main(int argc, char **argv)
{
	int status;

	process_prepare();
	status = run(argc, argv);
	process_done();
	return status;
}
