/* Rows of the export that come from one statement as they are. */
#include "export_private.h"

int export_put_row(void *arg, const struct row *row, struct lapse_err *err)
{
	struct csv_file *csv = arg;
	const struct export_column *columns = csv->table->columns;
	struct csv_row *r = &csv->row;

	for (size_t i = 0; i < csv->table->n; i++) {
		int c = (int)i;

		if (row_null(row, c))
			csv_empty(r, 1);
		else if (columns[i].type == EXPORT_TEXT)
			csv_text(r, row_text(row, c));
		else if (columns[i].type == EXPORT_INT)
			csv_int(r, row_int(row, c));
		else if (columns[i].type == EXPORT_TIME)
			csv_time(r, row_int(row, c));
		else
			csv_yes(r, row_int(row, c) != 0);
	}
	return csv_end(csv, err);
}

