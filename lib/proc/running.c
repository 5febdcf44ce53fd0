/* The children that run, and passing signals on to them. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "proc/child.h"
#include "proc/running.h"

#define RUNNING_MAX 1024 /* children remembered */
#define STARTS_MAX 10000 /* milliseconds to wait for those just started */

/*
 * What a signal handler must be able to reach: the running children, as
 * kill(2) wants them (negative: a process group).
 */
static atomic_int running[RUNNING_MAX];

/*
 * Another thread may have started one that is not in there yet when a signal
 * comes: then the one gets it when it comes in.
 */
static atomic_bool ending;
static atomic_int starting; /* how many are between the two */

void
running_begin(void)
{
	starting++;
}

void
running_end(void)
{
	starting--;
}

void
running_add(pid_t pid, bool group)
{
	int i, none;

	for (i = 0; i < RUNNING_MAX; i++) {
		none = 0;
		if (atomic_compare_exchange_strong(
			&running[i], &none, group ? -pid : pid))
			break;
	}
	if (ending)
		kill(group ? -pid : pid, SIGTERM);
}

void
running_remove(pid_t pid)
{
	int i, v;

	for (i = 0; i < RUNNING_MAX; i++) {
		v = atomic_load(&running[i]);
		if (v == pid || v == -pid) {
			atomic_store(&running[i], 0);
			return;
		}
	}
}

void
child_terminate(void)
{
	const struct timespec moment = {0, 1000000};
	int i, v;

	ending = true;
	for (i = 0; i < RUNNING_MAX; i++) {
		v = atomic_load(&running[i]);
		if (v != 0)
			kill(v, SIGTERM);
	}
	for (i = 0; i < STARTS_MAX && starting > 0; i++)
		nanosleep(&moment, NULL);
}

/* Kills what runs, then dies of the signal, which SA_RESETHAND has reset. */
static void
pass_on(int sig)
{
	int saved = errno;

	child_terminate();
	raise(sig);
	errno = saved;
}

void
child_forward_signals(void)
{
	static const int sigs[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction sa, old;
	size_t i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = pass_on;
	sa.sa_flags = (int)SA_RESETHAND;
	sigfillset(&sa.sa_mask);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		if (sigaction(sigs[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(sigs[i], &sa, NULL);
}
