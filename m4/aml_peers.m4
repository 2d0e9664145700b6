# SPDX-License-Identifier: BSD-3-Clause
# Libraries that aml-bench compares with when they are installed; libaml never uses
# them.  PEER_CPPFLAGS has -DHAVE_PEER_X for each.

# _AML_PEER(NAME, UPPERCASE NAME): it was found if $have_NAME is yes.
AC_DEFUN([_AML_PEER], [
  AS_IF([test "x$have_$1" = xyes],
    [AS_VAR_APPEND([PEER_CPPFLAGS], [" -DHAVE_PEER_$2 $$2_CFLAGS"])
     AS_VAR_APPEND([PEER_LIBS], [" $$2_LIBS"])])
])

AC_DEFUN([AML_PEERS], [
  AC_ARG_ENABLE([peers],
    [AS_HELP_STRING([--disable-peers], [aml-bench without FFTW, OpenBLAS and oneDNN])],
    [], [enable_peers=yes])
  have_fftw=no have_openblas=no have_onednn=no
  AS_IF([test "x$enable_peers" != xno], [
    PKG_CHECK_MODULES([FFTW], [fftw3 fftw3f], [have_fftw=yes], [have_fftw=no])
    # Other implementations of BLAS have no omatcopy.
    PKG_CHECK_MODULES([OPENBLAS], [openblas], [
      aml_save_CFLAGS=$CFLAGS aml_save_LIBS=$LIBS
      CFLAGS="$CFLAGS $OPENBLAS_CFLAGS" LIBS="$LIBS $OPENBLAS_LIBS"
      AC_MSG_CHECKING([for cblas_zomatcopy])
      AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <cblas.h>]],
          [[return !cblas_zomatcopy + !cblas_somatcopy;]])], [have_openblas=yes])
      AC_MSG_RESULT([$have_openblas])
      CFLAGS=$aml_save_CFLAGS LIBS=$aml_save_LIBS], [:])
    # oneDNN brings no .pc file.
    AC_CHECK_HEADER([oneapi/dnnl/dnnl.h],
      [AC_CHECK_LIB([dnnl], [dnnl_reorder_primitive_desc_create],
        [have_onednn=yes ONEDNN_LIBS=-ldnnl])])
  ])
  PEER_CPPFLAGS= PEER_LIBS=
  _AML_PEER([fftw], [FFTW])
  _AML_PEER([openblas], [OPENBLAS])
  _AML_PEER([onednn], [ONEDNN])
  AC_SUBST([PEER_CPPFLAGS])
  AC_SUBST([PEER_LIBS])
])
