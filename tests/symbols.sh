#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What the libraries define and need: only our names, only our four libraries.
# Runs in the build directory.
set -u
bad=0

# complain WHAT: reads the offenders, one a line.
complain() {
  while read -r line; do
    echo "$1: $line"
  done
}

# What a name may begin with: public everywhere, amli_ only inside libaml.a.
check_names() {
  offenders=$(nm "$3" --defined-only "$1" 2>/dev/null |
    awk 'NF == 3 && $2 ~ /[A-TV-Z]/ { sub(/@.*/, "", $3); print $3 }' |
    grep -vE "^($2|allowed_nodeset|AML_1)$" |
    grep -vE '^(_*asan|_*ubsan|_*tsan|__odr_asan|DW\.ref\.|_\.stapsdt\.)' | sort -u)
  if [ -n "$offenders" ]; then
    echo "$offenders" | complain "$1 defines a name that is not ours"
    bad=1
  fi
}

check_needed() {
  offenders=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    grep -vE '^(libc|libm|libpthread|libdl|libhwloc|libnuma|ld-linux[^.]*|lib[atu][a-z]*san)\.so')
  if [ -n "$offenders" ]; then
    echo "$offenders" | complain "$1 needs a library that it should not"
    bad=1
  fi
}

shared=.libs/libaml.so static=.libs/libaml.a
if [ ! -f $shared ] && [ ! -f $static ]; then
  echo "neither $shared nor $static is here: run this in the build directory"
  exit 99
fi
if [ -f $shared ]; then
  check_names $shared '(aml|excit)_[A-Za-z0-9_]*' -D
  check_needed $shared
  count=$(nm -D --defined-only $shared | grep -c ' aml_')
  [ "$count" -gt 0 ] || { echo "$shared exports nothing"; bad=1; }
fi
if [ -f $static ]; then
  check_names $static '(amli?|excit)_[A-Za-z0-9_]*' -g
fi
for module in .libs/aml_*.so; do
  [ -f "$module" ] || continue
  check_names "$module" aml_backend -D
done
[ $bad = 0 ] && echo "only aml_ names are exported"
exit $bad
