/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool engine under AML's names. */
#include <stdio.h>

#include "aml/dma/linux.h"
#include "base/error.h"
#include "dma/linux.h"

struct aml_dma *aml_dma_linux;

int aml_dma_linux_create(struct aml_dma **dma, const size_t num_threads)
{
	char spec[48];

	snprintf(spec, sizeof(spec), "pool:threads=%zu", num_threads);
	return aml_dma_open(dma, spec);
}

int aml_dma_linux_destroy(struct aml_dma **dma)
{
	return aml_dma_close(dma);
}

int amli_linux_dma_init(void)
{
	int rc = aml_dma_open(&aml_dma_linux, "pool");

	/* A build without threads still has a default engine. */
	return rc == -AML_ENOTSUP ? aml_dma_open(&aml_dma_linux, "memcpy") : rc;
}

void amli_linux_dma_fini(void)
{
	aml_dma_close(&aml_dma_linux);
}
