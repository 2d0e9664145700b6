/* SPDX-License-Identifier: BSD-3-Clause */
/* What every public header needs: export and checking attributes. */
#ifndef AML_API_H
#define AML_API_H

#if defined(__GNUC__)
#define AML_API __attribute__((visibility("default")))
#define AML_FORMAT(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define AML_API
#define AML_FORMAT(fmt, args)
#endif

#endif
