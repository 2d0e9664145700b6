#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Make configure and Makefile.in from their sources.
set -e
cd "$(dirname "$0")"
exec autoreconf --install "$@"
