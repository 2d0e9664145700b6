#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# aml-info as a user runs it.  Runs in the build directory.
set -u
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
info=${AML_INFO:-./aml-info}
bad=0

wrong() {
  echo "FAIL: $*"
  cat "$scratch/out" "$scratch/err" 2>/dev/null | tail -n 20
  bad=1
}

expect() {
  want=$1
  shift
  "$info" "$@" >"$scratch/out" 2>"$scratch/err"
  got=$?
  [ $got = "$want" ] || wrong "aml-info $*: exit code $got, not $want"
}

out() { grep -qF -- "$1" "$scratch/out" || wrong "stdout lacks: $1"; }
err() { grep -qF -- "$1" "$scratch/err" || wrong "stderr lacks: $1"; }

expect 0 --help
out "Usage: aml-info"
expect 0 --version
out "aml-info (libaml) "
expect 2 --nosuch
err "nosuch"
expect 2 surplus
err "'surplus'"

export AML_LOG=dma:error
expect 0
unset AML_LOG
for text in "version: " "cpu_features: " "backends:" "memcpy" "works here" "engines:" \
  "reaches host memory" "areas:" "numa_nodes:" "memory_bytes: " "kernels:" "environment:" \
  "AML_DMA" "value: dma:error" "AML_CPU_DISABLE" "AML_TOPOLOGY" "AML_BACKEND_PATH" \
  "AML_BENCH_SUITES"; do
  out "$text"
done

# Features that were disabled are not chosen.
export AML_CPU_DISABLE=avx2,avx512
expect 0
unset AML_CPU_DISABLE
sed '/^kernels_not_chosen:/,$d' "$scratch/out" >"$scratch/chosen"
grep -q '_avx' "$scratch/chosen" && wrong "AML_CPU_DISABLE=avx2,avx512 left a kernel in use"

# Pairs: host memory, and what engines bring.
expect 0 --pairs
out "0  host memory"
grep -q '^  1  ' "$scratch/out" && wrong "an area that no engine brought"
expect 1 --pairs nosuch
err "there is no engine 'nosuch'"
if "$info" | grep -A 1 '^  axisg2' | grep -q 'works: yes'; then
  expect 0 --pairs axisg2:emu=name=info-$$-a axisg2:emu=name=info-$$-b
  out "2  axisg2: emu"
  line=$(grep '^  1 ' "$scratch/out" | tail -n 1)
  # shellcheck disable=SC2086 # words
  [ "$(echo $line)" = "1 axisg2 axisg2 none" ] || wrong "pairs of area 1: $line"
fi

if command -v python3 >/dev/null; then
  expect 0 --json
  python3 -m json.tool "$scratch/out" >/dev/null || wrong "this is no JSON"
  pairs=$("$info" --pairs --json) || wrong "aml-info --pairs --json failed"
  echo "$pairs" | python3 -m json.tool >/dev/null || wrong "--pairs --json is no JSON"
  for key in version cpu_features backends engines areas numa_nodes kernels environment; do
    out "\"$key\": "
  done
else
  echo "SKIP of the JSON checks: there is no python3"
fi

[ $bad = 0 ] && echo "aml-info does what it says"
exit $bad
