#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Checks every model exhaustively with spin, and that each can fail: with each known bug
# that its head lists as "BREAK n", spin must find an error.
#	run.sh [MODEL...]	e.g. run.sh request after
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 99
CC=${CC:-cc}
for tool in spin "${CC%% *}"; do
  command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cp "$here"/*.pml "$here"/*.inc "$work" && cd "$work" || exit 99
bad=0

# Bounds of one search: MiB of memory, steps, seconds.
memory=1024 depth=100000 seconds=300

# search MODEL BREAK -O -w: into log; the search may have been cut short.  -w is the size of the
# hash table, as a power of 2: a small one is ready sooner, and does for what fails.
search() {
  rm -f pan* ./*.trail
  # CC may have arguments.
  # shellcheck disable=SC2086
  spin -a -DBREAK="$2" "$1.pml" >log 2>&1 &&
    $CC "$3" -DSAFETY -DCOLLAPSE -DMEMLIM=$memory -w -o pan pan.c >>log 2>&1 &&
    timeout $seconds ./pan -m$depth "$4" >>log 2>&1
}

fail() {
  echo "$1: $2"
  grep -v "^Depth=" log | head -n 40
  bad=1
}

found_errors() {
  grep -q 'errors: [1-9]' log
}

# No error, and nothing was left out.
is_proof() {
  grep -q 'errors: 0$' log && ! grep -qE 'max search depth|reached -DMEMLIM|out of memory' log &&
    ! grep -q 'Search not completed' log
}

check() {
  start=$(date +%s)
  if search "$1" 0 -O1 -w22 && is_proof; then
    printf '%-10s holds: %s states, %d s\n' "$1" \
      "$(sed -n 's/ *\([0-9.e+]*\) states, stored.*/\1/p' log)" $(($(date +%s) - start))
  else
    fail "$1" "is not proved"
    [ ! -f "$1.pml.trail" ] || spin -t -p -g "$1.pml" | tail -n 150
  fi
  sed -n 's/^ \* BREAK \([0-9]*\)  *\(.*\)/\1 \2/p' "$1.pml" >breaks
  while read -r n what; do
    search "$1" "$n" -O0 -w20
    if found_errors; then
      printf '%-10s fails as it must: %s (%s)\n' "$1" "$what" \
        "$(sed -n 's/^pan:1: \(.*\) (at depth.*/\1/p' log)"
    else
      fail "$1" "does not notice: $what"
    fi
  done <breaks
}

[ $# -gt 0 ] || set -- after event flight idle queue request start watch
for model; do
  check "$model"
done
[ $bad = 0 ]
