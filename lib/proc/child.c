/* The one place that starts other programs, and waits for them. */
/* SPDX-License-Identifier: MIT */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "proc/child.h"

#define KEPT 3 /* of the handled signals: HUP, INT, QUIT */
#define RUNNING_MAX 1024 /* children remembered for forwarding */

/*
 * What a signal handler must be able to reach: the running children, as
 * kill(2) wants them (negative: a process group).
 */
static atomic_int running[RUNNING_MAX];

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

static void
remember(pid_t pid, bool group)
{
	int i, none;

	for (i = 0; i < RUNNING_MAX; i++) {
		none = 0;
		if (atomic_compare_exchange_strong(
			&running[i], &none, group ? -pid : pid))
			return;
	}
}

static void
forget(pid_t pid)
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
	pid = spawn(s);
	saved = errno;
	close(p[1]);
	if (pid != -1) {
		if (io_read_full(p[0], &error, sizeof(error)) > 0)
			bury(pid);
		else
			remember(pid, s->spec->group);
	}
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

char *
child_find(const char *name)
{
	const char *p = getenv("PATH");
	char *path;
	size_t n;

	if (strchr(name, '/') != NULL)
		return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
	for (; p != NULL && *p != '\0'; p += n + (p[n] == ':')) {
		n = strcspn(p, ":");
		path = xasprintf("%.*s/%s", (int)n, p, name);
		if (n > 0 && access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

int
child_wait(pid_t pid)
{
	siginfo_t info;
	int status;

	/* Forgotten while still a zombie, so that no signal hits a new pid. */
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == -1)
		if (errno != EINTR)
			return -1;
	forget(pid);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return status;
}

int
child_try(pid_t pid, int *wait_status)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG) == -1)
		return -1;
	if (info.si_pid == 0)
		return 0;
	*wait_status = child_wait(pid);
	return *wait_status == -1 ? -1 : 1;
}

int
child_code(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return 128 + WTERMSIG(wait_status);
}

char *
child_describe(int wait_status, char *out, size_t size)
{
	if (WIFEXITED(wait_status))
		snprintf(out, size, "exit status %d", WEXITSTATUS(wait_status));
	else
		snprintf(out, size, "killed by signal %d (%s)",
		    WTERMSIG(wait_status),
		    sigdescr_np(WTERMSIG(wait_status)) != NULL
			? sigdescr_np(WTERMSIG(wait_status))
			: "unknown");
	return out;
}

/* Reads once from *fd into b, closing it at its end. */
static void
collect(int *fd, struct buf *b, size_t max)
{
	char block[4096];
	ssize_t n;

	n = io_read(*fd, block, sizeof(block));
	if (n <= 0) {
		close(*fd);
		*fd = -1;
		return;
	}
	if (b->len < max)
		buf_add(b, block,
		    (size_t)n < max - b->len ? (size_t)n : max - b->len);
}

/* Empties both descriptors to their ends; -1 stands for none. */
static void
collect_both(int fds[2], struct buf *out, struct buf *err, size_t max)
{
	struct pollfd p[2];

	while (fds[0] != -1 || fds[1] != -1) {
		p[0] = (struct pollfd){fds[0], POLLIN, 0};
		p[1] = (struct pollfd){fds[1], POLLIN, 0};
		if (poll(p, 2, -1) == -1)
			continue;
		if (fds[0] != -1 && p[0].revents != 0)
			collect(&fds[0], out, max);
		if (fds[1] != -1 && p[1].revents != 0)
			collect(&fds[1], err, max);
	}
}

static void
close_pipe(int p[2])
{
	if (p[0] != -1)
		close(p[0]);
	if (p[1] != -1)
		close(p[1]);
}

int
child_run(
    const struct child_spec *spec, struct buf *out, struct buf *err, size_t max)
{
	int po[2] = {-1, -1}, pe[2] = {-1, -1}, ends[2];
	struct child_spec s = *spec;
	pid_t pid;

	if ((out != NULL && pipe2(po, O_CLOEXEC) == -1) ||
	    (err != NULL && pipe2(pe, O_CLOEXEC) == -1)) {
		warn("%s: pipe", spec->argv[0]);
		close_pipe(po);
		return -1;
	}
	if (out != NULL)
		s.out = po[1];
	if (err != NULL)
		s.err = pe[1];
	pid = child_start(&s);
	if (pid == -1) {
		close_pipe(po);
		close_pipe(pe);
		return -1;
	}
	ends[0] = po[0];
	ends[1] = pe[0];
	if (out != NULL)
		close(po[1]);
	if (err != NULL)
		close(pe[1]);
	collect_both(ends, out, err, max);
	return child_wait(pid);
}

void
child_terminate(void)
{
	int i, v;

	for (i = 0; i < RUNNING_MAX; i++) {
		v = atomic_load(&running[i]);
		if (v != 0)
			kill(v, SIGTERM);
	}
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
