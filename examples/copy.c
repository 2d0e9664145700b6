/* SPDX-License-Identifier: BSD-3-Clause */
/* Change the layout of a matrix while copying it: rows become columns. */
#include <stdio.h>
#include <stdlib.h>

#include <aml.h>
#include <aml/layout/dense.h>

#define ROWS 3
#define COLUMNS 4

int main(void)
{
	double from[ROWS][COLUMNS], to[COLUMNS][ROWS] = {{0}};
	const size_t from_dims[] = {ROWS, COLUMNS}, to_dims[] = {COLUMNS, ROWS}, swap[] = {1, 0};
	struct aml_layout *src = NULL, *turned = NULL, *dst = NULL;
	struct aml_dma *dma = NULL;
	int rc;

	for (int i = 0; i < ROWS; i++)
		for (int j = 0; j < COLUMNS; j++)
			from[i][j] = 10 * i + j;

	/* what is where: element size and dims; NULL, NULL: no strides, no pitch */
	rc = aml_layout_dense_create(&src, from, AML_LAYOUT_ORDER_C, sizeof(double), 2, from_dims,
				     NULL, NULL);
	if (!rc)
		rc = aml_layout_dense_create(&dst, to, AML_LAYOUT_ORDER_C, sizeof(double), 2,
					     to_dims, NULL, NULL);
	if (!rc)
		rc = aml_layout_permute(src, &turned, swap); /* a view: nothing moves yet */
	if (!rc)
		rc = aml_dma_open(&dma, NULL); /* $AML_DMA, or the best engine here */
	if (!rc)
		rc = aml_dma_copy(dma, dst, turned);
	if (rc)
		fprintf(stderr, "copy: %s: %s\n", aml_strerror(-rc), aml_error_detail());

	for (int i = 0; !rc && i < COLUMNS; i++)
		for (int j = 0; j < ROWS; j++)
			printf("%g%c", to[i][j], j + 1 < ROWS ? ' ' : '\n');
	for (int i = 0; !rc && i < COLUMNS; i++)
		for (int j = 0; j < ROWS; j++)
			if (to[i][j] != from[j][i])
				rc = -AML_FAILURE;

	aml_dma_close(&dma);
	aml_layout_destroy(&turned);
	aml_layout_destroy(&dst);
	aml_layout_destroy(&src);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
