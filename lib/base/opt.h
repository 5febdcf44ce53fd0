/* One table of options a program: the parser, --help and the man page. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_OPT_H
#define GLB_OPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum opt_type {
	OPT_FLAG, /* int: set to .max if that is not 0, else to 1 */
	OPT_STRING, /* const char *: into argv, the last one wins */
	OPT_NUMBER, /* int64_t: from .min to .max */
	OPT_LEVEL, /* the same, and -1 ... -9 are short for it */
	OPT_LIST, /* struct list: one entry an occurrence, as it stands */
	OPT_COMMAS, /* struct list: entries between commas */
	OPT_CHOICE /* const char *: one of the words of .choices */
};

struct opt {
	const char *name; /* long name */
	char letter; /* or 0 */
	enum opt_type type;
	size_t offset; /* of the field in the program's struct opts */
	const char *arg; /* what the argument is called; NULL for a flag */
	const char
	    *verbs; /* the verbs that take it, "pack unpack"; NULL: all */
	const char *help; /* one line, lower case; NULL: not shown */
	int64_t min, max;
	const char *const *choices; /* NULL-terminated */
};

/* One verb, or the only form of a program without verbs (name ""). */
struct opt_verb {
	const char *name;
	const char *args; /* shown in the usage: "DIR NAME" */
	int min, max; /* how many operands; max -1: any number */
	const char *help; /* one line, lower case */
};

struct opt_program;
typedef void opt_help_fn(
    const struct opt_program *p, const struct opt_verb *verb);

/* Everything --help shows.  Both tables end with a zeroed row. */
struct opt_program {
	const char *name;
	const char *about; /* one line: what is read, what is written */
	const struct opt_verb *verbs;
	const struct opt *options;
	/*
	 * Set by the driver, whose original has another manner: its own help;
	 * -h and -v for --help and --version; verbs by a unique prefix; no
	 * verb at all is the last one of the table.
	 */
	opt_help_fn *help;
};

/*
 * Reads the command line of p into the struct at opts, which the caller has
 * filled with the defaults.  Options may stand before, between and after the
 * operands; "--" ends them.  --help and --version are known everywhere.
 *
 * Returns -1 to go on, with *verb set (never NULL) and *operands pointing at
 * the operands behind the verb, a NULL-terminated part of argv; otherwise the
 * exit status: PROG_DONE after --help or --version has been printed on
 * stdout, PROG_USAGE after a wrong command line has been explained on stderr.
 */
int opt_parse(const struct opt_program *p, int argc, char *argv[], void *opts,
    const struct opt_verb **verb, char ***operands);

/* Prints what --help prints, for one verb or (NULL) for the whole program. */
void opt_help(const struct opt_program *p, const struct opt_verb *verb);

/* Prints what --version prints. */
void opt_version(const struct opt_program *p);

/* Does the option belong to the verb (NULL: to the program)?  1 or 0. */
int opt_takes(const struct opt *o, const struct opt_verb *verb);

/*
 * The verb called word; NULL with *near the one that was probably meant, or
 * NULL.
 */
const struct opt_verb *opt_find_verb(
    const struct opt_program *p, const char *word, const char **near);

#endif
