/* A temporary directory that does not outlive us, nor do our children. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "git/scratch.h"
#include "proc/child.h"

#define ATTEMPTS 100 /* while a child that is ending still writes */

struct scratch {
	char *path;
	sigset_t set; /* what the thread waits for */
	sigset_t before; /* the mask that was */
	pthread_t thread;
	atomic_bool ending;
	bool settled;
};

static int
clear(const struct scratch *s)
{
	const struct timespec moment = {0, 10000000};
	int i;

	for (i = 0; i < ATTEMPTS; i++) {
		if (io_remove_tree(AT_FDCWD, s->path) == 0)
			return 0;
		nanosleep(&moment, NULL);
	}
	return -1;
}

/*
 * Waits for a signal, as a handler could not remove a directory.  SIGUSR2,
 * which only scratch_settle() sends, ends the thread.
 */
static void *
wait_for_signal(void *arg)
{
	struct scratch *s = arg;
	sigset_t one;
	int sig;

	if (sigwait(&s->set, &sig) != 0 || sig == SIGUSR2)
		return NULL;
	atomic_store(&s->ending, true);
	child_terminate();
	if (clear(s) == -1)
		warn("%s", s->path);
	child_terminate();
	signal(sig, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	kill(getpid(), sig);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	_exit(128 + sig);
}

static void
choose_signals(sigset_t *set)
{
	static const int sigs[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction sa;
	size_t i;

	sigemptyset(set);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		if (sigaction(sigs[i], NULL, &sa) == 0 &&
		    sa.sa_handler != SIG_IGN)
			sigaddset(set, sigs[i]);
	sigaddset(set, SIGUSR2);
}

struct scratch *
scratch_new(const char *dir, const char *prefix)
{
	struct scratch *s = xcalloc(1, sizeof(*s));
	int rc;

	if (dir == NULL)
		dir = getenv("TMPDIR");
	if (dir == NULL || *dir == '\0')
		dir = "/var/tmp";
	s->path = xasprintf("%s/%s.XXXXXX", dir, prefix);
	signal(SIGPIPE, SIG_IGN);
	choose_signals(&s->set);
	pthread_sigmask(SIG_BLOCK, &s->set, &s->before);
	if (mkdtemp(s->path) == NULL) {
		warn("%s", s->path);
	} else {
		rc = pthread_create(&s->thread, NULL, wait_for_signal, s);
		if (rc == 0)
			return s;
		errno = rc;
		warn("thread");
		rmdir(s->path);
	}
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
	free(s->path);
	free(s);
	return NULL;
}

const char *
scratch_path(const struct scratch *s)
{
	return s->path;
}

bool
scratch_ending(const struct scratch *s)
{
	return atomic_load(&s->ending);
}

void
scratch_settle(struct scratch *s)
{
	if (s->settled)
		return;
	pthread_kill(s->thread, SIGUSR2);
	/* Does not return if it has taken another signal before. */
	pthread_join(s->thread, NULL);
	s->settled = true;
}

void
scratch_free(struct scratch *s)
{
	if (s == NULL)
		return;
	if (io_remove_tree(AT_FDCWD, s->path) == -1)
		warn("%s", s->path);
	scratch_settle(s);
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
	free(s->path);
	free(s);
}
