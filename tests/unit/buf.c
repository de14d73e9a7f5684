/* Buffers, arenas and lists: they grow, stop at their maximum and stay
 * stopped. */
#include "unit.h"

#include <stdalign.h>
#include <stdlib.h>

#include "buf.h"

static void empty_is_valid(void **state)
{
	struct buf b = {0};
	struct lapse_err err;

	(void)state;
	assert_string_equal(buf_text(&b), "");
	assert_ok(buf_check(&b, &err, "nothing"));
	buf_str(&b, NULL);
	assert_int_equal(b.len, 0);
	buf_reset(&b);
	buf_clear(&b);
	buf_wipe(&b);
}

static void adds(void **state)
{
	AUTO_BUF b = {0};
	char want[6000];

	(void)state;
	buf_str(&b, "ab");
	buf_char(&b, 'c');
	buf_add(&b, "d\0e", 3);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "abcd\0e", 7);

	buf_reset(&b);
	assert_string_equal(buf_text(&b), "");
	memset(want, 'y', sizeof(want) - 1);
	want[sizeof(want) - 1] = '\0';
	buf_fmt(&b, "%s-%05d", want, 7);
	assert_int_equal(b.len, sizeof(want) - 1 + 6);
	assert_string_equal(b.data + b.len - 7, "y-00007");
}

static void stops_at_max(void **state)
{
	AUTO_BUF b = {.max = 4};
	struct lapse_err err;

	(void)state;
	buf_str(&b, "1234");
	assert_false(b.failed);
	buf_char(&b, '5');
	assert_true(b.failed);
	assert_string_equal(b.data, "1234");

	buf_reset(&b);
	buf_str(&b, "12345");
	buf_str(&b, "1");		/* sticky: no gap is possible */
	assert_string_equal(b.data, "");
	assert_err(buf_check(&b, &err, "page"), LAPSE_ENOMEM);
	assert_has(err.text, "page");

	buf_reset(&b);
	assert_ok(buf_check(&b, &err, "page"));
	buf_fmt(&b, "%d", 12345);
	assert_true(b.failed);
	buf_clear(&b);
	assert_int_equal(b.max, 4);
	assert_false(b.failed);
}

static void stops_at_default_max(void **state)
{
	AUTO_BUF b = {0};
	char *much = calloc(1, BUF_MAX_DEFAULT + 1);

	(void)state;
	assert_non_null(much);
	buf_add(&b, much, BUF_MAX_DEFAULT);
	assert_false(b.failed);
	assert_int_equal(b.len, BUF_MAX_DEFAULT);
	buf_char(&b, 'x');
	assert_true(b.failed);
	buf_reset(&b);
	buf_add(&b, much, BUF_MAX_DEFAULT + 1);
	assert_true(b.failed);
	/* Lengths near SIZE_MAX must not wrap around. */
	buf_reset(&b);
	buf_char(&b, 'x');
	b.max = SIZE_MAX;
	buf_add(&b, much, SIZE_MAX);
	assert_true(b.failed);
	free(much);
}

static void arena_gives_zeroed_and_aligned(void **state)
{
	AUTO_ARENA a = {0};

	(void)state;
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *p = arena_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	assert_non_null(arena_alloc(&a, 1 << 20));
}

static void arena_copies(void **state)
{
	AUTO_ARENA a = {0};

	(void)state;
	assert_null(arena_copy(&a, NULL));
	assert_null(arena_copy_n(&a, NULL, 3));
	assert_false(a.failed);
	assert_string_equal(arena_copy(&a, "text"), "text");
	assert_string_equal(arena_copy_n(&a, "text", 2), "te");
	assert_string_equal(arena_fmt(&a, "%d %s", 5, "x"), "5 x");
}

static void arena_stops_at_max(void **state)
{
	AUTO_ARENA a = {.max = 256};
	struct lapse_err err;

	(void)state;
	assert_ok(arena_check(&a, &err));
	assert_non_null(arena_alloc(&a, 240));
	assert_null(arena_alloc(&a, 32));
	assert_null(arena_copy(&a, "a"));	/* sticky */
	assert_err(arena_check(&a, &err), LAPSE_ENOMEM);
	arena_clear(&a);
	assert_int_equal(a.max, 256);
	assert_non_null(arena_alloc(&a, 256));
	arena_clear(&a);
	assert_null(arena_alloc(&a, SIZE_MAX));
	arena_clear(&a);
	a.max = SIZE_MAX;
	assert_null(arena_alloc(&a, SIZE_MAX - 3));
	assert_null(arena_copy_n(&a, "x", SIZE_MAX));
}

static void vectors_grow(void **state)
{
	AUTO_ARENA a = {0};
	VEC(struct { int64_t n; char c; }) v = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		__typeof__(v.items) slot = VEC_ADD(&v, &a);

		assert_non_null(slot);
		assert_int_equal(slot->n, 0);
		slot->n = i;
	}
	assert_int_equal(v.n, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(v.items[i].n, i);
	a.failed = true;
	v.cap = v.n;
	assert_null(VEC_ADD(&v, &a));
	assert_int_equal(v.n, 1000);
}

static void vectors_do_not_wrap(void **state)
{
	AUTO_ARENA a = {.max = SIZE_MAX};
	struct {
		int64_t *items;
		size_t n, cap;
	} v = {.n = SIZE_MAX / 8, .cap = SIZE_MAX / 8};

	(void)state;
	assert_null(VEC_ADD(&v, &a));
	assert_true(a.failed);
	assert_int_equal(v.n, SIZE_MAX / 8);
}

static void string_lists(void **state)
{
	AUTO_ARENA a = {0};
	struct strs s = {0};
	char text[] = "b";

	(void)state;
	strs_sort(&s);
	assert_false(strs_has(&s, "b"));
	assert_string_equal(strs_join(&s, &a, " and "), "");
	strs_add(&s, &a, text);
	text[0] = 'x';				/* it was copied */
	assert_string_equal(strs_join(&s, &a, " and "), "b");
	strs_add(&s, &a, "a");
	strs_add(&s, &a, "\xc3\xa9");
	strs_add(&s, &a, NULL);			/* nothing to add */
	assert_int_equal(s.n, 3);
	strs_sort(&s);
	assert_string_equal(strs_join(&s, &a, " and "), "a, b and \xc3\xa9");
	assert_string_equal(strs_join(&s, &a, ", "), "a, b, \xc3\xa9");
	assert_true(strs_has(&s, "b"));
	assert_false(strs_has(&s, "B"));
}

static void sorted_strings(void **state)
{
	AUTO_ARENA a = {0};
	struct strs s = {0};

	(void)state;
	strs_sort_once(&s);
	assert_int_equal(s.n, 0);
	assert_false(strs_sorted_has(&s, ""));
	strs_add(&s, &a, "b");
	strs_add(&s, &a, "a");
	strs_add(&s, &a, "b");
	strs_add(&s, &a, "ab");
	strs_add(&s, &a, "a");
	strs_sort_once(&s);
	assert_string_equal(strs_join(&s, &a, ", "), "a, ab, b");
	assert_true(strs_sorted_has(&s, "a"));
	assert_true(strs_sorted_has(&s, "ab"));
	assert_true(strs_sorted_has(&s, "b"));
	assert_false(strs_sorted_has(&s, ""));
	assert_false(strs_sorted_has(&s, "aa"));
	assert_false(strs_sorted_has(&s, "c"));
}

static void room_is_written_to(void **state)
{
	AUTO_BUF b = {.max = 100};
	char *p;

	(void)state;
	buf_str(&b, "ab");
	p = buf_room(&b, 90);
	assert_non_null(p);
	memcpy(p, "cd", 2);
	buf_end(&b, p + 2);
	assert_string_equal(buf_text(&b), "abcd");
	assert_null(buf_room(&b, 97));
	assert_true(b.failed);
	assert_string_equal(buf_text(&b), "abcd");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_is_valid),
		cmocka_unit_test(adds),
		cmocka_unit_test(stops_at_max),
		cmocka_unit_test(stops_at_default_max),
		cmocka_unit_test(arena_gives_zeroed_and_aligned),
		cmocka_unit_test(arena_copies),
		cmocka_unit_test(arena_stops_at_max),
		cmocka_unit_test(vectors_grow),
		cmocka_unit_test(vectors_do_not_wrap),
		cmocka_unit_test(string_lists),
		cmocka_unit_test(sorted_strings),
		cmocka_unit_test(room_is_written_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
