/* A first look at a configuration file: where its sections and keys stand,
 * and the faults that libConfuse would let pass or would put at the wrong
 * line (it miscounts after block comments, accepts a section that is not
 * closed and takes the last of two equal keys). Values are libConfuse's.
 *
 * libConfuse also puts the environment into the configuration: ${NAME} in
 * double quotes becomes the variable's value. That is refused here, so that
 * the file alone says what holds; single quotes keep the characters. */
#include <string.h>

#include "config_private.h"

struct lexer {
	const char *file;
	char *p;
	int line;
	int started;		/* line of the present token */
	char token;		/* 'w' word, punctuation, 0 at the end */
	const char *word;	/* 'w': not terminated */
	size_t len;
	struct lapse_err *err;
};

static int lexer_fault(struct lexer *x, int line, const char *what)
{
	return lapse_fail(x->err, LAPSE_ECONFIG, "%s:%d: %s", x->file, line,
		what);
}

static int variable(struct lexer *x)
{
	return lexer_fault(x, x->line, "'${': variables are not expanded; "
		"write the value, or 'single quotes' for these characters");
}

/* Blanks [from, to) but for newlines. */
static void blank(struct lexer *x, char *from, const char *to)
{
	for (; from < to; from++) {
		if (*from == '\n')
			x->line++;
		else
			*from = ' ';
	}
}

static int skip_comment(struct lexer *x, bool *ret_skipped)
{
	char *end;

	*ret_skipped = true;
	if (*x->p == '#' || strncmp(x->p, "//", 2) == 0) {
		end = x->p + strcspn(x->p, "\n");
	} else if (strncmp(x->p, "/*", 2) == 0) {
		end = strstr(x->p + 2, "*/");
		if (end == NULL)
			return lexer_fault(x, x->line,
				"'/*': the comment is not closed");
		end += 2;
	} else {
		*ret_skipped = false;
		return 0;
	}
	blank(x, x->p, end);
	x->p = end;
	return 0;
}

static int skip_space(struct lexer *x)
{
	bool skipped = true;

	while (skipped) {
		for (; *x->p != '\0' && strchr(" \t\r\n", *x->p); x->p++)
			x->line += *x->p == '\n';
		if (skip_comment(x, &skipped) < 0)
			return x->err->code;
	}
	return 0;
}

static int quoted(struct lexer *x)
{
	char quote = *x->p++;

	x->word = x->p;
	for (; *x->p != quote; x->p++) {
		if (*x->p == '\0' || *x->p == '\n')
			return lexer_fault(x, x->started, "the quote is not "
				"closed on its line; \\n stands for a break");
		if (quote == '"' && strncmp(x->p, "${", 2) == 0)
			return variable(x);
		if (*x->p != '\\' || x->p[1] == '\0')
			continue;
		x->p++;		/* the next one, even a newline, is no end */
		x->line += *x->p == '\n';
	}
	x->len = (size_t)(x->p++ - x->word);
	x->token = 'w';
	return 0;
}

static int next(struct lexer *x)
{
	if (skip_space(x) < 0)
		return x->err->code;
	x->started = x->line;
	if (*x->p == '"' || *x->p == '\'')
		return quoted(x);
	x->token = *x->p;
	if (x->token == '+' && x->p[1] == '=')
		x->p++;
	if (x->token == '\0' || strchr("{}()=,+", x->token)) {
		x->p += x->token != '\0';
		return 0;
	}
	x->word = x->p;
	x->len = strcspn(x->p, " \t\r\n\"'{}()=,+#");
	x->p += x->len;
	x->token = 'w';
	if (x->word[x->len - 1] == '$' && *x->p == '{')
		return variable(x);
	return 0;
}

/* Past the next closing bracket of a list or an argument list. */
static int skip_to(struct lexer *x, char close)
{
	int opened = x->started;

	while (x->token != close) {
		if (x->token == '\0')
			return lexer_fault(x, opened,
				"the list is not closed");
		if (next(x) < 0)
			return x->err->code;
	}
	return 0;
}

static const struct scan_key *find_key(const struct scan *s, size_t section,
	const char *name)
{
	size_t from = s->sections.items[section].first_key;

	for (size_t i = s->keys.n; i > from; i--) {
		const struct scan_key *k = &s->keys.items[i - 1];
		if (k->section == section && strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

static int unknown(struct lexer *x, const char *section, const char *name)
{
	const char *near = keys_suggest(section, name);
	const char *in = *section != '\0' ? section : "the top level";
	const char *parent;
	bool titled;

	/* What is no key may be anything, even a secret: it is not shown. */
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz-_0123456789") !=
			strlen(name) ||
		strlen(name) > 32)
		return lexer_fault(x, x->started,
			"this is no key; a value stands in quotes");
	if (*section != '\0' && keys_section(name, &titled, &parent))
		return lapse_fail(x->err, LAPSE_ECONFIG,
			"%s:%d: '%s': stands inside %s; is a '}' missing "
			"before it?", x->file, x->started, name, in);
	if (near != NULL)
		return lapse_fail(x->err, LAPSE_ECONFIG,
			"%s:%d: '%s': no such key in %s; did you mean '%s'?",
			x->file, x->started, name, in, near);
	return lapse_fail(x->err, LAPSE_ECONFIG,
		"%s:%d: '%s': no such key in %s; see lapse.conf(5)", x->file,
		x->started, name, in);
}

static int note_key(struct scan *s, struct lexer *x, size_t section,
	const char *name)
{
	const struct scan_key *twice = find_key(s, section, name);
	struct scan_key *k;

	if (!keys_has(s->sections.items[section].kind, name))
		return unknown(x, s->sections.items[section].kind, name);
	if (twice != NULL)
		return lapse_fail(x->err, LAPSE_ECONFIG,
			"%s:%d: '%s': already given at %s:%d; keep one",
			x->file, x->started, name, twice->file, twice->line);
	k = VEC_ADD(&s->keys, s->arena);
	if (k == NULL)
		return lapse_fail_nomem(x->err);
	*k = (struct scan_key){section, name, x->file, x->started};
	return 0;
}

static const struct scan_section *find_section(const struct scan *s,
	size_t parent, const char *kind, const char *title)
{
	for (size_t i = s->sections.n; i > 1; i--) {
		const struct scan_section *o = &s->sections.items[i - 1];
		if (o->parent != parent || strcmp(o->kind, kind) != 0)
			continue;
		if (title == NULL || o->title == NULL ||
			strcmp(o->title, title) == 0)
			return o;
	}
	return NULL;
}

static int check_section(const struct scan *s, struct lexer *x, int line,
	size_t parent, const char *kind, const char *title)
{
	const struct scan_section *twice;
	const char *outer;
	bool titled;

	if (!keys_section(kind, &titled, &outer) ||
		strcmp(outer, s->sections.items[parent].kind) != 0)
		return unknown(x, s->sections.items[parent].kind, kind);
	if (titled && (title == NULL || *title == '\0'))
		return lapse_fail(x->err, LAPSE_ECONFIG,
			"%s:%d: '%s': needs a name: %s \"NAME\" { ... }",
			x->file, line, kind, kind);
	twice = find_section(s, parent, kind, title);
	if (twice != NULL)
		return lapse_fail(x->err, LAPSE_ECONFIG,
			"%s:%d: %s '%s': already given at %s:%d; keep one",
			x->file, line, kind, title != NULL ? title : kind,
			twice->file, twice->line);
	return 0;
}

static int open_section(struct scan *s, struct lexer *x, int line,
	size_t *parent, const char *kind, const char *title)
{
	struct scan_section *o;

	if (check_section(s, x, line, *parent, kind, title) < 0)
		return x->err->code;
	o = VEC_ADD(&s->sections, s->arena);
	if (o == NULL)
		return lapse_fail_nomem(x->err);
	*o = (struct scan_section){kind, title, *parent, s->keys.n, x->file,
		line};
	*parent = s->sections.n - 1;
	return 0;
}

/* What follows a name: "= VALUE", "+= {...}", "(ARGS)", or a section. */
static int after_name(struct scan *s, struct lexer *x, size_t *section,
	const char *name)
{
	int line = x->started;
	const char *title = NULL;

	if (next(x) < 0)
		return x->err->code;
	if (x->token == '(')
		return skip_to(x, ')');
	if (x->token == '=' || x->token == '+') {
		if (note_key(s, x, *section, name) < 0 || next(x) < 0)
			return x->err->code;
		return x->token == '{' ? skip_to(x, '}') : 0;
	}
	if (x->token == 'w') {
		title = arena_copy_n(s->arena, x->word, x->len);
		if (next(x) < 0)
			return x->err->code;
	}
	if (x->token != '{') {
		x->started = line;
		if (!keys_has(s->sections.items[*section].kind, name))
			return unknown(x, s->sections.items[*section].kind,
				name);
		return lapse_fail(x->err, LAPSE_ECONFIG,
			"%s:%d: '%s': write %s = \"VALUE\"", x->file, line,
			name, name);
	}
	return open_section(s, x, line, section, name, title);
}

static int statement(struct scan *s, struct lexer *x, size_t *section)
{
	const char *name;

	if (x->token == '}') {
		if (*section == 0)
			return lexer_fault(x, x->started,
				"'}': closes nothing");
		*section = s->sections.items[*section].parent;
		return 0;
	}
	if (x->token != 'w')
		return lexer_fault(x, x->started,
			"a key or a section is expected here");
	name = arena_copy_n(s->arena, x->word, x->len);
	if (name == NULL)
		return lapse_fail_nomem(x->err);
	return after_name(s, x, section, name);
}

static int open_top(struct scan *s, struct lexer *x)
{
	struct scan_section *top;

	if (s->sections.n > 0)
		return 0;
	top = VEC_ADD(&s->sections, s->arena);
	if (top == NULL)
		return lapse_fail_nomem(x->err);
	*top = (struct scan_section){"", NULL, 0, 0, x->file, 1};
	return 0;
}

int scan_text(struct scan *s, const char *file, char *text,
	struct lapse_err *err)
{
	struct lexer x = {.file = arena_copy(s->arena, file), .p = text,
		.line = 1, .err = err};
	size_t section = 0;

	if (x.file == NULL)
		return lapse_fail_nomem(err);
	if (open_top(s, &x) < 0 || next(&x) < 0)
		return err->code;
	while (x.token != '\0')
		if (statement(s, &x, &section) < 0 || next(&x) < 0)
			return err->code;
	if (section != 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s:%d: %s: the section is not closed", x.file,
			s->sections.items[section].line,
			s->sections.items[section].kind);
	return 0;
}

static size_t section_index(const struct scan *s, const char *parent,
	const char *kind, const char *title)
{
	for (size_t i = 1; i < s->sections.n; i++) {
		const struct scan_section *o = &s->sections.items[i];
		const char *outer = s->sections.items[o->parent].title;
		if (strcmp(o->kind, kind) != 0)
			continue;
		if (title != NULL && strcmp(o->title, title) != 0)
			continue;
		if (parent == NULL || (outer && strcmp(outer, parent) == 0))
			return i;
	}
	return 0;
}

const char *scan_where(const struct scan *s, const char *parent,
	const char *kind, const char *title, const char *key, struct arena *a)
{
	size_t i = *kind == '\0' ? 0 : section_index(s, parent, kind, title);
	const struct scan_key *k = key != NULL ? find_key(s, i, key) : NULL;
	const struct scan_section *o = &s->sections.items[i];
	const char *file = k != NULL ? k->file : o->file;
	const char *where = arena_fmt(a, "%s:%d", file,
		k != NULL ? k->line : o->line);

	return where != NULL ? where : file;
}

bool scan_has(const struct scan *s, const char *parent, const char *kind,
	const char *title, const char *key)
{
	size_t i = section_index(s, parent, kind, title);

	return i != 0 && find_key(s, i, key) != NULL;
}
