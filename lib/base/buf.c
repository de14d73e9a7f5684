/* Growing byte buffers, arenas and lists. Not a string library: escaping is
 * text.c, numbers and times are printed by their own modules. */
#include "buf.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUF_FIRST = 64,
	BLOCK_FIRST = 1 << 12,
	BLOCK_MOST = 1 << 18,
	VEC_FIRST = 8,
};

/* ---- Buffers ---- */

static size_t buf_limit(const struct buf *b)
{
	return b->max == 0 ? BUF_MAX_DEFAULT : b->max;
}

/* Room for so many bytes more, and the NUL. What it has room for already is
 * within its maximum. */
static bool buf_grow(struct buf *b, size_t more)
{
	size_t limit = buf_limit(b);
	size_t want, cap;
	char *data;

	if (b->failed)
		return false;
	if (more < b->cap - b->len)
		return true;
	if (more > limit || b->len > limit - more) {
		b->failed = true;
		return false;
	}
	want = b->len + more + 1;
	cap = b->cap == 0 ? BUF_FIRST : b->cap;
	while (cap < want)
		cap = cap > SIZE_MAX / 2 ? want : cap * 2;
	if (cap > limit + 1 && limit < SIZE_MAX)
		cap = limit + 1;
	data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!buf_grow(b, len))
		return;
	if (len > 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *text)
{
	if (text != NULL)
		buf_add(b, text, strlen(text));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

char *buf_room(struct buf *b, size_t len)
{
	return buf_grow(b, len) ? b->data + b->len : NULL;
}

void buf_end(struct buf *b, const char *end)
{
	b->len = (size_t)(end - b->data);
	b->data[b->len] = '\0';
}

void buf_vfmt(struct buf *b, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0) {
		b->failed = true;
		return;
	}
	if (!buf_grow(b, (size_t)len))
		return;
	vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
	b->len += (size_t)len;
}

void buf_fmt(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vfmt(b, format, args);
	va_end(args);
}

const char *buf_text(const struct buf *b)
{
	return b->data == NULL ? "" : b->data;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void buf_clear(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.max = b->max};
}

void buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_clear(b);
}

int buf_check(const struct buf *b, struct lapse_err *err, const char *what)
{
	if (!b->failed)
		return 0;
	return lapse_fail(err, LAPSE_ENOMEM,
		"%s: out of memory, or over %zu bytes", what, buf_limit(b));
}

/* ---- Arenas ---- */

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char bytes[];
};

static struct arena_block *arena_block_add(struct arena *a, size_t size)
{
	size_t room = BLOCK_FIRST;
	struct arena_block *block;

	if (a->blocks != NULL && a->blocks->size <= BLOCK_MOST / 2)
		room = a->blocks->size * 2;
	else if (a->blocks != NULL)
		room = BLOCK_MOST;
	if (size > room)
		room = size;
	if (room > SIZE_MAX - sizeof(*block))
		return NULL;
	block = calloc(1, sizeof(*block) + room);
	if (block == NULL)
		return NULL;
	block->size = room;
	block->next = a->blocks;
	a->blocks = block;
	return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t limit = a->max == 0 ? BUF_MAX_DEFAULT : a->max;
	struct arena_block *block = a->blocks;
	size_t align = alignof(max_align_t);
	void *ret;

	if (size > limit || a->used > limit - size ||
		size > SIZE_MAX - align)
		a->failed = true;
	if (a->failed)
		return NULL;
	size = size == 0 ? align : (size + align - 1) / align * align;
	if (block == NULL || block->size - block->used < size)
		block = arena_block_add(a, size);
	if (block == NULL) {
		a->failed = true;
		return NULL;
	}
	ret = block->bytes + block->used;
	block->used += size;
	a->used += size;
	return ret;
}

char *arena_copy_n(struct arena *a, const char *text, size_t len)
{
	char *ret;

	if (text == NULL)
		return NULL;
	if (len == SIZE_MAX) {
		a->failed = true;
		return NULL;
	}
	ret = arena_alloc(a, len + 1);
	if (ret != NULL)
		memcpy(ret, text, len);
	return ret;
}

char *arena_copy(struct arena *a, const char *text)
{
	return text == NULL ? NULL : arena_copy_n(a, text, strlen(text));
}

char *arena_copy_buf(struct arena *a, const struct buf *b)
{
	if (b->failed)
		a->failed = true;
	return b->failed ? NULL : arena_copy(a, buf_text(b));
}

char *arena_fmt(struct arena *a, const char *format, ...)
{
	va_list args, again;
	char *ret = NULL;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		a->failed = true;
	else
		ret = arena_alloc(a, (size_t)len + 1);
	if (ret != NULL)
		vsnprintf(ret, (size_t)len + 1, format, args);
	va_end(args);
	return ret;
}

void arena_clear(struct arena *a)
{
	struct arena_block *next;

	for (struct arena_block *b = a->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){.max = a->max};
}

int arena_check(const struct arena *a, struct lapse_err *err)
{
	return a->failed ? lapse_fail_nomem(err) : 0;
}

/* ---- Lists ---- */

void *vec_slot(void **items, size_t *n, size_t *cap, size_t size,
	struct arena *a)
{
	size_t more = *cap == 0 ? VEC_FIRST : *cap * 2;
	size_t bytes;
	char *now, *grown;

	/* The caller's pointer has its own type: it is read and written as
	 * bytes, not as a void pointer. */
	memcpy(&now, items, sizeof(now));
	if (*n == *cap) {
		if (*cap > SIZE_MAX / 2 ||
			__builtin_mul_overflow(more, size, &bytes)) {
			a->failed = true;
			return NULL;
		}
		grown = arena_alloc(a, bytes);
		if (grown == NULL)
			return NULL;
		if (*n > 0)
			memcpy(grown, now, *n * size);
		now = grown;
		memcpy(items, &now, sizeof(now));
		*cap = more;
	}
	return now + (*n)++ * size;
}

void strs_add(struct strs *s, struct arena *a, const char *text)
{
	const char *copy = arena_copy(a, text);
	const char **slot;

	if (copy == NULL)
		return;
	slot = VEC_ADD(s, a);
	if (slot != NULL)
		*slot = copy;
}

bool strs_has(const struct strs *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->items[i], text) == 0)
			return true;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void strs_sort(struct strs *s)
{
	if (s->n > 1)
		qsort(s->items, s->n, sizeof(*s->items), compare);
}

void strs_sort_once(struct strs *s)
{
	size_t n = 0;

	strs_sort(s);
	for (size_t i = 0; i < s->n; i++)
		if (n == 0 || strcmp(s->items[n - 1], s->items[i]) != 0)
			s->items[n++] = s->items[i];
	s->n = n;
}

bool strs_sorted_has(const struct strs *s, const char *text)
{
	return s->n > 0 && bsearch(&text, s->items, s->n, sizeof(*s->items),
		compare) != NULL;
}

const char *strs_join(const struct strs *s, struct arena *a, const char *sep)
{
	AUTO_BUF b = {0};

	for (size_t i = 0; i < s->n; i++) {
		if (i > 0)
			buf_str(&b, i + 1 == s->n ? sep : ", ");
		buf_str(&b, s->items[i]);
	}
	return arena_copy_buf(a, &b);
}
