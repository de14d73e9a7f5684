/* A file is there whole, or as it was. */
#include "scratch.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

#include "whole.h"

static char path[128];

static int setup(void **state)
{
	int rc = scratch_setup(state);

	snprintf(path, sizeof(path), "%s/page.html", scratch_dir);
	return rc;
}

static void holds(const char *want)
{
	char text[64];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	assert_true(fd >= 0 && n >= 0);
	close(fd);
	text[n] = '\0';
	assert_string_equal(text, want);
}

static mode_t mode_of(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

/* Nothing half is left beside it. */
static int files(void)
{
	DIR *folder = opendir(scratch_dir);
	int n = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		n++;
	closedir(folder);
	return n - 2;
}

static void written_and_replaced(void **state)
{
	AUTO_BUF text = {0};
	struct lapse_err err;

	(void)state;
	buf_str(&text, "first");
	assert_ok(whole_write("report", path, &text, &err));
	holds("first");
	assert_int_equal(mode_of(), 0600);
	assert_int_equal(chmod(path, 0644), 0);
	buf_str(&text, ", second");
	assert_ok(whole_write("report", path, &text, &err));
	holds("first, second");
	assert_int_equal(mode_of(), 0644);
	assert_int_equal(files(), 1);
}

static void refused(void **state)
{
	AUTO_BUF text = {0};
	struct lapse_err err;

	(void)state;
	buf_str(&text, "text");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_err(whole_write("report", path, &text, &err), LAPSE_EREFUSED);
	assert_has(err.text, "report: '");
	rmdir(path);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_err(whole_write("report", path, &text, &err), LAPSE_EREFUSED);
	unlink(path);
	assert_int_equal(files(), 0);
}

static void failed(void **state)
{
	AUTO_BUF text = {0};
	struct lapse_err err;
	char nowhere[160];

	(void)state;
	buf_str(&text, "kept");
	assert_ok(whole_write("report", path, &text, &err));
	snprintf(nowhere, sizeof(nowhere), "%s/no/page.html", scratch_dir);
	assert_err(whole_write("report", nowhere, &text, &err), LAPSE_EIO);
	text.failed = true;
	assert_err(whole_write("report", path, &text, &err), LAPSE_ENOMEM);
	text.failed = false;
	holds("kept");
	assert_int_equal(files(), 1);
}

/* A disk that fills up half way, by the limit on a file's size. */
static void full(void **state)
{
	AUTO_BUF text = {0};
	struct lapse_err err;
	struct rlimit old, small = {0};

	(void)state;
	buf_str(&text, "kept");
	assert_ok(whole_write("report", path, &text, &err));
	for (int i = 0; i < 1000; i++)
		buf_str(&text, "0123456789");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){4096, old.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_err(whole_write("report", path, &text, &err), LAPSE_EIO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	holds("kept");
	assert_int_equal(files(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(written_and_replaced, setup,
			scratch_teardown),
		cmocka_unit_test_setup_teardown(refused, setup,
			scratch_teardown),
		cmocka_unit_test_setup_teardown(failed, setup,
			scratch_teardown),
		cmocka_unit_test_setup_teardown(full, setup,
			scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
