/* The words that texts.c is made of: untrusted text made harmless, durations
 * and times as people say them. */
#ifndef LAPSE_CORE_TEXTS_SAY_H
#define LAPSE_CORE_TEXTS_SAY_H

#include "texts.h"

/* Formatting that starts a new line; the format is ours, never data. */
void say_line(struct buf *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* An empty line, unless nothing stands before it. */
void say_gap(struct buf *out);
/* One line of untrusted text, at most so many characters: control characters
 * are blanks, what turns or hides text is left out, bad bytes are U+FFFD. */
void say_clean(struct buf *out, const char *text, size_t max);
/* "LABEL" and the text in quotation marks on the next line. NULL or blank
 * says nothing. */
void say_quoted(struct buf *out, const char *label, const char *text);
/* "8 hours", "1 day 30 minutes"; "without an end" for 0. */
void say_duration(struct buf *out, int64_t seconds);

/* The same into an arena, for the arguments of say_line(). Never NULL. */
const char *clean_name(struct arena *a, const char *text);
const char *clean_text(struct arena *a, const char *text, size_t max);
const char *clean_duration(struct arena *a, int64_t seconds);
const char *clean_time(struct arena *a, int64_t at, const char *zone);

#endif
