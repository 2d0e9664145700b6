/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Maps: n contiguous elements become n contiguous elements of perhaps another size.
 * Neither side is aligned, and they do not overlap.  Like other kernels a map allocates
 * nothing; unlike them it has no strides: its caller gathers and scatters.  cpu: what it
 * may use, amli_cpu() or less.
 */
#ifndef AMLI_KERNEL_MAP_H
#define AMLI_KERNEL_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aml/operator.h"

/* stream: dst is on a line, n elements fill whole lines, and stores may bypass the caches;
 * the caller ends with amli_kernel_fence(). */
typedef void amli_map_fn(char *dst, const char *src, size_t n, bool stream);

/* Reverses the bytes of elements of 2, 4 or 8 bytes; NULL for others. */
amli_map_fn *amli_swap_select(size_t element, unsigned cpu);

/* A conversion in one or two steps, which meet in elements of @between bytes. */
struct amli_conversion {
	amli_map_fn *first, *then; /* then NULL: one step */
	size_t between;
	bool streams; /* the last step does, if asked */
};
void amli_convert_select(struct amli_conversion *how, enum aml_type to, enum aml_type from,
			 unsigned cpu);
/* The same in portable C, in one step: the oracle. */
amli_map_fn *amli_convert_any(enum aml_type to, enum aml_type from);

/* Between integers, [to][from]; NULL to itself. */
#define AMLI_INTEGERS (AML_TYPE_UINT64 + 1)
extern amli_map_fn *const amli_integers_avx2[AMLI_INTEGERS][AMLI_INTEGERS];
extern amli_map_fn *const amli_integers_avx512[AMLI_INTEGERS][AMLI_INTEGERS];

/* Steps of one instruction set, by type; NULL where there is none. */
struct amli_convert_set {
	unsigned cpu; /* enum amli_cpu bits */
	amli_map_fn *to_float[AML_TYPE_COUNT];
	/* rounded to odd, so that rounding again to a shorter type is as if at once */
	amli_map_fn *to_odd_float[AML_TYPE_COUNT];
	amli_map_fn *from_float[AML_TYPE_COUNT];
	amli_map_fn *to_double[AML_TYPE_COUNT];
	amli_map_fn *from_double[AML_TYPE_COUNT];
	amli_map_fn *at_once[AML_TYPE_COUNT][AML_TYPE_COUNT]; /* [to][from], instead of two */
	amli_map_fn *const (*integers)[AMLI_INTEGERS];
};
extern const struct amli_convert_set amli_convert_avx2, amli_convert_avx512;

/*
 * CRC32C.  The register is what its definition shifts bytes through, neither inverted
 * before nor after; it is linear, so parts can be summed up apart and joined:
 *
 *	crc of a, b = amli_crc_shift(crc of a, bytes of b) ^ crc of b from register 0
 *
 * dst: NULL, or on a line, and bytes are whole lines: they are streamed there as well.
 */
typedef uint32_t amli_crc_fn(uint32_t reg, char *dst, const char *src, size_t bytes);
amli_crc_fn *amli_crc_select(unsigned cpu);
amli_crc_fn amli_crc_any;  /* in portable C: the oracle */
amli_crc_fn amli_crc_x86;  /* AMLI_CPU_AVX2 */
amli_crc_fn amli_crc_wide; /* AMLI_CPU_VPCLMUL */
/* The register after so many more bytes of 0. */
uint32_t amli_crc_shift(uint32_t reg, size_t bytes);

#endif
