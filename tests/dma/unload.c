/* SPDX-License-Identifier: BSD-3-Clause */
/* dlopen() and dlclose() of the library with an engine open and requests in flight: neither
 * dlclose nor exit may hang or crash.  A program of its own, that is not linked to the
 * library.  */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "aml/dma.h"

#define SKIPPED 77
#define SECONDS 30 /* until a signal ends this process, if it hangs */

typedef int (*open_fn)(struct aml_dma **dma, const char *spec);
typedef int (*close_fn)(struct aml_dma **dma);
typedef int (*async_fn)(struct aml_dma *dma, struct aml_dma_request **req, struct aml_layout *dst,
			const struct aml_layout *src, aml_dma_operator op, void *arg);

static void sleep_ms(long ms)
{
	const struct timespec t = {0, ms * 1000000};

	nanosleep(&t, NULL);
}

/* Runs in a worker, while the program takes the library away. */
static int linger(struct aml_layout *dst, const struct aml_layout *src, void *arg)
{
	(void)dst;
	(void)src;
	(void)arg;
	sleep_ms(30);
	return 0;
}

static void *symbol(void *library, const char *name)
{
	void *found = dlsym(library, name);

	if (!found) {
		printf("%s\n", dlerror());
		exit(EXIT_FAILURE);
	}
	return found;
}

static int use(void *library, bool close_it)
{
	open_fn open_dma = (open_fn)symbol(library, "aml_dma_open");
	close_fn close_dma = (close_fn)symbol(library, "aml_dma_close");
	async_fn async = (async_fn)symbol(library, "aml_dma_async_copy_custom");
	static int something;
	struct aml_layout *any = (struct aml_layout *)(void *)&something;
	struct aml_dma *dma;

	if (open_dma(&dma, "pool:threads=2"))
		return SKIPPED; /* a build without it */
	for (int i = 0; i < 4; i++)
		if (async(dma, NULL, any, any, linger, NULL))
			return EXIT_FAILURE;
	return close_it && close_dma(&dma) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(void)
{
	const char *folder = getenv("AML_BACKEND_PATH"); /* where the library was built */
	char path[4096];
	int rc = EXIT_SUCCESS;

	snprintf(path, sizeof(path), "%s/libaml.so", folder ? folder : ".libs");
	if (access(path, R_OK)) {
		printf("skipped: no %s in this build\n", path);
		return SKIPPED;
	}
	alarm(SECONDS);
	for (int i = 0; i < 4 && rc == EXIT_SUCCESS; i++) {
		void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

		if (!library) {
			printf("%s\n", dlerror());
			return EXIT_FAILURE;
		}
		rc = use(library, i % 2);
		if (dlclose(library))
			rc = EXIT_FAILURE;
		sleep_ms(5);
	}
	return rc;
}
