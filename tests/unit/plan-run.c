/* Plans: pipefail with causes, holders, cancellation, descriptors. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "proc/child.h"
#include "proc/run.h"

/* Adds a stage that runs a line of shell. */
static void
shell(struct plan_job *j, const char *line)
{
	struct plan_stage *s = plan_stage(j, "sh");

	plan_arg(s, "-c");
	plan_arg(s, "%s", line);
}

static void
ignore(
    void *arg, enum run_event event, const struct plan_job *j, const char *text)
{
	(void)arg;
	(void)event;
	(void)j;
	(void)text;
}

/* Runs one pipeline of up to three lines and compares the verdict. */
static void
expect(
    const char *a, const char *b, const char *c, int status, const char *cause)
{
	struct plan p = {NULL, 0, false};
	struct plan_job *j = plan_job(&p, "job", "Job");
	int got;

	shell(j, a);
	if (b != NULL)
		shell(j, b);
	if (c != NULL)
		shell(j, c);
	got = plan_run(&p, 2, ignore, NULL);
	if (got != status || (cause == NULL) != (j->cause == NULL) ||
	    (cause != NULL && strcmp(cause, j->cause) != 0)) {
		fprintf(stderr, "%s | %s | %s: status %d, cause %s\n", a, b, c,
		    got, j->cause);
		abort();
	}
	plan_free(&p);
}

static void
test_pipefail(void)
{
	expect("echo x", "cat", "cat >/dev/null", PROG_DONE, NULL);
	expect("exit 3", "cat", "cat >/dev/null", PROG_DAMAGED,
	    "sh: exit status 3");
	expect("echo x", "exit 1", "cat >/dev/null", PROG_FAILED,
	    "sh: exit status 1");
	expect(
	    "exec yes", "exec cat", "exit 7", PROG_FAILED, "sh: exit status 7");
	expect("exit 4", "cat", "cat >/dev/null", PROG_PARTIAL, NULL);
	expect("exit 4", "exit 1", NULL, PROG_FAILED, "sh: exit status 1");
	expect("kill -9 $$", "cat >/dev/null", NULL, PROG_FAILED,
	    "sh: killed by signal 9 (Killed)");
	/* A reader that stops early and says 0 fails the job all the same. */
	expect("exec yes", "read x", NULL, PROG_FAILED,
	    "sh: killed by signal 13 (Broken pipe)");
	/* A stage that waits for ever does not outlive another's failure. */
	expect("exec sleep 1000", "exit 5", NULL, PROG_FAILED,
	    "sh: exit status 5");
}

static void
test_sigpipe_ignored_by_parent(void)
{
	signal(SIGPIPE, SIG_IGN);
	expect("exec yes", "read x", NULL, PROG_FAILED,
	    "sh: killed by signal 13 (Broken pipe)");
	signal(SIGPIPE, SIG_DFL);
}

static void
test_missing_program(void)
{
	struct plan p = {NULL, 0, false};
	struct plan_job *j = plan_job(&p, "job", "Job");
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), old;

	shell(j, "exec sleep 1000");
	plan_stage(j, "no-such-program");
	shell(j, "cat >/dev/null");
	old = fcntl(2, F_DUPFD_CLOEXEC, 10);
	dup2(null, 2);
	assert(plan_run(&p, 2, ignore, NULL) == PROG_FAILED);
	dup2(old, 2);
	close(old);
	close(null);
	assert(strcmp(j->cause, "no-such-program: cannot be started") == 0);
	plan_free(&p);
}

/* A child sees 0, 1, 2 and its status descriptor, whatever we have open. */
static void
test_descriptors(void)
{
	int leak = open("/dev/null", O_RDONLY), high;

	high = fcntl(leak, F_DUPFD, 200);
	assert(leak != -1 && high != -1);
	expect("exec 5>&2; cd /proc/self/fd; set -- *; "
	       "[ \"$*\" = '0 1 2 3 4 5' ] || [ \"$*\" = '0 1 2 3 5' ]",
	    NULL, NULL, PROG_DONE, NULL);
	expect("[ ! -e /proc/$$/fd/200 ] && [ \"$GLB_STATUS_FD\" = 3 ]", NULL,
	    NULL, PROG_DONE, NULL);
	close(leak);
	close(high);
}

static void
count_lines(
    void *arg, enum run_event event, const struct plan_job *j, const char *text)
{
	(void)j;
	if (event == RUN_LINE && strlen(text) == 100)
		++*(int *)arg;
}

/* More stderr than a pipe holds blocks nobody, and only some is kept. */
static void
test_stderr(void)
{
	struct plan p = {NULL, 0, false};
	struct plan_job *j = plan_job(&p, "job", "Job");
	int lines = 0;

	shell(j, "yes $(printf %0100d 0) | head -n 5000 >&2");
	assert(plan_run(&p, 2, count_lines, &lines) == PROG_DONE);
	assert(lines == 5000 && j->n_warnings == 5000);
	assert(j->warnings.n == 100);
	plan_free(&p);
}

static void
test_counts(void)
{
	struct plan p = {NULL, 0, false};
	struct plan_job *j = plan_job(&p, "job", "Job");

	shell(j,
	    "echo '{\"bytes_in\":1,\"bytes_out\":2,\"items\":3}' >&3;"
	    "echo '{\"bytes_in\":10,\"bytes_out\":20,\"items\":30}' >&3");
	assert(plan_run(&p, 2, ignore, NULL) == PROG_DONE);
	assert(j->stages[0].bytes_in == 10 && j->stages[0].bytes_out == 20 &&
	    j->stages[0].items == 30);
	plan_free(&p);
}

/* Jobs get a holder's values and it is let go after the last of them. */
static void
test_holder(void)
{
	char name[] = "/tmp/glb-plan-XXXXXX";
	struct plan p = {NULL, 0, false};
	struct plan_job *h, *j;
	struct plan_stage *s;
	struct buf b = {NULL, 0, 0};
	int fd = mkostemp(name, O_CLOEXEC), i;

	assert(fd != -1);
	h = plan_job(&p, "held", "Held");
	shell(h, "printf 'a\\tA1\\nb\\tB2\\n'; cat; echo end >&2");
	list_add(&h->vars, "b");
	list_add(&h->vars, "a");
	for (i = 0; i < 3; i++) {
		j = plan_job(&p, "user", "User");
		j->holder = h;
		j->out = xstrdup(name);
		s = plan_stage(j, "printf");
		plan_arg(s, "%%s\\n");
		plan_arg_var(s, "--x=", i == 0 ? "a" : "b");
	}
	assert(plan_run(&p, 1, ignore, NULL) == PROG_DONE);
	assert(h->warnings.n == 1 && strcmp(h->warnings.v[0], "end") == 0);
	assert(io_read_all(fd, &b, 1000) == 0);
	assert(strcmp(b.data, "--x=A1\n--x=B2\n--x=B2\n") == 0);
	buf_free(&b);
	plan_free(&p);
	close(fd);
	unlink(name);
}

/* A holder that does not hold fails the run, and its users never start. */
static void
test_bad_holder(void)
{
	static const char *const lines[] = {
	    "exit 0", "printf 'a\\tA\\n'; exit 0", "printf 'a\\tA\\n'; exit 1"};
	struct plan_job *h, *j;
	size_t i;

	for (i = 0; i < 3; i++) {
		struct plan p = {NULL, 0, false};

		h = plan_job(&p, "held", "Held");
		shell(h, lines[i]);
		list_add(&h->vars, "a");
		j = plan_job(&p, "user", "User");
		j->holder = h;
		shell(j, "exec sleep 1000");
		assert(plan_run(&p, 2, ignore, NULL) == PROG_FAILED);
		assert(h->cause != NULL);
		plan_free(&p);
	}
}

/* A job that waits for another starts after its end, and not if it failed. */
static void
test_after(void)
{
	char name[] = "/tmp/glb-plan-XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC), fails;
	struct plan_job *first, *second;

	assert(fd != -1);
	for (fails = 0; fails <= 1; fails++) {
		struct plan p = {NULL, 0, false};

		first = plan_job(&p, "first", "First");
		shell(first, fails ? "exit 1" : "echo one");
		first->out = xstrdup(name);
		second = plan_job(&p, "second", "Second");
		second->after = first;
		second->in = xstrdup(name);
		shell(second, "read x && [ $x = one ]");
		assert(plan_run(&p, 2, ignore, NULL) ==
		    (fails ? PROG_FAILED : PROG_DONE));
		assert((second->started == 0) == fails);
		plan_free(&p);
	}
	close(fd);
	unlink(name);
}

/* One job's failure stops the others and keeps new ones from starting. */
static void
test_cancel(void)
{
	struct plan p = {NULL, 0, false};
	struct plan_job *a, *b, *c;

	a = plan_job(&p, "a", "A");
	shell(a, "exec sleep 1000");
	b = plan_job(&p, "b", "B");
	shell(b, "exit 1");
	c = plan_job(&p, "c", "C");
	shell(c, "exit 0");
	assert(plan_run(&p, 2, ignore, NULL) == PROG_FAILED);
	assert(strcmp(a->cause, "stopped") == 0);
	assert(strcmp(b->cause, "sh: exit status 1") == 0);
	assert(c->state == PLAN_WAITING && c->started == 0);
	plan_free(&p);
}

/*
 * A stage of the failed job that does not heed SIGTERM does not keep the
 * others from being stopped: here it ends when they do.
 */
static void
test_deaf_stage(void)
{
	char dir[] = "/tmp/glb-plan-XXXXXX", *fifo, *line;
	struct plan p = {NULL, 0, false};
	struct plan_job *a, *b;

	assert(mkdtemp(dir) != NULL);
	fifo = xasprintf("%s/fifo", dir);
	assert(mkfifo(fifo, 0600) == 0);
	a = plan_job(&p, "a", "A");
	line = xasprintf("trap '' TERM; exec cat <%s", fifo);
	shell(a, line);
	shell(a, "exit 5");
	free(line);
	b = plan_job(&p, "b", "B");
	line = xasprintf("exec sleep 1000 >%s", fifo);
	shell(b, line);
	free(line);
	alarm(60); /* a failure of this test would be a hang */
	assert(plan_run(&p, 2, ignore, NULL) == PROG_FAILED);
	alarm(0);
	assert(strcmp(a->cause, "sh: exit status 5") == 0);
	assert(strcmp(b->cause, "stopped") == 0);
	plan_free(&p);
	unlink(fifo);
	rmdir(dir);
	free(fifo);
}

/* A shell line in which "@" stands for the directory. */
static char *
with_dir(const char *s, const char *dir)
{
	struct buf b = {NULL, 0, 0};

	for (; *s != '\0'; s++)
		if (*s == '@')
			buf_printf(&b, "%s/", dir);
		else
			buf_putc(&b, *s);
	return buf_take(&b);
}

/* A remote job, after h (or NULL). */
static struct plan_job *
remote(struct plan *p, struct plan_job *h, const char *line)
{
	struct plan_job *j = plan_job(p, "remote", "Remote");

	j->remote = true;
	j->after = h;
	shell(j, line);
	return j;
}

/*
 * With one job at a time: the local one waits for the remote one, which waits
 * for the holder to be let go; the remote one comes after what is held.
 */
static void
test_remote(void)
{
	static const char *const lines[] = {
	    "mkfifo @a @b; printf 'x\\tX\\n'; cat; echo >@b", "read x <@a",
	    "[ -p @a ] && echo >@a && read x <@b"};
	char dir[] = "/tmp/glb-plan-XXXXXX", *line[3];
	struct plan p = {NULL, 0, false};
	struct plan_job *h, *user;
	size_t i;

	assert(mkdtemp(dir) != NULL);
	for (i = 0; i < 3; i++)
		line[i] = with_dir(lines[i], dir);
	h = plan_job(&p, "held", "Held");
	shell(h, line[0]);
	list_add(&h->vars, "x");
	user = plan_job(&p, "user", "User");
	user->holder = h;
	shell(user, line[1]);
	remote(&p, h, line[2]);
	alarm(60); /* a failure of this test would be a hang */
	assert(plan_run(&p, 1, ignore, NULL) == PROG_DONE);
	alarm(0);
	plan_free(&p);
	for (i = 0; i < 3; i++)
		free(line[i]);
	assert(io_remove_tree(AT_FDCWD, dir) == 0);
}

static void
keep_line(
    void *arg, enum run_event event, const struct plan_job *j, const char *text)
{
	(void)j;
	if (event == RUN_LINE)
		list_add(arg, text);
}

/* What a remote job says when it is stopped is told. */
static void
test_remote_stopped(void)
{
	char dir[] = "/tmp/glb-plan-XXXXXX", *line;
	struct plan p = {NULL, 0, false};
	struct list said = {NULL, 0};
	struct plan_job *j;

	assert(mkdtemp(dir) != NULL);
	line = with_dir("sleep 1000 & trap 'kill $!; echo goes on >&2' TERM;"
			"mkfifo @a; read x <@a; wait",
	    dir);
	j = remote(&p, NULL, line);
	free(line);
	line = with_dir(
	    "until [ -p @a ]; do :; done; echo >@a; echo late >&2; exit 1",
	    dir);
	shell(plan_job(&p, "local", "Local"), line);
	free(line);
	assert(plan_run(&p, 1, keep_line, &said) == PROG_FAILED);
	assert(strcmp(j->cause, "stopped") == 0);
	assert(list_has(&said, "goes on") && list_has(&said, "late"));
	list_free(&said);
	plan_free(&p);
	assert(io_remove_tree(AT_FDCWD, dir) == 0);
}

/*
 * In a plan that goes on, neither a failure nor a signal stops the others.
 * The last test: the signal stays seen.
 */
static void
test_go_on(void)
{
	struct plan p = {NULL, 0, true};
	struct plan_job *a, *b, *c;

	a = plan_job(&p, "a", "A");
	shell(a, "exit 1");
	b = plan_job(&p, "b", "B");
	shell(b, "kill -TERM $PPID && exit 4");
	c = plan_job(&p, "c", "C");
	shell(c, "exit 0");
	assert(plan_run(&p, 1, ignore, NULL) == PROG_FAILED);
	assert(run_signal() == SIGTERM);
	assert(strcmp(a->cause, "sh: exit status 1") == 0);
	assert(b->status == PROG_PARTIAL && c->status == PROG_DONE);
	assert(c->started != 0);
	plan_free(&p);
}

static void
print(struct plan *p, char *out, size_t size)
{
	FILE *f = fmemopen(out, size, "w");

	plan_print(p, f);
	fclose(f);
}

static void
test_print(void)
{
	struct plan p = {NULL, 0, false};
	struct plan_job *j = plan_job(&p, "one.two", "One");
	struct plan_stage *s;
	char out[1000];

	s = plan_stage(j, "a");
	plan_arg(s, "it's $HOME");
	plan_stage(j, "b");
	j->out = xstrdup("/x y/sums");
	print(&p, out, sizeof(out));
	assert(strcmp(out,
		   "stage a 'it'\\''s $HOME' </dev/null |\n"
		   "\tstage b >>'/x y/sums'\njudge one.two 2\n\n") == 0);
	plan_free(&p);
}

/* What another thread starts as a signal comes gets it, too. */
static void
test_late_child(void)
{
	char program[] = "sleep", time[] = "1000",
	     *argv[] = {program, time, NULL};
	struct child_spec spec = CHILD_SPEC(argv);
	pid_t pid;

	child_terminate();
	pid = child_start(&spec);
	assert(pid != -1);
	assert(child_code(child_wait(pid)) == 128 + SIGTERM);
}

int
main(void)
{
	prog_start();
	run_catch_signals();
	test_pipefail();
	test_sigpipe_ignored_by_parent();
	test_missing_program();
	test_descriptors();
	test_stderr();
	test_counts();
	test_holder();
	test_bad_holder();
	test_after();
	test_cancel();
	test_deaf_stage();
	test_remote();
	test_remote_stopped();
	test_print();
	test_go_on();
	test_late_child(); /* the last, for nothing runs after it */
	return 0;
}
