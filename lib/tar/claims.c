/* What of a tree is read ahead of the walk next, and what has been. */
/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "tar/claims.h"

#define BYTES_MAX ((size_t)8 << 20) /* nothing is claimed beyond */
#define BATCH 16 /* files */

void
tar_claims_init(struct tar_claims *c, size_t dirs_max)
{
	tar_pool_init(&c->pool);
	c->at = NULL;
	c->bytes = c->dirs = 0;
	c->dirs_max = dirs_max;
	c->active = 0;
	c->stop = c->paused = false;
}

void
tar_claims_destroy(struct tar_claims *c)
{
	tar_pool_destroy(&c->pool);
}

static size_t
cost(const struct tar_batch *b)
{
	return sizeof(*b) + (b->is_dir ? 0 : b->n * sizeof(*b->seen));
}

/* A directory that waits for the walk, in bytes. */
static size_t
dir_cost(const struct tar_node *d)
{
	return sizeof(*d) + tar_names_size(&d->names);
}

bool
tar_claims_room(struct tar_claims *c, unsigned int part)
{
	return !c->stop && !c->paused && c->dirs < c->dirs_max / part &&
	    c->bytes + tar_pool_used(&c->pool) < BYTES_MAX / part;
}

/* How many of the entries from i on are no directories, up to BATCH. */
static size_t
run_of(const struct tar_node *d, size_t i)
{
	size_t n = 0;

	while (n < BATCH && i + n < d->names.n &&
	    tar_names_type(&d->names, i + n) != DT_DIR)
		n++;
	return n;
}

/* Claims the next entries of d, of which there are some. */
static struct tar_batch *
claim(struct tar_claims *c, struct tar_node *d)
{
	size_t i, n = run_of(d, d->claimed);
	struct tar_batch *b = xmalloc(sizeof(*b) + n * sizeof(*b->seen));

	b->next = NULL;
	b->from = d->claimed;
	b->n = n > 0 ? n : 1;
	b->is_dir = n == 0;
	b->done = false;
	b->dir = NULL;
	for (i = 0; i < n; i++)
		b->seen[i].chunk = NULL;
	if (d->last != NULL)
		d->last->next = b;
	else
		d->first = b;
	d->last = b;
	if (b->is_dir && d->search == NULL)
		d->search = b;
	d->claimed += b->n;
	d->users++;
	c->active++;
	c->dirs += b->is_dir;
	c->bytes += cost(b);
	return b;
}

/* Is there nothing to be claimed in b, for good? */
static bool
is_spent(const struct tar_batch *b)
{
	if (!b->is_dir)
		return true;
	return b->done && (b->dir == NULL || b->dir->spent);
}

/* Claims something in d or below it; *in is where.  NULL: nothing yet. */
static struct tar_batch *
claim_in(struct tar_claims *c, struct tar_node *d, struct tar_node **in)
{
	struct tar_batch *b, *found;

	for (b = d->search; b != NULL; b = b->next) {
		if (b->done && b->dir != NULL && !b->dir->spent &&
		    (found = claim_in(c, b->dir, in)) != NULL)
			return found;
		if (b == d->search && is_spent(b))
			d->search = b->next;
	}
	if (d->claimed < d->names.n) {
		*in = d;
		return claim(c, d);
	}
	d->spent = d->search == NULL;
	return NULL;
}

struct tar_batch *
tar_claims_next(struct tar_claims *c, struct tar_node **in)
{
	struct tar_node *d;
	struct tar_batch *b;

	if (!tar_claims_room(c, 1))
		return NULL;
	for (d = c->at; d != NULL && d->fd != -1; d = d->up) {
		b = claim_in(c, d, in);
		if (b != NULL)
			return b;
	}
	return NULL;
}

struct tar_batch *
tar_claims_files(struct tar_claims *c, struct tar_node *d)
{
	return !c->stop && !c->paused && run_of(d, 0) > 0 ? claim(c, d) : NULL;
}

void
tar_claims_done(struct tar_claims *c, struct tar_node *d, struct tar_batch *b)
{
	b->done = true;
	d->users--;
	c->active--;
	if (b->dir != NULL)
		c->bytes += dir_cost(b->dir);
	else
		c->dirs -= b->is_dir;
}

struct tar_node *
tar_claims_take_dir(struct tar_claims *c, struct tar_batch *b)
{
	struct tar_node *d = b->dir;

	if (d != NULL) {
		c->dirs--;
		c->bytes -= dir_cost(d);
		b->dir = NULL;
	}
	return d;
}

void
tar_claims_drop_first(struct tar_claims *c, struct tar_node *d)
{
	struct tar_batch *b = d->first;

	d->first = b->next;
	if (d->first == NULL)
		d->last = NULL;
	if (d->search == b)
		d->search = b->next;
	c->bytes -= cost(b);
	free(b);
}

void
tar_claims_clear(struct tar_claims *c, struct tar_node *d)
{
	struct tar_batch *b;
	struct tar_node *below;
	size_t i;

	while ((b = d->first) != NULL) {
		for (i = 0; !b->is_dir && i < b->n; i++)
			tar_seen_drop(&c->pool, &b->seen[i]);
		below = tar_claims_take_dir(c, b);
		if (below != NULL) {
			tar_claims_clear(c, below);
			tar_node_free(below);
		}
		tar_claims_drop_first(c, d);
	}
}
