/* The page: well-formed, closed in itself, and the same skeleton whatever
 * things are called. */
#include "unit.h"

#include <stdio.h>

#include "hash.h"
#include "html_private.h"
#include "report_cases.h"
#include "text.h"

enum {
	DEEP = 32,		/* elements inside each other */
	NAME = 16,
	MOST = 300 * 1000,	/* bytes of a page */
};

static const char *const case_names[] = {"quarter", "empty", "hostile"};

static void page(const char *name, struct buf *ret)
{
	AUTO_ARENA a = {0};
	struct lapse_err err;
	struct report r;

	case_fill(name, &r, &a);
	assert_ok(report_html(&r, ret, &err));
}

/* ---- Reading it back ---- */

struct reading {
	const char *at;
	char open[DEEP][NAME];
	int deep;
	struct buf skeleton;	/* tags and attributes, without values */
	char ids[200][40];
	int n_ids;
};

static bool is_void(const char *name)
{
	return strcmp(name, "meta") == 0;
}

static void read_value(struct reading *v, const char *tag, const char *name)
{
	char value[4000];
	size_t len;

	assert_memory_equal(v->at, "=\"", 2);
	v->at += 2;
	len = strcspn(v->at, "\"<");
	assert_true(v->at[len] == '"' && len < sizeof(value));
	snprintf(value, sizeof(value), "%.*s", (int)len, v->at);
	v->at += len + 1;
	/* Nothing is loaded, nothing runs, nothing is styled from here. */
	assert_true(strncmp(name, "on", 2) != 0);
	assert_string_not_equal(name, "style");
	assert_string_not_equal(name, "src");
	if (strcmp(name, "href") == 0)
		assert_true(strcmp(tag, "a") == 0 && value[0] == '#');
	if (strcmp(name, "id") != 0)
		return;
	for (int i = 0; i < v->n_ids; i++)
		assert_string_not_equal(v->ids[i], value);
	assert_true(v->n_ids < 200 && len < 40);
	memcpy(v->ids[v->n_ids++], value, len + 1);
}

static void read_word(struct reading *v, char word[NAME * 2], const char *until)
{
	size_t len = strcspn(v->at, until);

	assert_true(len > 0 && len < NAME * 2);
	snprintf(word, NAME * 2, "%.*s", (int)len, v->at);
	v->at += len;
}

static void read_open(struct reading *v)
{
	char tag[NAME * 2], name[NAME * 2];
	bool closed = false;

	read_word(v, tag, " >/");
	buf_fmt(&v->skeleton, "<%s", tag);
	while (*v->at != '>') {
		if (*v->at == '/') {
			closed = true;
			v->at++;
			continue;
		}
		assert_true(*v->at == ' ');
		v->at++;
		read_word(v, name, "=> ");
		buf_fmt(&v->skeleton, " %s", name);
		read_value(v, tag, name);
	}
	v->at++;
	if (closed || is_void(tag))
		return;
	assert_true(v->deep < DEEP);
	snprintf(v->open[v->deep++], NAME, "%.15s", tag);
}

static void read_close(struct reading *v)
{
	char tag[NAME * 2];

	read_word(v, tag, ">");
	v->at++;
	assert_true(v->deep > 0);
	v->deep--;
	assert_string_equal(v->open[v->deep], tag);
	buf_fmt(&v->skeleton, "</%s\n", tag);
}

/* Every tag is one of ours, closed where it belongs; the style is skipped. */
static void read_page(struct reading *v, const char *text)
{
	assert_memory_equal(text, "<!DOCTYPE html>\n", 16);
	v->at = text + 16;
	while (*v->at != '\0') {
		v->at += strcspn(v->at, "<>");
		assert_true(*v->at != '>');
		if (*v->at == '\0')
			break;
		v->at++;
		if (*v->at == '/') {
			v->at++;
			read_close(v);
			continue;
		}
		read_open(v);
		if (v->deep > 0 && strcmp(v->open[v->deep - 1], "style") == 0)
			v->at = strstr(v->at, "</style>");
	}
	assert_int_equal(v->deep, 0);
}

static void has_ids_of_links(const struct reading *v, const char *text)
{
	for (const char *p = text; (p = strstr(p, "href=\"#")) != NULL; p++) {
		char id[40];
		bool there = false;

		snprintf(id, sizeof(id), "%.*s",
			(int)strcspn(p + 7, "\""), p + 7);
		for (int i = 0; i < v->n_ids; i++)
			there = there || strcmp(v->ids[i], id) == 0;
		if (!there)
			fail_msg("nothing is called #%s", id);
	}
}

static void well_formed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(case_names); i++) {
		AUTO_BUF b = {0};
		struct reading v = {0};

		page(case_names[i], &b);
		assert_true(b.len < MOST);
		read_page(&v, buf_text(&b));
		assert_true(v.n_ids > 20);
		has_ids_of_links(&v, buf_text(&b));
		buf_clear(&v.skeleton);
	}
}

/* The policy names the style that is there, and nothing else is allowed. */
static void policy(void **state)
{
	AUTO_BUF b = {0}, want = {0};
	unsigned char sum[HASH_BYTES];
	struct hash *h = NULL;
	struct lapse_err err;
	const char *style, *end;

	(void)state;
	page("quarter", &b);
	style = strstr(buf_text(&b), "<style>") + strlen("<style>");
	end = strstr(style, "</style>");
	assert_ok(hash_open(&h, &err));
	assert_ok(hash_sha256(h, style, (size_t)(end - style), NULL, 0, sum,
		&err));
	hash_free(h);
	buf_str(&want, "content=\"default-src 'none'; style-src 'sha256-");
	base64(&want, sum, sizeof(sum));
	buf_str(&want, "'; base-uri 'none'; form-action 'none'\">");
	assert_has(buf_text(&b), buf_text(&want));
	assert_has_not(style, "@import");
	assert_has_not(style, "url(h");
	assert_null(strstr(end + 1, "<style"));
}

/* ---- Names ---- */

static void plain_counts(struct report_counts *c)
{
	for (size_t i = 0; i < c->list.n; i++)
		c->list.items[i].name = "name";
}

static void plain_names(struct report *r)
{
	r->ledger = r->head = "name";
	plain_counts(&r->requests.outcomes);
	plain_counts(&r->requests.channels);
	plain_counts(&r->removals.reasons);
	plain_counts(&r->minutes.steps);
	plain_counts(&r->minutes.cost);
	for (size_t i = 0; i < r->minutes.roles.n; i++)
		r->minutes.roles.items[i].role = "name";
	for (size_t i = 0; i < r->seats.money.n; i++)
		r->seats.money.items[i].currency = "USD";
	for (size_t i = 0; i < r->reviews.overdue.n; i++)
		r->reviews.overdue.items[i] = "name";
}

static void skeleton_is_ours(void **state)
{
	AUTO_ARENA a = {0};
	AUTO_BUF hostile = {0}, plain = {0};
	struct reading v = {0}, w = {0};
	struct lapse_err err;
	struct report r;

	(void)state;
	case_fill("hostile", &r, &a);
	assert_ok(report_html(&r, &hostile, &err));
	plain_names(&r);
	assert_ok(report_html(&r, &plain, &err));
	read_page(&v, buf_text(&hostile));
	read_page(&w, buf_text(&plain));
	assert_string_equal(buf_text(&v.skeleton), buf_text(&w.skeleton));
	buf_clear(&v.skeleton);
	buf_clear(&w.skeleton);
}

/* What no reader could see is not there: it is shown as an escape. */
static void nothing_unseen(void **state)
{
	AUTO_BUF b = {0};
	uint32_t c = 0;
	size_t size;

	(void)state;
	page("hostile", &b);
	for (size_t i = 0; i < b.len; i += size) {
		size = text_utf8(b.data + i, b.len - i, &c);
		assert_true(size > 0);
		assert_true(c >= 0x20 || c == '\n');
		assert_false(c >= 0x7f && c <= 0x9f);
		assert_false(c >= 0x200b && c <= 0x200f);
		assert_false(c >= 0x2028 && c <= 0x202e);
		assert_false(c >= 0x2060 && c <= 0x206f);
		assert_false((c & 0xfffe) == 0xfffe);
		assert_false(c >= 0xfdd0 && c <= 0xfdef);
	}
}

static void texts(void **state)
{
	static const struct {
		const char *text, *want;
	} table[] = {
		{"<b a='1' c=\"2\">&amp;",
			"&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;"},
		{"\xe2\x80\xaeok", "\\u{202e}ok"},
		{"\xef\xbf\xbe", "\\u{fffe}"}, {"\xff", "\\xff"},
		{"a\nb", "a\\nb"}, {"", ""}, {NULL, "not known"},
		{"Zo\xc3\xab", "Zo\xc3\xab"},
	};
	AUTO_BUF b = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		buf_reset(&b);
		html_text(&b, table[i].text);
		assert_string_equal(buf_text(&b), table[i].want);
	}
	buf_reset(&b);
	html_put(&b, "<p title=\"{}\">{}</p>", "\"{}", "{}");
	assert_string_equal(buf_text(&b),
		"<p title=\"&quot;{}\">{}</p>");
	buf_reset(&b);
	html_put(&b, "{} {}", "one");
	assert_true(b.failed);
	buf_reset(&b);
	html_put(&b, "{}", "one", "two");
	assert_true(b.failed);
}

/* ---- What it says ---- */

static void figures_are_there(void **state)
{
	static const char *const want[] = {
		"82.5 %", "17.5 %", "within the 25 % rule", "71.9 %",
		"before lapse: 97 standing",
		"Most is lost in <strong>enforcement</strong>",
		"lapse drift --fresh --kind shadow", "25 min 20 s",
		"1,046.50 USD", "23 Nov 2026", "48211",
	};
	AUTO_BUF b = {0};

	(void)state;
	page("quarter", &b);
	for (size_t i = 0; i < COUNT(want); i++)
		assert_has(buf_text(&b), want[i]);
	assert_true(strstr(buf_text(&b), ">Overdue, and") <
		strstr(buf_text(&b), ">In short<"));
}

/* A ledger that began yesterday is told as such, and nothing is drawn. */
static void unknown_is_said(void **state)
{
	AUTO_BUF b = {0};

	(void)state;
	page("empty", &b);
	assert_has(buf_text(&b), "The ledger begins after the window");
	assert_has(buf_text(&b), "No request was closed");
	assert_has(buf_text(&b), "Which groups are elevated is not known");
	assert_has_not(buf_text(&b), "100.0 %");
	assert_has_not(buf_text(&b), " 0.0 %");
	assert_has_not(buf_text(&b), "role=\"img\"");
}

/* Each name that is explained is a figure's, or a question's. */
static void terms_are_figures(void **state)
{
	AUTO_ARENA a = {0};
	AUTO_BUF b = {0};
	struct report_figures figures = {0};
	struct lapse_err err;
	struct report r;

	(void)state;
	case_fill("quarter", &r, &a);
	assert_ok(report_figures(&r, &a, &figures, &err));
	part_definitions(&b);
	for (const char *p = buf_text(&b);
		(p = strstr(p, "<dt id=\"is-")) != NULL; p++) {
		size_t len = strcspn(p + 11, "\"");
		bool there = strncmp(p + 11, "lost", len) == 0;

		for (size_t i = 0; i < figures.list.n; i++) {
			const char *name = figures.list.items[i].name;

			there = there || (strcspn(name, ".") == len &&
				strncmp(name, p + 11, len) == 0);
		}
		if (!there)
			fail_msg("no figure: %.*s", (int)len, p + 11);
	}
}

static void same_bytes(void **state)
{
	AUTO_BUF a = {0}, b = {0};

	(void)state;
	page("quarter", &a);
	page("quarter", &b);
	assert_string_equal(buf_text(&a), buf_text(&b));
}

static void memory(void **state)
{
	(void)state;
	for (size_t max = 64; max < 60000; max += 997) {
		AUTO_BUF b = {.max = max};
		AUTO_ARENA a = {0};
		struct lapse_err err;
		struct report r;

		case_fill("quarter", &r, &a);
		assert_err(report_html(&r, &b, &err), LAPSE_ENOMEM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed),
		cmocka_unit_test(policy),
		cmocka_unit_test(skeleton_is_ours),
		cmocka_unit_test(nothing_unseen),
		cmocka_unit_test(texts),
		cmocka_unit_test(figures_are_there),
		cmocka_unit_test(unknown_is_said),
		cmocka_unit_test(terms_are_figures),
		cmocka_unit_test(same_bytes),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
