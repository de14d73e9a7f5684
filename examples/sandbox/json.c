/*
 * json.c - short names for what the sandbox does to JSON trees.
 * Not a general wrapper: the sandbox trusts its own seed file.
 */
#include "json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void *checked(void *pointer)
{
	if (pointer == NULL) {
		fputs("sandbox: out of memory\n", stderr);
		abort();
	}
	return pointer;
}

char *text(const char *format, ...)
{
	char *made = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&made, format, list) < 0)
		made = NULL;
	va_end(list);
	return checked(made);
}

char *text_copy(const char *from)
{
	return checked(strdup(from));
}

bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static cJSON *make(const char **shape, va_list *list);

static cJSON *make_object(const char **shape, va_list *list)
{
	cJSON *object = checked(cJSON_CreateObject());

	while (**shape != '}') {
		if (*(*shape)++ != 's')
			continue;
		const char *key = va_arg(*list, const char *);
		bool optional = **shape == '?';
		cJSON *value = make(shape, list);

		if (optional && cJSON_IsNull(value))
			cJSON_Delete(value);
		else
			cJSON_AddItemToObject(object, key, value);
	}
	++*shape;
	return object;
}

static cJSON *make_array(const char **shape, va_list *list)
{
	cJSON *array = checked(cJSON_CreateArray());

	while (**shape != ']')
		cJSON_AddItemToArray(array, make(shape, list));
	++*shape;
	return array;
}

static cJSON *make_string(const char *value)
{
	return checked(value == NULL ? cJSON_CreateNull()
				     : cJSON_CreateString(value));
}

static cJSON *make(const char **shape, va_list *list)
{
	cJSON *tree = NULL;

	switch (*(*shape)++) {
	case '{':
		return make_object(shape, list);
	case '[':
		return make_array(shape, list);
	case 's':
	case '?':
		return make_string(va_arg(*list, const char *));
	case 'i':
		return checked(cJSON_CreateNumber(va_arg(*list, int)));
	case 'I':
		return checked(
			cJSON_CreateNumber((double)va_arg(*list, int64_t)));
	case 'b':
		return checked(cJSON_CreateBool(va_arg(*list, int)));
	case 'o':
		tree = va_arg(*list, cJSON *);
		return tree != NULL ? tree : checked(cJSON_CreateNull());
	case 'O':
		tree = va_arg(*list, cJSON *);
		return checked(tree != NULL ? cJSON_Duplicate(tree, true)
					    : cJSON_CreateNull());
	default:
		return checked(cJSON_CreateNull());
	}
}

cJSON *json_make(const char *shape, ...)
{
	va_list list;

	va_start(list, shape);
	cJSON *tree = make(&shape, &list);
	va_end(list);
	return tree;
}

/* What cJSON_GetObjectItemCaseSensitive() finds. Nearly all that the sandbox
 * does is to look for keys, and most differ in the first letter. */
cJSON *json_get(const cJSON *object, const char *key)
{
	cJSON *item = object != NULL && key != NULL ? object->child : NULL;

	for (; item != NULL && item->string != NULL; item = item->next)
		if (item->string[0] == key[0] && strcmp(item->string, key) == 0)
			return item;
	return NULL;
}

cJSON *json_at(const cJSON *object, const char *dotted_path)
{
	autotext *path = text_copy(dotted_path);
	char *rest = path;
	cJSON *at = NULL;

	for (char *key; (key = strsep(&rest, ".")) != NULL; object = at)
		at = json_get(object, key);
	return at;
}

const char *json_str(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(json_get(object, key));
}

int64_t json_int(const cJSON *object, const char *key, int64_t absent)
{
	const cJSON *item = json_get(object, key);

	return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : absent;
}

bool json_true(const cJSON *object, const char *key)
{
	return cJSON_IsTrue(json_get(object, key));
}

bool json_has_text(const cJSON *array, const char *value)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array)
		if (same(cJSON_GetStringValue(item), value))
			return true;
	return false;
}

void json_put(cJSON *object, const char *key, cJSON *value)
{
	checked(value);
	if (json_get(object, key) != NULL)
		cJSON_ReplaceItemInObjectCaseSensitive(object, key, value);
	else
		cJSON_AddItemToObject(object, key, value);
}

void json_put_str(cJSON *object, const char *key, const char *value)
{
	json_put(object, key, make_string(value));
}

void json_put_int(cJSON *object, const char *key, int64_t value)
{
	json_put(object, key, cJSON_CreateNumber((double)value));
}

void json_put_bool(cJSON *object, const char *key, bool value)
{
	json_put(object, key, cJSON_CreateBool(value));
}

cJSON *json_list(cJSON *object, const char *key)
{
	if (!cJSON_IsArray(json_get(object, key)))
		json_put(object, key, cJSON_CreateArray());
	return json_get(object, key);
}

cJSON *json_map(cJSON *object, const char *key)
{
	if (!cJSON_IsObject(json_get(object, key)))
		json_put(object, key, cJSON_CreateObject());
	return json_get(object, key);
}

void json_push(cJSON *array, cJSON *value)
{
	cJSON_AddItemToArray(array, checked(value));
}

void json_push_str(cJSON *array, const char *value)
{
	json_push(array, make_string(value));
}

cJSON *json_find(const cJSON *array, const char *key, const char *value)
{
	cJSON *item;

	if (value == NULL)
		return NULL;
	cJSON_ArrayForEach(item, array)
		if (same(json_str(item, key), value))
			return item;
	return NULL;
}

char *json_print(const cJSON *tree)
{
	return checked(cJSON_PrintUnformatted(tree));
}

bool json_equal(const cJSON *a, const cJSON *b)
{
	return cJSON_Compare(a, b, true);
}
