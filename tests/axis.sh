#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# aml-axis as a user runs it, on the emulator: what it prints, its exit codes, and that it
# notices damage.  Runs in the build directory.
set -u
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
axis=${AML_AXIS:-./aml-axis}
emu=emu,name=axis-sh-$$
bad=0

wrong() {
  echo "FAIL: $*"
  cat "$scratch/out" "$scratch/err" 2>/dev/null | tail -n 20
  bad=1
}

# expect STATUS ARGUMENT...: runs aml-axis; its output is in out and err.
expect() {
  want=$1
  shift
  "$axis" "$@" >"$scratch/out" 2>"$scratch/err"
  got=$?
  [ $got = "$want" ] || wrong "aml-axis $*: exit code $got, not $want"
}

# The same on an emulated card; the last argument of KEYS goes with its name.
on_emu() {
  want=$1 keys=$2
  shift 2
  expect "$want" "$@" --path "$emu$keys"
}

out() { grep -qF -- "$1" "$scratch/out" || wrong "stdout lacks: $1"; }
err() { grep -qF -- "$1" "$scratch/err" || wrong "stderr lacks: $1"; }

# in_background NAME ARGUMENT...: its output is in NAME.out, its exit code in NAME.rc.
in_background() {
  name=$1
  shift
  {
    "$axis" "$@" --path "$emu" >"$scratch/$name.out" 2>"$scratch/$name.err"
    echo $? >"$scratch/$name.rc"
  } &
}

# until_true COMMAND...: waits for it to succeed, 10 seconds at most.
until_true() {
  tries=100
  while ! "$@" >"$scratch/out" 2>"$scratch/err"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { wrong "this never came true: $*"; return; }
    sleep 0.1
  done
}

# What it says about itself, and to mistakes.
expect 0 --help
out "Usage: aml-axis"
expect 0 --version
out "aml-axis (libaml) "
expect 2
err "which command"
expect 2 nosuch
err "'nosuch'"
expect 2 info surplus
err "no arguments"
expect 2 info --size 12
err "no use for --size"
for mistake in "--size 0" "--size 9..8" "--size 12x" "--size -4" "--dest 4096" "--dest 3-1" "--dest 1,1" \
  "--dest ," "--frames 0" "--seconds 0" "--seconds x" "--width 33" "--width 0" "--nosuch 1"; do
  # shellcheck disable=SC2086 # two words
  on_emu 2 "" loop $mistake
done
on_emu 2 "" loop --dest 5-
err "--dest does not take '5-'"
expect 1 info --path /dev/null/none
err "/dev/null/none"
on_emu 1 ",nosuch=1" info
err "nosuch"
on_emu 2 "" read
err "-o FILE"
on_emu 1 "" read -o /nowhere/file -n 1
err "/nowhere/file"
on_emu 1 "" write -i /nowhere/file
err "/nowhere/file"
printf '\100\0\0\0\0\0\0\0less than that' >"$scratch/short"
on_emu 1 "" write -i "$scratch/short"
err "recorded with an error"
out "frames=0 bytes=0 errors=1 "
on_emu 1 "" read -o "$scratch"
err "Is a directory"
for command in info loop rate write "read -o $scratch/x" "srp read 0" counters; do
  # shellcheck disable=SC2086 # a command and its options
  expect 1 $command --path "$scratch/nothing" --json
  err "there is no such device"
  [ ! -s "$scratch/out" ] || wrong "$command says something of no device"
done
[ ! -e "$scratch/x" ] || wrong "read made a file without a device"

# Facts and counters.
on_emu 0 ",tx=7,rx=9,size=8192" info
for text in "tx_buffers: 7" "rx_buffers: 9" "buffer_bytes: 8192" "driver: 7.4.0" "build: " "firmware: 0x"; do
  out "$text"
done
on_emu 0 ",tx=7,rx=9" counters
out "counters: tx_user=0 tx_card=0 tx_before=0 tx_queue=7 tx_missing=0 rx_user=0 rx_card=9"
on_emu 0 "" counters --watch --period 0.01 --seconds 0.05
[ "$(wc -l <"$scratch/out")" -ge 2 ] || wrong "counters --watch printed once"
if command -v python3 >/dev/null; then
  for command in info counters "loop -n 10" "rate -t 0.01" "write -d 9"; do
    # shellcheck disable=SC2086 # a command and its options
    on_emu 0 "" $command --json
    python3 -m json.tool "$scratch/out" >/dev/null || wrong "this is no JSON: $command"
  done
else
  echo "SKIP of the JSON checks: there is no python3"
fi

# The monitors of lanes that have seen frames, on a card that is in use.
source=,source=0x105/100/1000
"$axis" rate -d 0x105 --path "$emu$source" >/dev/null 2>&1 &
rate=$!
monitored() { "$axis" info --path "$emu$source" | grep -A 2 "from_fpga" | grep "lane 1"; }
until_true monitored
on_emu 0 $source info
out "last_frame_bytes: 100"
kill -TERM $rate
wait $rate || wrong "rate ended with $?"

# Loop: all is well, whatever the sizes, and damage is noticed.
on_emu 0 "" loop -n 400
out "frames=400 "
out " errors=0 "
out "lost=0 leaked_buffers=0"
on_emu 0 ",tx=8,rx=8,size=4096" loop -n 400 -d 0-7,0x302 -s 12..9K
out "destinations=9 sent=400 card_errors=0 "
out " lost=0 "
on_emu 0 "" loop -n 20 --width 512 -s 192..1M
on_emu 0 "" loop -n 20 -s 64K --no-ssi
on_emu 0 ",version=cont" loop -n 50
on_emu 0 "" loop -n 20 --copies
on_emu 2 "" loop --copies=1
on_emu 1 "" loop -s 8
err "12 to"
on_emu 1 "" loop -s 1G
on_emu 1 ",eofe_every=20" loop -n 100 -s 100
out " errors=5 "
out " card_errors=5 "
err "the card says 0x80"
on_emu 1 ",cont=0,size=4096" loop -n 1 -s 8K
err "the card says 0x4"
on_emu 1 ",loop=none" loop -n 4 -s 100 --timeout 0.1
out " errors=4 "
out "lost=4 leaked_buffers=0"
on_emu 1 ",lose_rx_every=4" loop -n 4 -s 100 --timeout 0.1
out "lost=1 leaked_buffers=1"
on_emu 1 ",lose_tx_every=4" loop -n 4 -s 100
out " errors=0 "
out "lost=0 leaked_buffers=1"
on_emu 1 ",lose_rx_every=3" loop -n 120 -d 0 -s 100 --timeout 0.1 # more than are under way
out " sent=120 "
out " lost=40 "
err "frames do not come back"

# Whether a process catches SIGTERM by now.
catches() { grep -q '^SigCgt:.*[4567cdef]...$' "/proc/$1/status"; }

# interrupted STATUS SECONDS KEYS ARGUMENT...: ended by a signal after so long; nothing is missing.
# Another process keeps the device, so that what the first leaves behind can be seen.
interrupted() {
  want=$1 after=$2 keys=$3
  shift 3
  "$axis" counters --watch --period 60 --path "$emu$keys" >/dev/null 2>&1 &
  watcher=$!
  until_true "$axis" info --path "$emu$keys"
  "$axis" "$@" --path "$emu$keys" >"$scratch/out" 2>"$scratch/err" &
  victim=$!
  until_true catches $victim
  sleep "$after"
  kill -TERM $victim
  wait $victim
  got=$?
  [ $got = "$want" ] || wrong "aml-axis $*: interrupted, exit code $got, not $want"
  "$axis" counters --path "$emu$keys" >"$scratch/after"
  grep -q "tx_user=0 .*tx_missing=0 rx_user=0 .*rx_missing=0" "$scratch/after" ||
    wrong "aml-axis $*: interrupted, and buffers are gone: $(cat "$scratch/after")"
  kill -TERM $watcher
  wait $watcher || wrong "counters --watch ended with $?"
}
interrupted 0 0 "" loop --seconds 20
interrupted 0 0.5 "" loop --seconds 20
out " errors=0 "
out "lost=0 leaked_buffers=0"
interrupted 1 0.3 ",loop=none" loop --timeout 60 # what does not come is not waited for then
interrupted 1 0.3 ",stall=0xff,tx=4" loop --timeout 60 -s 64K
interrupted 0 0.3 ",source=3/100000/2000+4/100/9000" rate -d 3,4
interrupted 0 0.3 ",source=3/100000/2000" read -d 3 -o "$scratch/cut"
interrupted 0 0.3 "" write --seconds 20 -s 100K
interrupted 0 0.3 ",stall=1,tx=4" write -n 100 --timeout 60
interrupted 0 0.3 "" srp model -d 5 --from 6

# Another program has the destination; one that was killed had it.
"$axis" read -d 2,3 -o "$scratch/held" --path "$emu" >/dev/null 2>&1 &
holder=$!
until_true test -e "$scratch/held" # it has claimed them by then
on_emu 1 "" rate -d 1-3 -t 0.1
err "is claimed by another program"
on_emu 1 "" loop -d 2 -n 1
kill -KILL $holder
wait $holder 2>/dev/null
on_emu 0 "" loop -d 1-3 -n 20

# Output that cannot be written.
"$axis" info --path "$emu" >&- 2>"$scratch/err" && wrong "info without a stdout succeeded"
if [ -w /dev/full ]; then
  timeout 20 "$axis" counters --watch --period 0.01 --path "$emu" >/dev/full 2>"$scratch/err"
  [ $? = 1 ] || wrong "counters --watch on a full disk goes on"
  err "the output cannot be written"
fi

# A card that takes nothing is given up.
on_emu 1 ",stall=1,tx=4" write -n 10 --timeout 0.3
err "not enough buffers came free"
out "write: frames=4 "
on_emu 1 ",stall=0xff,tx=4,rx=4" loop -n 10 --timeout 0.3

# A recording is what was sent, and can be sent again.
in_background first read -o "$scratch/run" -d 2,0x203 -n 40 --seconds 20
until_true test -e "$scratch/run" # it has claimed them by then
on_emu 0 "" write -d 2,0x203 -n 40 -s 5000
wait
[ "$(wc -c <"$scratch/run")" = $((40 * 5008)) ] || wrong "the recording has another size"
[ "$(od -An -tu1 -j $((5008 + 7)) -N 1 "$scratch/run" | tr -d ' ')" = 3 ] ||
  wrong "the second frame is not on channel 3"
in_background second read -o "$scratch/again" -d 2,3 -n 40 --seconds 20 --limit 50K
until_true test -e "$scratch/again.1"
on_emu 0 "" write -i "$scratch/run"
out "frames=40 bytes=200000 errors=0"
wait
cat "$scratch"/again.1 "$scratch"/again.2 "$scratch"/again.3 "$scratch"/again.4 >"$scratch/joined"
cmp "$scratch/run" "$scratch/joined" || wrong "what was sent again is not what was recorded"
in_background third read -o "$scratch/third" -d 4 -n 20 --seconds 10
until_true test -e "$scratch/third"
on_emu 0 "" write -i "$scratch/run" -d 6,4 # every other frame
wait
[ "$(wc -c <"$scratch/third")" = $((20 * 5008)) ] || wrong "frames did not go where they should"
for name in first second third; do
  [ "$(cat "$scratch/$name.rc")" = 0 ] || wrong "read ended with $(cat "$scratch/$name.rc")"
done

# Of an older recording nothing is read as part of a newer one.
on_emu 0 ",source=3/4096/2000" read -d 3 -n 5 -o "$scratch/again" --limit 50K
on_emu 0 "" write -i "$scratch/again.1" -d 9
out "frames=5 "
on_emu 1 ",source=3/4096/2000" read -d 3 -n 5 -o "$scratch/again" --limit 4K
err "does not fit files of 4096"
out " errors=1 "
touch "$scratch/old.2"
on_emu 1 ",source=3/4096/2000" read -d 3 -n 5 -o "$scratch/old.1"
err "$scratch/old.2 is there"

# What the card makes is received at its rate; errors count.
on_emu 0 ",source=3/4096/1000" rate -d 3 -n 20 --seconds 20
on_emu 0 ",source=3/4096/1000+0x105/100/1000" rate -d 3,0x105,7 -n 40 --seconds 20
out "0x003: frames="
out "0x105: frames="
out " destinations=3 silent=1"
if command -v python3 >/dev/null; then
  on_emu 0 ",source=3/4096/1000+0x105/100/1000" rate -d 3,0x105,7 -n 40 --seconds 20 --json
  python3 -c '
import json, sys
rate = json.load(open(sys.argv[1]))
each = {one["dest"]: one["frames"] for one in rate["each"]}
sys.exit(set(each) != {3, 0x105} or sum(each.values()) != rate["frames"])' "$scratch/out" ||
    wrong "rate --json does not tell of each destination"
fi
on_emu 1 ",source=3/4096/1000,error_every=5" rate -d 3 -n 20 --seconds 20
grep -q " errors=[1-9]" "$scratch/out" || wrong "no errors were counted"

on_emu 0 ",source=3/4096/2000" read -d 3 -n 20 --seconds 20 -o "$scratch/some"
[ "$(wc -c <"$scratch/some")" = $((20 * 4104)) ] || wrong "read -n 20 recorded something else"
on_emu 1 ",source=3/4096/1000,error_every=5" read -d 3 -n 20 --seconds 20 -o "$scratch/some"
if [ -w /dev/full ]; then
  on_emu 1 ",source=3/4096/1000" read -d 3 -n 2000 --seconds 20 -o /dev/full
  err "No space left"
  on_emu 1 ",source=3/4096/1000" read -d 3 -n 5 --seconds 20 -o /dev/full # seen at the end
  err "No space left"
  out "frames=5 bytes=20480 errors=1 "
fi

# Registers, with another process in firmware's place.
on_emu 2 "" srp
on_emu 2 "" srp nosuch
on_emu 2 "" srp read 2
on_emu 2 "" srp read
on_emu 2 "" srp write 0
on_emu 2 "" srp write 0 0x100000000
on_emu 2 "" srp model
on_emu 2 "" srp model -d 5 --from 5
on_emu 2 "" srp read 0 -d 1,2
on_emu 0 "" srp write --post 0 1 --timeout 0.01 # nobody answers, nobody asks
on_emu 1 "" srp read 0 --timeout 0.01
err "no response"
"$axis" srp model -d 5 --from 0x105 --path "$emu" --seconds 60 >"$scratch/model.out" 2>&1 &
model=$!
until_true "$axis" srp read 0 -d 5 --from 0x105 --timeout 0.2 --path "$emu"
on_emu 0 "" srp write 0x1000 1 2 0xdeadbeef -d 5 --from 0x105
out "srp: op=write address=0x1000 words=3 errors=0"
on_emu 0 "" srp write --post 0x1004 77 -d 5 --from 0x105
on_emu 0 "" srp read 0x1000 4 -d 5 --from 0x105
for line in "0x00001000: 0x00000001" "0x00001004: 0x0000004d" "0x00001008: 0xdeadbeef" \
  "0x0000100c: 0x00000000"; do
  out "$line"
done
on_emu 0 "" srp read 0x1000 4 -d 5 --from 0x105 --json
out '"values": [1, 77, 3735928559, 0]'
kill -TERM $model
wait $model || wrong "the model ended with $?"
grep -q "srp: op=model responses=" "$scratch/model.out" || wrong "the model said nothing"

[ $bad = 0 ] && echo "aml-axis does what it says"
exit $bad
