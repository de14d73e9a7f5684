/*
 * control.h - the port by which tests see and move the world.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "http.h"

extern const struct service control_service;

void control_fail(struct exchange *x, int status, const char *why);
/* A list of texts as JSON or as lines; taken over. */
void control_list(struct exchange *x, cJSON *list);
/* One text, as {"KEY":"WORD"} or as a line. */
void control_word(struct exchange *x, const char *key, const char *word);

#endif
