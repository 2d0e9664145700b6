/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes back what weave.h defined. */
#undef E
#undef P
#undef LANES
#undef ROWS
#undef LINE
#undef WIDE
#undef QUADS
#undef SQUARES
#undef TILED
#undef HALVES
#undef LEAST
#undef NEAR
#undef ALONE
#undef TARGET
#undef VEC
#undef VECB
#undef FN
#undef ON
#undef ONB
#undef WEAVE
#undef SEAM
#undef BITS
