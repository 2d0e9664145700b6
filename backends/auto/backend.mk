auto_sources = \
	backends/auto/auto.c backends/auto/auto.h \
	backends/auto/guest.c \
	backends/auto/wake.c \
	backends/auto/way.c
if BACKEND_AUTO
libamlcore_la_SOURCES += $(auto_sources)
UNIT_TESTS += backends/auto/test_auto backends/auto/test_end
THREAD_TESTS += backends/auto/test_auto backends/auto/test_end
auto_test_away = backends/auto/test_away.c backends/auto/test_away.h
backends_auto_test_auto_SOURCES = backends/auto/test_auto.c $(auto_test_away)
backends_auto_test_end_SOURCES = backends/auto/test_end.c $(auto_test_away)
if BACKEND_AXISG2
UNIT_TESTS += backends/auto/test_stream
THREAD_TESTS += backends/auto/test_stream
backends_auto_test_stream_SOURCES = backends/auto/test_stream.c $(axisg2_test_card) \
	$(axisg2_test_alloc)
backends_auto_test_stream_LDFLAGS = $(axisg2_wrap)
endif
endif
if BACKEND_AUTO_MODULE
pkglib_LTLIBRARIES += aml_auto.la
aml_auto_la_SOURCES = $(auto_sources)
aml_auto_la_CPPFLAGS = $(module_cppflags)
aml_auto_la_LDFLAGS = $(module_ldflags)
aml_auto_la_LIBADD = libaml.la
endif
EXTRA_DIST += backends/auto/README.md
