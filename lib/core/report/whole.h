/* A text as a file: whole or not at all, and never half to a reader. */
#ifndef LAPSE_CORE_WHOLE_H
#define LAPSE_CORE_WHOLE_H

#include "buf.h"

/* Replaces path at once. A file that is there hands its mode on; a new one is
 * for its owner only, as it may tell who has what. subject begins the error.
 * <Errors> LAPSE_EREFUSED: there is something that is no file; LAPSE_EIO;
 * what was there is as it was. */
int whole_write(const char *subject, const char *path, const struct buf *text,
	struct lapse_err *err);

#endif
