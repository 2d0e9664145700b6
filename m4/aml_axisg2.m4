# SPDX-License-Identifier: BSD-3-Clause
# --enable-axisg2=yes|no|auto: the device layer of backends/axisg2, as long as no engine
# uses it.  It needs Linux: locks that belong to an open file, memory files, futexes.
AC_DEFUN([AML_AXISG2], [
  AC_ARG_ENABLE([axisg2],
    [AS_HELP_STRING([--enable-axisg2=yes|no|auto], [AxisG2 devices and their emulator @<:@auto@:>@])],
    [], [enable_axisg2=auto])
  AC_CHECK_DECL([F_OFD_GETLK], [aml_axisg2=yes], [aml_axisg2=no], [[#include <fcntl.h>]])
  AS_CASE([$enable_axisg2],
    [yes], [AS_IF([test "x$aml_axisg2" = xno],
      [AC_MSG_ERROR([--enable-axisg2=yes is not possible: it needs Linux and its F_OFD_GETLK])])],
    [no], [aml_axisg2=no],
    [auto], [],
    [AC_MSG_ERROR([--enable-axisg2 takes yes, no or auto, not '$enable_axisg2'])])
  AM_CONDITIONAL([BACKEND_AXISG2], [test "x$aml_axisg2" = xyes])
  AM_CONDITIONAL([BACKEND_AXISG2_PRELOAD],
    [test "x$aml_axisg2" = xyes && test "x$enable_shared" != xno])
])
