/* SPDX-License-Identifier: BSD-3-Clause */
/* Tiles: cut a matrix into tiles, bring each into a small contiguous buffer, scale it
 * there, and put it back.  Tiles at the border are smaller. */
#include <stdio.h>
#include <stdlib.h>

#include <aml.h>
#include <aml/layout/dense.h>
#include <aml/tiling/resize.h>

#define ROWS 100
#define COLUMNS 70
#define TILE 32

static float matrix[ROWS][COLUMNS];

/* Bring one tile here, double it, put it back. */
static int double_tile(struct aml_dma *dma, struct aml_layout *tile)
{
	float here[TILE * TILE];
	size_t dims[2];
	struct aml_layout *buffer = NULL;
	int rc = aml_layout_dims(tile, dims);

	if (!rc)
		rc = aml_layout_dense_create(&buffer, here, AML_LAYOUT_ORDER_C, sizeof(float), 2,
					     dims, NULL, NULL);
	if (!rc)
		rc = aml_dma_copy(dma, buffer, tile);
	for (size_t i = 0; !rc && i < dims[0] * dims[1]; i++)
		here[i] *= 2;
	if (!rc)
		rc = aml_dma_copy(dma, tile, buffer);
	aml_layout_destroy(&buffer);
	return rc;
}

static int double_all(struct aml_dma *dma, const struct aml_tiling *tiling)
{
	size_t grid[2];
	int rc = aml_tiling_dims(tiling, grid);

	for (size_t i = 0; !rc && i < grid[0] * grid[1]; i++) {
		const size_t at[] = {i / grid[1], i % grid[1]};
		struct aml_layout *tile = aml_tiling_index(tiling, at);

		rc = tile ? double_tile(dma, tile) : -aml_errno;
		aml_layout_destroy(&tile);
	}
	return rc;
}

int main(void)
{
	const size_t dims[] = {ROWS, COLUMNS}, tile_dims[] = {TILE, TILE};
	struct aml_layout *whole = NULL;
	struct aml_tiling *tiling = NULL;
	struct aml_dma *dma = NULL;
	int rc;

	for (int i = 0; i < ROWS * COLUMNS; i++)
		matrix[i / COLUMNS][i % COLUMNS] = (float)i;
	rc = aml_layout_dense_create(&whole, matrix, AML_LAYOUT_ORDER_C, sizeof(float), 2, dims,
				     NULL, NULL);
	if (!rc)
		rc = aml_tiling_resize_create(&tiling, AML_TILING_ORDER_C, whole, 2, tile_dims);
	if (!rc)
		rc = aml_dma_open(&dma, NULL);
	if (!rc)
		rc = double_all(dma, tiling);
	if (rc)
		fprintf(stderr, "tiles: %s: %s\n", aml_strerror(-rc), aml_error_detail());
	else
		printf("%zu tiles doubled\n", aml_tiling_ntiles(tiling));
	for (int i = 0; !rc && i < ROWS * COLUMNS; i++)
		if (matrix[i / COLUMNS][i % COLUMNS] != 2 * (float)i)
			rc = -AML_FAILURE;

	aml_dma_close(&dma);
	aml_tiling_resize_destroy(&tiling);
	aml_layout_destroy(&whole);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
