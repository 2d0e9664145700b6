/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Indexed layouts: elements, or blocks of them, at offsets that a list gives.
 *
 * As particle codes and unstructured meshes have them: entry i of the list says where
 * block i begins, counted from a base pointer in elements (or in blocks).
 *
 *	uint32_t surface[n] = {17, 4, 4711, ...};	particles to send
 *	aml_layout_indexed_create(&l, particles, AML_LAYOUT_ORDER_C, sizeof(double), 3, n,
 *				  surface, 3 * nparticles, AML_LAYOUT_INDEXED_BLOCKS);
 *	aml_dma_copy(dma, message, l);			message: n x 3 doubles
 *
 * Blocks of 1 element make a layout of one dimension, n.  Larger ones make two: the block
 * is the fast one, so dims are {n, block} in AML_LAYOUT_ORDER_C and {block, n} in
 * AML_LAYOUT_ORDER_FORTRAN.
 *
 * As a source an indexed layout is gathered from, and may name a place as often as it
 * likes.  As a destination it is scattered to: a place that is named once gets its
 * element; one that is named several times, also by blocks that overlap, is left with one of
 * the elements meant for it, it is not said which, and if several threads run the copy perhaps
 * with bytes of more than one.  Nothing else is written either way.  A list that names one
 * place only, again and again, is a broadcast and refused as a destination; and like
 * other pairs, those are refused whose two sides have a byte in common.
 *
 * Indexed layouts can be sliced, along the list and within blocks, duplicated and permuted.
 * They can be reshaped as long as no new dimension has both entries of the list and elements
 * of a block in it (-AML_EINVAL; aml_layout_reshape_create() makes such views, slower).
 * aml_layout_rawptr() is the base, from which offsets count, and what aml_layout_duplicate()
 * puts another pointer in the place of.
 *
 * Creating one reads the whole list, as slicing reads the slice's; duplicating and
 * permuting do not.  Lists at a constant distance are found to be strided and cost no more
 * than those.  Planning a copy (aml/plan.h) joins what follows each other on both sides.
 */
#ifndef AML_LAYOUT_INDEXED_H
#define AML_LAYOUT_INDEXED_H

#include "aml/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Entries of the list are uint32_t; by default. */
#define AML_LAYOUT_INDEXED_32 0u
/** Entries of the list are uint64_t. */
#define AML_LAYOUT_INDEXED_64 (1u << 0)
/** They count blocks; by default they count elements. */
#define AML_LAYOUT_INDEXED_BLOCKS (1u << 1)
/**
 * The list is not copied: it must stay as it is until the layout, everything made
 * from it (slices, duplicates, plans) and all requests that were given one of them are
 * gone.
 */
#define AML_LAYOUT_INDEXED_BORROW (1u << 2)

/**
 * Describe blocks at the offsets that a list gives.
 *
 * The list is copied before the call returns, unless AML_LAYOUT_INDEXED_BORROW is given;
 * slices, duplicates and plans share the one copy.  The elements stay the caller's and
 * are not touched.
 *
 * @param layout        [out] release with aml_layout_destroy(); NULL on failure
 * @param ptr           where offset 0 is
 * @param order         AML_LAYOUT_ORDER_C or AML_LAYOUT_ORDER_FORTRAN; other bits are
 *                      ignored
 * @param element_size  bytes, at least 1
 * @param block         elements of a block, at least 1
 * @param n             entries of the list, at least 1
 * @param index         the list
 * @param extent        elements there are at @p ptr, so that no block may end beyond;
 *                      0 = not known
 * @param flags         AML_LAYOUT_INDEXED_ values
 *
 * @return 0
 * @return -AML_EINVAL  NULL, a number out of range, a block that ends beyond @p extent
 *                      or outside the address space (aml_error_detail() says which)
 * @return -AML_ENOMEM
 *
 * Threads: any.
 */
AML_API int aml_layout_indexed_create(struct aml_layout **layout, void *ptr, const int order,
				      const size_t element_size, const size_t block, const size_t n,
				      const void *index, const size_t extent, const unsigned flags);

#ifdef __cplusplus
}
#endif
#endif
