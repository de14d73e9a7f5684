/* Untrusted text on its way out: one function a sink. */
#ifndef LAPSE_BASE_TEXT_H
#define LAPSE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* For a terminal, log line or error: C0, DEL, C1, bidi controls and
 * zero-width characters are shown as \xNN or \u{NNNN}, bad UTF-8 as \xNN, a
 * newline as \n. One line always. */
void text_line(struct buf *out, const char *text);
/* One CSV cell after RFC 4180. safe: a cell that a spreadsheet would take as
 * a formula (= + - @ TAB CR LF, full-width forms, also after blanks) gets a
 * leading '. */
void text_csv(struct buf *out, const char *text, bool safe);
/* A quoted JQL string; control characters that JQL refuses become \uXXXX. */
void text_jql(struct buf *out, const char *text);
/* As one word of a shell, whatever it holds: people copy the line. */
void text_word(struct buf *out, const char *text);
/* Percent-encodes all but unreserved characters (RFC 3986). */
void text_percent(struct buf *out, const char *text);
/* The first character and its size in bytes; 0 where the bytes are no UTF-8
 * (or there are none). */
size_t text_utf8(const char *text, size_t len, uint32_t *ret);
/* Is it UTF-8 without NUL? */
bool text_valid_utf8(const char *text, size_t len);
/* Is it an opaque id as providers use them: 1..255 bytes of [A-Za-z0-9._:-],
 * not "." or ".."? */
bool text_is_id(const char *text);
/* ASCII case-insensitive equality, for e-mail addresses and logins. */
bool text_same_nocase(const char *a, const char *b);
/* Is this, of len bytes, one of the words, which have blanks between them? */
bool text_has_word(const char *words, const char *word, size_t len);
/* Shell pattern without classes: only '*' is special. */
bool text_match(const char *pattern, const char *text);

#endif
