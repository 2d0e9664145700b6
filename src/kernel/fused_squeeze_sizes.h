/* SPDX-License-Identifier: BSD-3-Clause */
/* fused_squeeze.h for all its element sizes and one ISA. */
#define BITS 32
#define TRUE_BITS 24
#include "kernel/fused_squeeze.h"
#define BITS 64
#define TRUE_BITS 48
#include "kernel/fused_squeeze.h"
#define BITS 128
#define TRUE_BITS 96
#include "kernel/fused_squeeze.h"
#undef ISA
#undef MM
