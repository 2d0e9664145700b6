/* SPDX-License-Identifier: BSD-3-Clause */
/* Layouts as packed bytes, and plans with a stream on one side; aml/plan.h has the calls. */
#ifndef AMLI_TRANSFORM_PACK_H
#define AMLI_TRANSFORM_PACK_H

#include "transform/plan.h"

/* Of all elements.  -AML_EINVAL, -AML_ENOTSUP: it cannot be packed, or, to be written, not be
 * unpacked. */
int amli_packed_bytes(const struct aml_layout *layout, bool written, size_t *bytes);

/* A layout that has no shape of its own, but an area: a stream. */
bool amli_layout_is_stream(const struct aml_layout *layout);

/* stream.c: fills in a plan one side of which is a stream. */
int amli_stream_init(struct aml_plan *plan, struct aml_layout *dst, const struct aml_layout *src,
		     const size_t *perm, unsigned flags);

#endif
