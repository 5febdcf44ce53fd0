/* Where Gitaly's own program for backups is, if the site has it. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <stdlib.h>

#include "git/gitaly_backup_find.h"
#include "proc/child.h"
#include "site/path.h"

char *
gitaly_backup_find(const struct site *s)
{
	char *path, *found;
	struct stat st;

	if (s->gitaly_backup == NULL) {
		found = child_find("gitaly-backup");
	} else {
		path = path_expand(s->gitaly_backup, s->root, NULL);
		found = path != NULL ? child_find(path) : NULL;
		free(path);
	}
	/* One may search a directory, but not run it. */
	if (found != NULL && stat(found, &st) == 0 && S_ISREG(st.st_mode))
		return found;
	free(found);
	return NULL;
}
