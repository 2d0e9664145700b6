/* SPDX-License-Identifier: BSD-3-Clause */
/* The verbs for a dma that the program made itself, from the operations its table has;
 * what those cannot do is -AML_ENOTSUP.  No argument is NULL. */
#ifndef AMLI_DMA_FOREIGN_H
#define AMLI_DMA_FOREIGN_H

#include "aml/dma.h"

int amli_foreign_copy(struct aml_dma *dma, struct aml_layout *dst, const struct aml_layout *src,
		      aml_dma_operator op, void *arg);
int amli_foreign_submit(struct aml_dma *dma, struct aml_dma_request **req, struct aml_layout *dst,
			const struct aml_layout *src, aml_dma_operator op, void *arg);
int amli_foreign_wait(struct aml_dma *dma, struct aml_dma_request **req);
int amli_foreign_cancel(struct aml_dma *dma, struct aml_dma_request **req);
int amli_foreign_barrier(struct aml_dma *dma);
int amli_foreign_fprintf(const struct aml_dma *dma, FILE *stream, const char *prefix);

#endif
