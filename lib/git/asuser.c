/* One thread's work on files as another user, when we are root. */
/* SPDX-License-Identifier: MIT */
#include <sys/fsuid.h>
#include <sys/prctl.h>

#include <err.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <unistd.h>

#include "base/prog.h"
#include "git/asuser.h"

void
asuser_start(void)
{
	if (geteuid() == 0 && setgroups(0, NULL) == -1)
		err(PROG_FAILED, "setgroups");
}

/*
 * The file system's ids belong to a thread, and with the user's go all rights
 * of root over files.  The kernel forgets then which signal tells us of our
 * parent's death, and sends none if that comes just then.
 */
static void
become(uid_t uid, gid_t gid)
{
	int sig = 0, saved = errno;
	pid_t parent = getppid();

	prctl(PR_GET_PDEATHSIG, &sig);
	setfsgid(gid);
	setfsuid(uid);
	if (sig != 0) {
		prctl(PR_SET_PDEATHSIG, sig);
		if (getppid() != parent)
			raise(sig);
	}
	/* These calls report the former ids, and failure not at all. */
	if ((uid_t)setfsuid((uid_t)-1) != uid ||
	    (gid_t)setfsgid((gid_t)-1) != gid)
		errx(PROG_FAILED, "setfsuid: refused");
	errno = saved;
}

void
asuser_enter(const struct child_user *u)
{
	if (u != NULL)
		become(u->uid, u->gid);
}

void
asuser_leave(const struct child_user *u)
{
	if (u != NULL)
		become(geteuid(), getegid());
}
