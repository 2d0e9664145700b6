/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tilings in native order: the fastest dimension of the layout first, whatever the
 * order tag of the tiling.  What aml/tiling.h says of its calls holds here.
 */
#ifndef AML_TILING_NATIVE_H
#define AML_TILING_NATIVE_H

#include "aml/tiling.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * One tile.
 *
 * @param coords  which, in tiles, native order
 *
 * @return as aml_tiling_index(): a new layout, released with aml_layout_destroy(), or
 *         NULL with AML_EINVAL, AML_ENOTSUP or AML_ENOMEM in aml_errno
 *
 * Threads: any.
 */
AML_API struct aml_layout *aml_tiling_index_native(const struct aml_tiling *tiling,
						   const size_t *coords);

/**
 * The number of tiles in each dimension.
 *
 * @param dims  [out] aml_tiling_ndims() entries, in tiles, native order
 *
 * @return 0
 * @return -AML_EINVAL, -AML_ENOTSUP  @p dims is untouched
 *
 * Threads: any.
 */
AML_API int aml_tiling_dims_native(const struct aml_tiling *tiling, size_t *dims);

#ifdef __cplusplus
}
#endif
#endif
