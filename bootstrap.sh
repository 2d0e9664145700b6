#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# From a fresh clone to a running libaml; needs nothing but a shell and git's files.
set -u
cd "$(dirname "$0")" || exit 1

log=build/log

usage() {
  cat <<END
usage: ./bootstrap.sh COMMAND

  demo    build, then copy real layouts with every engine: ends with a table
  check   build and run the tests: ends with "N passed, N failed, N skipped"
  build   build into build/: build/aml-bench, build/aml-info, build/libaml.la
  deps    install what the build needs (Debian and Ubuntu)
  help    this text

What the tools say goes to $log.  For other options use ./autogen.sh and
configure; doc/HACKING.md has the rest.
END
}

say() {
  printf '%s\n' "bootstrap.sh: $*"
}

die() {
  printf '%s\n' "bootstrap.sh: $*" >&2
  exit 1
}

# Run a step with its chatter in the log; on failure show the end of it and stop.
quietly() {
  what=$1
  shift
  if ! "$@" >>$log 2>&1 </dev/null; then
    tail -n 40 $log >&2
    die "$what failed; all of its output is in $log"
  fi
}

has() {
  command -v "$1" >/dev/null 2>&1
}

has_library() {
  has pkg-config && pkg-config --exists "$1"
}

# The packages of which something is not there, told by the tools and libraries
# themselves, so that it is right on any system.
missing() {
  if ! has make || ! { has cc || has gcc || has clang; }; then
    echo build-essential
  fi
  has autoreconf || echo autoconf
  has automake || echo automake
  has libtoolize || echo libtool
  has pkg-config || echo pkg-config
  has_library hwloc || echo libhwloc-dev
  has_library numa || echo libnuma-dev
  has_library check || echo check
}

install_packages() {
  if ! has apt-get; then
    die "missing: $*
Install what your system calls them (the names are Debian's) and run this again."
  fi
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif has sudo && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
  else
    die "missing: $*
This needs root. Run   sudo apt-get install $*   and then this again."
  fi
  say "installing $*"
  # An update may fail without a network while the packages are at hand.
  # shellcheck disable=SC2086 # nothing, or two words
  $as_root apt-get update >>$log 2>&1 </dev/null
  # shellcheck disable=SC2086
  quietly "apt-get install $*" \
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

deps() {
  lacking=$(missing)
  if [ -n "$lacking" ]; then
    # shellcheck disable=SC2086 # one word per package
    install_packages $lacking
    lacking=$(missing)
    [ -z "$lacking" ] || die "still missing after the installation: $lacking"
  fi
}

# True if configure is not there or older than something it is made from.
configure_is_stale() {
  [ ! -f configure ] || [ ! -f Makefile.in ] ||
    [ -n "$(find configure.ac Makefile.am autogen.sh m4/aml_*.m4 backends \
      \( -name '*.ac' -o -name '*.am' -o -name '*.mk' -o -name '*.m4' -o -name '*.sh' \) \
      -newer configure 2>/dev/null)" ]
}

cores() {
  nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

build() {
  deps
  if configure_is_stale; then
    say "generating configure"
    quietly autogen.sh ./autogen.sh
    touch configure
  fi
  if [ ! -f build/Makefile ]; then
    say "configuring"
    quietly configure sh -c 'cd build && ../configure'
  fi
  if ! make -q -C build all >>$log 2>&1; then
    say "building"
    quietly make make -C build -j"$(cores)"
  fi
}

demo() {
  build
  echo
  echo "== aml-bench run smoke: layouts copied by each engine, beside memcpy on the same machine"
  echo
  exec build/aml-bench run smoke
}

# Adds up the single test cases of a build folder: what Check counted in a log, or 1
# for a test that does not count; one that failed without saying where is 1 more.
count_results() {
  find "$1" -name '*.trs' | sort | while read -r trs; do
    cat "$trs" "${trs%.trs}.log" 2>/dev/null
    echo ':end:'
  done | awk '
    BEGIN { result = "ERROR" }
    /^:test-result:/ { result = $2 }
    /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$/ {
      n = $3 + 0; bad = $5 + $7; passed += n - bad; failed += bad; seen += n; broken += bad
    }
    /^:end:$/ {
      if ((result == "FAIL" || result == "ERROR" || result == "XPASS") && !broken) failed++
      else if (result == "SKIP") skipped++
      else if (!seen) passed++
      seen = broken = 0; result = "ERROR"
    }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }'
}

check() {
  build
  find build -name '*.trs' -exec rm -f {} +
  say "running the tests"
  {
    make -C build -k check -j"$(cores)" 2>&1 </dev/null
    echo $? >build/check.status
  } | tee -a $log | grep -E '^(PASS|FAIL|ERROR|SKIP|XPASS): '
  status=$(cat build/check.status)

  counts=$(count_results build)
  find build -name '*.trs' -exec grep -lE '^:test-result: (FAIL|ERROR|XPASS)' {} + | sort |
    while read -r trs; do
      printf '\n== %s\n' "${trs%.trs}.log"
      tail -n 40 "${trs%.trs}.log"
    done
  case $status,$counts in
    0,*) ;;
    *', 0 failed,'*)
      tail -n 40 $log
      say "make check failed outside the tests; see $log"
      counts=$(echo "$counts" | sed 's/ 0 failed/ 1 failed/')
      status=1 ;;
  esac
  echo "$counts"
  return "$status"
}

case ${1:-help} in
  help|-h|--help) usage; exit 0 ;;
  deps|build|demo|check) mkdir -p build && : >$log || exit 1 ;;
  count) count_results "${2:-build}"; exit ;; # for .ci/run
  *) usage >&2; exit 2 ;;
esac
if [ "$1" = deps ]; then
  deps
  say "everything needed is installed"
  say "optional, for the peers of aml-bench: libfftw3-dev libopenblas-dev libdnnl-dev libtbb-dev"
else
  "$1"
fi
