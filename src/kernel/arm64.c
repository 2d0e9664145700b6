/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels for arm64: runs, and transposition of 1 to 16-byte elements with NEON. */
#include "kernel/ahead.h"
#include "kernel/arm64.h"
#include "kernel/rows.h"

#if defined(__aarch64__)
#define STREAMS 0
#define SHIFTS 0

#define ISA neon
#include "kernel/copy_template.h"

#define TEMPLATE "kernel/transpose_template.h"
#define BASE neon
#define MMB neon_
#define ISA neon
#define MM neon_
#include "kernel/transpose_sizes.h"
#endif
