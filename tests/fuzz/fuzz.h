/* What the fuzz targets share. A target is one function that takes any bytes
 * and ends by must() when a promise does not hold; libFuzzer drives it
 * (make FUZZ=1 CC=clang SANITIZE=1 fuzz), or main.c with the committed
 * corpus. */
#ifndef LAPSE_TESTS_FUZZ_H
#define LAPSE_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(what)                                                             \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(stderr, "%s:%d: does not hold: %s\n",          \
				__FILE__, __LINE__, #what);                    \
			abort();                                               \
		}                                                              \
	} while (0)

/* A failure has a code and a line without controls, a success has neither. */
static inline void must_be_clean(int rc, const struct lapse_err *err)
{
	must(rc == err->code || rc >= 0);
	must(rc >= 0 || err->text[0] != '\0');
	must(strchr(err->text, '\n') == NULL);
	must(strlen(err->text) < sizeof(err->text));
}

/* The bytes as they are, with a NUL behind them. The caller's to free(): of
 * exactly that size, so that a read past the end is seen. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

static inline void fuzz_text_free(char **text)
{
	free(*text);
}
#define AUTO_FUZZ __attribute__((cleanup(fuzz_text_free))) char

#endif
