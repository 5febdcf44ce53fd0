/* Replacing all that is in a directory, with a way back. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "tar/replace.h"
#include "tar/swap.h"
#include "tar/unpack.h"

/*
 * Finds W as an earlier run may have left it and sees to it.  0 or -1, with
 * the status in s->w.status.
 */
static int
clear_way(struct swap *s)
{
	int stage;

	if (work_find(&s->w) != 1)
		return s->w.fd == -1 && s->w.status == PROG_DONE ? 0 : -1;
	stage = work_stage(&s->w);
	if (stage == -1)
		return -1;
	if (stage == WORK_DONE)
		return work_refuse(&s->w,
		    "holds what was replaced: rollback or discard first");
	return swap_back(s);
}

/* Makes W with the directory of that stage, which is open as s->fresh. */
static int
make_work(struct swap *s, enum work_stage stage)
{
	if (work_make(&s->w) == -1)
		return -1;
	/* Another run may have come between. */
	if (work_stage(&s->w) != WORK_NONE) {
		work_refuse(&s->w, "another run holds the lock");
		s->w.status = PROG_LOCKED;
		return -1;
	}
	if (mkdirat(s->w.fd, work_stage_name(stage), 0700) == -1)
		return work_fail_self(&s->w);
	return swap_open(s, work_stage_name(stage), &s->fresh);
}

static int
begin(struct swap *s, const struct tar_replace *o, enum work_stage stage)
{
	if (swap_begin(s, o->dir, true) == -1)
		return -1;
	if (clear_way(s) == -1 || make_work(s, stage) == -1) {
		work_unmake_parents(&s->w);
		return -1;
	}
	return 0;
}

/* Nothing has been touched, and nothing is to be left. */
static void
give_up(struct swap *s)
{
	if (work_step(&s->w, WORK_NEW, WORK_GONE) == 0)
		work_drop(&s->w);
	work_unmake_parents(&s->w);
}

/* After the swap: keeps what was replaced, or removes it. */
static int
settle(struct swap *s, bool keep, int status)
{
	if (keep)
		return status;
	/* The rest can be left to the next run. */
	tar_stop_end(&s->stop);
	return work_drop(&s->w) == 0 ? status : PROG_FAILED;
}

static int
unpack_and_swap(struct swap *s, const struct tar_replace *o, int fd)
{
	const struct tar_unpack u = {o->dir, TAR_EXISTING_FAIL, NULL};
	struct tar_into into = {.top = s->fresh,
	    .stop = s->stop.fd,
	    .hidden = true,
	    .keep_top = true};
	int status = tar_unpack_into(&u, &into, fd), rc;

	if ((status != PROG_DONE && status != PROG_PARTIAL) ||
	    (into.members == 0 && s->w.top == -1)) {
		give_up(s);
		return status;
	}
	rc = swap_forth(s, o->leave, into.has_top ? &into.attr : NULL, o->keep);
	if (rc == -1) {
		swap_back(s);
		work_unmake_parents(&s->w);
		return PROG_FAILED;
	}
	return settle(s, o->keep, prog_worse(status, rc));
}

int
tar_replace(const struct tar_replace *o, int fd)
{
	struct swap s;
	int status;

	if (begin(&s, o, WORK_NEW) == 0)
		status = unpack_and_swap(&s, o, fd);
	else
		status = s.w.status;
	return swap_end(&s, status);
}

static int
delete_and_unpack(struct swap *s, const struct tar_replace *o, int fd)
{
	/* What stays there is not the archive's: its links must not lead there.
	 */
	const struct tar_unpack u = {o->dir, TAR_EXISTING_OVERWRITE, NULL};
	struct tar_into into = {.top = -1, .stop = -1};
	int status = PROG_FAILED, rc;

	rc = swap_delete(s, o->leave);
	if (rc == 0) {
		into.top = s->w.top;
		status = tar_unpack_into(&u, &into, fd);
	}
	if (work_drop(&s->w) == -1)
		status = PROG_FAILED;
	return status;
}

int
tar_replace_deleting(const struct tar_replace *o, int fd)
{
	struct swap s;
	int status;

	if (begin(&s, o, WORK_GONE) == 0) {
		/* What is removed does not come back: nothing to wait for. */
		tar_stop_end(&s.stop);
		status = delete_and_unpack(&s, o, fd);
	} else {
		status = s.w.status;
	}
	return swap_end(&s, status);
}

int
tar_replace_none(const char *dir)
{
	struct swap s;

	if (swap_begin(&s, dir, false) == 0 && work_find(&s.w) == 1)
		work_refuse(&s.w, "rollback or discard first");
	return swap_end(&s, s.w.status);
}

int
tar_rollback(const char *dir)
{
	int status = PROG_FAILED, rc;
	struct swap s;

	rc = swap_begin(&s, dir, false);
	/* One beside the directory and, by a run that could not, one in it. */
	while (rc == 0 && (rc = work_find(&s.w)) == 1)
		rc = swap_back(&s);
	status = rc == 0 ? s.status : s.w.status;
	return swap_end(&s, status);
}

static int
discard(struct swap *s)
{
	int stage = work_stage(&s->w);

	switch (stage) {
	case -1:
		return -1;
	case WORK_DONE:
		if (work_step(&s->w, WORK_DONE, WORK_GONE) == -1)
			return -1;
		break;
	case WORK_NEW:
	case WORK_OUT:
	case WORK_IN:
		return work_refuse(&s->w, "is half replaced: rollback first");
	default:
		break;
	}
	return work_drop(&s->w);
}

int
tar_discard(const char *dir)
{
	struct swap s;
	int rc;

	rc = swap_begin(&s, dir, false);
	tar_stop_end(&s.stop);
	while (rc == 0 && (rc = work_find(&s.w)) == 1)
		rc = discard(&s);
	return swap_end(&s, rc == 0 ? PROG_DONE : s.w.status);
}
