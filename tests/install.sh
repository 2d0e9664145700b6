#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs into a scratch folder and builds a program there as a user would, with
# pkg-config, against the shared and the static library.  Runs in the build directory.
set -u
src=$(cd "${top_srcdir:-.}" && pwd) || exit 99
stage=$(mktemp -d) || exit 99
trap 'rm -rf "$stage"' EXIT

fail() {
  echo "$*"
  [ -f "$stage/log" ] && tail -n 30 "$stage/log"
  exit 1
}

# Not the flags of the make that runs this test: they name its job server.
MAKEFLAGS='' "${MAKE:-make}" install DESTDIR="$stage" >"$stage/log" 2>&1 ||
  fail "make install failed"

pc=$(find "$stage" -name aml.pc)
[ -n "$pc" ] || fail "aml.pc was not installed"
# DESTDIR moved the files but not the paths in aml.pc.
sed "s,^\([a-z_]*\)=/,\1=$stage/," "$pc" >"$stage/aml.pc"
export PKG_CONFIG_PATH="$stage${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
PKG_CONFIG=${PKG_CONFIG:-pkg-config}
libdir=$($PKG_CONFIG --variable=libdir aml) || fail "pkg-config does not find aml"
includedir=$($PKG_CONFIG --variable=includedir aml)

# All public headers, and nothing else.
(cd "$src/include" && find . -name '*.h' && cd "$OLDPWD/include" && find . -name '*.h') |
  sort -u >"$stage/wanted"
(cd "$includedir" && find . -name '*.h' | sort) >"$stage/installed"
diff "$stage/wanted" "$stage/installed" >"$stage/log" ||
  fail "the installed headers (>) are not the public ones (<)"

# build NAME LIBRARIES...
build() {
  name=$1
  shift
  # shellcheck disable=SC2046,SC2086 # lists of flags
  ${CC:-cc} -std=c11 ${AML_SANITIZE_FLAGS:-} $($PKG_CONFIG --cflags aml) -o "$stage/$name" \
    "$src/examples/copy.c" "$@" >"$stage/log" 2>&1 || fail "examples/copy.c does not link: $name"
}

export LD_LIBRARY_PATH="$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
if [ -f "$libdir/libaml.so" ]; then
  # shellcheck disable=SC2046
  build shared $($PKG_CONFIG --libs aml)
  "$stage/shared" >"$stage/log" 2>&1 || fail "the program with libaml.so does not run"
fi
if [ -f "$libdir/libaml.a" ]; then
  # shellcheck disable=SC2046
  build static $($PKG_CONFIG --static --libs aml | sed "s,-laml,$libdir/libaml.a,")
  LD_LIBRARY_PATH='' "$stage/static" >"$stage/log" 2>&1 || fail "the program with libaml.a does not run"
fi
bin=$(dirname "$libdir")/bin
if [ -x "$bin/aml-info" ]; then
  "$bin/aml-info" >"$stage/log" 2>&1 || fail "the installed aml-info does not run"
fi
echo "installed; programs with the shared and the static library build and run"
