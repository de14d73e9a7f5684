/* Is it JSON? The grammar and the limits, before any tree is built. */
#ifndef LAPSE_BASE_JSON_SCAN_H
#define LAPSE_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum {
	JSON_DEPTH = 64,	/* arrays and objects in each other, at most */
	JSON_NUMBER = 63,	/* characters of a number: cJSON's own limit */
};

/* NULL when the bytes are exactly one JSON text after RFC 8259, in UTF-8, no
 * NUL, no lone surrogate, within the limits; else what is wrong, and where. */
const char *json_scan(const char *bytes, size_t len, size_t *ret_offset);

/* A value as it stands, with its quotes; at NULL: it is not there. */
struct json_span {
	const char *at;
	size_t len;
};

/* The first member of each of these names in an object, without a tree: for
 * millions of small ones. A name is found when it is written without escapes.
 * False: the bytes are not one object; nothing is found then. */
bool json_pick(const char *bytes, size_t len, const char *const *names,
	size_t n, struct json_span *ret);

#endif
