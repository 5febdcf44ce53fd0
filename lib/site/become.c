/* Becoming the application's user. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/child.h"
#include "site/site.h"

/* git and libpq look into HOME, and root's is closed to that user. */
static int
set_home(const struct site *s)
{
	const struct passwd *pw;
	char *home;
	int rc = 0;

	pw = getpwnam(s->user);
	if (pw == NULL)
		return 0;
	home = xstrdup(pw->pw_dir);
	if (setenv("HOME", home, 1) == -1 || setenv("USER", s->user, 1) == -1 ||
	    setenv("LOGNAME", s->user, 1) == -1) {
		warn("environment");
		rc = -1;
	}
	free(home);
	return rc;
}

int
site_become_user(const struct site *s)
{
	struct child_user u;
	int rc;

	if (geteuid() != 0)
		return 0;
	if (child_user_named(s->user, &u) == -1)
		return -1;
	rc = set_home(s);
	if (rc == 0)
		rc = child_become(&u);
	/* Root's directory may be closed to that user: pg_dump would warn. */
	if (rc == 0 && chdir("/") == -1) {
		warn("/");
		rc = -1;
	}
	child_user_free(&u);
	return rc;
}
