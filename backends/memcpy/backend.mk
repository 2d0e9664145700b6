memcpy_sources = backends/memcpy/memcpy.c
if BACKEND_MEMCPY
libamlcore_la_SOURCES += $(memcpy_sources)
UNIT_TESTS += backends/memcpy/test_memcpy
endif
if BACKEND_MEMCPY_MODULE
pkglib_LTLIBRARIES += aml_memcpy.la
aml_memcpy_la_SOURCES = $(memcpy_sources)
aml_memcpy_la_CPPFLAGS = $(module_cppflags)
aml_memcpy_la_LDFLAGS = $(module_ldflags)
aml_memcpy_la_LIBADD = libaml.la
endif
EXTRA_DIST += backends/memcpy/README.md
