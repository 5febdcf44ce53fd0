/* The verbs list and show: the backups there are, and one of them. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "driver.h"
#include "store/catalog.h"
#include "store/id.h"
#include "store/show.h"

char *
backup_path(const struct opts *o)
{
	struct site *site;
	char *path;

	if (o->backup_path != NULL)
		return xstrdup(o->backup_path);
	site = site_read(&o->where);
	if (site == NULL)
		return NULL;
	path = xstrdup(site->backup_path);
	site_free(site);
	return path;
}

int
verb_list(struct opts *o)
{
	char *path = backup_path(o);
	struct catalog c;
	size_t i;
	int rc;

	if (path == NULL)
		return PROG_FAILED;
	/* The site's may not have been made yet; one that was named exists. */
	if (o->backup_path != NULL && access(path, F_OK) == -1) {
		warn("%s", path);
		free(path);
		return PROG_FAILED;
	}
	rc = catalog_read(path, &c);
	if (rc == PROG_DONE)
		show_catalog(&c, o->json);
	for (i = 0; i < c.n; i++)
		if (c.v[i].state == CATALOG_UNREADABLE)
			rc = prog_worse(rc, PROG_PARTIAL);
	catalog_free(&c);
	free(path);
	return rc;
}

int
verb_show(struct opts *o, const char *id)
{
	char *path = NULL, *dir = NULL;
	int rc = PROG_FAILED;

	/* A path needs no site: a backup may be looked at anywhere. */
	if (strchr(id, '/') == NULL)
		path = backup_path(o);
	if (path != NULL || strchr(id, '/') != NULL)
		dir = id_find(path, id);
	if (dir != NULL)
		rc = show_backup(dir, o->json);
	free(dir);
	free(path);
	return rc;
}
