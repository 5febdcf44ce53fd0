/* The databases of a site as users name them. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "db/names.h"

const struct site_db **
names_dumped(const struct site *s)
{
	const struct site_db **dbs = xcalloc(s->n_dbs + 1, sizeof(*dbs));
	size_t i, n = 0;
	int others;

	for (others = 0; others <= 1; others++)
		for (i = 0; i < s->n_dbs; i++)
			if (s->dbs[i].dumped &&
			    (strcmp(s->dbs[i].name, "main") != 0) == others)
				dbs[n++] = &s->dbs[i];
	return dbs;
}

static void
warn_unknown(const struct site *s, const char *name)
{
	const struct site_db **dbs = names_dumped(s);
	struct list names = {NULL, 0};
	struct buf all = {NULL, 0, 0};
	const char *near;
	size_t i;

	for (i = 0; dbs[i] != NULL; i++) {
		list_add(&names, dbs[i]->name);
		buf_printf(&all, "%s%s", i > 0 ? ", " : "", dbs[i]->name);
	}
	near = i > 0 ? text_nearest(name, (const char *const *)names.v) : NULL;
	if (near != NULL)
		warnx("%s: unknown database; did you mean %s?", name, near);
	else
		warnx(
		    "%s: unknown database; there are: %s", name, buf_str(&all));
	buf_free(&all);
	list_free(&names);
	free(dbs);
}

const struct site_db *
names_find(const struct site *s, const char *name)
{
	const struct site_db *db = site_db(s, name);

	if (db == NULL) {
		warn_unknown(s, name);
		return NULL;
	}
	if (!db->dumped) {
		warnx("%s: not dumped: %s", name, db->why);
		return NULL;
	}
	return db;
}

const struct site_db **
names_select(const struct site *s, char *const *names)
{
	const struct site_db **dbs;
	size_t n = 0;

	if (*names == NULL)
		return names_dumped(s);
	while (names[n] != NULL)
		n++;
	dbs = xcalloc(n + 1, sizeof(*dbs));
	for (n = 0; names[n] != NULL; n++) {
		dbs[n] = names_find(s, names[n]);
		if (dbs[n] == NULL) {
			free(dbs);
			return NULL;
		}
	}
	return dbs;
}
