/* SPDX-License-Identifier: BSD-3-Clause */
/* AML's name of this header. */
#include "aml/version.h"
