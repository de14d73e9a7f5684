/* Checks of what a provider's credential may change. Nothing is tried: what the
 * token says of itself is compared with what the configuration needs, and what
 * no token says is told as not known. */
#include <stdio.h>
#include <string.h>

#include "auth.h"
#include "doctor.h"
#include "text.h"
#include "when.h"

enum {
	NEAR_S = 30 * 86400,	/* a credential's end is told so long before */
};

/* ---- What the configuration needs ---- */

static bool has_group_at(const struct role *r, const char *idp)
{
	for (size_t i = 0; i < r->groups.n; i++) {
		const char *at, *group;

		config_role_group(r, i, &at, &group);
		if (strcmp(at, idp) == 0)
			return true;
	}
	return false;
}

static bool is_needed(const struct doctor *d, const struct core_idp *i,
	enum idp_need need)
{
	const struct config *c = d->l->config;

	if (need == IDP_NEED_EXPIRY && i->section->driver->set_expiry == NULL)
		return false;
	for (size_t n = 0; n < c->roles.n; n++) {
		const struct role *r = &c->roles.items[n];

		if (has_group_at(r, i->section->name) &&
			(need != IDP_NEED_SESSIONS || r->end_sessions))
			return true;
	}
	return false;
}

/* ---- What the token says ---- */

/* The first of the words that was granted; its length is 0: none was. */
static const char *first_granted(const char *words, const char *granted,
	size_t *ret_len)
{
	size_t n;

	for (; *words != '\0'; words += n + strspn(words + n, " ")) {
		n = strcspn(words, " ");
		if (text_has_word(granted, words, n)) {
			*ret_len = n;
			return words;
		}
	}
	*ret_len = 0;
	return words;
}

static int judge(struct doctor *d, const struct core_idp *i,
	const struct idp_right *right, unsigned *lacking,
	struct lapse_err *err)
{
	const char *granted = auth_granted(i->remote.auth);
	AUTO_BUF what = {0};
	struct lapse_err why;
	const char *found;
	size_t len;

	buf_fmt(&what, "%s: %s", i->section->name, right->what);
	if (right->words == NULL)
		return doctor_unknown(d, buf_text(&what), right->hint, err);
	if (granted == NULL)
		return doctor_unknown(d, buf_text(&what),
			"the token does not say what it may do", err);
	found = first_granted(right->words, granted, &len);
	if (len > 0)
		return doctor_good(d, buf_text(&what), arena_copy_n(&d->arena,
			found, len), err);
	*lacking |= 1u << right->need;
	lapse_fail(&why, LAPSE_EAUTH, "%s: the token was not given %.*s",
		i->section->name, (int)strcspn(right->words, " "),
		right->words);
	return doctor_failed(d, buf_text(&what), &why, right->hint, err);
}

static int check_excess(struct doctor *d, const struct core_idp *i,
	struct lapse_err *err)
{
	const struct idp_excess *e = i->section->driver->excess;
	const char *granted = auth_granted(i->remote.auth);
	AUTO_BUF what = {0};
	int rc = 0;

	buf_fmt(&what, "%s: the credential has no right too many",
		i->section->name);
	for (; rc == 0 && granted != NULL && e != NULL && e->word != NULL; e++)
		if (text_has_word(granted, e->word, strlen(e->word)))
			rc = doctor_warn(d, buf_text(&what),
				arena_fmt(&d->arena, "%s %s", e->word, e->why),
				arena_fmt(&d->arena, "take it away; "
					"lapse-%s(7) has what is needed",
					i->section->driver->name), err);
	return rc;
}

/* ---- How long it lasts ---- */

int doctor_lasts(struct doctor *d, const struct core_idp *i,
	const char *subject, struct lapse_err *err)
{
	static const char hint[] = "make the next one, and name it beside this "
		"one as the next key";
	int64_t ends_at = auth_ends_at(i->remote.auth);
	int64_t now = core_now(d->l);
	AUTO_BUF what = {0};
	char at[WHEN_TEXT], from_now[WHEN_TEXT];
	const char *detail;

	if (ends_at == WHEN_NONE)
		return 0;
	buf_fmt(&what, "%s: %s lasts", i->section->name, subject);
	detail = arena_fmt(&d->arena, "until %s, %s", when_time(ends_at, at),
		when_relative(ends_at, now, from_now));
	if (ends_at <= now)
		return doctor_bad(d, buf_text(&what), detail, hint, err);
	if (ends_at - now < NEAR_S)
		return doctor_warn(d, buf_text(&what), detail, hint, err);
	return doctor_good(d, buf_text(&what), detail, err);
}

int doctor_rights(struct doctor *d, const struct core_idp *i,
	unsigned *ret_lacking, struct lapse_err *err)
{
	const struct idp_right *right = i->section->driver->rights(&i->remote);
	int rc = 0;

	for (; rc == 0 && right->what != NULL; right++)
		if (is_needed(d, i, right->need))
			rc = judge(d, i, right, ret_lacking, err);
	if (rc == 0)
		rc = check_excess(d, i, err);
	return rc < 0 ? rc : doctor_lasts(d, i, "the certificate", err);
}
