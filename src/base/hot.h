/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions that every request goes through, or every copy between dense layouts.  The compiler puts
 * them beside each other, on a few pages: a request that finds nothing in the caches, as after a
 * program's own work, otherwise waits for some twenty of them (doc/PERFORMANCE.md, F5 and F11).
 */
#ifndef AMLI_BASE_HOT_H
#define AMLI_BASE_HOT_H

#define AMLI_HOT __attribute__((hot))

#endif
