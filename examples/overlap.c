/* SPDX-License-Identifier: BSD-3-Clause */
/* Overlap of compute and copy: while the program sums block i, the engine already brings
 * block i + 1 from the large array into one of two small buffers. */
#include <stdio.h>
#include <stdlib.h>

#include <aml.h>
#include <aml/layout/dense.h>

#define BLOCK ((size_t)1 << 16) /* elements */
#define BLOCKS 32

struct fetch {
	struct aml_dma *dma;
	double *large;
	double *buffer[2];
	struct aml_dma_request *req[2];
};

/* Start bringing block i.  The layouts may go as soon as the call returns. */
static int start(struct fetch *f, size_t i)
{
	struct aml_layout *src = NULL, *dst = NULL;
	size_t n = BLOCK;
	int rc = aml_layout_dense_create(&src, f->large + i * BLOCK, AML_LAYOUT_ORDER_C,
					 sizeof(double), 1, &n, NULL, NULL);

	if (!rc)
		rc = aml_layout_dense_create(&dst, f->buffer[i % 2], AML_LAYOUT_ORDER_C,
					     sizeof(double), 1, &n, NULL, NULL);
	if (!rc)
		rc = aml_dma_async_copy(f->dma, &f->req[i % 2], dst, src);
	aml_layout_destroy(&src);
	aml_layout_destroy(&dst);
	return rc;
}

static double sum(const double *block)
{
	double s = 0;

	for (size_t i = 0; i < BLOCK; i++)
		s += block[i];
	return s;
}

static int sum_all(struct fetch *f, double *total)
{
	int rc = start(f, 0);

	for (size_t i = 0; i < BLOCKS && !rc; i++) {
		rc = aml_dma_wait(f->dma, &f->req[i % 2]);
		if (!rc && i + 1 < BLOCKS)
			rc = start(f, i + 1);
		if (!rc)
			*total += sum(f->buffer[i % 2]); /* the next block is on its way */
	}
	return rc;
}

int main(void)
{
	struct fetch f = {0};
	double total = 0;
	int rc = aml_dma_open(&f.dma, "pool:threads=1");

	f.large = malloc(BLOCKS * BLOCK * sizeof(double));
	f.buffer[0] = malloc(BLOCK * sizeof(double));
	f.buffer[1] = malloc(BLOCK * sizeof(double));
	if (!f.large || !f.buffer[0] || !f.buffer[1])
		rc = -AML_ENOMEM;
	for (size_t i = 0; !rc && i < BLOCKS * BLOCK; i++)
		f.large[i] = (double)(i % 7);
	if (!rc)
		rc = sum_all(&f, &total);
	if (rc)
		fprintf(stderr, "overlap: %s: %s\n", aml_strerror(-rc), aml_error_detail());
	else
		printf("%d blocks of %zu: sum %.0f\n", BLOCKS, BLOCK, total);

	aml_dma_close(&f.dma); /* before the buffers go: whatever is in flight ends here */
	for (size_t i = 0; !rc && i < BLOCKS * BLOCK; i++)
		total -= (double)(i % 7);
	free(f.large);
	free(f.buffer[0]);
	free(f.buffer[1]);
	return rc || total != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
