/* Is it JSON? The grammar and the limits, before any tree is built. */
#ifndef LAPSE_BASE_JSON_SCAN_H
#define LAPSE_BASE_JSON_SCAN_H

#include <stddef.h>

enum {
	JSON_DEPTH = 64,	/* arrays and objects in each other, at most */
	JSON_NUMBER = 63,	/* characters of a number: cJSON's own limit */
};

/* NULL when the bytes are exactly one JSON text after RFC 8259, in UTF-8, no
 * NUL, no lone surrogate, within the limits; else what is wrong, and where. */
const char *json_scan(const char *bytes, size_t len, size_t *ret_offset);

#endif
