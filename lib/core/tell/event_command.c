/* The notify-command: each event as one JSON object on its standard input. */
#include "feed_command.h"
#include "ledger_people.h"
#include "slack_work.h"
#include "story.h"
#include "tell.h"

enum {
	TIMEOUT_S = 5,		/* of one event */
	SHARE_MS = 20000,	/* of one run, for them all */
};

struct feeding {
	struct lapse *l;
	int64_t until_ms;
};

static void put_people(struct lapse *l, struct json_out *w, const char *key,
	const struct strs *accounts, struct arena *a)
{
	json_put_open(w, key, '[');
	for (size_t i = 0; i < accounts->n; i++) {
		struct account_row row = {0};
		bool known = account_get(l->ledger, accounts->items[i], a,
			&row, NULL) == 0;

		json_put_open(w, NULL, '{');
		json_put_text(w, "account", accounts->items[i]);
		json_put_text(w, "name", story_name(l, accounts->items[i],
			a));
		json_put_text(w, "email", known ? row.email : NULL);
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
}

static void put_event(struct lapse *l, struct buf *out,
	const struct happening *h, struct arena *a)
{
	struct json_out w = {.out = out};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "schema", "lapse/notify.v1");
	json_put_int(&w, "seq", h->seq);
	json_put_text(&w, "kind", h->kind);
	json_put_time(&w, "at", h->at);
	json_put_text(&w, "issue", h->key);
	json_put_text(&w, "url", h->url);
	/* Ids are texts, as in every other output. */
	json_put_text(&w, "grant", h->grant == 0 ? NULL :
		arena_fmt(a, "%lld", (long long)h->grant));
	json_put_text(&w, "role", h->words.role);
	json_put_text(&w, "requester", h->words.requester);
	json_put_text(&w, "beneficiary", h->words.beneficiary);
	json_put_text(&w, "reason", h->words.reason);
	if (h->words.duration_s > 0)
		json_put_int(&w, "duration_s", h->words.duration_s);
	else
		json_put_null(&w, "duration_s");
	json_put_time(&w, "until", h->words.until);
	json_put_text(&w, "outcome", h->outcome);
	json_put_text(&w, "end_reason", h->words.end_reason);
	json_put_text(&w, "why", h->words.words);
	put_people(l, &w, "by", &h->by, a);
	put_people(l, &w, "people", &h->accounts, a);
	json_put_close(&w, '}');
	buf_char(out, '\n');
}

static int feed(void *arg, const struct happening *h, struct lapse_err *err)
{
	struct feeding *f = arg;
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	int rc;

	if (core_stopped(f->l) ||
		f->l->env.ticks_ms(f->l->env.arg) >= f->until_ms)
		return lapse_fail(err, LAPSE_EAGAIN,
			"notify-command: its time is up for this run");
	put_event(f->l, &text, h, &a);
	rc = buf_check(&text, err, "event");
	if (rc == 0)
		rc = arena_check(&a, err);
	if (rc == 0)
		rc = feed_command(&f->l->config->notify_command,
			f->l->env.getenv, text.data, text.len, TIMEOUT_S, err);
	return rc < 0 ? lapse_prefix(err, "notify-command: event %lld",
		(long long)h->seq) : 0;
}

int event_command_run(struct lapse *l, struct lapse_err *err)
{
	struct feeding f = {l, l->env.ticks_ms(l->env.arg) + SHARE_MS};
	struct lapse_err why;
	bool alone = false;
	int rc;

	if (l->config->notify_command.n == 0)
		return 0;
	/* Another run feeds it, or the next does. */
	rc = core_alone(l, LEDGER_COMMAND, 0, &alone, err);
	if (rc < 0 || !alone)
		return rc;
	rc = happenings(l, "notify-command", false, feed, &f, &why);
	core_leave(l, LEDGER_COMMAND);
	if (rc == LAPSE_EITEM)
		core_note(l, LAPSE_EXIT_RETRY, &why);
	if (rc == 0 || rc == LAPSE_EITEM || rc == LAPSE_EAGAIN)
		return 0;
	*err = why;
	return rc;
}

int tell_from_now(struct lapse *l, struct lapse_err *err)
{
	char hash[65];
	int64_t head = 0;
	int64_t at = 0;
	int rc = evidence_head(l->ledger, &head, hash, err);

	if (rc == 0 && slack_on(l))
		rc = ledger_set_cursor(l->ledger, "slack", head, err);
	if (rc == 0)
		rc = ledger_cursor(l->ledger, "notify-command", &at, -1, err);
	/* A command may get an event again, and has to get each. */
	if (rc == 0 && at < 0 && l->config->notify_command.n > 0)
		rc = ledger_set_cursor(l->ledger, "notify-command", head, err);
	return rc;
}

int tell_all(struct lapse *l, struct lapse_err *err)
{
	int rc;

	/* A stale ledger would say again what its successor said. */
	if (l->dry_run || l->stale || l->taken_over || l->config == NULL)
		return 0;
	rc = event_command_run(l, err);
	return rc < 0 ? rc : slack_work(l, err);
}
