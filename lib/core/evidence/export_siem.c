/* Changes of a group's membership in the words of a SIEM: OCSF 1.3.0, class 3006
 * Group Management, and ECS 9.4.0, category iam. One line of JSON each; both are
 * the same event under the same id, LEDGER:SEQ.
 * Source: schema.ocsf.io, group_management; Elastic's IAM guidelines for ECS. */
#include "export_private.h"
#include "json.h"

#define OCSF_VERSION "1.3.0"
#define ECS_VERSION "9.4.0"

enum {
	OCSF_CATEGORY = 3,		/* identity and access management */
	OCSF_CLASS = 3006,		/* group management */
	OCSF_ADD = 3,
	OCSF_REMOVE = 4,
	OCSF_SUCCESS = 1,
	OCSF_FAILURE = 2,
	OCSF_INFORMATIONAL = 1,
	OCSF_MEDIUM = 3,
	OCSF_HIGH = 4,
};

struct siem {
	const char *ledger;
	enum export_format format;
	struct csv_file *csv;
};

/* Left out where it is not known: neither schema has a null. */
static void put_known(struct json_out *w, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_put_text(w, key, text);
}

static void put_number(struct json_out *w, const char *key, int64_t number)
{
	AUTO_BUF text = {0};

	buf_fmt(&text, "%lld", (long long)number);
	json_put_text(w, key, buf_text(&text));
}

static void put_id(struct json_out *w, const char *key, const struct siem *s,
	const struct export_move *m)
{
	AUTO_BUF text = {0};

	buf_fmt(&text, "%s:%lld", s->ledger, (long long)m->seq);
	json_put_text(w, key, buf_text(&text));
}

static void put_message(struct json_out *w, const struct export_move *m)
{
	AUTO_BUF text = {0};

	buf_fmt(&text, "%s %s %s group %s%s",
		m->login != NULL ? m->login : m->user,
		m->add ? (m->failed ? "could not be added to" : "was added to")
		       : (m->failed ? "could not be removed from"
				    : "was removed from"),
		m->idp, m->group_name != NULL ? m->group_name : m->group,
		m->failed ? ": parked" : "");
	json_put_text(w, "message", buf_text(&text));
}

/* What neither schema has a place for, under the same names in both. */
static void put_rest(struct json_out *w, const struct export_move *m)
{
	put_known(w, "idp", m->idp);
	if (m->grant != 0)
		put_number(w, "grant", m->grant);
	put_known(w, "role", m->role);
	put_known(w, "issue", m->issue);
	json_put_text(w, "elevated", m->elevated ? "yes" : "no");
	put_known(w, "justification", m->reason);
	put_known(w, "approval_id", m->approval_id);
	put_known(w, "approval_method", m->method);
	put_known(w, "approvers", m->approvers);
	put_known(w, "request_hash", m->content_hash);
	put_known(w, "policy_sha256", m->policy);
	if (m->ends_at != WHEN_NONE)
		json_put_time(w, "expires_at", m->ends_at);
	put_known(w, "remote_ref", m->remote_ref);
	put_number(w, "ledger_seq", m->seq);
	put_known(w, "ledger_head", m->hash);
}

/* ---- OCSF ---- */

static void put_class(struct json_out *w, const struct export_move *m)
{
	int activity = m->add ? OCSF_ADD : OCSF_REMOVE;
	int severity = !m->failed ? OCSF_INFORMATIONAL
		: m->add ? OCSF_MEDIUM : OCSF_HIGH;

	json_put_int(w, "activity_id", activity);
	json_put_text(w, "activity_name", m->add ? "Add User" : "Remove User");
	json_put_int(w, "category_uid", OCSF_CATEGORY);
	json_put_text(w, "category_name", "Identity & Access Management");
	json_put_int(w, "class_uid", OCSF_CLASS);
	json_put_text(w, "class_name", "Group Management");
	json_put_int(w, "type_uid", OCSF_CLASS * 100 + activity);
	json_put_text(w, "type_name", m->add ? "Group Management: Add User"
					     : "Group Management: Remove User");
	json_put_int(w, "severity_id", severity);
	json_put_text(w, "severity", severity == OCSF_INFORMATIONAL
		? "Informational" : severity == OCSF_MEDIUM ? "Medium"
		: "High");
	json_put_int(w, "status_id", m->failed ? OCSF_FAILURE : OCSF_SUCCESS);
	json_put_text(w, "status", m->failed ? "Failure" : "Success");
	put_known(w, "status_detail", m->detail);
}

static void put_metadata(struct json_out *w, const struct siem *s,
	const struct export_move *m)
{
	json_put_open(w, "metadata", '{');
	json_put_text(w, "version", OCSF_VERSION);
	json_put_open(w, "product", '{');
	json_put_text(w, "name", "lapse");
	json_put_text(w, "vendor_name", "lapse");
	json_put_text(w, "version", LAPSE_VERSION);
	json_put_close(w, '}');
	put_id(w, "uid", s, m);
	if (m->grant != 0)
		put_number(w, "correlation_uid", m->grant);
	json_put_int(w, "sequence", m->seq);
	json_put_text(w, "log_name", "evidence");
	json_put_close(w, '}');
}

static void put_ocsf(struct json_out *w, const struct siem *s,
	const struct export_move *m)
{
	json_put_open(w, NULL, '{');
	put_class(w, m);
	json_put_int(w, "time", m->at * 1000);
	put_message(w, m);
	put_metadata(w, s, m);
	json_put_open(w, "actor", '{');
	json_put_open(w, "user", '{');
	json_put_text(w, "uid", m->actor);
	put_known(w, "name", m->actor_name);
	json_put_close(w, '}');
	json_put_close(w, '}');
	json_put_open(w, "group", '{');
	json_put_text(w, "uid", m->group);
	put_known(w, "name", m->group_name);
	json_put_close(w, '}');
	json_put_open(w, "user", '{');
	json_put_text(w, "uid", m->user);
	put_known(w, "name", m->login);
	put_known(w, "full_name", m->name);
	put_known(w, "email_addr", m->email);
	json_put_close(w, '}');
	json_put_open(w, "unmapped", '{');
	put_rest(w, m);
	json_put_close(w, '}');
	json_put_close(w, '}');
}

/* ---- ECS ---- */

static void put_event(struct json_out *w, const struct siem *s,
	const struct export_move *m)
{
	json_put_open(w, "event", '{');
	json_put_text(w, "kind", "event");
	json_put_open(w, "category", '[');
	json_put_text(w, NULL, "iam");
	json_put_close(w, ']');
	json_put_open(w, "type", '[');
	json_put_text(w, NULL, "user");
	json_put_text(w, NULL, "change");
	json_put_close(w, ']');
	json_put_text(w, "action", m->add ? "user added to group"
					  : "user removed from group");
	json_put_text(w, "outcome", m->failed ? "failure" : "success");
	put_known(w, "reason", m->detail);
	json_put_text(w, "provider", "lapse");
	json_put_text(w, "dataset", "lapse.evidence");
	put_id(w, "id", s, m);
	json_put_int(w, "sequence", m->seq);
	json_put_close(w, '}');
}

static void put_group(struct json_out *w, const struct export_move *m)
{
	json_put_open(w, "group", '{');
	json_put_text(w, "id", m->group);
	put_known(w, "name", m->group_name);
	put_known(w, "domain", m->idp);
	json_put_close(w, '}');
}

static void put_related(struct json_out *w, const struct export_move *m)
{
	json_put_open(w, "related", '{');
	json_put_open(w, "user", '[');
	json_put_text(w, NULL, m->user);
	put_known(w, NULL, m->login);
	json_put_text(w, NULL, m->actor);
	json_put_close(w, ']');
	json_put_close(w, '}');
}

static void put_ecs(struct json_out *w, const struct siem *s,
	const struct export_move *m)
{
	json_put_open(w, NULL, '{');
	json_put_time(w, "@timestamp", m->at);
	put_message(w, m);
	json_put_open(w, "ecs", '{');
	json_put_text(w, "version", ECS_VERSION);
	json_put_close(w, '}');
	put_event(w, s, m);
	json_put_open(w, "user", '{');
	json_put_text(w, "id", m->actor);
	put_known(w, "name", m->actor_name);
	json_put_open(w, "target", '{');
	json_put_text(w, "id", m->user);
	put_known(w, "name", m->login);
	put_known(w, "full_name", m->name);
	put_known(w, "email", m->email);
	put_group(w, m);
	json_put_close(w, '}');
	json_put_close(w, '}');
	put_group(w, m);
	put_related(w, m);
	json_put_open(w, "labels", '{');
	put_rest(w, m);
	json_put_close(w, '}');
	json_put_close(w, '}');
}

static int put_move(void *arg, const struct export_move *m,
	struct lapse_err *err)
{
	const struct siem *s = arg;
	struct json_out w = {.out = &s->csv->buf};

	if (s->format == EXPORT_OCSF)
		put_ocsf(&w, s, m);
	else
		put_ecs(&w, s, m);
	return csv_end(s->csv, err);
}

int export_put_siem(struct ledger *l, const char *ledger_id,
	const struct export_filter *filter, bool changes,
	enum export_format format, struct csv_file *csv, struct lapse_err *err)
{
	struct siem s = {ledger_id, format, csv};

	return export_moves(l, filter, changes, put_move, &s, err);
}
