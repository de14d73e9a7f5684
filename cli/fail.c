/* The program's own errors, in the form of the library's. */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

int fail(struct lapse_err *err, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	err->code = code;
	return code;
}
