/* Prints the list of the repositories that the main database knows. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "git/line.h"
#include "git/listing.h"

/* What print_row() carries from row to row. */
struct listing {
	struct buf line;
	int status;
};

/* Prints one repository.  A rows_fn. */
static int
print_row(const struct rows_repository *r, void *arg)
{
	struct listing *l = arg;
	char *name;

	buf_reset(&l->line);
	if (line_write(&l->line, r) == -1) {
		name = text_line(r->relative_path);
		warnx("%s: left out: its names are not UTF-8", name);
		free(name);
		l->status = PROG_PARTIAL;
		return 0;
	}
	if (fwrite(l->line.data, 1, l->line.len, stdout) != l->line.len) {
		warn("standard output");
		return PROG_FAILED;
	}
	status_add(0, l->line.len, 1);
	return 0;
}

int
listing_run(const struct site_where *where, const struct rows_filter *f)
{
	struct listing l = {{NULL, 0, 0}, PROG_DONE};
	struct site *site;
	int rc;

	site = site_read(where);
	if (site == NULL)
		return PROG_FAILED;
	/* A row is written by a few hundred bytes. */
	setvbuf(stdout, NULL, _IOFBF, IO_SIZE);
	rc = PROG_FAILED;
	if (site_become_user(site) == 0)
		rc = prog_worse(rows_read(site, f, print_row, &l), l.status);
	buf_free(&l.line);
	site_free(site);
	return rc;
}
