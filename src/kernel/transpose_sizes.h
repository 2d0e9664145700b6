/* SPDX-License-Identifier: BSD-3-Clause */
/* The transposition kernels of one ISA; see transpose_template.h for what the
 * includer defines. */
#define BITS 8
#include "kernel/transpose_template.h"
#define BITS 16
#include "kernel/transpose_template.h"
#define BITS 32
#include "kernel/transpose_template.h"
#define BITS 64
#include "kernel/transpose_template.h"
#define BITS 128
#include "kernel/transpose_template.h"
#undef ISA
#undef MM
