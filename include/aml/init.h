/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start and end of the library.
 *
 * Only two things need it: aml_dma_linux, and everything of hwloc
 * (aml/area/hwloc.h, aml_topology).  Layouts, tilings, the linux area, plans, and
 * engines opened by the program work without.
 *
 * Calls are counted: each aml_init() that returned 0 is undone by one
 * aml_finalize(), and the last one releases everything.
 */
#ifndef AML_INIT_H
#define AML_INIT_H

#include "aml/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Load the topology and create the default engine.
 *
 * The topology is this machine's, or that of the XML file named by the environment
 * variable AML_TOPOLOGY, restricted to what the process may use.
 *
 * @param argc  not used; may be NULL
 * @param argv  not used; may be NULL
 *
 * @return 0
 * @return -AML_EINVAL   AML_TOPOLOGY names a file that hwloc cannot read
 * @return -AML_ENOMEM
 * @return another code as the default engine says; nothing was initialised
 *
 * Threads: any number at once; one of them does it, the others wait for it.
 */
AML_API int aml_init(int *argc, char **argv[]);

/**
 * Undo one aml_init().
 *
 * The last call ends the default engine, whose running requests are completed
 * first, and destroys the topology: nothing may use them any more.  One call too
 * many does nothing.
 *
 * @return 0
 *
 * Threads: any number at once.
 * Blocks: until the default engine is idle.
 */
AML_API int aml_finalize(void);

#ifdef __cplusplus
}
#endif
#endif
