/*
 * json.h - short names for what the sandbox does to JSON trees.
 *
 * Getters take NULL for the object and answer the "absent" value. Getters
 * borrow, setters copy strings and take over trees. Out of memory ends the
 * program: this is a test rig, not a library.
 */
#ifndef SANDBOX_JSON_H
#define SANDBOX_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <cjson/cJSON.h>

static inline void json_cleanup(cJSON **tree) { cJSON_Delete(*tree); }
static inline void text_cleanup(char **text) { free(*text); }

#define autojson __attribute__((cleanup(json_cleanup))) cJSON
#define autotext __attribute__((cleanup(text_cleanup))) char

/* Formatted text that the caller frees. */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_copy(const char *from);
bool same(const char *a, const char *b);	/* NULL equals nothing */

/*
 * Builds a tree from pairs inside {} and values inside []:
 *   s string (NULL: null)   ? string, left out when NULL   i int   I int64_t
 *   b bool   n null   o tree taken over (NULL: null)   O tree copied
 * Each pair begins with an s for its key:
 *   json_make("{ss si s[ss]}", "id", id, "n", 3, "list", "a", "b")
 */
cJSON *json_make(const char *shape, ...);

cJSON *json_get(const cJSON *object, const char *key);
cJSON *json_at(const cJSON *object, const char *dotted_path);
const char *json_str(const cJSON *object, const char *key);
int64_t json_int(const cJSON *object, const char *key, int64_t absent);
bool json_true(const cJSON *object, const char *key);
bool json_has_text(const cJSON *array, const char *value);

void json_put(cJSON *object, const char *key, cJSON *value);
void json_put_str(cJSON *object, const char *key, const char *value);
void json_put_int(cJSON *object, const char *key, int64_t value);
void json_put_bool(cJSON *object, const char *key, bool value);
cJSON *json_list(cJSON *object, const char *key);	/* made if absent */
cJSON *json_map(cJSON *object, const char *key);
void json_push(cJSON *array, cJSON *value);
void json_push_str(cJSON *array, const char *value);

/* The member of an array of objects whose key has this text, or NULL. */
cJSON *json_find(const cJSON *array, const char *key, const char *value);
char *json_print(const cJSON *tree);
bool json_equal(const cJSON *a, const cJSON *b);

#endif
