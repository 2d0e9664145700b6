/* SPDX-License-Identifier: BSD-3-Clause */
/* aml_init() and aml_finalize(): a counted pair. */
#include <pthread.h>

#include "aml/init.h"
#include "aml/utils/backend/hwloc.h"
#include "aml/utils/backend/linux.h"
#include "dma/linux.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned users; /* aml_init() calls not undone yet; under lock */

static int start(void)
{
	int rc = aml_backend_linux_init();

	if (rc)
		return rc;
	rc = aml_backend_hwloc_init();
	if (rc)
		goto fail_linux;
	rc = amli_linux_dma_init();
	if (rc)
		goto fail_hwloc;
	return 0;

fail_hwloc:
	aml_backend_hwloc_finalize();
fail_linux:
	aml_backend_linux_finalize();
	return rc;
}

static void end(void)
{
	amli_linux_dma_fini();
	aml_backend_hwloc_finalize();
	aml_backend_linux_finalize();
}

int aml_init(int *argc, char **argv[])
{
	int rc = 0;

	(void)argc;
	(void)argv;
	pthread_mutex_lock(&lock);
	if (users == 0)
		rc = start();
	if (!rc)
		users++;
	pthread_mutex_unlock(&lock);
	return rc;
}

int aml_finalize(void)
{
	pthread_mutex_lock(&lock);
	if (users > 0 && --users == 0)
		end();
	pthread_mutex_unlock(&lock);
	return 0;
}
