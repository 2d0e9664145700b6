/* SPDX-License-Identifier: BSD-3-Clause */
/* Which process this is: the child of a fork() has none of the threads that its parent's
 * engines live by, and locks in whatever state they were. */
#ifndef AMLI_DMA_PROCESS_H
#define AMLI_DMA_PROCESS_H

/* Forks between the first engine's process and this one. */
extern unsigned amli_process;
/* Before the first engine is opened; as often as you like. */
void amli_process_init(void);

#endif
