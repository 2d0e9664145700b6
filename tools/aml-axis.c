/* SPDX-License-Identifier: BSD-3-Clause */
/* aml-axis: look at an AxisG2 card, test it, and move frames by hand. */
#include <stdio.h>
#include <string.h>

#include "aml/version.h"
#include "axis_command.h"
#include "axis_options.h"
#include "axis_run.h"

static const char usage[] =
	"Usage: aml-axis COMMAND [OPTION]...\n"
	"  info                          versions, limits, counters, firmware, monitors\n"
	"  loop                          send PRBS frames and check them when they come back\n"
	"  rate                          receive, and say how much comes\n"
	"  write                         send PRBS frames, or those of a recording\n"
	"  read -o FILE                  record what comes\n"
	"  srp read ADDRESS [WORDS]      registers of firmware over a stream (SRPv3)\n"
	"  srp write ADDRESS VALUE...\n"
	"  srp model                     answer such requests, as firmware would\n"
	"  counters [--watch]            where the buffers are, and what went wrong\n"
	"\n"
	"  -p, --path PATH      /dev/datadev_0, or the emulator: emu, emu,key=value,...\n"
	"  -d, --dest LIST      destinations, lane * 256 + tDest: 0,0x102,8-15\n"
	"  -s, --size N[..M]    bytes of frames; K, M and G are understood\n"
	"  -n, --frames N       stop after so many\n"
	"  -t, --seconds S      stop after so long\n"
	"      --timeout S      to wait for a response, or a frame that should come\n"
	"      --period S       between frames, counters, or lines of progress\n"
	"      --width BITS     of PRBS words, 32 to 512\n"
	"  -o, --output FILE    record into it;  -i, --input FILE  send what it holds\n"
	"      --limit N        bytes of a file: several are written, FILE.1, FILE.2, ...\n"
	"      --from DEST      where responses come from, if not where requests go\n"
	"      --post           write registers without waiting for a response\n"
	"      --no-ssi         no start of frame, no end of frame error\n"
	"      --copies         let the driver copy, map nothing\n"
	"      --watch          again and again\n"
	"      --json           for programs\n"
	"      --help, --version\n";

static const struct command {
	const char *name;
	int (*run)(const struct options *options);
	const char *takes;	/* the letters of its options, beside those of all */
	int min_args, max_args; /* behind its name; -1 = any number */
} commands[] = {
	{"counters", run_counters, "wPt", 0, 0},  {"info", run_info, "", 0, 0},
	{"loop", run_loop, "dsntTPWSC", 0, 0},	  {"rate", run_rate, "dntPSC", 0, 0},
	{"read", run_read, "dntPolSC", 0, 0},	  {"srp", run_srp, "dTfqSCt", 1, -1},
	{"write", run_write, "dsntTPWiSC", 0, 0},
};

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

/* Options that a command would not look at are mistakes. */
static bool takes_all(const struct command *command, const struct options *options)
{
	for (const char *given = options->given; *given; given++) {
		if (strchr("pj", *given) || strchr(command->takes, *given))
			continue;
		complain("%s has no use for %s", command->name, option_name(*given));
		return false;
	}
	return true;
}

static int run(const struct options *options)
{
	const struct command *command = find(options->args[0]);
	int nargs = options->nargs - 1;

	if (!command) {
		complain("there is no command '%s'", options->args[0]);
		return 2;
	}
	if (!takes_all(command, options))
		return 2;
	if (nargs < command->min_args || (command->max_args >= 0 && nargs > command->max_args)) {
		complain("%s takes %s arguments", command->name,
			 nargs < command->min_args ? "more" : "no");
		return 2;
	}
	catch_signals();
	return command->run(options);
}

int main(int argc, char **argv)
{
	struct options options;
	int rc = options_parse(&options, argc, argv);

	if (options.help) {
		fputs(usage, stdout);
		return 0;
	}
	if (options.version) {
		printf("aml-axis (libaml) %s\n", aml_version_string);
		return 0;
	}
	if (!rc && options.nargs == 0) {
		complain("which command?");
		rc = 2;
	}
	if (!rc)
		rc = run(&options);
	if (rc == 2)
		fputs("aml-axis --help shows what there is\n", stderr);
	if (fflush(stdout) || ferror(stdout)) {
		complain("the output cannot be written");
		return 1;
	}
	return rc;
}
