# SPDX-License-Identifier: BSD-3-Clause
# The backends, as backends/backends.mk lists them.  For each name:
#   --enable-NAME=yes|no|auto|module
#   backends/NAME/backend.m4, if there is one, runs unless it was disabled and
#     may set  aml_NAME_possible=no aml_NAME_why="what is missing"
#         and  aml_NAME_auto=module  (what auto means when it is possible)
#   conditionals BACKEND_NAME (part of libaml) and BACKEND_NAME_MODULE
#     (aml_NAME.so, loaded when it is first asked for)
#   a line in src/dma/backend_table.inc:
#     AML_BACKEND_ENTRY(NAME)        it is part of libaml
#     AML_BACKEND_ABSENT(NAME, why)  it is not, and why

# autom4te's cache does not know what m4_esyscmd reads, so the file is also
# included, into nowhere.
m4_divert_push([KILL])
m4_include([backends/backends.mk])
m4_divert_pop([KILL])
m4_define([aml_backend_list], m4_normalize(m4_esyscmd(
  [sed -n 's,^include backends/\([a-z0-9_]*\)/backend\.mk.*,\1,p' backends/backends.mk])))

# _AML_BACKEND(NAME, UPPERCASE NAME)
AC_DEFUN([_AML_BACKEND], [
  AC_ARG_ENABLE([$1],
    [AS_HELP_STRING([--enable-$1=yes|no|auto|module], [backend $1 @<:@auto@:>@])],
    [], [enable_$1=auto])
  aml_$1_possible=yes aml_$1_auto=yes aml_$1_why=
  AS_IF([test "x$enable_$1" != xno], [
    :
    m4_sinclude([backends/$1/backend.m4])
  ])
  AS_CASE([$enable_$1],
    [yes|module], [aml_$1=$enable_$1
      AS_IF([test "x$aml_$1_possible" != xyes],
        [AC_MSG_ERROR([--enable-$1=$enable_$1 is not possible: $aml_$1_why])])],
    [auto], [AS_IF([test "x$aml_$1_possible" = xyes], [aml_$1=$aml_$1_auto], [aml_$1=no])],
    [no], [aml_$1=no aml_$1_why="disabled with --disable-$1"],
    [AC_MSG_ERROR([--enable-$1 takes yes, no, auto or module, not '$enable_$1'])])

  AS_IF([test "x$aml_$1" = xmodule], [
    aml_$1_why="built as a module, aml_$1.so"
    AS_IF([test "x$enable_shared" = xno],
      [AS_IF([test "x$enable_$1" = xmodule],
        [AC_MSG_ERROR([--enable-$1=module needs shared libraries, which --disable-shared turns off])])
       aml_$1=no aml_$1_why="a module needs shared libraries (--disable-shared)"])
  ])

  AM_CONDITIONAL([BACKEND_$2], [test "x$aml_$1" = xyes])
  AM_CONDITIONAL([BACKEND_$2_MODULE], [test "x$aml_$1" = xmodule])
  AS_IF([test "x$aml_$1" = xyes],
    [AS_VAR_APPEND([aml_backend_table], ["AML_BACKEND_ENTRY($1)
"])],
    [AS_VAR_APPEND([aml_backend_table], ["AML_BACKEND_ABSENT($1, \"$aml_$1_why\")
"])])
])

# _AML_FEATURE(NAME, UPPERCASE NAME): AML_HAVE_NAME is 1 if there is such a backend.
AC_DEFUN([_AML_FEATURE], [
  AS_CASE([$aml_$1], [yes|module], [AML_HAVE_$2=1], [AML_HAVE_$2=0])
  AC_SUBST([AML_HAVE_$2])
])

AC_DEFUN([AML_BACKENDS], [
  AC_REQUIRE([LT_INIT])
  aml_backend_table=
  m4_foreach_w([aml_backend], m4_defn([aml_backend_list]),
    [_AML_BACKEND(aml_backend, m4_toupper(aml_backend))
])
  # AML's names of what it calls backends, for aml/utils/features.h.
  _AML_FEATURE([cuda], [CUDA])
  _AML_FEATURE([hip], [HIP])
  _AML_FEATURE([opencl], [OPENCL])
  _AML_FEATURE([ze], [ZE])

  # Rewritten only when it differs, so that configuring again compiles nothing.
  AC_CONFIG_COMMANDS([src/dma/backend_table.inc],
    [printf '%s' "$aml_backend_table" >backend_table.tmp
     AS_MKDIR_P([src/dma])
     AS_IF([cmp -s backend_table.tmp src/dma/backend_table.inc],
       [rm -f backend_table.tmp],
       [mv backend_table.tmp src/dma/backend_table.inc])],
    [aml_backend_table='$aml_backend_table'])
])

AC_DEFUN([AML_BACKENDS_SUMMARY], [
  AS_ECHO([""])
  AS_ECHO(["libaml AC_PACKAGE_VERSION"])
  m4_foreach_w([aml_backend], m4_defn([aml_backend_list]),
    [AS_ECHO(["  backend ]aml_backend[: $aml_]aml_backend[${aml_]aml_backend[_why:+ ($aml_]aml_backend[_why)}"])
])
  AS_ECHO(["  tests (Check): $have_check    sanitizers: $enable_sanitize    USDT probes: $have_sdt"])
  AS_ECHO(["  aml-bench peers: fftw $have_fftw, openblas $have_openblas, onednn $have_onednn, openmp $have_openmp, tbb $have_tbb"])
])
