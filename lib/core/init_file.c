/* The files that `init` makes. It never changes one that is there. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

const char init_config_text[] =
	"# lapse: see lapse.conf(5), `lapse help config` and `lapse doctor`.\n"
	"#\n"
	"# Fill in what is marked, then run `lapse init` again.\n"
	"\n"
	"# observe: read, decide and tell the plan, but grant nothing. Set\n"
	"# it to enforce when `lapse sync --dry-run` says what you want.\n"
	"mode = observe\n"
	"\n"
	"# state-dir = \"/var/lib/lapse\"\n"
	"# Seals what lapse writes on issues; `lapse init` makes it.\n"
	"# ledger-key = \"credential:ledger-key\"\n"
	"\n"
	"# Secrets are references, never values: credential:NAME is\n"
	"# $CREDENTIALS_DIRECTORY/NAME or /etc/lapse/credentials/NAME.\n"
	"jira {\n"
	"\t# url = \"https://NAME.atlassian.net\"         # fill in\n"
	"\t# email = \"lapse-bot@example.com\"            # fill in\n"
	"\t# token = \"credential:jira\"                  # fill in\n"
	"}\n"
	"\n"
	"# The project and request type on which access is asked for. Ids,\n"
	"# not names: they stand in the addresses of the settings' pages.\n"
	"# project \"10042\" {\n"
	"#\trequest-type \"25\" {\n"
	"#\t\tfield-role = \"customfield_10200\"\n"
	"#\t\tfield-whom = \"customfield_10201\"\n"
	"#\t\tfield-how-long = \"customfield_10202\"\n"
	"#\t\tfield-approvers = \"customfield_10003\"\n"
	"#\t\tstatus-any = \"10010\"          # one approval is enough\n"
	"#\t\tstatus-all = \"10011\"          # all must approve\n"
	"#\t\tstatus-approved = \"10012\"     # waits for the access\n"
	"#\t\tstatus-active = \"10013\"\n"
	"#\t\tstatus-revoke = \"10014\"       # someone asks for the end\n"
	"#\t\tstatus-ended = \"10015\"\n"
	"#\t\tstatus-declined = \"10016\"\n"
	"#\t\tstatus-refused = \"10017\"\n"
	"#\t}\n"
	"# }\n"
	"\n"
	"# idp \"okta\" {\n"
	"#\tdriver = \"okta\"\n"
	"#\turl = \"https://NAME.okta.com\"\n"
	"#\tclient-id = \"0oa...\"\n"
	"#\tkey = \"credential:okta\"\n"
	"# }\n"
	"\n"
	"# application \"GitHub\" {\n"
	"#\tidp = \"okta\"\n"
	"#\towner = \"dana@example.com\"\n"
	"# }\n"
	"\n"
	"# role \"github/prod-admin\" {\n"
	"#\tapplication = \"GitHub\"\n"
	"#\tabout = \"merge and deploy to production\"\n"
	"#\tgroups = {\"00g1abcd\"}\n"
	"#\televated = true\n"
	"#\tdurations = {\"1h\", \"6h\", \"24h\"}\n"
	"#\tmax-duration = \"24h\"\n"
	"#\tapprovers = {\"manager\", \"owner\"}\n"
	"#\tapproval = \"all\"\n"
	"# }\n"
	"\n"
	"# People are told, ask and approve in Slack too: lapse-slack(7) has\n"
	"# the app to make. Systemd's lapse-sync.service needs a\n"
	"# LoadCredential= of its own for each credential here. A role with\n"
	"# slack-approval = true needs a delegate as well.\n"
	"# slack {\n"
	"#\ttoken = \"credential:slack\"\n"
	"#\tchannel = \"C0123456789\"       # where access is asked for\n"
	"# }\n"
	"\n"
	"# Who may grant by hand: local login name and Jira accountId.\n"
	"# operator \"anna\" {\n"
	"#\taccount = \"5b10...\"\n"
	"# }\n";

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define AUTO_FD __attribute__((cleanup(fd_close))) int

static int fail_path(struct lapse_err *err, const char *path)
{
	return lapse_fail(err, errno == EEXIST ? LAPSE_EREFUSED : LAPSE_EIO,
		"init: '%s': %s", path, strerror(errno));
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
	return fsync(fd);
}

int init_write_file(const char *path, const char *text, unsigned mode,
	struct lapse_err *err)
{
	AUTO_FD fd = open(path,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_path(err, path);
	if (write_all(fd, text) < 0 || fchmod(fd, mode) < 0) {
		fail_path(err, path);
		unlink(path);
		return LAPSE_EIO;
	}
	return 0;
}

int init_make_parent(const char *path, unsigned mode, struct lapse_err *err)
{
	AUTO_BUF folder = {0};
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return 0;
	buf_add(&folder, path, (size_t)(slash - path));
	if (buf_check(&folder, err, "init") < 0)
		return LAPSE_ENOMEM;
	if (mkdir(buf_text(&folder), 0700) < 0) {
		if (errno == EEXIST)
			return 0;
		return fail_path(err, buf_text(&folder));
	}
	if (chmod(buf_text(&folder), mode) < 0)
		return fail_path(err, buf_text(&folder));
	return 0;
}

void init_secret_path(const struct lapse *l, const char *reference,
	struct buf *ret)
{
	const char *dir = l->env.getenv("CREDENTIALS_DIRECTORY");

	if (strncmp(reference, "file:/", 6) == 0) {
		buf_str(ret, reference + 5);
	} else if (strncmp(reference, "credential:", 11) == 0) {
		if (dir != NULL && *dir == '/') {
			buf_fmt(ret, "%s/%s", dir, reference + 11);
			if (access(buf_text(ret), F_OK) == 0)
				return;
			buf_reset(ret);
		}
		buf_fmt(ret, "/etc/lapse/credentials/%s", reference + 11);
	}
}
