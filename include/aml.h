/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All of libaml that programs written for Argonne's AML expect from one #include:
 * the system headers below, then areas, layouts, tilings and dma.
 *
 * Kinds of these blocks have headers of their own, aml/area/linux.h for example.
 * New programs may include just what they use; every header compiles alone.
 *
 * Where to begin: aml/layout.h says what data looks like, aml/dma.h moves it.
 */
#ifndef AML_H
#define AML_H

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>

#include <numa.h>
#include <numaif.h>

#include "excit.h"

#include "aml/error.h"
#include "aml/log.h"
#include "aml/version.h"

#include "aml/utils/bitmap.h"
#include "aml/utils/error.h"
#include "aml/utils/features.h"

#include "aml/init.h"
#include "aml/area.h"
#include "aml/layout.h"
#include "aml/tiling.h"
#include "aml/dma.h"
#include "aml/operator.h"
#include "aml/request.h"
#include "aml/stats.h"

#endif
