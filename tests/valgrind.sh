#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The stress test under valgrind: no error, and nothing lost.
# make check-long runs it; AML_TEST_SECONDS says how long.
set -u

command -v valgrind >/dev/null || { echo "skipped: no valgrind"; exit 77; }
if [ -n "${AML_SANITIZE_FLAGS:-}" ]; then
  echo "skipped: the tests are built with a sanitizer"
  exit 77
fi
top_srcdir=${top_srcdir:-.}
AML_TEST_SECONDS=${AML_TEST_SECONDS:-20}
AML_TEST_THREADS=2
export AML_TEST_SECONDS AML_TEST_THREADS

# check TOOL OPTION...
check() {
  tool=$1
  shift
  echo "== $tool"
  ./libtool --mode=execute valgrind --tool="$tool" --error-exitcode=9 --fair-sched=yes \
    --suppressions="$top_srcdir/tests/valgrind.supp" "$@" tests/engine/stress
}

check memcheck --leak-check=full --show-leak-kinds=definite,indirect || exit
check helgrind --history-level=none
