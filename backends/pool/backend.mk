pool_sources = \
	backends/pool/idle.c backends/pool/idle.h \
	backends/pool/lane.c backends/pool/lane.h \
	backends/pool/options.c \
	backends/pool/place.c \
	backends/pool/pool.c backends/pool/pool.h \
	backends/pool/queue.c backends/pool/queue.h \
	backends/pool/worker.c
if BACKEND_POOL
libamlcore_la_SOURCES += $(pool_sources)
UNIT_TESTS += backends/pool/test_expect backends/pool/test_idle backends/pool/test_lane \
	backends/pool/test_pool backends/pool/test_queue backends/pool/test_race backends/pool/test_sets
THREAD_TESTS += backends/pool/test_expect backends/pool/test_idle backends/pool/test_lane \
	backends/pool/test_pool backends/pool/test_queue backends/pool/test_race backends/pool/test_sets
endif
if BACKEND_POOL_MODULE
pkglib_LTLIBRARIES += aml_pool.la
aml_pool_la_SOURCES = $(pool_sources)
aml_pool_la_CPPFLAGS = $(module_cppflags)
aml_pool_la_LDFLAGS = $(module_ldflags)
aml_pool_la_LIBADD = libaml.la
endif
EXTRA_DIST += backends/pool/README.md
