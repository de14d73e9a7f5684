/* What cmocka wants included before itself, and the error at hand in every
 * failed call. */
#ifndef LAPSE_TESTS_UNIT_H
#define LAPSE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* TEST=NAME runs that one alone. */
__attribute__((constructor)) static void unit_choose(void)
{
	const char *one = getenv("TEST");

	if (one != NULL)
		cmocka_set_test_filter(one);
}

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* The call succeeds; else the line of err is shown. */
#define assert_ok(call)                                                        \
	do {                                                                   \
		int assert_rc = (call);                                        \
		if (assert_rc != 0)                                            \
			fail_msg("%s: %d: %s", #call, assert_rc, err.text);    \
	} while (0)

/* It fails with this code, and says it in err too. */
#define assert_err(call, want)                                                 \
	do {                                                                   \
		err = (struct lapse_err){0};                                   \
		assert_int_equal((call), (want));                              \
		assert_int_equal(err.code, (want));                            \
		assert_true(err.text[0] != '\0');                              \
	} while (0)

#define assert_has(text, part)                                                 \
	do {                                                                   \
		if (strstr((text), (part)) == NULL)                            \
			fail_msg("'%s' is not in '%s'", (part), (text));       \
	} while (0)

#define assert_has_not(text, part)                                             \
	do {                                                                   \
		if (strstr((text), (part)) != NULL)                            \
			fail_msg("'%s' is in '%s'", (part), (text));           \
	} while (0)

#endif
