/* Text for terminals, logs and URLs: nothing of it is obeyed there. Escaped
 * URL parts decode to the same bytes and never change a path. */
#include <ctype.h>

#include "fuzz.h"
#include "http.h"
#include "lapse.h"
#include "text.h"
#include "url.h"

/* Controls, and what changes how its neighbours are seen. */
static bool hostile(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) ||
		(c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x206f) || c == 0x61c || c == 0xfeff ||
		(c >= 0xe0000 && c <= 0xe007f);
}

static void must_be_harmless(const char *line)
{
	size_t len = strlen(line);
	size_t size;
	uint32_t c;

	for (size_t i = 0; i < len; i += size) {
		size = text_utf8(line + i, len - i, &c);
		must(size > 0);
		must(!hostile(c));
	}
}

static void lines(const char *text)
{
	AUTO_BUF out = {.max = 64 << 20};
	AUTO_BUF again = {.max = 64 << 20};
	struct lapse_err err = {0};
	char *line = lapse_line(text);

	text_line(&out, text);
	must(!out.failed && line != NULL);
	must_be_harmless(buf_text(&out));
	must_be_harmless(line);
	free(line);
	text_line(&again, buf_text(&out));
	must(strcmp(buf_text(&again), buf_text(&out)) == 0);
	lapse_fail(&err, LAPSE_EITEM, "'%s': failed", buf_text(&out));
	must_be_harmless(err.text);
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c - 'A' + 10;
}

static void percent(const char *text)
{
	AUTO_BUF out = {.max = 64 << 20};
	AUTO_BUF target = {.max = 64 << 20};
	struct lapse_err err = {0};
	const char *p;
	int rc;

	text_percent(&out, text);
	for (p = buf_text(&out); *text != '\0'; text++) {
		char c = *p++;

		if (c == '%') {
			c = (char)(hex(p[0]) * 16 + hex(p[1]));
			p += 2;
		} else {
			must(isalnum((unsigned char)c) || strchr("-._~", c));
		}
		must(c == *text);
	}
	must(*p == '\0');
	rc = http_target(&target, &err, "/a/{}/b?c={}", text, "d", NULL);
	must_be_clean(rc, &err);
}

static void target(const char *id)
{
	AUTO_BUF out = {.max = 64 << 20};
	struct lapse_err err = {0};
	const char *p;
	int slashes = 0;
	int rc = http_target(&out, &err, "/a/{}/b", id, NULL);

	must_be_clean(rc, &err);
	if (rc < 0) {
		must(*id == '\0' || strcmp(id, ".") == 0 ||
			strcmp(id, "..") == 0);
		return;
	}
	for (p = buf_text(&out); *p != '\0'; p++)
		slashes += *p == '/';
	must(slashes == 3 && strchr(buf_text(&out), '?') == NULL);
	must(strncmp(buf_text(&out), "/a/", 3) == 0);
	must(strcmp(p - 2, "/b") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FUZZ *text = fuzz_text(data, size);

	lines(text);
	percent(text);
	target(text);
	return 0;
}
