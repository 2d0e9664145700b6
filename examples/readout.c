/* SPDX-License-Identifier: BSD-3-Clause */
/* Detector readout: four ASICs send their tiles as frames on four destinations, and the
 * unpacking itself puts them in place in one image.  Those on the right are mounted so
 * that they are read out column by column; that is a view, and not a copy more.
 *
 * The detector is played by this program: it sends the tiles, and the emulated card sends
 * them back.  With a card whose firmware does so too: readout axisg2:path=/dev/datadev_0,claim=0-3 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <aml.h>
#include <aml/area/axis.h>
#include <aml/layout/dense.h>

#define SIDE ((size_t)256) /* pixels of a tile */
#define ASICS 4
#define IMAGES 8
#define SECOND 1000000 /* us */

struct readout {
	struct aml_dma *dma;
	uint16_t (*image)[2 * SIDE];
	uint16_t (*sent)[SIDE * SIDE]; /* by ASIC, as it reads its pixels */
	struct aml_layout *endpoint[ASICS], *tile[ASICS], *source[ASICS];
};

static uint16_t pixel(size_t image, size_t row, size_t col)
{
	return (uint16_t)(image * 7919 + row * 613 + col);
}

static int is_turned(size_t asic)
{
	return asic % 2;
}

/* Where the pixels of an ASIC go, in the order in which it sends them. */
static int view_tile(struct readout *r, struct aml_layout *image, size_t asic)
{
	const size_t at[] = {asic / 2 * SIDE, asic % 2 * SIDE}, dims[] = {SIDE, SIDE};
	const size_t columns_first[] = {1, 0};
	struct aml_layout *tile = NULL;
	int rc = aml_layout_slice(image, is_turned(asic) ? &tile : &r->tile[asic], at, dims, NULL);

	if (!rc && is_turned(asic))
		rc = aml_layout_permute(tile, &r->tile[asic], columns_first);
	aml_layout_destroy(&tile);
	return rc;
}

static int make_layouts(struct readout *r)
{
	const size_t dims[] = {2 * SIDE, 2 * SIDE}, pixels = SIDE * SIDE;
	struct aml_layout *image = NULL;
	struct aml_axis *axis;
	int rc = aml_axis_of(r->dma, &axis);

	if (!rc)
		rc = aml_layout_dense_create(&image, r->image, AML_LAYOUT_ORDER_C, sizeof(uint16_t),
					     2, dims, NULL, NULL);
	for (size_t i = 0; i < ASICS && !rc; i++) {
		rc = view_tile(r, image, i);
		if (!rc)
			rc = aml_layout_axis_create(&r->endpoint[i], axis, (uint32_t)i, 0, 0);
		if (!rc)
			rc = aml_layout_dense_create(&r->source[i], r->sent[i], AML_LAYOUT_ORDER_C,
						     sizeof(uint16_t), 1, &pixels, NULL, NULL);
	}
	aml_layout_destroy(&image);
	return rc;
}

static void expose(struct readout *r, size_t image)
{
	for (size_t asic = 0; asic < ASICS; asic++)
		for (size_t i = 0; i < SIDE * SIDE; i++) {
			size_t row = is_turned(asic) ? i % SIDE : i / SIDE;
			size_t col = is_turned(asic) ? i / SIDE : i % SIDE;

			r->sent[asic][i] =
				pixel(image, asic / 2 * SIDE + row, asic % 2 * SIDE + col);
		}
}

/* One image: who receives is there before the frames come. */
static int read_out(struct readout *r)
{
	struct aml_dma_request *req[2 * ASICS] = {NULL};
	int rc = 0, first = 0;

	for (size_t i = 0; i < ASICS && !rc; i++)
		rc = aml_dma_async_copy(r->dma, &req[i], r->tile[i], r->endpoint[i]);
	for (size_t i = 0; i < ASICS && !rc; i++)
		rc = aml_dma_async_copy(r->dma, &req[ASICS + i], r->endpoint[i], r->source[i]);
	if (!rc)
		rc = aml_dma_wait_all(2 * ASICS, req, 10 * SECOND, NULL);
	for (size_t i = 0; i < (size_t)2 * ASICS; i++)
		if (req[i])
			first = aml_dma_cancel(r->dma, &req[i]);
	return rc ? rc : first;
}

static size_t count_wrong(const struct readout *r, size_t image)
{
	size_t wrong = 0;

	for (size_t row = 0; row < 2 * SIDE; row++)
		for (size_t col = 0; col < 2 * SIDE; col++)
			wrong += r->image[row][col] != pixel(image, row, col);
	return wrong;
}

static int run(struct readout *r)
{
	int rc = make_layouts(r);

	for (size_t i = 0; i < IMAGES && !rc; i++) {
		expose(r, i);
		rc = read_out(r);
		if (!rc && count_wrong(r, i)) {
			fprintf(stderr, "readout: image %zu: %zu wrong pixels\n", i,
				count_wrong(r, i));
			return -AML_FAILURE;
		}
	}
	return rc;
}

int main(int argc, char **argv)
{
	struct readout r = {.dma = NULL};
	int rc = aml_dma_open(&r.dma, argc > 1 ? argv[1] : "axisg2:emu=(name=readout),claim=0-3");

	if (rc == -AML_ENOTSUP && argc < 2) {
		printf("skipped: %s\n", aml_error_detail());
		return 77;
	}
	r.image = calloc(2 * SIDE, sizeof(*r.image));
	r.sent = calloc(ASICS, sizeof(*r.sent));
	if (!r.image || !r.sent)
		rc = -AML_ENOMEM;
	if (!rc)
		rc = run(&r);
	if (rc)
		fprintf(stderr, "readout: %s: %s\n", aml_strerror(-rc), aml_error_detail());
	else
		printf("%d images of %zu x %zu, each from %d streams\n", IMAGES, 2 * SIDE, 2 * SIDE,
		       ASICS);
	for (size_t i = 0; i < ASICS; i++) {
		aml_layout_destroy(&r.tile[i]);
		aml_layout_destroy(&r.source[i]);
		aml_layout_destroy(&r.endpoint[i]);
	}
	aml_dma_close(&r.dma);
	free(r.image);
	free(r.sent);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
