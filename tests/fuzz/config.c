/* Any bytes as the configuration file: refused with the file's name in the
 * line, or read into something that every question can be put to. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "fuzz.h"

/* libConfuse 3.3 keeps the arguments of a call, such as include("..."), when
 * the file breaks off within it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfuse\n";
}

static void ask(const struct config *c)
{
	for (size_t i = 0; i < c->roles.n; i++) {
		const struct role *r = &c->roles.items[i];

		must(config_role(c, r->name) == r);
		must(r->groups.n == r->group_ids.n);
		must(strlen(r->sha256) == 64);
		must(r->standing || r->max_duration > 0 || !r->elevated);
		config_mode(c, NULL, NULL, r);
	}
	for (size_t i = 0; i < c->idps.n; i++)
		must(config_idp(c, c->idps.items[i].name)->driver != NULL);
	for (size_t i = 0; i < c->applications.n; i++)
		must(config_application(c, c->applications.items[i].name) !=
			NULL);
	must(strlen(c->sha256) == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *c = NULL;
	struct lapse_err err = {0};
	char path[64];
	int fd = memfd_create("lapse.conf", MFD_CLOEXEC);
	int rc;

	must(fd >= 0 && fchmod(fd, 0600) == 0);
	must(size == 0 || write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = config_open(&c, path, &err);
	must_be_clean(rc, &err);
	must((rc == 0) == (c != NULL));
	if (rc == 0)
		ask(c);
	else
		must(rc == LAPSE_ECONFIG || rc == LAPSE_ENOMEM);
	config_free(c);
	close(fd);
	return 0;
}
