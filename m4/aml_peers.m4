# SPDX-License-Identifier: BSD-3-Clause
# What aml-bench compares with where it is installed; libaml never uses it.
# PEER_CPPFLAGS has -DHAVE_PEER_X for each.

# _AML_PEER(NAME, UPPERCASE NAME): it was found if $have_NAME is yes.
AC_DEFUN([_AML_PEER], [
  AS_IF([test "x$have_$1" = xyes],
    [AS_VAR_APPEND([PEER_CPPFLAGS], [" -DHAVE_PEER_$2 $$2_CFLAGS"])
     AS_VAR_APPEND([PEER_LIBS], [" $$2_LIBS"])])
])

# have_openmp, OPENMP_CFLAGS: the compiler's own.
AC_DEFUN([_AML_PEER_OPENMP], [
  AC_OPENMP
  AS_IF([test "x$OPENMP_CFLAGS" != x], [have_openmp=yes])
])

# have_tbb: a C++ compiler that links oneTBB's task groups; only one file is compiled
# with it, so that the others need none.
AC_DEFUN([_AML_PEER_TBB], [
  AC_CHECK_PROGS([PEER_CXX], [c++ g++ clang++])
  PKG_CHECK_MODULES([TBB], [tbb], [
    AC_MSG_CHECKING([whether $PEER_CXX compiles with oneTBB])
    echo '#include <tbb/task_group.h>' >conftest.cpp
    AS_IF([$PEER_CXX $TBB_CFLAGS -c conftest.cpp -o conftest.o >&AS_MESSAGE_LOG_FD 2>&1],
      [have_tbb=yes TBB_LIBS="$TBB_LIBS -lstdc++"])
    rm -f conftest.cpp conftest.o
    AC_MSG_RESULT([$have_tbb])], [:])
])

AC_DEFUN([AML_PEERS], [
  AC_ARG_ENABLE([peers],
    [AS_HELP_STRING([--disable-peers],
      [aml-bench without FFTW, OpenBLAS, oneDNN, OpenMP and oneTBB])],
    [], [enable_peers=yes])
  have_fftw=no have_openblas=no have_onednn=no have_openmp=no have_tbb=no
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
    _AML_PEER_OPENMP
    _AML_PEER_TBB
  ])
  PEER_CPPFLAGS= PEER_LIBS= PEER_LDFLAGS=
  _AML_PEER([fftw], [FFTW])
  _AML_PEER([openblas], [OPENBLAS])
  _AML_PEER([onednn], [ONEDNN])
  AS_IF([test $have_openmp = yes],
    [AS_VAR_APPEND([PEER_CPPFLAGS], [" -DHAVE_PEER_OPENMP"])
     PEER_LDFLAGS=$OPENMP_CFLAGS])
  AS_IF([test $have_tbb = yes],
    [AS_VAR_APPEND([PEER_CPPFLAGS], [" -DHAVE_PEER_TBB"])
     AS_VAR_APPEND([PEER_LIBS], [" $TBB_LIBS"])])
  AM_CONDITIONAL([HAVE_PEER_OPENMP], [test $have_openmp = yes])
  AM_CONDITIONAL([HAVE_PEER_TBB], [test $have_tbb = yes])
  AC_SUBST([PEER_CPPFLAGS])
  AC_SUBST([PEER_LIBS])
  AC_SUBST([PEER_LDFLAGS])
])
