# SPDX-License-Identifier: BSD-3-Clause
# --enable-sanitize=address,undefined|thread|...: a list for -fsanitize=.
# Everything is compiled and linked with it; a finding ends the program, so that
# a test which has one fails.
AC_DEFUN([AML_SANITIZE], [
  AC_ARG_ENABLE([sanitize],
    [AS_HELP_STRING([--enable-sanitize=LIST],
      [compile with -fsanitize=LIST, e.g. address,undefined or thread])],
    [], [enable_sanitize=no])
  AML_SANITIZE_FLAGS=
  AS_CASE([$enable_sanitize],
    [no], [],
    [yes], [AC_MSG_ERROR([--enable-sanitize needs a list, e.g. --enable-sanitize=address,undefined])],
    [AML_SANITIZE_FLAGS="-fsanitize=$enable_sanitize -fno-sanitize-recover=all -fno-omit-frame-pointer"
     AC_MSG_CHECKING([whether $CC takes $AML_SANITIZE_FLAGS])
     aml_save_CFLAGS=$CFLAGS
     CFLAGS="$CFLAGS $AML_SANITIZE_FLAGS"
     AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
       [AC_MSG_RESULT([no])
        AC_MSG_ERROR([the compiler cannot link with -fsanitize=$enable_sanitize])])
     CFLAGS=$aml_save_CFLAGS])
  AC_SUBST([AML_SANITIZE_FLAGS])
])
