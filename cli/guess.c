/* "Did you mean": the nearest of a list of words. */
#include "cmd.h"

#include <string.h>

enum {
	WORD_MAX = 32,
};

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Optimal string alignment: inserted, lost, wrong and swapped letters. */
static size_t distance(const char *a, const char *b)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1];
	size_t na = strlen(a), nb = strlen(b);

	for (size_t i = 0; i <= na; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1,
				d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				a[i - 2] == b[j - 1] &&
				d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[na][nb];
}

const char *guess(const char *text, const char *const *list)
{
	size_t len = strlen(text);
	size_t best = len < 4 ? 2 : 3;	/* one less is near enough */
	const char *found = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (; *list != NULL; list++) {
		size_t d;

		if (strlen(*list) > WORD_MAX)
			continue;
		d = len >= 3 && strncmp(text, *list, len) == 0 ?
			1 : distance(text, *list);
		if (d < best) {
			best = d;
			found = *list;
		}
	}
	return found;
}
