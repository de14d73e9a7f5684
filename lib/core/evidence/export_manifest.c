/* MANIFEST.json: what the files of an export are, what they rest on, and
 * what they do not contain. */
#include "export_private.h"
#include "json.h"

static void put_ledger(struct json_out *w, const struct export_manifest *m)
{
	json_put_open(w, "ledger", '{');
	json_put_text(w, "id", m->about.id);
	json_put_time(w, "created_at", m->about.created_at);
	json_put_int(w, "head_seq", m->head_seq);
	json_put_text(w, "head_sha256", m->head);
	json_put_text(w, "taken_over_by",
		m->about.taken_over_by[0] == '\0' ? NULL
						  : m->about.taken_over_by);
	json_put_close(w, '}');
}

static void put_filters(struct json_out *w, const struct export_options *o)
{
	json_put_open(w, "filters", '{');
	json_put_text(w, "idp", o->idp);
	json_put_text(w, "role", o->role);
	json_put_time(w, "changes_since", o->since);
	json_put_time(w, "changes_until", o->until);
	json_put_time(w, "as_of", o->as_of);
	json_put_close(w, '}');
}

static void put_age(struct json_out *w, const char *key, int64_t now,
	int64_t at)
{
	if (at == WHEN_NONE)
		json_put_null(w, key);
	else
		json_put_int(w, key, now - at);
}

static void put_observed(struct json_out *w, const struct export_manifest *m)
{
	const struct export_population *p = &m->population;

	json_put_open(w, "observed", '{');
	json_put_time(w, "oldest_at", p->oldest);
	put_age(w, "oldest_age_s", m->now, p->oldest);
	json_put_time(w, "newest_at", p->newest);
	put_age(w, "newest_age_s", m->now, p->newest);
	json_put_close(w, '}');
}

/* The tie-out: the memberships counted on their own, and the rows by where
 * they come from. What is left of the first are removals that lapse verified
 * after the reading. Of an earlier time the memberships are not counted. */
static void put_population(struct json_out *w, const struct export_manifest *m)
{
	const struct export_population *p = &m->population;

	json_put_open(w, "population", '{');
	json_put_int(w, "groups", p->groups);
	json_put_int(w, "groups_never_read", p->groups_unread);
	if (m->options->as_of == WHEN_NONE) {
		json_put_int(w, "memberships_read", p->members);
		json_put_int(w, "removed_since_read",
			p->members - m->counts.members);
	}
	json_put_int(w, "rows_of_read_memberships", m->counts.members);
	json_put_int(w, "rows_granted_since_read", m->counts.since);
	json_put_int(w, "rows_by_hand", m->counts.manual);
	json_put_close(w, '}');
}

/* Closed without anybody's acknowledgement: their result is nobody's yet. */
static void put_reviews(struct json_out *w, const struct export_manifest *m)
{
	json_put_open(w, "reviews", '{');
	json_put_text(w, "campaign", m->options->campaign);
	json_put_int(w, "campaigns", m->files[EXPORT_CAMPAIGNS].rows);
	json_put_int(w, "items", m->files[EXPORT_ITEMS].rows);
	json_put_open(w, "not_acknowledged", '[');
	for (size_t i = 0; i < m->unacknowledged.n; i++)
		json_put_text(w, NULL, m->unacknowledged.items[i]);
	json_put_close(w, ']');
	json_put_close(w, '}');
}

/* What an auditor could miss. */
static const char *const never_there[] = {
	"memberships of groups that are neither in the catalog nor under a "
	"hold",
	"members of groups that were never read completely, other than those "
	"granted by lapse",
	"access by other ways than group membership, other than what people "
	"did by hand on an issue",
	"direct assignments of applications to users",
	"administrator roles of the providers themselves",
	"local accounts of applications",
	"the kind of an account (person or service)",
	"tenants",
	NULL,
};
static const char *const not_of_then[] = {
	"names, status, manager, department and title of people as of then: "
	"they are as last observed",
	"memberships that lapse did not make, of before a group was first read",
	NULL,
};

static void put_lines(struct json_out *w, const char *const *lines)
{
	for (; *lines != NULL; lines++)
		json_put_text(w, NULL, *lines);
}

static void put_left_out(struct json_out *w, const struct export_options *o)
{
	json_put_open(w, "not_contained", '[');
	put_lines(w, never_there);
	if ((o->kinds & 1u << EXPORT_ITEMS) != 0)
		json_put_text(w, NULL, "review decisions beside the "
			"entitlements: they are in review_items.csv");
	if (o->as_of != WHEN_NONE)
		put_lines(w, not_of_then);
	if (o->format == EXPORT_OCSF || o->format == EXPORT_ECS)
		json_put_text(w, NULL, "what is not a change of a group's "
			"membership by lapse: it has no word there");
	if (o->role != NULL)
		json_put_text(w, NULL,
			"groups of the role in which this ledger never saw a "
			"grant of it");
	if (o->idp != NULL)
		json_put_text(w, NULL, "access that is given by hand");
	json_put_close(w, ']');
}

static void put_files(struct json_out *w, const struct export_manifest *m)
{
	json_put_open(w, "files", '[');
	for (size_t i = 0; i < ARRAY_N(m->files); i++) {
		if (m->files[i].name == NULL)
			continue;
		json_put_open(w, NULL, '{');
		json_put_text(w, "name", m->files[i].name);
		json_put_int(w, "rows", m->files[i].rows);
		json_put_int(w, "bytes", m->files[i].bytes);
		json_put_text(w, "sha256", m->files[i].sha256);
		json_put_text(w, "merkle_root", m->files[i].root);
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
}

int export_manifest_text(const struct export_manifest *m, struct buf *ret,
	struct lapse_err *err)
{
	struct json_out w = {.out = ret};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "schema", EXPORT_SCHEMA);
	json_put_text(&w, "tool", "lapse");
	json_put_text(&w, "version", LAPSE_VERSION);
	json_put_time(&w, "known_until", m->known_until);
	put_ledger(&w, m);
	json_put_text(&w, "config_sha256", m->config_sha256);
	put_filters(&w, m->options);
	put_observed(&w, m);
	if ((m->options->kinds & 1u << EXPORT_ENTITLEMENTS) != 0)
		put_population(&w, m);
	put_left_out(&w, m->options);
	json_put_text(&w, "format", export_format_name(m->options->format));
	json_put_text(&w, "csv_mode", m->options->raw ? "raw" : "safe");
	put_files(&w, m);
	if (m->public_key != NULL)
		json_put_text(&w, "public_key", m->public_key);
	if ((m->options->kinds & 1u << EXPORT_CAMPAIGNS) != 0)
		put_reviews(&w, m);
	json_put_close(&w, '}');
	buf_char(ret, '\n');
	return buf_check(ret, err, EXPORT_MANIFEST);
}
