/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of indices: who owns them, and what can be said of one after reading it once. */
#ifndef AMLI_LAYOUT_INDEX_H
#define AMLI_LAYOUT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A copy of a program's list, shared by all that use it; released with the last hold. */
struct amli_index_list {
	unsigned holds; /* atomic */
	_Alignas(8) char at[];
};

/* NULL when there is no memory. */
struct amli_index_list *amli_index_list_copy(const void *index, size_t bytes);
/* Both take NULL: a list that is not ours. */
void amli_index_list_hold(struct amli_index_list *list);
void amli_index_list_release(struct amli_index_list *list);

/* Some indices at a constant distance in memory. */
struct amli_line {
	const char *at;
	size_t bytes;	/* of an index: 4 or 8 */
	ptrdiff_t step; /* bytes from one to the next */
	size_t n;	/* at least 1 */
};

static inline uint64_t amli_index_at(const char *at, size_t bytes)
{
	uint32_t narrow;
	uint64_t wide;

	if (bytes == sizeof(narrow)) {
		memcpy(&narrow, at, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

static inline uint64_t amli_line_index(const struct amli_line *line, size_t i)
{
	return amli_index_at(line->at + (ptrdiff_t)i * line->step, line->bytes);
}

/* What reading them all tells.  A run is a piece of the line in which each index is
 * `next` above the one before. */
struct amli_facts {
	uint64_t low, high, next;
	bool ascending; /* none is below the one before */
	bool constant;	/* all are at one distance, `delta` */
	int64_t delta;
	size_t runs;
	size_t fold; /* the greatest divisor of where all runs begin; 0: there is one run */
};
void amli_line_read(const struct amli_line *line, uint64_t next, struct amli_facts *facts);

#endif
