/* glb-gzip: compresses and expands gzip streams on several processors. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/opt.h"
#include "base/prog.h"
#include "base/status.h"
#include "gzip/zpack.h"
#include "gzip/zunpack.h"

#define DEFAULT_LEVEL 2
#define DEFAULT_PROCESSORS 16 /* unless more are asked for */

struct opts {
	int decompress, list, test, rsyncable;
	int64_t level, processors;
};

static const struct opt options[] = {
    {"decompress", 'd', OPT_FLAG, offsetof(struct opts, decompress), NULL, NULL,
	"expand gzip", 0, 0, NULL},
    {"level", 0, OPT_LEVEL, offsetof(struct opts, level), "N", NULL,
	"from fast to small (default: 2)", 1, 9, NULL},
    {"list", 'l', OPT_FLAG, offsetof(struct opts, list), NULL, NULL,
	"check gzip, show its sizes, members and blocks", 0, 0, NULL},
    {"processors", 'p', OPT_NUMBER, offsetof(struct opts, processors), "N",
	NULL, "use N processors (default: all, up to 16)", 1, ZPACK_PROCESSORS,
	NULL},
    {"rsyncable", 0, OPT_FLAG, offsetof(struct opts, rsyncable), NULL, NULL,
	"give equal output again for equal stretches of input", 0, 0, NULL},
    {"test", 't', OPT_FLAG, offsetof(struct opts, test), NULL, NULL,
	"check gzip, write nothing", 0, 0, NULL},
    {0},
};

static const struct opt_verb verbs[] = {
    {"", "", 0, 0, "compress or expand standard input"},
    {0},
};

static const struct opt_program program = {
    .name = "glb-gzip",
    .about = "Read bytes and write gzip; with -d, read any gzip.",
    .verbs = verbs,
    .options = options,
};

/* Without -p. */
static int64_t
default_processors(void)
{
	int n = prog_processors();

	return n < DEFAULT_PROCESSORS ? n : DEFAULT_PROCESSORS;
}

/* Finds what cannot be.  Returns a status. */
static int
check(const struct opts *o)
{
	int reads = o->decompress + o->list + o->test;

	if (reads > 1) {
		warnx("-d, -l and -t exclude each other");
		return PROG_USAGE;
	}
	if (reads == 0 && isatty(STDOUT_FILENO)) {
		warnx("standard output: will not write gzip to a terminal");
		return PROG_USAGE;
	}
	if (reads == 1 && isatty(STDIN_FILENO)) {
		warnx("standard input: will not read gzip from a terminal");
		return PROG_USAGE;
	}
	return PROG_DONE;
}

static int
list(unsigned int processors)
{
	struct zunpack_counts c;
	double saved;
	int rc;

	rc = zunpack_stream(STDIN_FILENO, -1, processors, &c);
	if (rc != PROG_DONE)
		return rc;
	saved = c.bytes_out == 0
	    ? 0
	    : 100 - 100 * ((double)c.bytes_in / (double)c.bytes_out);
	printf("%19s %19s %8s %11s %11s\n", "compressed", "uncompressed",
	    "ratio", "members", "blocks");
	printf("%19" PRIu64 " %19" PRIu64 " %7.1f%% %11" PRIu64 " %11" PRIu64
	       "\n",
	    c.bytes_in, c.bytes_out, saved, c.members, c.blocks);
	return PROG_DONE;
}

static int
run(const struct opts *o)
{
	unsigned int processors = (unsigned int)o->processors;
	struct zpack_options pack = {
	    (int)o->level, processors, o->rsyncable != 0};
	int out = o->test ? -1 : STDOUT_FILENO;
	struct zunpack_counts counts;

	if (o->list)
		return list(processors);
	if (o->test || o->decompress)
		return zunpack_stream(STDIN_FILENO, out, processors, &counts);
	return zpack_stream(STDIN_FILENO, STDOUT_FILENO, &pack);
}

int
main(int argc, char *argv[])
{
	struct opts o = {0, 0, 0, 0, DEFAULT_LEVEL, 0};
	const struct opt_verb *verb;
	char **operands;
	int rc;

	prog_start();
	o.processors = default_processors();
	rc = opt_parse(&program, argc, argv, &o, &verb, &operands);
	if (rc != -1)
		return prog_finish(rc);
	rc = check(&o);
	if (rc == PROG_DONE) {
		/* Blocks come and go at once: nobody should wait for parts. */
		io_widen(STDIN_FILENO);
		io_widen(STDOUT_FILENO);
		status_start();
		rc = run(&o);
		status_end();
	}
	return prog_finish(rc);
}
