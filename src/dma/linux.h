/* SPDX-License-Identifier: BSD-3-Clause */
/* The default engine, for aml_init() and aml_finalize(). */
#ifndef AMLI_DMA_LINUX_H
#define AMLI_DMA_LINUX_H

/* Open aml_dma_linux; codes as aml_dma_open(). */
int amli_linux_dma_init(void);
void amli_linux_dma_fini(void);

#endif
