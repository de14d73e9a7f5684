/* Reading what is said to lapse: the configured channel, and the direct
 * messages in turn. Talk that is not for lapse is not kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slack_ask.h"
#include "slack_scope.h"

enum {
	DIRECTS_AT_ONCE = 30,	/* direct messages read in one run: Slack
				   allows some fifty readings a minute */
	/* A channel that was not read for long is read in windows, so that
	 * each is kept whatever becomes of the next one. */
	WINDOW_S = 600,		/* the first one; each is twice the last, */
	WINDOW_MOST_S = 6 * 3600,
	WINDOW_LEAST_S = 2,	/* a second, and what is left of the last */
	WINDOWS = 16,		/* in one run */
	CLOCKS_S = 600,		/* their clock and ours differ by less */
	TS_BYTES = 32,
};

/* When lapse began to listen: nothing that is older is answered. */
#define BEGAN "im"
#define PAGE_OF_LONG_ONES "15"

/* One channel while it is read; newest first, as Slack gives it. */
struct hearing {
	struct lapse *l;
	struct arena arena;
	const char *channel;
	bool direct;
	const struct slack_roles *roles;
	char newest[TS_BYTES];
	VEC(struct slack_ask_row) asks;
};

int64_t ask_written_at(const struct slack_ask_row *row)
{
	return strtoll(row->ts, NULL, 10);
}

/* Seconds decide, then what is behind the point, of equal length. */
static bool is_newer(const char *ts, const char *than)
{
	long long a = strtoll(ts, NULL, 10);
	long long b = strtoll(than, NULL, 10);

	return a != b ? a > b : strcmp(ts, than) > 0;
}

/* A person's own words, outside of threads: those have their own readers. */
static bool is_somebodys(const struct hearing *h, const struct slack_message *m)
{
	return m->user != NULL && m->bot == NULL && m->text != NULL &&
		(m->subtype == NULL ||
			strcmp(m->subtype, "file_share") == 0) &&
		strcmp(m->user, h->l->slack_self->user) != 0 &&
		strcmp(m->user, "USLACKBOT") != 0 &&
		(m->thread == NULL || strcmp(m->thread, m->ts) == 0);
}

/* More than is read is told from what fits by its length alone. */
static const char *cut(struct arena *a, const char *text)
{
	size_t n = strlen(text);

	if (n > SLACK_WORDS_MAX + 1) {
		n = SLACK_WORDS_MAX + 1;
		while (n > SLACK_WORDS_MAX - 4 &&
			((unsigned char)text[n] & 0xc0) == 0x80)
			n++;
	}
	return arena_copy_n(a, text, n);
}

/* Talk is not kept. */
static int is_for_us(struct hearing *h, const char *text, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_words words = {0};
	int rc = h->direct ? 0 : slack_words_read(text,
		h->l->slack_self->user, false, h->roles, &a, &words, err);

	*ret = rc == 0 && (h->direct || words.means != SLACK_MEANS_NOTHING);
	return rc;
}

static int take(void *arg, const void *item, struct lapse_err *err)
{
	struct hearing *h = arg;
	const struct slack_message *m = item;
	struct slack_ask_row *row;
	bool for_us = false;

	if (h->newest[0] == '\0' || is_newer(m->ts, h->newest))
		snprintf(h->newest, sizeof(h->newest), "%s", m->ts);
	if (is_somebodys(h, m) && is_for_us(h, m->text, &for_us, err) < 0)
		return err->code;
	if (!for_us)
		return 0;
	row = VEC_ADD(&h->asks, &h->arena);
	if (row == NULL)
		return lapse_fail_nomem(err);
	*row = (struct slack_ask_row){
		.channel = h->channel,
		.ts = arena_copy(&h->arena, m->ts),
		.slack_user = arena_copy(&h->arena, m->user),
		.text = cut(&h->arena, m->text),
		.read_at = core_now(h->l),
	};
	return arena_check(&h->arena, err);
}

/* What was read, and how far: both or neither. */
static int keep(struct hearing *h, const char *upto, struct lapse_err *err)
{
	struct lapse *l = h->l;
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	for (size_t i = h->asks.n; i > 0 && rc == 0; i--)
		rc = slack_ask_add(l->ledger, &h->asks.items[i - 1], err);
	if (rc == 0)
		rc = slack_cursor_put(l->ledger, h->channel, "", upto,
			core_now(l), err);
	return core_end(l, rc, err);
}

static int read_pages(struct hearing *h, const char *after, int64_t until,
	const char *page, struct lapse_err *err)
{
	struct op op = {
		.step = slack_history,
		.name = "conversations.history",
		.group = h->channel,
		.key = after,
		.at = until,
		.settings = page,
		.sink = take,
		.arg = h,
	};
	int rc;

	h->newest[0] = '\0';
	arena_clear(&h->arena);
	memset(&h->asks, 0, sizeof(h->asks));
	rc = slack_call(h->l, &op, err);
	op_clear(&op);
	return rc;
}

/* Long words make pages that are too big for us: fewer at once then. */
static int read_until(struct hearing *h, const char *after, int64_t until,
	struct lapse_err *err)
{
	int rc = read_pages(h, after, until, NULL, err);

	return rc == LAPSE_EPROTO ?
		read_pages(h, after, until, PAGE_OF_LONG_ONES, err) : rc;
}

/* What ends the run, as opposed to what Slack did or did not. */
static bool ends_run(int rc)
{
	return rc <= LAPSE_EINTERNAL;
}

/* What was given up for the run was noted there, a scope is noted with the
 * others; that Slack is to be left alone is nobody's fault. */
static void note(struct lapse *l, const struct lapse_err *why)
{
	l->slack_unread = true;
	if (!l->slack_failed && why->code != LAPSE_EAGAIN &&
		why->code != LAPSE_EAUTH)
		core_note_slack(l, LAPSE_EXIT_RETRY, why);
}

/* ---- Windows ---- */

struct window {
	char after[TS_BYTES];
	int64_t length_s;
	bool more;
};

/* Second 0 has no messages: a page without any is a good answer. */
static bool answers_well(struct hearing *h)
{
	struct lapse_err why;

	return read_pages(h, "0", 1, NULL, &why) == 0;
}

/* Now by their clock, where ours is ahead. */
static int64_t their_now(struct lapse *l)
{
	int64_t now = core_now(l);

	return l->slack_date != WHEN_NONE && l->slack_date < now ?
		l->slack_date : now;
}

/* What cannot be read for what stands in it is narrowed down to a second, and
 * that one is left out; of direct messages all until now: it is one person's
 * own doing. */
static int narrow(struct hearing *h, struct window *w, int64_t until,
	struct lapse_err *why, struct lapse_err *err)
{
	char at[WHEN_TEXT];

	w->more = true;
	if (!h->direct && w->length_s > WINDOW_LEAST_S) {
		w->length_s = w->length_s / 2 > WINDOW_LEAST_S ?
			w->length_s / 2 : WINDOW_LEAST_S;
		return 0;
	}
	if (!answers_well(h)) {
		w->more = false;
		note(h->l, why);
		return 0;
	}
	if (h->direct)
		until = their_now(h->l);
	lapse_prefix(why, "slack: channel '%s': what was said %s %s is left "
		"out", h->channel, h->direct ? "until" : "at",
		when_time(until - 1, at));
	note(h->l, why);
	snprintf(w->after, TS_BYTES, "%lld.999999", (long long)until - 1);
	return keep(h, w->after, err);
}

/* What is not past by either clock has no end: behind one that closes, nothing
 * is read any more. One person's words are never too many. */
static int64_t end_of(const struct hearing *h, const struct window *w)
{
	int64_t until = strtoll(w->after, NULL, 10) + w->length_s;

	return h->direct || until > core_now(h->l) - CLOCKS_S ? 0 : until;
}

static int kept(struct hearing *h, struct window *w, int64_t until,
	struct lapse_err *err)
{
	w->more = until != 0;
	w->length_s = w->length_s * 2 < WINDOW_MOST_S ? w->length_s * 2 :
							WINDOW_MOST_S;
	if (until != 0)
		snprintf(w->after, TS_BYTES, "%lld.999999",
			(long long)until - 1);
	if (h->newest[0] != '\0' && is_newer(h->newest, w->after))
		snprintf(w->after, TS_BYTES, "%s", h->newest);
	return until == 0 && h->newest[0] == '\0' ? 0 :
		keep(h, w->after, err);
}

static int read_window(struct hearing *h, struct window *w,
	struct lapse_err *err)
{
	int64_t until = end_of(h, w);
	struct lapse_err why;
	int rc = read_until(h, w->after, until, &why);

	if (rc == 0)
		return kept(h, w, until, err);
	w->more = false;
	if (ends_run(rc)) {
		*err = why;
		return rc;
	}
	if (rc == LAPSE_EPROTO && (until != 0 || h->direct))
		return narrow(h, w, until, &why, err);
	/* Direct messages go away with the person. */
	if (!h->direct || rc != LAPSE_ENOTFOUND)
		note(h->l, &why);
	return 0;
}

static int read_channel(struct lapse *l, const char *channel, bool direct,
	const char *from, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_roles roles = {0};
	struct hearing h = {.l = l, .channel = channel, .direct = direct,
		.roles = &roles};
	struct window w = {.length_s = WINDOW_S, .more = true};
	int rc = direct ? 0 : ask_roles(l, &a, &roles, err);

	snprintf(w.after, sizeof(w.after), "%s", from);
	for (int i = 0; i < WINDOWS && w.more && rc == 0; i++)
		rc = read_window(&h, &w, err);
	arena_clear(&h.arena);
	return rc;
}

/* ---- From where on ---- */

/* The first time nothing is read: what stands there was said to nobody. */
static int begin(struct lapse *l, const char *channel, struct lapse_err *err)
{
	char now[TS_BYTES];
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	snprintf(now, sizeof(now), "%lld.000000", (long long)their_now(l));
	return core_end(l, slack_cursor_put(l->ledger, channel, "", now,
		core_now(l), err), err);
}

static int read_configured(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *channel = l->config->slack.channel;
	const char *from = "";
	int rc;

	if (channel == NULL || slack_lacks(l, SLACK_CHANNELS_HISTORY))
		return 0;
	rc = slack_cursor_get(l->ledger, channel, "", &a, &from, err);
	if (rc < 0)
		return rc;
	return *from == '\0' ? begin(l, channel, err) :
		read_channel(l, channel, false, from, err);
}

/* ---- Direct messages ---- */

struct directs {
	struct lapse *l;
	struct arena *arena;
	struct slack_cursor_rows *read;
	struct strs fresh;	/* channels never read; then */
	VEC(const struct slack_cursor_row *) known;
};

static const struct slack_cursor_row *cursor_of(const struct directs *d,
	const char *channel)
{
	for (size_t i = 0; i < d->read->items.n; i++)
		if (strcmp(d->read->items.items[i].channel, channel) == 0)
			return &d->read->items.items[i];
	return NULL;
}

static int take_direct(void *arg, const void *item, struct lapse_err *err)
{
	struct directs *d = arg;
	const struct slack_direct *one = item;
	const struct slack_cursor_row *c = cursor_of(d, one->channel);
	const struct slack_cursor_row **slot;

	if (c == NULL) {
		strs_add(&d->fresh, d->arena, one->channel);
		return arena_check(d->arena, err);
	}
	slot = VEC_ADD(&d->known, d->arena);
	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = c;
	return 0;
}

static int longest_ago(const void *a, const void *b)
{
	const struct slack_cursor_row *x = *(const struct slack_cursor_row *const *)a;
	const struct slack_cursor_row *y = *(const struct slack_cursor_row *const *)b;

	return x->read_at < y->read_at ? -1 : x->read_at > y->read_at;
}

/* Where not all can be read in one run, they take turns; so does one that used
 * up what there was for all. */
static int took_turn(struct lapse *l, const char *channel, const char *was,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *ts = "";
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = slack_cursor_get(l->ledger, channel, "", &a, &ts, err);
	if (rc == 0)
		rc = slack_cursor_put(l->ledger, channel, "",
			*ts != '\0' ? ts : was, core_now(l), err);
	return core_end(l, rc, err);
}

static int read_direct(struct lapse *l, const char *channel, const char *from,
	bool turns, struct lapse_err *err)
{
	int rc = read_channel(l, channel, true, from, err);

	return rc < 0 || (!turns && slack_usable(l)) ? rc :
		took_turn(l, channel, from, err);
}

static int read_list(struct lapse *l, struct directs *d, const char *began,
	struct lapse_err *err)
{
	bool turns = d->fresh.n + d->known.n > DIRECTS_AT_ONCE;
	size_t left = DIRECTS_AT_ONCE;
	int rc = 0;

	if (d->known.n > 0)
		qsort(d->known.items, d->known.n, sizeof(*d->known.items),
			longest_ago);
	for (size_t i = 0; i < d->fresh.n && left > 0 && rc == 0 &&
		slack_usable(l); i++, left--)
		rc = read_direct(l, d->fresh.items[i], began, turns, err);
	for (size_t i = 0; i < d->known.n && left > 0 && rc == 0 &&
		slack_usable(l); i++, left--)
		rc = read_direct(l, d->known.items[i]->channel,
			d->known.items[i]->ts, turns, err);
	return rc;
}

/* Without im:read those are read that lapse opened itself. */
static int list_known(struct directs *d, struct lapse_err *err)
{
	struct strs channels = {0};
	int rc = slack_user_channels(d->l->ledger, d->arena, &channels, err);

	for (size_t i = 0; i < channels.n && rc == 0; i++) {
		const struct slack_direct one = {.channel = channels.items[i]};

		rc = take_direct(d, &one, err);
	}
	return rc;
}

static int list_directs(struct directs *d, struct lapse_err *err)
{
	struct op op = {
		.step = slack_directs,
		.name = "conversations.list",
		.sink = take_direct,
		.arg = d,
	};
	int rc = slack_call(d->l, &op, err);

	op_clear(&op);
	return rc == LAPSE_EAUTH && slack_lacks(d->l, SLACK_IM_READ) ?
		list_known(d, err) : rc;
}

static int read_directs(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_cursor_rows read = {0};
	struct directs d = {.l = l, .arena = &a, .read = &read};
	const char *began = "";
	struct lapse_err why;
	int rc = slack_cursor_get(l->ledger, BEGAN, "", &a, &began, err);

	if (rc == 0 && *began == '\0')
		return begin(l, BEGAN, err);
	if (rc == 0)
		rc = slack_cursors(l->ledger, &a, &read, err);
	if (rc < 0 || slack_lacks(l, SLACK_IM_HISTORY))
		return rc;
	rc = list_directs(&d, &why);
	if (rc == 0)
		return read_list(l, &d, began, err);
	note(l, &why);
	if (ends_run(rc))
		*err = why;
	return ends_run(rc) ? rc : 0;
}

int ask_read(struct lapse *l, struct lapse_err *err)
{
	struct lapse_err why;
	int rc;

	if (!slack_usable(l))
		return 0;
	rc = slack_self(l, &why);
	if (rc < 0) {
		if (ends_run(rc))
			*err = why;
		return ends_run(rc) ? rc : 0;
	}
	/* Whoever cannot be known is heard once they can be. */
	if (slack_lacks(l, SLACK_PEOPLE))
		return 0;
	rc = read_configured(l, err);
	return rc < 0 ? rc : read_directs(l, err);
}
