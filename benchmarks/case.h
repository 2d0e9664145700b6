/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A case: what is copied where.
 *
 * `dims` of `elem` bytes move, counted in the source's order, all in C order (the
 * last dimension is contiguous).  Dimension i of the destination is dimension
 * perm[i] of the source, as in numpy's transpose.  Each side may be part of a larger
 * array: element (0, ...) is then at `offset`, and neighbours are `step` apart.  A
 * pitch is an array that is larger than what moves.
 */
#ifndef BENCH_CASE_H
#define BENCH_CASE_H

#include <stdbool.h>
#include <stddef.h>

#include "aml/layout.h"

#define CASE_NDIMS 12
#define CASE_NAME 32

/* One side; all in its own order of dimensions. */
struct side {
	size_t narray, noffset, nstep; /* how many were given; 0 = none */
	size_t array[CASE_NDIMS];      /* elements of the whole array */
	size_t offset[CASE_NDIMS];     /* elements */
	size_t step[CASE_NDIMS];       /* elements */
	/* made by case_finish(): */
	size_t dims[CASE_NDIMS];   /* of the part */
	size_t stride[CASE_NDIMS]; /* elements between neighbours of the part */
	size_t first;		   /* element of the array where the part begins */
	size_t count;		   /* elements of the array */
};

struct bench_case {
	char name[CASE_NAME];
	size_t elem; /* bytes */
	size_t ndims, dims[CASE_NDIMS];
	size_t nperm, perm[CASE_NDIMS];
	struct side src, dst;
	size_t split; /* one request for each index of so many leading source dims */
	bool warm;    /* the caches are left alone between repetitions */
	size_t count; /* elements that move; made by case_finish() */
};

/*
 * Fill in what was not given, check the whole, and compute the rest.  0, or -1 with
 * what is wrong in `why`, in words.
 */
int case_finish(struct bench_case *c, char *why, size_t size);

static inline size_t case_bytes(const struct bench_case *c)
{
	return c->count * c->elem;
}

/* How many requests it takes. */
size_t case_parts(const struct bench_case *c);

/* The layouts of one request over these arrays.  0, or what the library returned. */
int case_layouts(const struct bench_case *c, size_t part, char *dst_array, char *src_array,
		 struct aml_layout **dst, struct aml_layout **src);

#endif
