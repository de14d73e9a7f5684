/* The rows of an exported file and the tree over them (see merkle.h): what
 * the manifest says of a file, and what shows one row to be in it. */
#ifndef LAPSE_CORE_EXPORT_TREE_H
#define LAPSE_CORE_EXPORT_TREE_H

#include "merkle.h"

/* <Shape> {0}: no row is wanted. A row is its bytes with its line end. In a
 * ".csv" file line ends inside quotes are part of a cell, and row 0 is the
 * header; in any other file each line is a row, from 1 on. */
struct export_tree {
	struct merkle_path *path;	/* to make; NULL: none */
	int64_t row;			/* then of this row */
	struct buf text;		/* and its bytes */

	int64_t rows;			/* without a header */
	bool whole;			/* the last row is ended */
	bool found;			/* the wanted row is there */
	char root[HASH_HEX];
};

/* Reads the file by position, from its start. */
int export_tree(int fd, const char *name, struct export_tree *t,
	struct lapse_err *err);
void export_tree_clear(struct export_tree *t);
#define AUTO_TREE __attribute__((cleanup(export_tree_clear))) struct export_tree

/* The number of a file's first row: 0 where it is a header. */
int64_t export_first_row(const char *name);

#endif
