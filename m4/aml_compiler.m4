# SPDX-License-Identifier: BSD-3-Clause
# What every object is compiled with: the language, warnings as far as the
# compiler knows them, hidden symbols, and the version script when the linker
# takes one.  CFLAGS stays the user's.

# _AML_TRY_CFLAG(FLAG, VARIABLE): append FLAG to VARIABLE if it compiles.
# -Werror makes clang refuse unknown warning options, which it otherwise only
# mentions.
AC_DEFUN([_AML_TRY_CFLAG], [
  aml_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $1"
  AC_MSG_CHECKING([whether $CC takes $1])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); AS_VAR_APPEND([$2], [" $1"])],
    [AC_MSG_RESULT([no])])
  CFLAGS=$aml_save_CFLAGS
])

AC_DEFUN([AML_COMPILER_FLAGS], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [warnings are errors (for CI)])],
    [], [enable_werror=no])
  AML_CFLAGS="-std=gnu11 -pthread"
  _AML_TRY_CFLAG([-fvisibility=hidden], [AML_CFLAGS])
  m4_foreach_w([aml_flag], [-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes],
    [_AML_TRY_CFLAG(aml_flag, [AML_CFLAGS])])
  AS_IF([test "x$enable_werror" = xyes], [AS_VAR_APPEND([AML_CFLAGS], [" -Werror"])])
  AC_SUBST([AML_CFLAGS])

  AC_MSG_CHECKING([whether the linker takes a version script])
  aml_save_LDFLAGS=$LDFLAGS
  LDFLAGS="$LDFLAGS -shared -fPIC -Wl,--version-script=$srcdir/src/libaml.map"
  AC_LINK_IFELSE([AC_LANG_SOURCE([int aml_x(void); int aml_x(void) { return 0; }])],
    [aml_version_script=yes], [aml_version_script=no])
  LDFLAGS=$aml_save_LDFLAGS
  AC_MSG_RESULT([$aml_version_script])
  AM_CONDITIONAL([HAVE_VERSION_SCRIPT], [test "x$aml_version_script" = xyes])
])
