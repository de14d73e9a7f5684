/* Where records go: JSON lines, lines for eyes, or a table. */
#include "out.h"

#include <errno.h>
#include <string.h>

#include "fail.h"

void out_open(struct out *o, FILE *to, int64_t now)
{
	*o = (struct out){.to = to, .now = now};
}

int out_record(struct out *o, const char *schema,
	const struct lapse_field *fields, size_t n)
{
	int rc = 0;

	if (o->silent)
		return 0;
	if (o->failed)
		return -1;
	if (o->json)
		rc = out_json(o, schema, fields, n);
	else if (!out_lines(o, schema, fields, n))
		rc = out_table(o, schema, fields, n);
	if (rc < 0 || ferror(o->to))
		o->failed = true;
	return o->failed ? -1 : 0;
}

int out_bytes(struct out *o, const void *bytes, size_t len)
{
	if (!o->failed && fwrite(bytes, 1, len, o->to) != len)
		o->failed = true;
	return o->failed ? -1 : 0;
}

/* A full disk shows only when the last bytes are written. */
int out_close(struct out *o, struct lapse_err *err)
{
	out_table_flush(o, true);
	errno = 0;
	if (fflush(o->to) == 0 && !ferror(o->to) && !o->failed)
		return 0;
	o->failed = true;
	return fail(err, LAPSE_EIO, "standard output: %s",
		errno == 0 ? "cannot be written" : strerror(errno));
}
