/* Progress for whoever started us: counts sent through GLB_STATUS_FD. */
/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "base/status.h"

#define INTERVAL_MS 250

/* One process has one status descriptor, so this state is the process's. */
static int status_fd = -1;
static atomic_uint_fast64_t total_in, total_out, total_items;
static atomic_int_fast64_t next_ms;

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * A line is shorter than PIPE_BUF, so one write(2) is whole or not at all.
 * The reader may be gone: its SIGPIPE must not end us, so the signal is
 * blocked for this thread, and one that came is taken away.
 */
static void
send_counts(void)
{
	struct timespec zero = {0, 0};
	sigset_t pipe_set, old;
	char line[128];
	int n;

	n = snprintf(line, sizeof(line),
	    "{\"bytes_in\":%" PRIuFAST64 ",\"bytes_out\":%" PRIuFAST64
	    ",\"items\":%" PRIuFAST64 "}\n",
	    atomic_load(&total_in), atomic_load(&total_out),
	    atomic_load(&total_items));
	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_set, &old);
	if (write(status_fd, line, (size_t)n) == -1)
		sigtimedwait(&pipe_set, NULL, &zero);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void
status_start(void)
{
	const char *s = getenv("GLB_STATUS_FD");
	int64_t fd;

	if (s == NULL || num_parse(s, 3, INT32_MAX, &fd) == -1)
		return;
	if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) == -1)
		return;
	status_fd = (int)fd;
	atomic_store(&next_ms, now_ms() + INTERVAL_MS);
}

void
status_add(uint64_t bytes_in, uint64_t bytes_out, uint64_t items)
{
	int_fast64_t due;
	int64_t now;

	if (status_fd == -1)
		return;
	atomic_fetch_add(&total_in, bytes_in);
	atomic_fetch_add(&total_out, bytes_out);
	atomic_fetch_add(&total_items, items);
	now = now_ms();
	due = atomic_load(&next_ms);
	/* Of several threads that find it due, one wins and sends. */
	if (now >= due &&
	    atomic_compare_exchange_strong(&next_ms, &due, now + INTERVAL_MS))
		send_counts();
}

void
status_end(void)
{
	if (status_fd == -1)
		return;
	send_counts();
	close(status_fd);
	status_fd = -1;
}
