/* What handles the repositories: git here, or Gitaly by gitaly-backup. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/prog.h"
#include "driver_engine.h"
#include "git/gitaly_backup_era.h"
#include "git/gitaly_backup_find.h"
#include "git/reach.h"

const char *
engine_program(const struct site *s)
{
	return s->gitaly_backup != NULL ? s->gitaly_backup : "gitaly-backup";
}

static bool
there(const struct site *s)
{
	char *path = gitaly_backup_find(s);
	bool found = path != NULL;

	free(path);
	return found;
}

struct engine
engine_choose(const struct site *s, const char *asked)
{
	bool gitaly = strcmp(asked, "gitaly") == 0;

	if (strcmp(asked, "auto") == 0)
		gitaly = there(s);
	return (struct engine){gitaly, gitaly ? "gitaly" : "git"};
}

int
engine_ready(const struct site *s)
{
	char *path = gitaly_backup_find(s);
	struct gitaly_backup_era era;
	int rc = -1;

	if (path == NULL)
		warnx("%s: no such program", engine_program(s));
	else
		rc = gitaly_backup_era_ask(path, &era);
	free(path);
	return rc == -1 ? PROG_FAILED : PROG_DONE;
}

void
engine_look_at_program(const struct site *s, struct problems *p)
{
	/* It says itself what is wrong with it. */
	if (engine_ready(s) != PROG_DONE)
		problems_add(p, PROG_FAILED, engine_program(s),
		    "cannot be used, so that Gitaly cannot be told what to do");
}

void
engine_look_at_storage(
    const struct site_storage *s, const char *what, struct problems *p)
{
	const char *servers = getenv("GITALY_SERVERS");
	struct buf why = {NULL, 0, 0};

	if (servers != NULL && *servers != '\0')
		return; /* it wins over gitlab.yml, and is gitaly-backup's */
	if (s->address == NULL)
		problems_add(p, PROG_FAILED, what,
		    "gitlab.yml has no gitaly_address for it");
	else if (!reach_gitaly(s->address, &why))
		problems_add(
		    p, PROG_FAILED, what, "%s: %s", s->address, buf_str(&why));
	buf_free(&why);
}
