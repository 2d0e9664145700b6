#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The tables of backends/axisg2/DUTIES.md name tests that there are.
set -u
backend=${srcdir:-.}/backends/axisg2
bad=0 n=0

for name in $(grep -o '`[a-z_/]*:[a-z0-9_]*`' "$backend/DUTIES.md" | tr -d '`'); do
  file=${name%:*} test=${name#*:}
  case $file in
  stages/*) file=stages/test_${file#stages/} ;;
  *) file=test_$file ;;
  esac
  n=$((n + 1))
  grep -q "START_TEST($test)" "$backend/$file.c" &&
    [ "$(grep -cw "$test" "$backend/$file.c")" -ge 2 ] && continue # it is run as well
  echo "FAIL: DUTIES.md names $name, which there is not"
  bad=1
done
[ $n -gt 100 ] || { echo "FAIL: only $n names were found"; bad=1; }
[ $bad = 0 ] && echo "all $n names are those of tests"
exit $bad
