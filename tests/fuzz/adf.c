/* Text as a document and back: always JSON within the limit, paragraphs and
 * lines kept, nothing added. Any JSON as a document gives some text. Wiki
 * text loses its escapes and is the same. */
#include "fuzz.h"
#include "jira.h"
#include "text.h"

enum { ADF_LIMIT = 30000 };

/* What has to come back: no controls, bad bytes replaced, paragraphs apart by
 * one empty line. */
static void expected_of(const char *text, struct buf *ret)
{
	size_t len = strlen(text);
	size_t breaks = 0;
	size_t size;
	uint32_t c;

	for (size_t i = 0; i < len; i += size) {
		size = text_utf8(text + i, len - i, &c);
		if (text[i] == '\n')
			breaks++;
		if (text[i] == '\n' || text[i] == '\r')
			continue;
		if (ret->len > 0 && breaks > 0)
			buf_str(ret, breaks > 1 ? "\n\n" : "\n");
		breaks = 0;
		if (size == 0)
			buf_str(ret, "\xef\xbf\xbd");
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			buf_char(ret, ' ');
		else
			buf_add(ret, text + i, size);
		size = size == 0 ? 1 : size;
	}
}

static void there_and_back(const char *text)
{
	AUTO_BUF adf = {.max = 64 << 20};
	AUTO_BUF want = {.max = 64 << 20};
	AUTO_BUF got = {.max = 64 << 20};
	AUTO_JSON *doc = NULL;

	adf_from_text(&adf, text);
	must(!adf.failed && adf.len <= ADF_LIMIT);
	must(json_open(&doc, adf.data, adf.len, NULL) == 0);
	adf_to_text(json_root(doc), &got);
	expected_of(text, &want);
	if (strcmp(buf_text(&got), buf_text(&want)) == 0)
		return;
	/* Cut, which only long texts are; perhaps to the same length. */
	must(strlen(text) > ADF_LIMIT / 100);
	must(got.len >= 3 && strcmp(got.data + got.len - 3, "...") == 0);
	while (got.len > 0 && strchr(".\n", got.data[got.len - 1]) != NULL)
		got.len--;
	must(strncmp(buf_text(&got), buf_text(&want), got.len) == 0);
}

static void any_document(const char *bytes, size_t len)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF text = {.max = 64 << 20};

	if (json_open(&doc, bytes, len, NULL) < 0)
		return;
	adf_to_text(json_root(doc), &text);
	must(text_valid_utf8(buf_text(&text), text.len));
}

/* Backslashes and word joiners are all that was added. */
static void wiki(const char *text)
{
	AUTO_BUF out = {.max = 64 << 20};
	const char *p;

	wiki_escape(&out, text);
	must(!out.failed);
	for (p = buf_text(&out); *text != '\0'; p++, text++) {
		if (*p != *text && strncmp(p, "\xe2\x81\xa0", 3) == 0)
			p += 3;
		if (*p == '\\')
			p++;
		else
			must(strchr("{}[]|*_!+^~?#", *p) == NULL);
		must(*p == *text);
	}
	must(*p == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FUZZ *text = fuzz_text(data, size);

	there_and_back(text);
	wiki(text);
	any_document((const char *)data, size);
	return 0;
}
