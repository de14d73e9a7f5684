/* Reading the configuration: files are checked and read whole, looked through
 * (config_scan.c), parsed by libConfuse, put into structs by the table of
 * keys, checked (config_check.c) and sealed. */
#include <confuse.h>
#include <stdlib.h>
#include <string.h>

#include "config_private.h"

enum {
	FILES_MAX = 64,		/* with includes */
};

/* libConfuse's callbacks get no pointer of ours, and its lexer is global
 * anyway, so the present reading is a thread's variable. */
static _Thread_local struct reading *reading;

static void reading_clear(struct reading *r)
{
	if (r->cfg != NULL)
		cfg_free(r->cfg);
	arena_clear(&r->arena);
	reading = NULL;
}

#define AUTO_READING                                                           \
	__attribute__((cleanup(reading_clear))) struct reading

/* ---- libConfuse ---- */

static void on_error(cfg_t *cfg, const char *format, va_list args)
{
	struct reading *r = reading;
	char text[200];

	if (r == NULL || r->failed)
		return;
	r->failed = true;
	/* The token itself is not shown: it may be part of a secret. */
	if (strncmp(format, "unexpected token", 16) == 0) {
		lapse_fail(r->err, LAPSE_ECONFIG,
			"%s:%d: cannot read this; a comma, a bracket or a "
			"quote is missing or too much",
			cfg->filename, cfg->line);
		return;
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vsnprintf(text, sizeof(text), format, args);
#pragma GCC diagnostic pop
	lapse_fail(r->err, LAPSE_ECONFIG, "%s:%d: %s", cfg->filename,
		cfg->line, text);
}

/* Relative paths are relative to the file that includes. Files are read one
 * after the other: sections have names, so their order means nothing. */
static int on_include(cfg_t *cfg, cfg_opt_t *option, int argc,
	const char **argv)
{
	struct reading *r = reading;
	const char *slash = strrchr(cfg->filename, '/');
	const char *path;

	(void)option;
	if (argc != 1 || *argv[0] == '\0') {
		cfg_error(cfg, "'include': takes one file: include(\"FILE\")");
		return -1;
	}
	if (*argv[0] == '/' || slash == NULL)
		path = argv[0];
	else
		path = arena_fmt(&r->arena, "%.*s/%s",
			(int)(slash - cfg->filename), cfg->filename, argv[0]);
	if (path != NULL && strs_has(&r->files, path)) {
		cfg_error(cfg, "'include': '%s' is read already", path);
		return -1;
	}
	strs_add(&r->files, &r->arena, path);
	return 0;
}

static int set_filename(struct reading *r, const char *path)
{
	char *copy = strdup(path);

	if (copy == NULL)
		return lapse_fail_nomem(r->err);
	free(r->cfg->filename);
	r->cfg->filename = copy;
	return 0;
}

static int parse_text(struct reading *r, char *text, size_t len)
{
	FILE *in;
	int rc;

	if (len == 0)
		return 0;	/* fmemopen() refuses it */
	in = fmemopen(text, len, "r");
	if (in == NULL)
		return lapse_fail_nomem(r->err);
	rc = cfg_parse_fp(r->cfg, in);
	fclose(in);
	if (rc != CFG_SUCCESS && !r->failed) {
		/* It is silent only when memory is out, and cannot free what
		 * it left half made then: that stays. */
		r->cfg = NULL;
		return lapse_fail_nomem(r->err);
	}
	return r->failed ? LAPSE_ECONFIG : 0;
}

static int parse_file(struct reading *r, const char *path)
{
	char *text = NULL;
	size_t len = 0;
	int rc = config_read_file(path, &r->arena, &text, &len, r->err);

	if (rc == 0)
		rc = scan_text(&r->scan, path, text, r->err);
	if (rc == 0)
		rc = set_filename(r, path);
	if (rc == 0)
		rc = parse_text(r, text, len);
	return rc;
}

static int parse_all(struct reading *r, const char *path)
{
	cfg_opt_t *options = keys_options(&r->arena, on_include);

	strs_add(&r->files, &r->arena, path);
	if (options == NULL || arena_check(&r->arena, r->err) < 0)
		return lapse_fail_nomem(r->err);
	r->cfg = cfg_init(options, CFGF_NONE);
	if (r->cfg == NULL)
		return lapse_fail_nomem(r->err);
	cfg_set_error_function(r->cfg, on_error);
	for (; r->n_read < r->files.n; r->n_read++) {
		if (r->n_read == FILES_MAX)
			return lapse_fail(r->err, LAPSE_ECONFIG,
				"%s: more than %d files", path, FILES_MAX);
		int rc = parse_file(r, r->files.items[r->n_read]);
		if (rc < 0)
			return rc;
	}
	return arena_check(&r->arena, r->err);
}

/* ---- Opening ---- */

static int load(struct config *c, const char *path, struct lapse_err *err)
{
	AUTO_READING r = {.config = c, .err = err};
	int rc;

	r.arena.max = (size_t)FILES_MAX * CONFIG_FILE_MAX;
	r.scan.arena = &r.arena;
	reading = &r;
	c->path = arena_copy(&c->arena, path);
	rc = parse_all(&r, path);
	if (rc == 0)
		rc = config_read_values(&r);
	if (rc == 0)
		rc = config_check(c, &r.scan, err);
	if (rc == 0)
		rc = config_seal(c, err);
	return rc < 0 ? rc : arena_check(&c->arena, err);
}

int config_open(struct config **ret, const char *path, struct lapse_err *err)
{
	struct config *c = calloc(1, sizeof(*c));
	struct lapse_err own;
	int rc;

	if (err == NULL)
		err = &own;
	if (c == NULL)
		return lapse_fail_nomem(err);
	c->arena.max = (size_t)FILES_MAX * CONFIG_FILE_MAX;
	rc = load(c, path, err);
	if (rc < 0) {
		config_free(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void config_free(struct config *c)
{
	if (c == NULL)
		return;
	arena_clear(&c->arena);
	free(c);
}
