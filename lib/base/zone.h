/* What an IANA zone says about one moment, read from the system's zoneinfo.
 * TZ and the C library's zone are neither read nor touched: people of many
 * zones are told times by one process. */
#ifndef LAPSE_BASE_ZONE_H
#define LAPSE_BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Seconds east of UTC. False, *ret_s untouched: no such zone, or a name of
 * other characters than [A-Za-z0-9_+/-]. */
bool zone_offset(const char *zone, int64_t at, int32_t *ret_s);

/* The same for the bytes of a TZif file, however broken they are. */
bool zone_offset_in(const unsigned char *file, size_t len, int64_t at,
	int32_t *ret_s);

#endif
