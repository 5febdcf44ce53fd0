/* Takes all that a repository's references reach into a bundle. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "git/reuse.h"
#include "git/take.h"

#define LARGE (UINT64_C(64) << 20) /* bytes of packs */
#define THREADS_MAX 4 /* for a large one: each may take 100 MiB */

/*
 * A small repository is quicker with one thread, while others are packed beside
 * it.  A large one may be the last that runs, and differences between its packs
 * are searched for by as many threads as there are.  Returns an argument.
 */
static const char *
threads(const struct take *t)
{
	static const char *const args[] = {
	    "", ",--threads=2", ",--threads=3", ",--threads=4"};
	int dir =
	    openat(t->repo, "objects/pack", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int n = prog_processors();

	if (io_tree_bytes(dir) < LARGE)
		return args[0];
	return args[(n < THREADS_MAX ? n : THREADS_MAX) - 1];
}

/*
 * Asks git for all objects that the list reaches.  Whatever goes wrong, packing
 * will meet it, too, and tell.  Returns 0 or -1.
 */
static int
list_objects(struct take *t, bool blind)
{
	static const char args[] = "--objects,--no-object-names,--stdin";
	static const char by_bitmaps[] =
	    "--objects,--no-object-names,--use-bitmap-index,--stdin";
	struct run r = {.in = t->oids, .out = t->walk};
	int rc = -1;

	if (lseek(r.in, 0, SEEK_SET) == 0 && lseek(r.out, 0, SEEK_SET) == 0 &&
	    take_check(t) == 0 &&
	    take_git(t, &r, "rev-list", blind ? args : by_bitmaps) == 0)
		rc = 0;
	buf_reset(&t->why);
	return rc;
}

/* Takes the repository's own pack for the bundle, if it may be done. */
static enum reuse_end
reuse(struct take *t)
{
	enum reuse_end end = REUSE_NONE;
	struct reuse p;
	int saved;

	if (!t->listed)
		return end;
	if (reuse_open(&p, t->repo, t->user, t->oids) &&
	    list_objects(t, p.otherwise == REUSE_BLIND) == 0)
		end = reuse_take(&p, t->walk, t->fd[TREE_BUNDLE]);
	else
		end = p.otherwise;
	saved = errno;
	reuse_close(&p);
	errno = saved;
	if (end != REUSE_FAILED && ftruncate(t->walk, 0) == -1)
		end = REUSE_FAILED;
	return end;
}

/*
 * Packs everything that the list reaches behind the bundle's header, which
 * is how "git bundle create" does it, too.  Its --all would take the
 * references of a later moment than the list has, and leaves those out of the
 * header whose names are ambiguous (refs/heads/refs/heads/x beside
 * refs/heads/x).
 */
int
take_pack(struct take *t)
{
	/*
	 * Git does not look whether bitmaps are what was written; and what it
	 * copies from pack to pack it does not look at, unless it has to make
	 * each object anew.
	 */
	static const char *const args[] = {
	    [REUSE_NONE] = "--revs,--stdout,--delta-base-offset,-q",
	    [REUSE_BLIND] = "--revs,--stdout,--delta-base-offset,-q,"
			    "--no-use-bitmap-index",
	    [REUSE_DAMAGED] = "--revs,--stdout,--delta-base-offset,-q,"
			      "--no-use-bitmap-index,--no-reuse-object",
	};
	struct run r = {.in = t->oids, .out = t->fd[TREE_BUNDLE]};
	enum reuse_end own = reuse(t);
	char *command;
	int rc;

	if (own == REUSE_DONE)
		return take_check_bundle(t);
	if (own == REUSE_FAILED || lseek(r.in, 0, SEEK_SET) == -1)
		return take_write_failed(t);
	if (take_check(t) == -1)
		return -1;
	command = xasprintf("%s%s", args[own], threads(t));
	rc = take_git(t, &r, "pack-objects", command);
	free(command);
	if (rc != 0)
		return take_check_full(t, r.out);
	return take_check_bundle(t);
}
