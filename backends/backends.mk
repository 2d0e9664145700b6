# SPDX-License-Identifier: BSD-3-Clause
# The backends, in order of preference: the first that works here is what
# aml_dma_open(NULL) opens.  This is the only list; a new backend is a folder and
# a line.
include backends/pool/backend.mk
include backends/memcpy/backend.mk
include backends/fault/backend.mk
include backends/axisg2/backend.mk
include backends/auto/backend.mk
