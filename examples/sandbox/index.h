/*
 * index.h - finds members of the world's growing lists by one of their texts,
 * without reading the whole list each time. What is asked for decides which
 * lists and keys have an index; nobody sets one up.
 */
#ifndef SANDBOX_INDEX_H
#define SANDBOX_INDEX_H

#include "json.h"

/* As json_find(), which it turns to where the index knows of none: the text of
 * a member may have changed. key has to live as long as the program. */
cJSON *index_find(cJSON *list, const char *key, const char *value);

/* To be called when a member was taken out of an indexed list, or the list
 * itself is gone. */
void index_forget(void);

/* Takes a member out of an indexed list and frees it. */
void index_delete(cJSON *list, cJSON *member);

#endif
