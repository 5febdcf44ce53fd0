/* Waiting for a transfer operation, however long it takes. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_WATCH_H
#define GLB_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "gcp/api.h"
#include "gcp/operation.h"

struct watch {
	struct api *api;
	const char *label; /* what messages start with: the kind */
	int64_t until; /* pace_now() at which patience ends; -1: never */
	bool other; /* it is another run's, which only must end */
	bool patient; /* one look is all: it may take time (api_call()) */
	bool cancel; /* cancel it when a signal asks us to end */

	/* Kept by watch_*(): zero. */
	struct list said; /* the statuses that were spoken of */
	int64_t asked; /* ms that the last look was asked to wait; or 0 */
	int unseen; /* looks in a row that failed for now */
	uint64_t found, copied, objects; /* as far as reported */
};

enum watch_end {
	WATCH_DONE, /* the operation is done, well or not */
	WATCH_GOES_ON, /* it is not, or cannot be seen for now */
	WATCH_GONE, /* it cannot be seen any more */
	WATCH_LIMIT, /* patience has ended */
	WATCH_SIGNAL /* a signal asked us to end (run_signal()) */
};

/*
 * Looks once and reads what the service says into op, of which only the name
 * is needed.  Returns WATCH_DONE, WATCH_GOES_ON (if w is patient and it cannot
 * be seen, after a warning), after a warning WATCH_GONE, or WATCH_SIGNAL.
 */
enum watch_end watch_look(struct watch *w, struct operation *op);

/*
 * Looks again and again until op is done.  The pauses grow from 5 to 60
 * seconds.  Says once if it is paused or queued, or cannot be seen; counts
 * what is found and copied as progress (status_add()).  Never returns
 * WATCH_GOES_ON.  At WATCH_LIMIT and WATCH_SIGNAL, how to follow it has been
 * said; at WATCH_SIGNAL it has been cancelled if that was asked for.
 */
enum watch_end watch_wait(struct watch *w, struct operation *op);

/* Says what watch_wait() does at these ends: for one that a look has found. */
void watch_leave(
    const struct watch *w, const struct operation *op, enum watch_end end);

/* Says how to follow an operation that goes on without us. */
void watch_say_follow(const struct watch *w, const char *operation);

/* Counts what op has found and copied, as progress. */
void watch_count(struct watch *w, const struct operation *op);

void watch_free(struct watch *w);

#endif
