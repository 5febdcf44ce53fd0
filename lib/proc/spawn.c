/* Starting a program: its environment, descriptors, user and signals. */
/* SPDX-License-Identifier: MIT */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "proc/child.h"
#include "proc/running.h"

#define KEPT 3 /* of the handled signals: HUP, INT, QUIT */

struct start {
	const struct child_spec *spec;
	char **envp;
	pid_t parent;
	int failure; /* where the child writes the errno of what failed */
};

/* The environment of the child; the caller frees the array and nothing in it.
 */
static char **
environment(const struct child_spec *spec)
{
	static char status[] = "GLB_STATUS_FD=3";
	size_t n = 0, extra, i, len, out = 0;
	char **envp;

	while (environ[n] != NULL)
		n++;
	extra = spec->env != NULL ? spec->env->n : 0;
	envp = xcalloc(n + extra + 2, sizeof(*envp));
	for (n = 0; environ[n] != NULL; n++) {
		len = strcspn(environ[n], "=") + 1;
		if (strncmp(environ[n], status, len) == 0)
			continue;
		for (i = 0; i < extra; i++)
			if (strncmp(environ[n], spec->env->v[i], len) == 0)
				break;
		if (i == extra)
			envp[out++] = environ[n];
	}
	for (i = 0; i < extra; i++)
		envp[out++] = spec->env->v[i];
	if (spec->status != -1)
		envp[out++] = status;
	return envp;
}

/* Puts the descriptors in their places.  Runs in the child. */
static int
place_descriptors(const struct child_spec *spec)
{
	unsigned int last;
	int from[4], i;

	from[0] = spec->in;
	from[1] = spec->out;
	from[2] = spec->err;
	from[3] = spec->status;
	/* Out of the way first: a source may stand on another's target. */
	for (i = 0; i < 4; i++)
		if (from[i] != -1 && from[i] < 10 &&
		    (from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 10)) == -1)
			return -1;
	for (i = 0; i < 4; i++)
		if (from[i] != -1 && dup2(from[i], i) == -1)
			return -1;
	/* Whatever our own parent left open is not for the child. */
	last = spec->status != -1 ? CHILD_STATUS_FD : STDERR_FILENO;
	return close_range(last + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

/*
 * The bare system calls: glibc's setresuid() would tell every thread of this
 * process, whose memory the child still shares.
 */
static int
become(const struct child_user *u)
{
	if (syscall(SYS_setgroups, u->n_groups, u->groups) == -1 ||
	    syscall(SYS_setresgid, u->gid, u->gid, u->gid) == -1 ||
	    syscall(SYS_setresuid, u->uid, u->uid, u->uid) == -1)
		return -1;
	return 0;
}

/*
 * The child's side of vfork(2): it shares our memory until it executes, so it
 * only makes system calls, and tells errno through a pipe that ends when it
 * executes (not through that memory: valgrind turns vfork into fork).
 */
static void
in_child(struct start *s)
{
	static const int handled[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM,
	    SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD, SIGWINCH};
	const struct child_spec *spec = s->spec;
	struct sigaction dfl, old;
	int error;
	size_t i;

	memset(&dfl, 0, sizeof(dfl));
	dfl.sa_handler = SIG_DFL;
	for (i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		/* nohup's HUP and a background job's INT stay ignored. */
		if (i >= KEPT || sigaction(handled[i], NULL, &old) == -1 ||
		    old.sa_handler != SIG_IGN)
			sigaction(handled[i], &dfl, NULL);
	if (spec->group)
		setpgid(0, 0);
	if ((spec->user != NULL && become(spec->user) == -1) ||
	    (spec->dir != NULL && chdir(spec->dir) == -1) ||
	    place_descriptors(spec) == -1)
		goto fail;
	/* Last, for a change of user clears it; then look if it came late. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != s->parent)
		_exit(127);
	sigemptyset(&dfl.sa_mask);
	sigprocmask(SIG_SETMASK, &dfl.sa_mask, NULL);
	execvpe(spec->argv[0], spec->argv, s->envp);
fail:
	error = errno;
	if (write(s->failure, &error, sizeof(error)) == -1)
		_exit(126);
	_exit(127);
}

/*
 * Not posix_spawn(3): the change of user and the wish for a signal when the
 * parent dies (PR_SET_PDEATHSIG) have no spawn attributes, and a wrapper
 * program would cost a second exec for every git.  vfork(2) with all signals
 * blocked is what glibc's posix_spawn does, too.
 */
static pid_t
spawn(struct start *s)
{
	pid_t pid;

	pid = vfork(); /* NOLINT */
	if (pid == 0)
		in_child(s);
	return pid;
}

/* Waits for a child that never became a program. */
static void
bury(pid_t pid)
{
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
}

/*
 * Starts the child and learns from the pipe what failed in it.  Returns its
 * pid, or -1 with errno.
 */
static pid_t
spawn_and_ask(struct start *s, const int p[2])
{
	sigset_t all, old;
	int error = 0, saved;
	pid_t pid;

	s->failure = p[1];
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	running_begin();
	pid = spawn(s);
	saved = errno;
	close(p[1]);
	if (pid != -1) {
		if (io_read_full(p[0], &error, sizeof(error)) > 0)
			bury(pid);
		else
			running_add(pid, s->spec->group);
	}
	running_end();
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = pid == -1 ? saved : error;
	return errno == 0 ? pid : -1;
}

pid_t
child_start(const struct child_spec *spec)
{
	struct start s = {spec, NULL, getpid(), -1};
	int p[2], high, saved;
	pid_t pid = -1;

	if (pipe2(p, O_CLOEXEC) == -1) {
		warn("%s: pipe", spec->argv[0]);
		return -1;
	}
	/* Out of the way of the descriptors that the child puts in place. */
	high = fcntl(p[1], F_DUPFD_CLOEXEC, 10);
	if (high != -1) {
		close(p[1]);
		p[1] = high;
		s.envp = environment(spec);
		errno = 0;
		pid = spawn_and_ask(&s, p);
		free(s.envp);
	} else {
		close(p[1]);
	}
	saved = errno;
	close(p[0]);
	if (pid == -1) {
		errno = saved;
		warn("%s", spec->argv[0]);
	}
	errno = saved;
	return pid;
}
