/* The starting configuration, and making what is missing. */
#ifndef LAPSE_CORE_INIT_H
#define LAPSE_CORE_INIT_H

#include "core.h"

/* The text of a starting lapse.conf: mode observe, all that has to be filled
 * in as comments. */
extern const char init_config_text[];

/* Writes a file that must not exist, whole or not at all, with this mode.
 * <Errors> LAPSE_EREFUSED (it exists), LAPSE_EIO. */
int init_write_file(const char *path, const char *text, unsigned mode,
	struct lapse_err *err);
/* The folder that path lies in, where it is missing. */
int init_make_parent(const char *path, unsigned mode, struct lapse_err *err);
/* The file that a secret reference names, "" when it is none that can be
 * made. */
void init_secret_path(const struct lapse *l, const char *reference,
	struct buf *ret);

#endif
