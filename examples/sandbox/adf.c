/*
 * adf.c - Atlassian Document Format: to and from plain text, and the
 * checks that a wrong document is most likely to fail. Not the schema.
 */
#include "adf.h"

#include <stdio.h>
#include <string.h>

static const char *const blocks[] = {
	"paragraph", "heading", "codeBlock", "tableRow", "rule",
};

static const char *const known[] = {
	"doc", "paragraph", "heading", "codeBlock", "tableRow", "rule", "text",
	"hardBreak", "bulletList", "orderedList", "listItem", "table",
	"tableCell", "tableHeader", "panel", "blockquote", "mention", "emoji",
	"date", "status", "inlineCard", "blockCard", "expand", "nestedExpand",
	"mediaSingle", "mediaGroup", "media", "taskList", "taskItem",
	"decisionList", "decisionItem",
};

static bool is_one_of(const char *type, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (same(type, list[i]))
			return true;
	return false;
}

static void print_node(FILE *to, const cJSON *node)
{
	const char *type = json_str(node, "type");
	const cJSON *child;

	if (same(type, "text"))
		fputs(json_str(node, "text"), to);
	if (same(type, "hardBreak"))
		fputc('\n', to);
	if (same(type, "mention") || same(type, "status"))
		fputs(json_str(json_get(node, "attrs"), "text"), to);
	if (same(type, "date"))
		fputs(json_str(json_get(node, "attrs"), "timestamp"), to);
	cJSON_ArrayForEach(child, json_get(node, "content"))
		print_node(to, child);
	if (same(type, "tableCell") || same(type, "tableHeader"))
		fputc('\t', to);
	if (is_one_of(type, blocks, sizeof(blocks) / sizeof(blocks[0])))
		fputc('\n', to);
}

char *adf_text(const cJSON *document)
{
	char *made = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&made, &size);

	print_node(to, document);
	fclose(to);
	while (size > 0 && made[size - 1] == '\n')
		made[--size] = '\0';
	return made;
}

cJSON *adf_from_text(const char *from)
{
	cJSON *content = cJSON_CreateArray();
	autotext *copy = text_copy(from);
	char *rest = copy;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		json_push(content, *line == '\0'
			? json_make("{ss s[]}", "type", "paragraph", "content")
			: json_make("{ss s[{ssss}]}", "type", "paragraph",
				"content", "type", "text", "text", line));
	return json_make("{si ss so}", "version", 1, "type", "doc", "content",
		content);
}

static const char *node_fault(const cJSON *node)
{
	const char *type = json_str(node, "type");
	const char *words = json_str(node, "text");
	const cJSON *child;

	if (!is_one_of(type, known, sizeof(known) / sizeof(known[0])))
		return "unknown node";
	if (same(type, "text") && (words == NULL || *words == '\0'))
		return "text without text";
	cJSON_ArrayForEach(child, json_get(node, "content")) {
		const char *fault = node_fault(child);
		bool cell = same(type, "tableCell") ||
			same(type, "tableHeader");

		if (fault != NULL)
			return fault;
		if (cell && same(json_str(child, "type"), "text"))
			return "bare text in a cell";
	}
	return NULL;
}

const char *adf_fault(const cJSON *document)
{
	if (!cJSON_IsObject(document))
		return "not a document";
	if (!same(json_str(document, "type"), "doc") ||
		json_int(document, "version", 0) != 1 ||
		!cJSON_IsArray(json_get(document, "content")))
		return "not a version 1 document";
	return node_fault(document);
}
