#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Who includes whom (the table below), and that no file of the tree is left out of
# the build.  Prints every breach as file: reason.
set -u
cd "${1:-${top_srcdir:-.}}" || exit 99
breaches=$(mktemp) || exit 99
trap 'rm -f "$breaches"' EXIT

# A folder of src/, and the folders of src/ it may include from.
allowed() {
  case $1 in
    src/base) echo base ;;
    src/layout) echo layout base ;;
    src/area) echo area base ;;
    src/kernel) echo kernel base ;;
    src/transform) echo transform kernel layout base ;;
    src/dma) echo dma transform layout area base ;;
    src/compat) echo compat dma transform kernel layout area base ;;
    *) echo ;;
  esac
}

breach() {
  echo "$1: $2" >>"$breaches"
}

# The only places that may see the headers of hwloc and libnuma: the area code, and
# the public headers whose AML originals bring them in.
sees_numa() {
  case $1 in
    src/area/*|include/aml.h|include/aml/area/*|include/aml/utils/backend/*|tests/*) return 0 ;;
  esac
  return 1
}

# check FILE HEADER: one #include "HEADER".
check_quoted() {
  file=$1 header=$2
  dir=${file%/*}
  case $header in
    ../*|*/../*) breach "$file" "includes \"$header\": write it from the root"; return ;;
    aml.h|aml/*|excit.h) return ;;
  esac
  case $file in
    tests/*|backends/*/test_*.c) return ;;
    src/*)
      folder=$(echo "$dir" | cut -d/ -f1-2)
      for may in $(allowed "$folder"); do
        case $header in "$may"/*) return ;; esac
      done
      breach "$file" "includes \"$header\": $folder may include aml/ and: $(allowed "$folder")" ;;
    backends/*|tools/*|benchmarks/*|examples/*)
      # its own folder: beside it, or written from the root
      [ -f "$dir/$header" ] && return
      case $file in backends/*) own=$(echo "$dir" | cut -d/ -f1-2) ;; *) own=${dir%%/*} ;; esac
      case $header in
        "$own"/*|"${own#backends/}"/*) [ -f "$header" ] || [ -f "backends/$header" ] && return ;;
      esac
      breach "$file" "includes \"$header\": only aml/ and its own folder are allowed" ;;
    include/*) breach "$file" "includes \"$header\": a public header includes public ones only" ;;
  esac
}

check_system() {
  case $2 in
    hwloc*|numa.h|numaif.h)
      sees_numa "$1" || breach "$1" "includes <$2>: only src/area and the headers of areas do" ;;
    aml.h|aml/*)
      case $1 in
        examples/*) ;;
        *) breach "$1" "includes <$2>: write \"$2\"" ;;
      esac ;;
  esac
}

includes() {
  sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*\)[>"].*/\1/p' "$1"
}

sources() {
  for dir in include src backends tools benchmarks examples tests; do
    [ -d $dir ] && find $dir \( -name '*.c' -o -name '*.h' -o -name '*.in' -o -name '*.inc' \) -print
  done
}

for file in $(sources | sort); do
  for header in $(includes "$file"); do
    case $header in
      \"*) check_quoted "$file" "${header#?}" ;;
      \<*) check_system "$file" "${header#?}" ;;
    esac
  done
done

# Every file is named in Makefile.am, or in its backend's backend.mk; every backend
# is in backends.mk.  Files that configure makes are not in the tree.
for file in $(sources | sort); do
  case $file in
    backends/*) lists="backends/*/backend.mk Makefile.am" ;;
    include/aml/version.h|include/aml/utils/features.h|src/dma/backend_table.inc) continue ;;
    *.in) lists="configure.ac" file=${file%.in} ;;
    *) lists="Makefile.am" ;;
  esac
  # A unit test is listed by its name without .c.
  # shellcheck disable=SC2086 # lists is a list
  grep -qE "(^|[[:space:]])${file%.c}(\.c)?([[:space:]]|\$|\])" $lists ||
    breach "$file" "is not named in $lists"
done
for dir in backends/*/; do
  grep -q "^include ${dir}backend.mk" backends/backends.mk ||
    breach "$dir" "is not in backends/backends.mk"
done

if [ -s "$breaches" ]; then
  cat "$breaches"
  exit 1
fi
echo "every include is within the layers, and every file is in the build"
