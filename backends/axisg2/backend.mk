axisg2_emu_sources = \
	backends/axisg2/driver.h \
	backends/axisg2/emu.h \
	backends/axisg2/emu_attach.c \
	backends/axisg2/emu_buffer.c \
	backends/axisg2/emu_call.c \
	backends/axisg2/emu_calm.c \
	backends/axisg2/emu_card.c \
	backends/axisg2/emu_config.c \
	backends/axisg2/emu_handle.h \
	backends/axisg2/emu_ioctl.c \
	backends/axisg2/emu_map.c \
	backends/axisg2/emu_monitor.c \
	backends/axisg2/emu_proc.c \
	backends/axisg2/emu_ready.c \
	backends/axisg2/emu_receive.c \
	backends/axisg2/emu_register.c \
	backends/axisg2/emu_repair.c \
	backends/axisg2/emu_service.c \
	backends/axisg2/emu_slot.c \
	backends/axisg2/emu_source.c \
	backends/axisg2/emu_state.c \
	backends/axisg2/emu_user.c
axisg2_tests = \
	backends/axisg2/test_axis \
	backends/axisg2/test_bounds \
	backends/axisg2/test_days \
	backends/axisg2/test_duties \
	backends/axisg2/test_ends \
	backends/axisg2/test_engine \
	backends/axisg2/test_idle \
	backends/axisg2/test_memory \
	backends/axisg2/test_open \
	backends/axisg2/test_owner \
	backends/axisg2/test_pair \
	backends/axisg2/test_send \
	backends/axisg2/test_emu_calls \
	backends/axisg2/test_emu_card \
	backends/axisg2/test_emu_map \
	backends/axisg2/test_emu_monitor \
	backends/axisg2/test_emu_process \
	backends/axisg2/test_emu_release \
	backends/axisg2/test_emu_repair \
	backends/axisg2/test_emu_wait \
	backends/axisg2/test_frame \
	backends/axisg2/stages/test_card \
	backends/axisg2/stages/test_fifo \
	backends/axisg2/stages/test_passing \
	backends/axisg2/stages/test_prbs \
	backends/axisg2/stages/test_reader \
	backends/axisg2/stages/test_srp \
	backends/axisg2/stages/test_srp_model \
	backends/axisg2/stages/test_writer
if BACKEND_AXISG2
libamlcore_la_SOURCES += $(axisg2_emu_sources) \
	backends/axisg2/assemble.c \
	backends/axisg2/axis.c \
	backends/axisg2/capability.c backends/axisg2/capability.h \
	backends/axisg2/device.c backends/axisg2/device.h \
	backends/axisg2/endpoint.c \
	backends/axisg2/engine.c backends/axisg2/engine.h \
	backends/axisg2/fetch.c \
	backends/axisg2/inform.c \
	backends/axisg2/owner.c backends/axisg2/owner.h \
	backends/axisg2/pair.c \
	backends/axisg2/proc.c backends/axisg2/proc.h \
	backends/axisg2/queue.c \
	backends/axisg2/ready.c \
	backends/axisg2/receive.c \
	backends/axisg2/send.c \
	backends/axisg2/transmit.c \
	backends/axisg2/turn.c backends/axisg2/turn.h \
	backends/axisg2/cursor.c backends/axisg2/cursor.h \
	backends/axisg2/frame.c \
	backends/axisg2/io.c backends/axisg2/io.h \
	backends/axisg2/io_chardev.c \
	backends/axisg2/io_emu.c \
	backends/axisg2/stages/file.c backends/axisg2/stages/file.h \
	backends/axisg2/stages/fifo.c \
	backends/axisg2/stages/prbs.c \
	backends/axisg2/stages/prbs_stage.c \
	backends/axisg2/stages/prbs_word.c backends/axisg2/stages/prbs_word.h \
	backends/axisg2/stages/rate.h \
	backends/axisg2/stages/reader.c \
	backends/axisg2/stages/sender.c \
	backends/axisg2/stages/srp.c backends/axisg2/stages/srp.h \
	backends/axisg2/stages/srp_model.c \
	backends/axisg2/stages/srp_transfer.c \
	backends/axisg2/stages/srp_wire.c backends/axisg2/stages/srp_wire.h \
	backends/axisg2/stages/stage.c \
	backends/axisg2/stages/tap.c \
	backends/axisg2/stages/wait.c backends/axisg2/stages/wait.h \
	backends/axisg2/stages/wire.h \
	backends/axisg2/stages/writer.c
UNIT_TESTS += $(axisg2_tests)
THREAD_TESTS += $(axisg2_tests)
axisg2_test_device = backends/axisg2/test_device.c backends/axisg2/test_device.h
backends_axisg2_test_emu_calls_SOURCES = backends/axisg2/test_emu_calls.c $(axisg2_test_device)
backends_axisg2_test_emu_card_SOURCES = backends/axisg2/test_emu_card.c $(axisg2_test_device)
backends_axisg2_test_emu_map_SOURCES = backends/axisg2/test_emu_map.c $(axisg2_test_device)
backends_axisg2_test_emu_monitor_SOURCES = backends/axisg2/test_emu_monitor.c $(axisg2_test_device)
backends_axisg2_test_emu_process_SOURCES = backends/axisg2/test_emu_process.c $(axisg2_test_device)
backends_axisg2_test_emu_release_SOURCES = backends/axisg2/test_emu_release.c $(axisg2_test_device)
backends_axisg2_test_emu_wait_SOURCES = backends/axisg2/test_emu_wait.c $(axisg2_test_device)
axisg2_test_card = backends/axisg2/test_card.c backends/axisg2/test_card.h $(axisg2_test_device)
backends_axisg2_test_axis_SOURCES = backends/axisg2/test_axis.c $(axisg2_test_card)
backends_axisg2_test_bounds_SOURCES = backends/axisg2/test_bounds.c $(axisg2_test_card)
backends_axisg2_test_duties_SOURCES = backends/axisg2/test_duties.c $(axisg2_test_card)
axisg2_test_stream = backends/axisg2/test_stream.c backends/axisg2/test_stream.h $(axisg2_test_card)
backends_axisg2_test_days_SOURCES = backends/axisg2/test_days.c $(axisg2_test_stream)
backends_axisg2_test_ends_SOURCES = backends/axisg2/test_ends.c $(axisg2_test_stream)
backends_axisg2_test_engine_SOURCES = backends/axisg2/test_engine.c $(axisg2_test_stream)
backends_axisg2_test_idle_SOURCES = backends/axisg2/test_idle.c $(axisg2_test_stream)
backends_axisg2_test_pair_SOURCES = backends/axisg2/test_pair.c $(axisg2_test_stream)
backends_axisg2_test_open_SOURCES = backends/axisg2/test_open.c $(axisg2_test_card)
backends_axisg2_test_send_SOURCES = backends/axisg2/test_send.c $(axisg2_test_card)
# Programs whose allocations fail on command: all that is in the library comes to test_alloc.c.
axisg2_test_alloc = backends/axisg2/test_alloc.c backends/axisg2/test_alloc.h
axisg2_wrap = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
backends_axisg2_test_memory_SOURCES = backends/axisg2/test_memory.c $(axisg2_test_card) $(axisg2_test_alloc)
backends_axisg2_test_memory_LDFLAGS = $(axisg2_wrap)
backends_axisg2_test_frame_SOURCES = backends/axisg2/test_frame.c $(axisg2_test_alloc)
backends_axisg2_test_frame_LDFLAGS = $(axisg2_wrap)
axisg2_test_stage = backends/axisg2/stages/test_stage.c backends/axisg2/stages/test_stage.h \
	$(axisg2_test_alloc)
backends_axisg2_stages_test_card_SOURCES = backends/axisg2/stages/test_card.c $(axisg2_test_stage)
backends_axisg2_stages_test_card_LDFLAGS = $(axisg2_wrap)
backends_axisg2_stages_test_fifo_SOURCES = backends/axisg2/stages/test_fifo.c $(axisg2_test_stage)
backends_axisg2_stages_test_fifo_LDFLAGS = $(axisg2_wrap) -Wl,--wrap=pthread_create
backends_axisg2_stages_test_passing_SOURCES = backends/axisg2/stages/test_passing.c \
	$(axisg2_test_stage)
backends_axisg2_stages_test_passing_LDFLAGS = $(axisg2_wrap)
backends_axisg2_stages_test_prbs_SOURCES = backends/axisg2/stages/test_prbs.c $(axisg2_test_stage)
backends_axisg2_stages_test_prbs_LDFLAGS = $(axisg2_wrap)
backends_axisg2_stages_test_reader_SOURCES = backends/axisg2/stages/test_reader.c $(axisg2_test_stage)
backends_axisg2_stages_test_reader_LDFLAGS = $(axisg2_wrap)
backends_axisg2_stages_test_srp_SOURCES = backends/axisg2/stages/test_srp.c $(axisg2_test_stage)
backends_axisg2_stages_test_srp_LDFLAGS = $(axisg2_wrap)
backends_axisg2_stages_test_srp_model_SOURCES = backends/axisg2/stages/test_srp_model.c \
	$(axisg2_test_stage)
backends_axisg2_stages_test_srp_model_LDFLAGS = $(axisg2_wrap)
backends_axisg2_stages_test_writer_SOURCES = backends/axisg2/stages/test_writer.c $(axisg2_test_stage)
backends_axisg2_stages_test_writer_LDFLAGS = $(axisg2_wrap)
endif
if BACKEND_AXISG2
if HAVE_SHARED
pkglib_LTLIBRARIES += libaml-datadev-emu.la
libaml_datadev_emu_la_SOURCES = $(axisg2_emu_sources) \
	backends/axisg2/preload.c backends/axisg2/preload.h \
	backends/axisg2/preload_proc.c \
	backends/axisg2/preload_stat.c \
	backends/axisg2/preload_table.c
libaml_datadev_emu_la_CPPFLAGS = $(PUBLIC_CPPFLAGS) -I$(top_srcdir)
libaml_datadev_emu_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared
UNIT_TESTS += backends/axisg2/test_preload
endif
endif
EXTRA_DIST += backends/axisg2/README.md backends/axisg2/DUTIES.md backends/axisg2/backend.m4
