/* The decision file of a sheet. */
#include "export_csv.h"
#include "texts_sheet.h"

static const char *const names[] = {"item", "row_digest", "person", "login",
	"email", "title", "department", "manager", "account_status",
	"application", "role", "elevated", "group", "granted_via",
	"granted_at", "expires_at", "original_issue", "justification",
	"last_use", "last_use_at", "last_use_source", "last_use_why",
	"days_inactive", "other_roles", "seat_cost", "recommendation",
	"recommendation_reason", "decision", "reason", "until"};

static void put_item(struct csv_row *r, const struct item_row *i)
{
	csv_int(r, i->n);
	csv_text(r, i->digest);
	csv_text(r, i->name);
	csv_text(r, i->login);
	csv_text(r, i->email);
	csv_text(r, i->title);
	csv_text(r, i->department);
	csv_text(r, i->manager);
	csv_text(r, i->status);
	csv_text(r, i->application);
	csv_text(r, i->role);
	csv_yes(r, i->elevated);
	csv_text(r, i->group_name != NULL ? i->group_name : i->group);
	csv_text(r, i->via);
	csv_time(r, i->granted_at);
	csv_time(r, i->expires_at);
	csv_text(r, i->request_key);
	csv_text(r, i->justification);
	csv_text(r, i->last_use);
	csv_time(r, i->last_use_at);
	csv_text(r, i->last_use_source);
	csv_text(r, i->last_use_why);
	if (i->days_inactive < 0)
		csv_empty(r, 1);
	else
		csv_int(r, i->days_inactive);
	csv_text(r, i->other_roles);
	csv_text(r, i->seat_cost);
	csv_text(r, i->recommendation);
	csv_text(r, i->recommended_why);
	csv_empty(r, 3);
}

static void end_row(struct csv_row *r)
{
	buf_str(r->out, "\r\n");
	r->comma = false;
}

void sheet_csv(struct buf *out, const struct item_rows *items)
{
	struct csv_day days[CSV_DAYS] = {0};
	struct csv_row r = {.out = out, .days = days, .safe = true};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		csv_text(&r, names[i]);
	end_row(&r);
	for (size_t i = 0; i < items->list.n; i++) {
		put_item(&r, &items->list.items[i]);
		end_row(&r);
	}
}

void sheet_csv_name(struct buf *out, const struct sheet_row *s)
{
	buf_fmt(out, "lapse-review-%lld.csv", (long long)s->id);
}
