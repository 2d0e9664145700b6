#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every public header compiles alone, twice in a row, as C11 and as C++17.  Runs in
# the build directory.
set -u
src=${top_srcdir:-.}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
bad=0

headers=$( (cd "$src/include" && find . -name '*.h'; cd "$OLDPWD" && cd include && find . -name '*.h') |
  sed 's,^\./,,' | sort -u)

# compile COMPILER LANGUAGE STANDARD
compile_all() {
  for header in $headers; do
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" >"$work/x.$2"
    # shellcheck disable=SC2086 # a compiler may be several words, flags are
    if ! $1 -std=$3 -Wall -Wextra -Werror -fsyntax-only -Iinclude -I"$src/include" \
      ${HWLOC_CFLAGS:-} ${NUMA_CFLAGS:-} "$work/x.$2" 2>"$work/errors"; then
      echo "$header does not compile alone as $3:"
      head -n 5 "$work/errors"
      bad=1
    fi
  done
}

compile_all "${CC:-cc}" c c11
if [ -n "${CXX_FOR_TESTS:-}" ]; then
  compile_all "$CXX_FOR_TESTS" cc c++17
fi
[ $bad = 0 ] || exit 1
if [ -z "${CXX_FOR_TESTS:-}" ]; then
  echo "the C part passed; skipped: no C++ compiler"
  exit 77
fi
echo "$(echo "$headers" | wc -l) headers compile alone in C and C++"
