fault_sources = \
	backends/fault/fault.c backends/fault/fault.h \
	backends/fault/choice.c \
	backends/fault/hold.c \
	backends/fault/mischief.c \
	backends/fault/thread.c \
	backends/fault/wake.c \
	backends/fault/way.c
if BACKEND_FAULT
libamlcore_la_SOURCES += $(fault_sources)
UNIT_TESTS += \
	backends/fault/test_fault backends/fault/test_hold backends/fault/test_victims
THREAD_TESTS += \
	backends/fault/test_fault backends/fault/test_hold backends/fault/test_victims
endif
if BACKEND_FAULT_MODULE
pkglib_LTLIBRARIES += aml_fault.la
aml_fault_la_SOURCES = $(fault_sources)
aml_fault_la_CPPFLAGS = $(module_cppflags)
aml_fault_la_LDFLAGS = $(module_ldflags)
aml_fault_la_LIBADD = libaml.la
endif
EXTRA_DIST += backends/fault/README.md
