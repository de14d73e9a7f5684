/* Lines for the log callback. Not a logger: where they go, and which levels
 * are wanted, the program decides. */
#include "log.h"

#include <stdarg.h>

#include "buf.h"
#include "secret.h"
#include "text.h"

void log_say(const struct lapse_env *env, enum lapse_level level,
	const char *format, ...)
{
	AUTO_BUF line = {0};
	AUTO_BUF shown = {0};
	va_list args;

	if (env == NULL || env->log == NULL)
		return;
	va_start(args, format);
	buf_vfmt(&line, format, args);
	va_end(args);
	/* Before the escapes, which would break up a secret. */
	if (line.data != NULL)
		secret_redact(line.data);
	text_line(&shown, buf_text(&line));
	if (line.failed || shown.failed)
		env->log(env->arg, level, "log: a line was lost: no memory");
	else
		env->log(env->arg, level, buf_text(&shown));
}
