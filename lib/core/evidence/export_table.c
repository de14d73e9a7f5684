/* Tables of the export whose rows come from one statement as they are. */
#include "export_private.h"

struct table {
	const struct export_column *columns;
	size_t n;
	struct csv_file *csv;
};

static int put_row(void *arg, const struct row *row, struct lapse_err *err)
{
	const struct table *t = arg;
	struct csv_row *r = &t->csv->row;

	for (size_t i = 0; i < t->n; i++) {
		int c = (int)i;

		if (row_null(row, c))
			csv_empty(r, 1);
		else if (t->columns[i].type == EXPORT_TEXT)
			csv_text(r, row_text(row, c));
		else if (t->columns[i].type == EXPORT_INT)
			csv_int(r, row_int(row, c));
		else if (t->columns[i].type == EXPORT_TIME)
			csv_time(r, row_int(row, c));
		else
			csv_yes(r, row_int(row, c) != 0);
	}
	return csv_end(t->csv, err);
}

static int put_header(const struct table *t, struct lapse_err *err)
{
	for (size_t i = 0; i < t->n; i++)
		csv_text(&t->csv->row, t->columns[i].name);
	return csv_end(t->csv, err);
}

int export_put_changes(struct ledger *l, const struct export_filter *filter,
	struct csv_file *csv, struct lapse_err *err)
{
	struct table t = {.csv = csv};
	int rc;

	t.columns = export_change_columns(&t.n);
	rc = put_header(&t, err);
	return rc < 0 ? rc : export_changes(l, filter, put_row, &t, err);
}

int export_put_campaigns(struct ledger *l, const char *campaign,
	struct csv_file *csv, struct lapse_err *err)
{
	struct table t = {.csv = csv};
	int rc;

	t.columns = export_campaign_columns(&t.n);
	rc = put_header(&t, err);
	return rc < 0 ? rc : export_campaigns(l, campaign, put_row, &t, err);
}

int export_put_items(struct ledger *l, const char *campaign,
	struct csv_file *csv, struct lapse_err *err)
{
	struct table t = {.csv = csv};
	int rc;

	t.columns = export_item_columns(&t.n);
	rc = put_header(&t, err);
	return rc < 0 ? rc : export_items(l, campaign, put_row, &t, err);
}
