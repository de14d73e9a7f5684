/* Where the configuration is. */
#ifndef LAPSE_CLI_PATHS_H
#define LAPSE_CLI_PATHS_H

#include "cmd.h"

enum {
	PATHS_MAX = 4096,
};

/* --config, $LAPSE_CONFIG, $XDG_CONFIG_HOME/lapse/lapse.conf where it exists,
 * else /etc/lapse/lapse.conf. path is where it may be written. */
const char *paths_config(const struct call *c, char *path, size_t size);

#endif
