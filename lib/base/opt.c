/* One table of options a program: the parser, --help and the man page. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/opt.h"
#include "base/prog.h"
#include "base/text.h"

/* getopt_long()'s values: long options are numbered from LONG_BASE on. */
enum { LONG_HELP = 256, LONG_VERSION, LONG_BASE };

static size_t
count(const struct opt *o)
{
	size_t n;

	for (n = 0; o[n].name != NULL; n++)
		continue;
	return n;
}

/* Is word one of the words of list, which stand between spaces? */
static int
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p = list;

	while ((p = strstr(p, word)) != NULL) {
		if ((p == list || p[-1] == ' ') &&
		    (p[n] == ' ' || p[n] == '\0'))
			return 1;
		p += n;
	}
	return 0;
}

int
opt_takes(const struct opt *o, const struct opt_verb *v)
{
	return v == NULL || o->verbs == NULL || has_word(o->verbs, v->name);
}

static void
help_option(const struct opt *o)
{
	char left[64], letter[16] = "    ";

	if (o->type == OPT_LEVEL)
		snprintf(letter, sizeof(letter), "-1..-9, ");
	else if (o->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name,
	    o->arg != NULL ? "=" : "", o->arg != NULL ? o->arg : "");
	printf("  %-32s %s\n", left, o->help);
}

static void
help_verb(const char *name, const struct opt_verb *v)
{
	printf("  %s%s%s [OPTION]...%s%s\n", name, *v->name != '\0' ? " " : "",
	    v->name, *v->args != '\0' ? " " : "", v->args);
}

void
opt_help(const struct opt_program *p, const struct opt_verb *verb)
{
	const struct opt_verb *v;
	const struct opt *o;

	printf("usage:\n");
	for (v = p->verbs; v->name != NULL; v++)
		if (verb == NULL || v == verb)
			help_verb(p->name, v);
	printf("\n%s\n",
	    verb != NULL && *verb->name != '\0' ? verb->help : p->about);
	if (verb == NULL && *p->verbs[0].name != '\0') {
		printf("\nverbs:\n");
		for (v = p->verbs; v->name != NULL; v++)
			printf("  %-32s %s\n", v->name, v->help);
	}
	printf("\noptions:\n");
	for (o = p->options; o->name != NULL; o++)
		if (o->help != NULL && opt_takes(o, verb))
			help_option(o);
	printf("  %-32s %s\n", "    --help", "show this help");
	printf("  %-32s %s\n", "    --version", "show the version");
}

static int
bad_value(const struct opt *o, const char *value)
{
	const char *const *c;
	struct buf b = {NULL, 0, 0};

	if (o->type == OPT_CHOICE) {
		for (c = o->choices; *c != NULL; c++)
			buf_printf(&b, "%s%s", c == o->choices ? "" : ", ", *c);
		warnx("--%s: %s: not one of %s", o->name, value, buf_str(&b));
		buf_free(&b);
	} else {
		warnx("--%s: %s: not a number from %" PRId64 " to %" PRId64,
		    o->name, value, o->min, o->max);
	}
	return PROG_USAGE;
}

/* Stores one value.  Returns -1, or PROG_USAGE after a message. */
static int
set(const struct opt *o, void *opts, const char *value)
{
	void *field = (char *)opts + o->offset;
	const char *const *c;

	switch (o->type) {
	case OPT_FLAG:
		*(int *)field = o->max != 0 ? (int)o->max : 1;
		return -1;
	case OPT_STRING:
		*(const char **)field = value;
		return -1;
	case OPT_NUMBER:
	case OPT_LEVEL:
		if (num_parse(value, o->min, o->max, field) == -1)
			return bad_value(o, value);
		return -1;
	case OPT_LIST:
		list_add(field, value);
		return -1;
	case OPT_COMMAS:
		list_split(field, value);
		return -1;
	case OPT_CHOICE:
		for (c = o->choices; *c != NULL; c++)
			if (strcmp(*c, value) == 0) {
				*(const char **)field = *c;
				return -1;
			}
		return bad_value(o, value);
	}
	return PROG_USAGE;
}

void
opt_version(const struct opt_program *p)
{
	/* The words of the original, for the driver. */
	if (p->help != NULL)
		printf("GitLab Backup CLI (%s)\n", GLB_VERSION);
	else
		printf("%s %s\n", p->name, GLB_VERSION);
}

/* The row that getopt_long()'s value c stands for, or NULL. */
static const struct opt *
find(const struct opt_program *p, int c)
{
	const struct opt *o;

	if (c >= LONG_BASE)
		return &p->options[c - LONG_BASE];
	for (o = p->options; o->name != NULL; o++)
		if (o->letter == c || (o->type == OPT_LEVEL && isdigit(c)))
			return o;
	return NULL;
}

/* Fills the tables that getopt_long() wants; the caller frees both. */
static void
getopt_tables(
    const struct opt_program *p, struct option **longs, char **letters)
{
	size_t i, n = count(p->options);
	struct buf b = {NULL, 0, 0};
	const struct opt *o;

	*longs = xcalloc(n + 3, sizeof(**longs));
	for (i = 0; i < n; i++) {
		o = &p->options[i];
		(*longs)[i].name = o->name;
		(*longs)[i].has_arg =
		    o->type == OPT_FLAG ? no_argument : required_argument;
		(*longs)[i].val = LONG_BASE + (int)i;
		if (o->letter != 0)
			buf_printf(&b, "%c%s", o->letter,
			    o->type == OPT_FLAG ? "" : ":");
		if (o->type == OPT_LEVEL)
			buf_puts(&b, "123456789");
	}
	(*longs)[n].name = "help";
	(*longs)[n].val = LONG_HELP;
	(*longs)[n + 1].name = "version";
	(*longs)[n + 1].val = LONG_VERSION;
	if (p->help != NULL)
		buf_puts(&b, "hv");
	buf_reserve(&b, 0);
	*letters = buf_take(&b);
}

static int
try_help(const struct opt_program *p)
{
	fprintf(stderr, "usage: %s --help shows the options\n", p->name);
	return PROG_USAGE;
}

/*
 * Reads the options into opts and the rows that were used into used.  A -1
 * means to go on; *help is then set if --help was among them.
 */
static int
read_options(const struct opt_program *p, int argc, char *argv[], void *opts,
    unsigned char *used, int *help)
{
	struct option *longs;
	const struct opt *o;
	char *letters, digit[2] = {0, 0};
	int c, rc = -1;

	getopt_tables(p, &longs, &letters);
	optind = 0;
	while (rc == -1 &&
	    (c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (c == LONG_HELP || (c == 'h' && p->help != NULL)) {
			*help = 1;
		} else if (c == LONG_VERSION || (c == 'v' && p->help != NULL)) {
			opt_version(p);
			rc = PROG_DONE;
		} else if ((o = find(p, c)) == NULL) {
			rc = try_help(p);
		} else {
			/* Long options lie above what isdigit() may see. */
			digit[0] = c < LONG_BASE && isdigit(c) ? (char)c : '\0';
			used[o - p->options] = 1;
			rc = set(o, opts, *digit != '\0' ? digit : optarg);
		}
	}
	free(letters);
	free(longs);
	return rc;
}

const struct opt_verb *
opt_find_verb(const struct opt_program *p, const char *word, const char **near)
{
	const struct opt_verb *v, *found = NULL;
	struct list names = {NULL, 0};
	size_t n = 0;

	*near = NULL;
	for (v = p->verbs; v->name != NULL; v++) {
		if (strcmp(v->name, word) == 0)
			return v;
		if (p->help != NULL && text_starts(v->name, word)) {
			found = v;
			n++;
		}
	}
	if (n == 1)
		return found;
	for (v = p->verbs; v->name != NULL; v++)
		list_add(&names, v->name);
	word = text_nearest(word, (const char *const *)names.v);
	for (v = p->verbs; word != NULL && v->name != NULL; v++)
		if (strcmp(v->name, word) == 0)
			*near = v->name;
	list_free(&names);
	return NULL;
}

/* The verb that argv[optind] names.  NULL after a message. */
static const struct opt_verb *
read_verb(const struct opt_program *p, const char *word)
{
	const struct opt_verb *v;
	const char *near;

	if (*p->verbs[0].name == '\0')
		return &p->verbs[0];
	if (word == NULL && p->help != NULL) {
		for (v = p->verbs; v[1].name != NULL; v++)
			continue;
		return v;
	}
	if (word == NULL) {
		warnx("no verb given");
		return NULL;
	}
	v = opt_find_verb(p, word, &near);
	if (v == NULL && near != NULL)
		warnx("%s: unknown verb; did you mean %s?", word, near);
	else if (v == NULL)
		warnx("%s: unknown verb", word);
	return v;
}

/* Are there as many operands as the verb wants?  1, or 0 after a message. */
static int
right_number(const struct opt_verb *v, char **operands, int n)
{
	if (n < v->min)
		warnx("%s%smissing argument: %s", v->name,
		    *v->name != '\0' ? ": " : "", v->args);
	else if (v->max != -1 && n > v->max)
		warnx("%s: unexpected argument", operands[v->max]);
	else
		return 1;
	return 0;
}

/* Does the verb take every option that was used?  1, or 0 after a message. */
static int
right_options(const struct opt_program *p, const struct opt_verb *v,
    const unsigned char *used)
{
	const struct opt *o;

	for (o = p->options; o->name != NULL; o++)
		if (used[o - p->options] && !opt_takes(o, v)) {
			warnx("--%s: not an option of %s", o->name, v->name);
			return 0;
		}
	return 1;
}

int
opt_parse(const struct opt_program *p, int argc, char *argv[], void *opts,
    const struct opt_verb **verb, char ***operands)
{
	unsigned char *used = xcalloc(count(p->options) + 1, 1);
	opt_help_fn *show_help = p->help != NULL ? p->help : opt_help;
	int rc, help = 0, named;

	rc = read_options(p, argc, argv, opts, used, &help);
	if (rc != -1)
		goto out;
	rc = PROG_USAGE;
	named = optind < argc && *p->verbs[0].name != '\0';
	if (help && !named) {
		show_help(p, NULL);
		rc = PROG_DONE;
		goto out;
	}
	*verb = read_verb(p, argv[optind]);
	if (*verb == NULL) {
		try_help(p);
	} else if (help) {
		show_help(p, *verb);
		rc = PROG_DONE;
	} else {
		*operands = argv + optind + named;
		if (right_options(p, *verb, used) &&
		    right_number(*verb, *operands, argc - optind - named))
			rc = -1;
		else
			try_help(p);
	}
out:
	free(used);
	return rc;
}
