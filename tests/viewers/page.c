/* Writes a made-up report's page: `page quarter|empty|hostile FILE`. The
 * viewers' tests open it. */
#include <stdio.h>

#include "../unit/report_cases.h"
#include "html.h"

int main(int argc, char **argv)
{
	struct arena a = {0};
	struct lapse_err err;
	struct report r;
	int rc;

	if (argc != 3) {
		fputs("usage: page CASE FILE\n", stderr);
		return 64;
	}
	case_fill(argv[1], &r, &a);
	rc = report_html_write(&r, argv[2], &err);
	if (rc != 0)
		fprintf(stderr, "%s\n", err.text);
	arena_clear(&a);
	return rc == 0 ? 0 : 1;
}
