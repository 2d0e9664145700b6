/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operators: what can be done to the elements in the pass that moves them.
 *
 * Each is a function of type aml_dma_operator.  Its name goes where a custom operator goes,
 * to aml_dma_copy_custom(), aml_dma_async_copy_custom(), aml_dma_job.op or
 * aml_plan_create_op(), and the library plans it like a copy: any layouts, in pieces by any
 * number of threads, streamed where a copy would be.  Called directly it runs in the caller.
 *
 *	struct aml_convert how = {.to = AML_TYPE_FLOAT, .from = AML_TYPE_INT16};
 *	aml_dma_copy_custom(dma, floats, samples, aml_op_convert, &how);
 *
 *	struct aml_crc32c sum;
 *	aml_dma_copy_custom(dma, message, data, aml_op_crc32c, &sum);
 *
 * Both sides have the same native dims, and native coordinates correspond, as in a copy;
 * conversions differ in the size of elements.  What must not overlap for a copy must not
 * here: nothing works in place.  Results (struct aml_difference, struct aml_crc32c) belong
 * to the caller, live until the request completes, and hold what the description says when
 * it ended well.  They are begun anew whenever the request or the plan is started, so one
 * plan with a result is run by one at a time.
 *
 * Each call returns, beside what is said there,
 *	0             done
 *	-AML_EINVAL   NULL, shapes or element sizes do not fit, the sides overlap
 *	-AML_ENOTSUP  a side is not in host memory
 *	-AML_ENOMEM
 *
 * Threads: any.  Blocks: called directly, until it is done.
 */
#ifndef AML_OPERATOR_H
#define AML_OPERATOR_H

#include <stddef.h>
#include <stdint.h>

#include "aml/api.h"
#include "aml/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of numbers, in the byte order of the machine. */
enum aml_type {
	AML_TYPE_INT8,
	AML_TYPE_UINT8,
	AML_TYPE_INT16,
	AML_TYPE_UINT16,
	AML_TYPE_INT32,
	AML_TYPE_UINT32,
	AML_TYPE_INT64,
	AML_TYPE_UINT64,
	AML_TYPE_FLOAT16,  /* IEEE 754 binary16, as bits */
	AML_TYPE_BFLOAT16, /* the upper half of a float, as bits */
	AML_TYPE_FLOAT,
	AML_TYPE_DOUBLE,
	AML_TYPE_COUNT,
};

/** Bytes of one number; 0 if there is no such type. */
AML_API size_t aml_type_size(enum aml_type type);
/** "int8" to "double"; "unknown" if there is no such type. */
AML_API const char *aml_type_name(enum aml_type type);

/** The argument of aml_op_convert(), captured at submit. */
struct aml_convert {
	enum aml_type to, from;
};

/** What aml_op_compare() found. */
struct aml_difference {
	size_t first; /* which element, counted in native order from 0; SIZE_MAX: equal */
};

/** What aml_op_crc32c() made. */
struct aml_crc32c {
	uint32_t crc;
};

/**
 * Copy with the bytes of each element in reverse order.
 *
 * @param arg  ignored
 *
 * @return -AML_EINVAL  also if elements have other than 2, 4 or 8 bytes
 */
AML_API int aml_op_byteswap(struct aml_layout *dst, const struct aml_layout *src, void *arg);

/**
 * Convert numbers.
 *
 * To integers: towards zero, then to the nearest that the type has (saturation); NaN
 * becomes 0.  To floating point: rounded once, to nearest, ties to even; what is too
 * large becomes infinite, denormals are kept, NaN stays NaN of the same sign.  Any type to
 * itself is a copy of bits.  Unlike a C conversion the result is always defined.
 *
 * @param arg  struct aml_convert: the sizes are those of the two sides' elements
 *
 * @return -AML_EINVAL  also for an unknown type, or one of another size than the element
 */
AML_API int aml_op_convert(struct aml_layout *dst, const struct aml_layout *src, void *arg);

/** Elements longer than this are filled by copying from an aml_layout_broadcast(). */
#define AML_OP_FILL_MAX 64

/**
 * Make all elements of @p dst equal to one.
 *
 * @param src  ignored; pass @p dst
 * @param arg  the element, captured at submit
 *
 * @return -AML_EINVAL  also for elements of more than AML_OP_FILL_MAX bytes
 */
AML_API int aml_op_fill(struct aml_layout *dst, const struct aml_layout *src, void *arg);

/**
 * Find the first element, in native order, whose bytes differ.  Nothing is written, and the
 * sides may overlap.
 *
 * @param arg  struct aml_difference
 */
AML_API int aml_op_compare(struct aml_layout *dst, const struct aml_layout *src, void *arg);

/**
 * Copy, and sum up the elements of @p src in native order: the CRC32C (Castagnoli, as in
 * iSCSI) of the stream that packing them would give.
 *
 * @param dst  where to copy to; @p src itself: nothing is written
 * @param arg  struct aml_crc32c
 */
AML_API int aml_op_crc32c(struct aml_layout *dst, const struct aml_layout *src, void *arg);

#ifdef __cplusplus
}
#endif
#endif
