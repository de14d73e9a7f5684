/* Records as JSON, one object a line. The form is the library's. */
#include "out.h"

#include <stdlib.h>

int out_json(struct out *o, const char *schema,
	const struct lapse_field *fields, size_t n)
{
	char *line = lapse_record_json(schema, fields, n);
	int rc;

	if (line == NULL)
		return -1;
	rc = fprintf(o->to, "%s\n", line) < 0 ? -1 : 0;
	free(line);
	return rc;
}
