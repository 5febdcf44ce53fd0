/* Running a plan: independent jobs at the same time, judged when they end. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "proc/child.h"
#include "proc/drain.h"
#include "proc/run.h"
#include "proc/start.h"

#define TICK_NS 250000000L
#define PATIENCE 10 /* seconds from SIGTERM to SIGKILL */

struct run {
	struct plan *plan;
	size_t max;
	run_fn *fn;
	void *arg;
	int status; /* the worst so far */
	bool cancelled;
	time_t deadline; /* when cancelled: SIGKILL then */
};

/* A handler can reach nothing else. */
static volatile sig_atomic_t caught;

static void
handler(int sig)
{
	if (sig != SIGCHLD)
		caught = sig;
}

void
run_catch_signals(void)
{
	static const int sigs[] = {SIGHUP, SIGINT, SIGTERM, SIGCHLD};
	struct sigaction sa, old;
	sigset_t set;
	size_t i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sigfillset(&sa.sa_mask);
	sigemptyset(&set);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		/* Blocked, even an ignored one would wait to be seen. */
		if (sigs[i] != SIGCHLD && sigaction(sigs[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_IGN)
			continue;
		sigaddset(&set, sigs[i]);
		sigaction(sigs[i], &sa, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int
run_signal(void)
{
	static const int sigs[] = {SIGHUP, SIGINT, SIGTERM};
	struct timespec zero = {0, 0};
	struct sigaction sa;
	sigset_t set;
	size_t i;
	int sig;

	sigemptyset(&set);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		if (sigaction(sigs[i], NULL, &sa) == 0 &&
		    sa.sa_handler == handler)
			sigaddset(&set, sigs[i]);
	sig = caught != 0 ? caught : sigtimedwait(&set, NULL, &zero);
	if (sig > 0)
		caught = sig;
	return caught;
}

_Noreturn void
run_die(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + sig);
}

static bool
active(const struct plan_job *j)
{
	return j->state == PLAN_RUNNING || j->state == PLAN_HOLDING;
}

static bool
all_ended(const struct plan_job *j)
{
	size_t i;

	for (i = 0; i < j->n_stages; i++)
		if (j->stages[i].pid != 0 && !j->stages[i].ended)
			return false;
	return true;
}

/* Is a death by SIGPIPE all that is wrong with this stage? */
static bool
sigpipe(const struct plan_stage *s)
{
	return WIFSIGNALED(s->wait_status) &&
	    WTERMSIG(s->wait_status) == SIGPIPE;
}

/* Adds the reason for which a stage ended to the job's cause. */
static void
blame(struct plan_job *j, const struct plan_stage *s)
{
	char how[64], *cause;

	child_describe(s->wait_status, how, sizeof(how));
	cause = xasprintf("%s%s%s: %s", j->cause != NULL ? j->cause : "",
	    j->cause != NULL ? "; " : "", s->args[0].text, how);
	free(j->cause);
	j->cause = cause;
}

/*
 * Judges a job that has ended: pipefail with named causes.  A stage killed
 * by us is no cause, and one that died of SIGPIPE only if nothing else
 * failed: then a reader stopped early, which is a failure too.
 */
static int
judge(struct plan_job *j)
{
	int status = j->cause != NULL ? PROG_FAILED : PROG_DONE, code, pass;
	struct plan_stage *s;
	size_t i;

	for (pass = 0; pass < 2 && j->cause == NULL; pass++)
		for (i = 0; i < j->n_stages; i++) {
			s = &j->stages[i];
			code = child_code(s->wait_status);
			if (code == PROG_PARTIAL && pass == 0)
				status = prog_worse(status, PROG_PARTIAL);
			if (code == 0 || code == PROG_PARTIAL || s->killed ||
			    s->pid == 0 || sigpipe(s) != (pass == 1))
				continue;
			status = prog_worse(status,
			    code == PROG_DAMAGED ? PROG_DAMAGED : PROG_FAILED);
			blame(j, s);
		}
	if (j->cause == NULL && j->stopped) {
		j->cause = xstrdup("stopped");
		status = PROG_FAILED;
	}
	return status;
}

/*
 * Stops everything; no new job is started afterwards.  The job failed, if
 * there is one, still says why.
 */
static void
cancel(struct run *r, const struct plan_job *failed)
{
	size_t i;

	if (r->cancelled || r->plan->go_on)
		return;
	r->cancelled = true;
	r->deadline = time(NULL) + PATIENCE;
	for (i = 0; i < r->plan->n_jobs; i++) {
		if (!active(r->plan->jobs[i]))
			continue;
		drain_job(r->plan->jobs[i], r->fn, r->arg);
		r->plan->jobs[i]->stopped = r->plan->jobs[i] != failed;
		start_kill(r->plan->jobs[i], SIGTERM);
	}
}

static void
end_job(struct run *r, struct plan_job *j)
{
	bool held = j->hold_fd != -1;

	drain_job(j, r->fn, r->arg);
	drain_close(j, r->fn, r->arg);
	j->status = judge(j);
	/* A holder is to hold until we let it go. */
	if (held && j->cause == NULL) {
		j->cause =
		    xasprintf("%s: ended too early", j->stages[0].args[0].text);
		j->status = PROG_FAILED;
	}
	j->state = PLAN_ENDED;
	j->ended = time(NULL);
	/* One that another has stopped adds nothing to that one's status. */
	if (!j->stopped)
		r->status = prog_worse(r->status, j->status);
	r->fn(r->arg, RUN_END, j, NULL);
	if (j->status == PROG_FAILED || j->status == PROG_DAMAGED)
		cancel(r, j);
}

/* Looks which stages have ended, and stops the rest of a job that failed. */
static void
reap_job(struct run *r, struct plan_job *j)
{
	struct plan_stage *s;
	bool failed = false;
	size_t i;
	int code;

	/* All that have ended first: none of them was killed by us. */
	for (i = 0; i < j->n_stages; i++) {
		s = &j->stages[i];
		if (s->pid == 0 || s->ended ||
		    child_try(s->pid, &s->wait_status) != 1)
			continue;
		s->ended = true;
		code = child_code(s->wait_status);
		failed |= code != 0 && code != PROG_PARTIAL && !s->killed &&
		    !sigpipe(s);
	}
	if (failed) {
		start_kill(j, SIGTERM);
		/* At once: the others are not to wait for a deaf stage. */
		cancel(r, j);
	}
	if (all_ended(j))
		end_job(r, j);
}

/* Lets go each holder that no job will use any more. */
static void
let_go(struct run *r)
{
	struct plan_job *h, *j;
	size_t i, k;

	for (i = 0; i < r->plan->n_jobs; i++) {
		h = r->plan->jobs[i];
		if (h->state != PLAN_HOLDING)
			continue;
		for (k = 0; k < r->plan->n_jobs; k++) {
			j = r->plan->jobs[k];
			if (j->holder == h && j->state != PLAN_ENDED)
				break;
		}
		if (k == r->plan->n_jobs) {
			h->state = PLAN_RUNNING;
			close(h->hold_fd);
			h->hold_fd = -1;
		}
	}
}

static void
start(struct run *r, struct plan_job *j)
{
	j->state = PLAN_RUNNING;
	j->started = time(NULL);
	r->fn(r->arg, RUN_START, j, NULL);
	if (start_job(j) == -1)
		cancel(r, j);
	if (all_ended(j))
		end_job(r, j);
}

/* Takes the job a place among those that run at a time? */
static bool
counts(const struct plan_job *j)
{
	return j->vars.n == 0 && !j->remote;
}

/* Has the job come as far as those after it wait for? */
static bool
far_enough(const struct plan_job *j)
{
	return j->state == PLAN_ENDED || j->state == PLAN_HOLDING;
}

/* Starts what may start.  Returns how many jobs are active afterwards. */
static size_t
start_ready(struct run *r)
{
	size_t i, n = 0, counted = 0;
	struct plan_job *j;

	for (i = 0; i < r->plan->n_jobs; i++) {
		n += active(r->plan->jobs[i]);
		counted += active(r->plan->jobs[i]) && counts(r->plan->jobs[i]);
	}
	for (i = 0; i < r->plan->n_jobs && !r->cancelled; i++) {
		j = r->plan->jobs[i];
		if (j->state != PLAN_WAITING ||
		    (j->holder != NULL && j->holder->state != PLAN_HOLDING) ||
		    (j->after != NULL && !far_enough(j->after)) ||
		    (counts(j) && counted >= r->max))
			continue;
		start(r, j);
		n += active(j);
		counted += active(j) && counts(j);
	}
	return n;
}

/* Waits until something may have happened, and reads what was said. */
static void
wait_for_news(struct run *r)
{
	struct timespec tick = {0, TICK_NS};
	struct pollfd *fds;
	sigset_t none;
	size_t n = 0, i;

	fds = drain_pollfds(r->plan, &n);
	sigemptyset(&none);
	if (run_signal() == 0 || r->cancelled || r->plan->go_on)
		ppoll(fds, n, &tick, &none);
	free(fds);
	for (i = 0; i < r->plan->n_jobs; i++)
		if (active(r->plan->jobs[i]))
			drain_job(r->plan->jobs[i], r->fn, r->arg);
}

int
plan_run(struct plan *p, size_t max, run_fn *fn, void *arg)
{
	struct run r = {p, max, fn, arg, PROG_DONE, false, 0};
	size_t i;

	while (start_ready(&r) > 0) {
		wait_for_news(&r);
		for (i = 0; i < p->n_jobs; i++)
			if (active(p->jobs[i]))
				reap_job(&r, p->jobs[i]);
		if (run_signal() != 0)
			cancel(&r, NULL);
		if (r.cancelled && time(NULL) >= r.deadline)
			for (i = 0; i < p->n_jobs; i++)
				start_kill(p->jobs[i], SIGKILL);
		let_go(&r);
		fn(arg, RUN_TICK, NULL, NULL);
	}
	for (i = 0; i < p->n_jobs && !r.cancelled; i++)
		if (p->jobs[i]->state != PLAN_ENDED) {
			warnx("%s: was never started", p->jobs[i]->name);
			r.status = PROG_FAILED;
		}
	return run_signal() != 0 && !p->go_on ? 128 + run_signal() : r.status;
}
