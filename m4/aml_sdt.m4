# SPDX-License-Identifier: BSD-3-Clause
# --enable-sdt=auto|yes|no: USDT probes, which need <sys/sdt.h> at build time and
# nothing at run time.
AC_DEFUN([AML_SDT], [
  AC_ARG_ENABLE([sdt],
    [AS_HELP_STRING([--enable-sdt=yes|no|auto], [USDT probes, for perf, bpftrace, SystemTap @<:@auto@:>@])],
    [], [enable_sdt=auto])
  AS_CASE([$enable_sdt], [yes|no|auto], [],
    [AC_MSG_ERROR([--enable-sdt takes yes, no or auto, not '$enable_sdt'])])
  have_sdt=no
  AS_IF([test "x$enable_sdt" != xno], [AC_CHECK_HEADER([sys/sdt.h], [have_sdt=yes])])
  AS_IF([test "x$enable_sdt$have_sdt" = xyesno],
    [AC_MSG_ERROR([--enable-sdt=yes is not possible: there is no <sys/sdt.h> (Debian: systemtap-sdt-dev)])])
  AS_IF([test "x$have_sdt" = xyes], [AC_DEFINE([AMLI_SDT], [1], [There is <sys/sdt.h>.])])
])
