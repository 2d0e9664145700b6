#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# aml-bench as a user runs it: what it prints, its exit codes, and that it notices
# wrong results.  Runs in the build directory.
set -u
src=$(cd "${top_srcdir:-.}" && pwd) || exit 99
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
bench=${AML_BENCH:-./aml-bench}
unset AML_DMA AML_BENCH_SUITES
bad=0

wrong() {
  echo "FAIL: $*"
  cat "$scratch/out" "$scratch/err" 2>/dev/null | tail -n 20
  bad=1
}

# expect STATUS ARGUMENT...: runs aml-bench; its output is in out and err.
expect() {
  want=$1
  shift
  "$bench" "$@" >"$scratch/out" 2>"$scratch/err"
  got=$?
  [ $got = "$want" ] || wrong "aml-bench $*: exit code $got, not $want"
}

# out TEXT, err TEXT: what the last run said holds this.
out() { grep -qF -- "$1" "$scratch/out" || wrong "stdout lacks: $1"; }
err() { grep -qF -- "$1" "$scratch/err" || wrong "stderr lacks: $1"; }

# The texts about itself.
expect 0 --help
out "Usage: aml-bench"
expect 0 --version
out "aml-bench (libaml) "
expect 0 list
for word in hpc small smoke transpose memcpy naive fftw openblas onednn openmp tbb; do
  out "$word"
done

# Every suite is well-formed, also when found through the environment.
export AML_BENCH_SUITES="$src/benchmarks/suites"
expect 0 list
out "$src/benchmarks/suites"
unset AML_BENCH_SUITES

# Smoke: all verified, in every format.
expect 0 --smoke
out "0 wrong, 0 failed"
awk 'length > 120 { exit 1 }' "$scratch/out" || wrong "a line of the table is longer than 120"
expect 0 copy --elem 4 --dims 300,200 --perm 1,0 --reps 3 --peer all --format csv
out "case,engine,plan,bytes,median_ns,p10_ns,p90_ns,gbps,memcpy_gbps,stream_gbps,of_stream,verified"
out "peer:naive"
expect 0 fused --engine memcpy --reps 1 --format csv
for row in "byteswap 4" "fill 4" "compare 4" crc32c "float to float16" "copies: convert+stream"; do
  out "$row"
done
expect 1 fused --engine memcpy --reps 1 --spoil
expect 0 index --engine memcpy --reps 1 --format csv
for row in "gather 4 random" "scatter 8 sorted" "gather 24 runs of 8" gather32 scatter192 peer:loop; do
  out "$row"
done
expect 1 index --engine memcpy --reps 1 --spoil
expect 0 latency --engine memcpy --engine pool:threads=1 --reps 3
for row in submit submit+wait submit+test submit+wait_for wait_all wait_some wait_any barrier \
  detached+barrier callback deadline fence info capacity prepare+release start start+wait cancel \
  after "busy: submit+wait" "handed over" "full: try_submit" "fd: epoll+drain" "in flight: 65536" \
  "in reverse: 65536" "reverse, wait: 65536" \
  "single: 1000" "single, submit: 1000" "batch: 1000" "batches: 1000" "batch, submit: 1000"; do
  [ "$(grep -cF -- "$row" "$scratch/out")" -ge 2 ] || wrong "not both engines have a row $row"
done
out " 0 wrong, 0 failed"
awk 'length > 120 { exit 1 }' "$scratch/out" || wrong "a line of the table is longer than 120"
out "plan of 6 dims"
# Frames of a card: of none, and of the emulated one, which sanitizers do not load after.
expect 1 frames --path "$scratch/card" --reps 1
emulator=$PWD/.libs/libaml-datadev-emu.so
if [ -f "$emulator" ] && [ -z "${AML_SANITIZE_FLAGS-}" ]; then
  err "$scratch/card"
  expect 2 frames --engine memcpy
  err "neither --engine"
  export AML_DATADEV_EMU=name=bench-sh-$$ LD_PRELOAD="$emulator"
  expect 0 frames --reps 2
  for row in "as it is" "layout in a buffer" "1+1 copies" transposed " of steps" "2+1 copies"; do
    out "$row"
  done
  out "9 verified, 0 wrong, 0 failed"
  awk 'length > 120 { exit 1 }' "$scratch/out" || wrong "a line of the table is longer than 120"
  expect 1 frames --reps 1 --spoil
  AML_DATADEV_EMU=name=bench-sh-$$-none,loop=none
  expect 1 frames --reps 1
  err "does not come back"
  unset LD_PRELOAD AML_DATADEV_EMU
fi
expect 0 latency --engine memcpy --reps 3 --bytes 0
grep -q 'in flight: 65536.* 0 B ' "$scratch/out" || wrong "--bytes 0 has no flight of empty copies"
expect 0 copy --elem 2 --dims 40,30 --reps 2 -o "$scratch/file"
[ -s "$scratch/out" ] && wrong "-o did not keep the table off stdout"
grep -q "1 verified\|2 verified" "$scratch/file" || wrong "-o wrote no table"

if command -v python3 >/dev/null; then
  for command in "run smoke --engine memcpy --peer naive" "copy --elem 1 --dims 9" \
    "latency --engine memcpy"; do
    # shellcheck disable=SC2086 # the command is words
    expect 0 $command --reps 2 --format json
    python3 -m json.tool "$scratch/out" >/dev/null || wrong "$command: this is no JSON"
    for key in machine rows summary case engine plan bytes median_ns p10_ns p90_ns gbps \
      memcpy_gbps stream_gbps of_stream verified; do
      out "\"$key\": "
    done
  done
else
  echo "SKIP of the JSON checks: there is no python3"
fi

# It transposes as numpy does.
expect 0 copy --elem 4 --dims 2,3,5 --perm 2,0,1 --reps 1 --engine memcpy --format csv
out '24:4]'

# Plans by measuring, and why.
expect 0 copy --elem 4 --dims 300,200 --perm 1,0 --reps 1 --engine memcpy --explain
out "transpose: a pair: loop of 300 contiguous in the destination, of 200 in the source"
out "bound: "
expect 0 copy --elem 4 --dims 300,200 --perm 1,0 --reps 1 --engine memcpy --explain --plan measure
out " e4 measured"
out " ns  estimate: "
out "chosen: "
AML_WISDOM="$scratch/wisdom" expect 0 run smoke --reps 1 --plan measure --format csv
out " measured"
[ -s "$scratch/wisdom" ] || wrong "no wisdom was kept"
AML_WISDOM="$scratch/wisdom" expect 0 copy --elem 4 --dims 300,200 --perm 1,0 --reps 1 --plan estimate
expect 2 copy --elem 4 --dims 4 --plan guess
err "'guess'"
expect 2 copy --elem 4 --dims 4 --explain --format csv
expect 2 latency --plan measure

# Wrong results and failing engines are noticed.
expect 1 copy --elem 4 --dims 64,64 --reps 1 --spoil --engine memcpy
out "WRONG"
err "is wrong"
expect 1 copy --elem 4 --dims 64,64 --reps 1 --spoil --peer naive --engine memcpy --format csv
[ "$(grep -c ',false$' "$scratch/out")" = 2 ] || wrong "not both rows are marked as false"
expect 1 latency --reps 1 --spoil --engine memcpy
out "WRONG"
grep ' yes$' "$scratch/out" | grep -v 'peer:memcpy' && wrong "a row is verified though it was spoilt"
if "$bench" list | grep -q '^  fault'; then
  expect 1 copy --elem 4 --dims 64,64 --reps 1 --engine fault:engine=memcpy,fail_at=1
  out "FAILED"
fi
if [ -w /dev/full ]; then
  expect 1 copy --elem 4 --dims 64 --reps 1 --engine memcpy -o /dev/full
fi

# Wrong arguments: 2, and the value is named.
expect 2
expect 2 dance
err "'dance'"
expect 2 list again
err "'again'"
expect 2 run
expect 2 run nosuch
err "nosuch"
expect 2 run ../smoke
err "../smoke"
expect 2 run smoke --engine nosuch:x=1
err "nosuch:x=1"
expect 2 run smoke --peer nosuch
err "'nosuch'"
expect 2 run smoke --reps 0
err "'0'"
expect 2 run smoke --format xml
err "'xml'"
expect 2 run smoke --nosuch
err "nosuch"
expect 2 copy --elem 4
expect 2 copy --elem 4 --dims 4,x
err "'4,x'"
expect 2 copy --elem 4 --dims 4,4 --perm 0,0
err "0 is there twice"
expect 2 copy --elem 4 --dims 4,4 --perm 0,2
err "2 is too large"
expect 2 copy --elem 4 --dims 4,0
err "dims[1] is 0"
expect 2 copy --elem 4 --dims 99999999999,99999999999
err "99999999999"
expect 2 run smoke --dims 4
expect 2 latency --path /dev/null
err "frames alone"
expect 2 latency --bytes -1
err "'-1'"

# Suites with mistakes: file and line are named.
export AML_BENCH_SUITES="$scratch"
ini() {
  printf '%b' "$1" >"$scratch/broken.ini"
  expect 2 run broken --engine memcpy --reps 1
  err "broken.ini:$2"
}
ini '[suite]\nsumary = x\n' "2: unknown key 'sumary'"
ini '[a]\nelem = 4\ndmis = 4\n' "3: unknown key 'dmis'"
ini '[a]\nelem = four\n' "2: elem takes a number, not 'four'"
ini '[a]\nelem = 4\nelem = 4\n' "3: elem is there twice"
ini '[a]\nelem = 4\ndims = 4\n[a]\n' "4: case 'a' is there twice"
ini 'elem = 4\n' "1: 'elem' belongs to no section"
ini '[a\n' "1: '[a' lacks its ']'"
ini '[a]\nelem\n' "2: 'elem' is neither"
ini '[a]\nelem = 4\ndims = 8,8\nsrc_array = 8,9\nsrc_offset = 0,2\n' "1: case a: dim 1 of src"
ini '[a]\nelem = 4\n' "1: case a: dims are missing"
ini '[a]\nelem = 4\ndims = 8\nsplit = 2\n' "1: case a: split is 2"
printf '[part]\nelem = 4\ndims = 3,5,7\nperm = 2,0,1\nsrc_array = 9,8,30\nsrc_offset = 1,1,2\n%s' \
  'src_step = 2,1,4
dst_array = 20,4,9
dst_offset = 1,1,1
dst_step = 3,1,1
split = 1
' >"$scratch/fine.ini"
expect 0 run fine --reps 1 --peer all
out "0 wrong, 0 failed"

[ $bad = 0 ] && echo "aml-bench does what it says"
exit $bad
