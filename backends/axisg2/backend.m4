# SPDX-License-Identifier: BSD-3-Clause
# The emulator needs locks that belong to an open file, memory files, and futexes.
AC_CHECK_DECL([F_OFD_GETLK], [], [aml_axisg2_possible=no
  aml_axisg2_why="it needs Linux and its F_OFD_GETLK"], [[#include <fcntl.h>]])
AS_IF([test "x$enable_axisg2" = xmodule], [aml_axisg2_possible=no
  aml_axisg2_why="programs call its functions (aml/axis.h), so it cannot be a module"])
