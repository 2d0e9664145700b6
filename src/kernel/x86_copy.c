/* SPDX-License-Identifier: BSD-3-Clause */
/* Contiguous copies and runs for x86. */
#include "kernel/ahead.h"
#include "kernel/rows.h"
#include "kernel/x86.h"

#if defined(__x86_64__)
#define STREAMS 1
#define ISA sse2
#include "kernel/copy_template.h"
#define ISA avx2
#include "kernel/copy_template.h"
#define ISA avx512
#include "kernel/copy_template.h"
#endif
