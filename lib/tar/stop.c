/* Signals that wait until things are in order again. */
/* SPDX-License-Identifier: MIT */
#include <sys/signalfd.h>

#include <poll.h>
#include <unistd.h>

#include "tar/stop.h"

void
tar_stop_begin(struct tar_stop *s)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction now;
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	/* An ignored signal that is blocked would wait too. */
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (sigaction(signals[i], NULL, &now) == 0 &&
		    now.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, &s->old);
	/* It is never read, so that the signal stays. */
	s->fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (s->fd == -1)
		sigprocmask(SIG_SETMASK, &s->old, NULL);
}

bool
tar_stop_asked(const struct tar_stop *s)
{
	struct pollfd p = {s->fd, POLLIN, 0};

	return s->fd != -1 && poll(&p, 1, 0) == 1;
}

void
tar_stop_end(struct tar_stop *s)
{
	if (s->fd == -1)
		return;
	close(s->fd);
	s->fd = -1;
	sigprocmask(SIG_SETMASK, &s->old, NULL);
}
