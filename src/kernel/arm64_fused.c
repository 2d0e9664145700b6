/* SPDX-License-Identifier: BSD-3-Clause */
/* Transposition over fused loops for arm64, elements of any size. */
#include "kernel/arm64.h"
#include "kernel/rows.h"

#if defined(__aarch64__)
#define TEMPLATE "kernel/fused_template.h"
#define STREAMS 0
#define SHIFTS 0
#define BASE neon
#define MMB neon_

#define ISA neon
#define MM neon_
#include "kernel/fused_any.h"
#include "kernel/transpose_sizes.h"
#endif
