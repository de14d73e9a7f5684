/* Growing byte buffers, string lists and arenas: the only places where memory
 * grows, always against a maximum. Failures are sticky: a sequence of adds is
 * checked once, at its end. */
#ifndef LAPSE_BASE_BUF_H
#define LAPSE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum {
	BUF_MAX_DEFAULT = 16 << 20,	/* bytes, where max is 0 */
};

/* <Shape> data is NUL-terminated whenever it is not NULL; len excludes the
 * NUL. {0} is valid and empty: buf_text() of it is "".
 * <Errors> after a failed growth `failed` is set, the content stays as it
 * was and every later add does nothing. */
struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max;		/* bytes; 0 means BUF_MAX_DEFAULT */
	bool failed;
};

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_str(struct buf *b, const char *text);	/* NULL adds nothing */
void buf_char(struct buf *b, char c);
/* Room for so many bytes at the end, for a writer that knows them beforehand:
 * it writes there, and buf_end() says behind its last one. NULL: failed. */
char *buf_room(struct buf *b, size_t len);
void buf_end(struct buf *b, const char *end);
void buf_fmt(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *b, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
const char *buf_text(const struct buf *b);
void buf_reset(struct buf *b);		/* empty, memory kept, failed cleared */
void buf_clear(struct buf *b);		/* freed; {0} again but for max */
void buf_wipe(struct buf *b);		/* as clear, overwritten first */
/* 0, or LAPSE_ENOMEM when an add failed. what names the thing. */
int buf_check(const struct buf *b, struct lapse_err *err, const char *what);

#define AUTO_BUF __attribute__((cleanup(buf_clear))) struct buf

/* Objects that live and die together: an issue as read, a decision, a plan.
 * <Shape> {0} is valid and empty. Everything handed out is zeroed or a copy
 * and belongs to the arena until arena_clear().
 * <Errors> NULL and `failed` when memory or max is exhausted; the later calls
 * return NULL too, so one arena_check() at the end is enough where the
 * results are not read before. */
struct arena {
	struct arena_block *blocks;
	size_t used;
	size_t max;		/* bytes; 0 means BUF_MAX_DEFAULT */
	bool failed;
};

void *arena_alloc(struct arena *a, size_t size);
char *arena_copy(struct arena *a, const char *text);	/* NULL gives NULL */
char *arena_copy_n(struct arena *a, const char *text, size_t len);
/* What a buffer holds; one that failed fails the arena. */
char *arena_copy_buf(struct arena *a, const struct buf *b);
char *arena_fmt(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void arena_clear(struct arena *a);
int arena_check(const struct arena *a, struct lapse_err *err);

#define AUTO_ARENA __attribute__((cleanup(arena_clear))) struct arena

/* A list of strings in an arena. <Shape> {0} is empty. */
struct strs {
	const char **items;
	size_t n;
	size_t cap;
};

void strs_add(struct strs *s, struct arena *a, const char *text); /* copies */
bool strs_has(const struct strs *s, const char *text);
void strs_sort(struct strs *s);		/* bytewise */
void strs_sort_once(struct strs *s);	/* and leaves out what is there twice */
/* Of a sorted one, which may be long. */
bool strs_sorted_has(const struct strs *s, const char *text);
/* One arena string, "" when empty; sep stands before the last item, ", "
 * before the others: " and " gives "a, b and c", ", " gives "a, b, c". */
const char *strs_join(const struct strs *s, struct arena *a, const char *sep);

/* Growable array of one type in an arena: `items` of the given struct.
 * VEC_ADD gives a zeroed slot or NULL. */
#define VEC(type)                                                              \
	struct {                                                               \
		type *items;                                                   \
		size_t n;                                                      \
		size_t cap;                                                    \
	}
#define VEC_ADD(v, a)                                                          \
	((__typeof__((v)->items))vec_slot((void **)&(v)->items, &(v)->n,       \
		&(v)->cap, sizeof(*(v)->items), (a)))
void *vec_slot(void **items, size_t *n, size_t *cap, size_t size,
	struct arena *a);

#endif
