/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting for one of several requests.
 *
 * The thread marks them WATCHED and sleeps on one word for all such threads, which the end
 * of a watched request changes.  So ends that nobody watches cost nothing, and those
 * that are watched wake every thread that waits for one of several, which looks again.
 */
#ifndef AMLI_DMA_MANY_H
#define AMLI_DMA_MANY_H

/* A watched request has ended. */
void amli_many_wake(void);

#endif
