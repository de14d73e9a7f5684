/* Runs one fuzz target without libFuzzer: every file of its committed corpus
 * (tests/fuzz/corpus/NAME), or the files given, as one TAP line each. What
 * does not hold ends the program. */
#include <dirent.h>

#include "fuzz.h"

static int count;

static void run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	AUTO_BUF bytes = {.max = 64 << 20};
	char block[4096];
	uint8_t *exact;
	size_t n;

	must(f != NULL);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(&bytes, block, n);
	fclose(f);
	must(!bytes.failed);
	exact = malloc(bytes.len > 0 ? bytes.len : 1);
	must(exact != NULL);
	if (bytes.len > 0)
		memcpy(exact, bytes.data, bytes.len);
	fprintf(stderr, "# %s\n", path);
	LLVMFuzzerTestOneInput(exact, bytes.len);
	free(exact);
	printf("ok %d - %s\n", ++count, path);
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void run_folder(const char *name)
{
	struct dirent **found = NULL;
	char folder[256];
	char path[1024];
	int n;

	snprintf(folder, sizeof(folder), "tests/fuzz/corpus/%s", name);
	n = scandir(folder, &found, visible, alphasort);
	must(n > 0);
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder,
			found[i]->d_name);
		run_file(path);
		free(found[i]);
	}
	free(found);
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc < 2)
		run_folder(slash == NULL ? argv[0] : slash + 1);
	return 0;
}
