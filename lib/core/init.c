/* The first steps: configuration, state folder, key, ledger, anchor issue.
 * Every step looks first and leaves what is there. */
#include "init.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "json.h"
#include "log.h"
#include "notice.h"

/* "lapse/init.v1" */
static int tell(struct lapse *l, const char *what, bool done,
	const char *detail, struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		{"what", LAPSE_TEXT, what, 0},
		{"done", LAPSE_BOOL, NULL, done},
		{"detail", LAPSE_TEXT, detail, 0},
	};

	return core_record(l, "lapse/init.v1", fields,
		sizeof(fields) / sizeof(*fields), err);
}

/* ---- Configuration ---- */

/* It holds no secret, and whoever runs by hand may read it. */
static int write_config(struct lapse *l, const char *path,
	struct lapse_err *err)
{
	int rc = 0;

	if (path == NULL)
		return lapse_fail(err, LAPSE_EUSAGE,
			"init: no file for the configuration");
	if (access(path, F_OK) == 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"init: '%s': cannot be read", path);
	if (l->dry_run)
		return tell(l, "configuration", false, path, err);
	rc = init_make_parent(path, 0755, err);
	if (rc == 0)
		rc = init_write_file(path, init_config_text, 0644, err);
	if (rc == 0)
		rc = tell(l, "configuration", true, path, err);
	if (rc == 0)
		log_say(&l->env, LAPSE_NOTICE,
			"%s: written; fill in what is marked, then run `lapse "
			"init` again", path);
	return rc;
}

/* ---- State folder ---- */

static int check_owner(const char *path, const struct stat *st,
	struct lapse_err *err)
{
	if (!S_ISDIR(st->st_mode))
		return lapse_fail(err, LAPSE_ECONFIG,
			"init: '%s': not a folder", path);
	if (st->st_uid != geteuid())
		return lapse_fail(err, LAPSE_ECONFIG,
			"init: '%s': belongs to user %lu; run this as that "
			"user: sudo -u '#%lu' lapse init", path,
			(unsigned long)st->st_uid, (unsigned long)st->st_uid);
	return 0;
}

static int make_state(struct lapse *l, struct lapse_err *err)
{
	const char *path = l->config->state_dir;
	struct stat st;
	int rc;

	if (stat(path, &st) == 0) {
		rc = check_owner(path, &st, err);
		return rc < 0 ? rc : tell(l, "state folder", true, path, err);
	}
	if (l->dry_run)
		return tell(l, "state folder", false, path, err);
	if (mkdir(path, 0700) < 0)
		return lapse_fail(err, LAPSE_EIO,
			"init: '%s': %s", path, strerror(errno));
	return tell(l, "state folder", true, path, err);
}

/* ---- Key ---- */

static int make_key(struct lapse *l, const char *path, struct lapse_err *err)
{
	unsigned char bytes[HASH_BYTES];
	char hex[HASH_HEX];
	struct lapse_err why;
	int rc;

	if (l->env.random(l->env.arg, bytes, sizeof(bytes)) < 0)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"init: no randomness to be had");
	hash_to_hex(bytes, hex);
	rc = init_make_parent(path, 0700, &why);
	if (rc == 0)
		rc = init_write_file(path, hex, 0600, &why);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(hex, sizeof(hex));
	if (rc == 0)
		return 0;
	return lapse_fail(err, rc,
		"%s; make the key as root: openssl rand -hex 32 | install -m "
		"0640 -g lapse /dev/stdin '%s'", why.text, path);
}

static int need_key(struct lapse *l, struct lapse_err *err)
{
	AUTO_BUF path = {0};
	const char *reference = l->config->ledger_key;
	int rc;

	if (reference == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: 'ledger-key': missing", l->config->path);
	init_secret_path(l, reference, &path);
	if (path.len == 0)
		return tell(l, "ledger key", true, reference, err);
	if (access(buf_text(&path), F_OK) == 0)
		return tell(l, "ledger key", true, buf_text(&path), err);
	if (l->dry_run)
		return tell(l, "ledger key", false, buf_text(&path), err);
	rc = make_key(l, buf_text(&path), err);
	return rc < 0 ? rc : tell(l, "ledger key", true, buf_text(&path), err);
}

/* ---- Ledger ---- */

static int begin_chain(struct lapse *l, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct ledger_about about;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc < 0)
		return rc;
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "ledger", about.id);
	json_put_text(&w, "version", LAPSE_VERSION);
	json_put_close(&w, '}');
	rc = buf_check(&data, err, "evidence");
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	const struct evidence e = {
		.kind = "ledger-created",
		.data = buf_text(&data),
	};
	return core_end(l, core_evidence(l, &e, NULL, err), err);
}

static int need_ledger(struct lapse *l, struct lapse_err *err)
{
	const char *path = l->config->ledger;
	int rc;

	if (access(path, F_OK) == 0) {
		rc = ledger_open(&l->ledger, path, l->dry_run ? LEDGER_READ :
			LEDGER_WRITE, &l->env, err);
		return rc < 0 ? rc : tell(l, "ledger", true, path, err);
	}
	if (l->dry_run)
		return tell(l, "ledger", false, path, err);
	rc = ledger_open(&l->ledger, path, LEDGER_CREATE, &l->env, err);
	if (rc == 0)
		rc = begin_chain(l, err);
	return rc < 0 ? rc : tell(l, "ledger", true, path, err);
}

/* ---- Anchor ---- */

static void put_fields(struct buf *out, const struct lapse_init *o)
{
	struct json_out w = {.out = out};

	json_put_open(&w, NULL, '{');
	json_put_open(&w, "fields", '{');
	json_put_text(&w, "summary", "lapse ledger anchor");
	json_put_open(&w, "project", '{');
	json_put_text(&w, "id", o->project);
	json_put_close(&w, '}');
	json_put_open(&w, "issuetype", '{');
	json_put_text(&w, "id", o->issue_type);
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	json_put_close(&w, '}');
}

static int create_anchor(struct lapse *l, const struct lapse_init *o,
	struct buf *ret_id, struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct op op = {
		.step = jira_create_issue,
		.name = "anchor issue",
		.arena = &l->arena,
	};
	int rc;

	put_fields(&body, o);
	rc = buf_check(&body, err, "anchor issue");
	op.body = buf_text(&body);
	if (rc == 0)
		rc = core_jira(l, &op, err);
	if (rc == 0)
		buf_str(ret_id, op.ret_id);
	op_clear(&op);
	return rc;
}

static int take_anchor(struct lapse *l, const char *issue, struct buf *ret_id,
	struct lapse_err *err)
{
	struct jira_issue *anchor = NULL;
	int rc = core_issue(l, issue, NULL, &l->arena, &anchor, err);

	if (rc < 0)
		return rc;
	if (anchor == NULL)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"init: issue '%s': not there, or not to be seen by the "
			"bot", issue);
	buf_str(ret_id, anchor->id);
	return 0;
}

static int keep_anchor(struct lapse *l, const char *issue,
	struct lapse_err *err)
{
	const struct evidence e = {
		.kind = "anchor-made",
		.issue = issue,
	};
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = ledger_set_anchor(l->ledger, issue, 0, err);
	if (rc == 0)
		rc = core_evidence(l, &e, NULL, err);
	rc = core_end(l, rc, err);
	return rc < 0 ? rc : anchor_write(l, err);
}

static int make_anchor(struct lapse *l, const struct lapse_init *o,
	struct lapse_err *err)
{
	AUTO_BUF id = {0};
	int rc;

	if (l->dry_run)
		return tell(l, "anchor issue", false,
			o->anchor != NULL ? o->anchor : o->project, err);
	rc = core_online(l, err);
	if (rc == 0 && o->anchor != NULL)
		rc = take_anchor(l, o->anchor, &id, err);
	else if (rc == 0)
		rc = create_anchor(l, o, &id, err);
	if (rc == 0)
		rc = keep_anchor(l, buf_text(&id), err);
	return rc < 0 ? rc : tell(l, "anchor issue", true, buf_text(&id), err);
}

/* An anchor that was deleted is replaced; one that is there never is. */
static int is_lost(struct lapse *l, const char *issue, bool *ret,
	struct lapse_err *err)
{
	AUTO_BUF id = {0};
	struct lapse_err why;
	int rc = core_online(l, err);

	if (rc < 0)
		return rc;
	rc = take_anchor(l, issue, &id, &why);
	*ret = rc == LAPSE_ENOTFOUND;
	if (rc < 0 && !*ret)
		return lapse_fail(err, rc, "%s", why.text);
	return 0;
}

static int need_anchor(struct lapse *l, const struct lapse_init *o,
	struct lapse_err *err)
{
	bool lost = false;
	struct ledger_about about = {0};
	int rc = l->ledger == NULL ? 0 : ledger_about(l->ledger, &about, err);

	if (rc < 0)
		return rc;
	if (*about.anchor_issue != '\0' &&
		(o->project != NULL || o->anchor != NULL)) {
		rc = is_lost(l, about.anchor_issue, &lost, err);
		if (rc < 0)
			return rc;
	}
	if (*about.anchor_issue != '\0' && !lost)
		return tell(l, "anchor issue", true, about.anchor_issue, err);
	if (o->project != NULL || o->anchor != NULL)
		return make_anchor(l, o, err);
	return tell(l, "anchor issue", false,
		"not made: run again with --project=ID --issue-type=ID, or "
		"with --anchor=ISSUE", err);
}

int lapse_init(struct lapse *l, const struct lapse_init *o,
	struct lapse_err *err)
{
	int rc;

	if (l->config == NULL)
		return write_config(l, o->config, err);
	rc = tell(l, "configuration", true, l->config->path, err);
	if (rc == 0)
		rc = make_state(l, err);
	if (rc == 0)
		rc = need_key(l, err);
	if (rc == 0)
		rc = need_ledger(l, err);
	if (rc == 0)
		rc = need_anchor(l, o, err);
	return rc;
}
