/* What the files of the configuration share; not for use outside config*.c. */
#ifndef LAPSE_CORE_CONFIG_PRIVATE_H
#define LAPSE_CORE_CONFIG_PRIVATE_H

#include "config.h"

enum {
	CONFIG_FILE_MAX = 4 << 20,	/* bytes of one file */
};

struct cfg_t;
struct cfg_opt_t;

/* Where every section and key stands: libConfuse forgets both. */
struct scan_section {
	const char *kind;	/* "" for the top level, "role", ... */
	const char *title;	/* NULL: none */
	size_t parent;		/* index; 0 is the top level */
	size_t first_key;	/* index of the keys at its opening */
	const char *file;
	int line;
};

struct scan_key {
	size_t section;
	const char *name;
	const char *file;
	int line;
};

struct scan {
	struct arena *arena;
	VEC(struct scan_section) sections;
	VEC(struct scan_key) keys;
};

/* Reads one file's text: notes where things stand, refuses what libConfuse
 * would let pass (a key or section given twice, one that is not closed, a
 * variable), names unknown keys, and blanks comments out, in place.
 * <Errors> LAPSE_ECONFIG "FILE:LINE: ...", LAPSE_ENOMEM. */
int scan_text(struct scan *s, const char *file, char *text,
	struct lapse_err *err);
/* "FILE:LINE" of a key, else of its section; in the arena. key may be NULL,
 * parent NULL: the top level. */
const char *scan_where(const struct scan *s, const char *parent,
	const char *kind, const char *title, const char *key,
	struct arena *a);

/* Does the key itself stand in that section? */
bool scan_has(const struct scan *s, const char *parent, const char *kind,
	const char *title, const char *key);

/* Is there such a section at all ("request-type"), and is it titled? */
bool keys_section(const char *name, bool *ret_titled, const char **ret_parent);
/* Does the section know the key? Keys of the drivers are the idp's. */
bool keys_has(const char *section, const char *key);
/* The key or section inside this section that looks most like the word; NULL
 * when none does. */
const char *keys_suggest(const char *section, const char *word);
/* Like keys_suggest() among a list that ends with NULL. */
const char *suggest(const char *word, const char *const *among);
/* The options for libConfuse; the caller frees nothing, they live in a. */
struct cfg_opt_t *keys_options(struct arena *a,
	int (*include)(struct cfg_t *cfg, struct cfg_opt_t *opt, int argc,
		const char **argv));

/* <Shape> one reading of a configuration, while it lasts. */
struct reading {
	struct config *config;
	struct arena arena;	/* what is not needed afterwards */
	struct scan scan;
	struct strs files;	/* found so far; the first n_read are read */
	size_t n_read;
	struct cfg_t *cfg;
	struct lapse_err *err;
	bool failed;		/* err has the first fault */
};

/* From libConfuse's values into the structs, by the table of keys. */
int config_read_values(struct reading *r);

/* Everything that can be checked once all is read; fills what depends on
 * more than one section. */
int config_check(struct config *c, const struct scan *s,
	struct lapse_err *err);
int config_check_idps(struct config *c, const struct scan *s,
	struct lapse_err *err);
int config_check_roles(struct config *c, const struct scan *s,
	struct lapse_err *err);
/* "FILE:LINE: 'key': words" as LAPSE_ECONFIG. */
int config_fault(const struct scan *s, struct lapse_err *err,
	const char *kind, const char *title, const char *key,
	const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Canonical effective sections and their digests. */
int config_seal(struct config *c, struct lapse_err *err);
/* A secret must be a reference; the value is never shown. */
bool config_is_reference(const char *text);

#endif
