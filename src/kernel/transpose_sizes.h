/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernels of TEMPLATE for all element sizes of one ISA; see weave.h for what the
 * includer defines. */
#define BITS 8
#include TEMPLATE
#define BITS 16
#include TEMPLATE
#define BITS 32
#include TEMPLATE
#define BITS 64
#include TEMPLATE
#define BITS 128
#include TEMPLATE
#undef ISA
#undef MM
