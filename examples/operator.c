/* SPDX-License-Identifier: BSD-3-Clause */
/* A custom operator: what the engine runs instead of a copy.  It gets the program's own
 * pointers, so they need not be layouts; here it adds instead of overwriting. */
#include <stdio.h>
#include <stdlib.h>

#include <aml.h>

#define N 1000

static int add(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	int *to = (int *)(void *)dst;
	const int *from = (const int *)(const void *)src;
	size_t n = *(const size_t *)arg;

	for (size_t i = 0; i < n; i++)
		to[i] += from[i];
	return 0; /* what aml_dma_wait() returns */
}

int main(void)
{
	static int to[N], from[N];
	size_t n = N;
	struct aml_dma *dma = NULL;
	struct aml_dma_request *req = NULL;
	int rc;

	for (int i = 0; i < N; i++) {
		to[i] = i;
		from[i] = 1000 * i;
	}
	rc = aml_dma_open(&dma, "pool:threads=1");
	if (!rc)
		rc = aml_dma_async_copy_custom(dma, &req, (struct aml_layout *)(void *)to,
					       (const struct aml_layout *)(void *)from, add, &n);
	if (!rc)
		rc = aml_dma_wait(dma, &req);
	if (rc)
		fprintf(stderr, "operator: %s: %s\n", aml_strerror(-rc), aml_error_detail());
	for (int i = 0; !rc && i < N; i++)
		if (to[i] != 1001 * i)
			rc = -AML_FAILURE;
	if (!rc)
		printf("added %d numbers\n", N);
	aml_dma_close(&dma);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
