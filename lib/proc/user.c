/* Finding users, and becoming one. */
/* SPDX-License-Identifier: MIT */
#include <sys/prctl.h>

#include <err.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/child.h"

/* Fills u from pw, with every group that the user is in. */
static void
fill(struct child_user *u, const struct passwd *pw)
{
	int n = 32;

	u->uid = pw->pw_uid;
	u->gid = pw->pw_gid;
	u->groups = xcalloc((size_t)n, sizeof(*u->groups));
	while (getgrouplist(pw->pw_name, pw->pw_gid, u->groups, &n) == -1)
		u->groups =
		    xreallocarray(u->groups, (size_t)n, sizeof(*u->groups));
	u->n_groups = (size_t)n;
}

int
child_user_named(const char *name, struct child_user *u)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(name); /* before any thread is started */
	if (pw == NULL) {
		if (errno != 0)
			warn("user %s", name);
		else
			warnx("user %s: no such user", name);
		return -1;
	}
	fill(u, pw);
	return 0;
}

/* Fills *u for uid.  Returns 1, 0 if nobody has it, or -1 with errno. */
static int
look_up(uid_t uid, struct child_user *u)
{
	struct passwd *pw = NULL, entry;
	size_t size = 1024;
	char *strings = NULL;
	int rc;

	do {
		size *= 2;
		strings = xreallocarray(strings, size, 1);
		rc = getpwuid_r(uid, &entry, strings, size, &pw);
	} while (rc == ERANGE);
	if (pw != NULL)
		fill(u, pw);
	free(strings);
	errno = rc;
	return pw != NULL ? 1 : rc == 0 ? 0 : -1;
}

int
child_user_id(uid_t uid, struct child_user *u)
{
	switch (look_up(uid, u)) {
	case 1:
		return 0;
	case 0:
		warnx("user id %u: no such user", (unsigned int)uid);
		return -1;
	default:
		warn("user id %u", (unsigned int)uid);
		return -1;
	}
}

int
child_user_owner(uid_t uid, gid_t gid, struct child_user *u)
{
	switch (look_up(uid, u)) {
	case 1:
		return 0;
	case 0:
		memset(u, 0, sizeof(*u));
		u->uid = uid;
		u->gid = gid;
		return 0;
	default:
		warn("user id %u", (unsigned int)uid);
		return -1;
	}
}

void
child_user_free(struct child_user *u)
{
	free(u->groups);
	memset(u, 0, sizeof(*u));
}

int
child_become(const struct child_user *u)
{
	pid_t parent = getppid();
	int sig = 0;

	prctl(PR_GET_PDEATHSIG, &sig);
	if (setgroups(u->n_groups, u->groups) == -1 ||
	    setresgid(u->gid, u->gid, u->gid) == -1 ||
	    setresuid(u->uid, u->uid, u->uid) == -1) {
		warn("user id %u", (unsigned int)u->uid);
		return -1;
	}
	/* The kernel forgets the signal when the user changes. */
	if (sig != 0) {
		prctl(PR_SET_PDEATHSIG, sig);
		if (getppid() != parent)
			raise(sig);
	}
	return 0;
}
