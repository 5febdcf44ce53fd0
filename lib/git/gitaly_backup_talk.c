/* A gitaly-backup that runs: tells it repositories, hears what became of them.
 */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/text.h"
#include "git/gitaly_backup_sent.h"
#include "git/gitaly_backup_talk.h"
#include "git/line.h"
#include "proc/child.h"

#define NAME "gitaly-backup"
#define WINDOW 4096 /* repositories sent and not answered */
#define LINE_LIMIT (1 << 20) /* bytes of a line that are looked at */
#define REASON_MAX 1000 /* bytes of a text that are told */

/* What the program writes to one of its descriptors, line by line. */
struct stream {
	int fd; /* -1 at its end */
	struct buf line; /* what there is of the next one */
	bool cut; /* more of it was there */
};

/*
 * The caller's thread writes the list; a thread of ours reads what comes, as
 * the program reads on only while somebody takes its log away.
 */
struct gitaly_backup_talk {
	const struct gitaly_backup_talk_spec *o;
	pid_t pid;
	int in; /* its stdin */
	struct stream out, err;
	pthread_t reader;
	struct gitaly_backup_log log;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct gitaly_backup_sent *sent;
	uint64_t answered, failed; /* by its log */
	uint64_t counted; /* failures, by its last line */
	bool has_count;
	struct buf last; /* the last message of its own */
	bool stopped; /* by us */
	bool ended; /* the reader has come to the end */
	bool settled; /* it has been waited for */
	int status; /* as wait(2) has it; or -1 */
	struct buf why; /* that something has not been done */
};

/* Makes text of the program fit to be told: no secret, one line, not long. */
static void
tell(const struct gitaly_backup_talk *t, struct buf *out, const char *s,
    size_t n)
{
	struct buf masked = {NULL, 0, 0};
	size_t len;

	/* A secret that crosses the limit is masked, not cut. */
	gitaly_backup_mask(t->o->servers, &masked, s, n);
	len = masked.len;
	if (len > REASON_MAX) {
		len = REASON_MAX;
		while (len > 0 && (masked.data[len] & 0xc0) == 0x80)
			len--;
	}
	text_fold(out, buf_str(&masked), len);
	buf_free(&masked);
}

/* Repeats what the program says as a message of ours. */
static void
repeat(struct gitaly_backup_talk *t, const char *s, size_t n)
{
	pthread_mutex_lock(&t->lock);
	buf_reset(&t->last);
	tell(t, &t->last, s, n);
	if (t->last.len > 0)
		warnx(NAME ": %s", t->last.data);
	pthread_mutex_unlock(&t->lock);
}

/* Takes the answer to one repository. */
static void
take_answer(struct gitaly_backup_talk *t, const struct gitaly_backup_log *l)
{
	const char *storage = buf_str(&l->storage), *path = buf_str(&l->path);
	struct buf why = {NULL, 0, 0};
	int known;

	pthread_mutex_lock(&t->lock);
	known = gitaly_backup_sent_remove(t->sent, storage, path);
	if (known == 0) {
		t->answered++;
		t->failed += l->saying == GITALY_BACKUP_FAILED;
		pthread_cond_signal(&t->changed);
	}
	pthread_mutex_unlock(&t->lock);
	if (known == -1) {
		text_fold(&why, storage, strlen(storage));
		buf_putc(&why, '/');
		text_fold(&why, path, strlen(path));
		warnx(NAME ": tells of %s, which it has not been given",
		    buf_str(&why));
	} else {
		tell(t, &why, buf_str(&l->text), l->text.len);
		t->o->answer(
		    t->o->arg, l->saying, storage, path, buf_str(&why));
	}
	buf_free(&why);
}

/* Deals with one line of the log. */
static void
take_log(struct gitaly_backup_talk *t, const struct stream *s)
{
	struct gitaly_backup_log *l = &t->log;

	gitaly_backup_log_read(
	    l, t->o->verb, buf_str(&s->line), s->line.len, s->cut);
	switch (l->saying) {
	case GITALY_BACKUP_COMPLETED:
	case GITALY_BACKUP_SKIPPED:
	case GITALY_BACKUP_FAILED:
		take_answer(t, l);
		break;
	case GITALY_BACKUP_COUNT:
		t->counted = l->count;
		t->has_count = true;
		break;
	case GITALY_BACKUP_MESSAGE:
		repeat(t, buf_str(&l->text), l->text.len);
		break;
	case GITALY_BACKUP_NOTHING:
		break;
	}
}

static void
take_line(struct gitaly_backup_talk *t, struct stream *s)
{
	if (s == &t->out)
		take_log(t, s);
	else
		repeat(t, buf_str(&s->line), s->line.len);
	buf_reset(&s->line);
	s->cut = false;
}

/* Adds n bytes to the line at hand, as far as it may grow. */
static void
grow(struct stream *s, const char *p, size_t n)
{
	size_t room = LINE_LIMIT - s->line.len;

	if (n > room)
		s->cut = true;
	buf_add(&s->line, p, n < room ? n : room);
}

/* Reads once from one of the streams. */
static void
take_block(struct gitaly_backup_talk *t, struct stream *s)
{
	char block[IO_SIZE];
	const char *p = block, *newline;
	ssize_t n = io_read(s->fd, block, sizeof(block));
	const char *end = block + (n > 0 ? n : 0);

	while ((newline = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		grow(s, p, (size_t)(newline - p));
		take_line(t, s);
		p = newline + 1;
	}
	grow(s, p, (size_t)(end - p));
	if (n > 0)
		return;
	if (s->line.len > 0)
		take_line(t, s);
	close(s->fd);
	s->fd = -1;
}

static void *
read_all(void *arg)
{
	struct gitaly_backup_talk *t = arg;
	struct pollfd p[2];

	while (t->out.fd != -1 || t->err.fd != -1) {
		p[0] = (struct pollfd){t->out.fd, POLLIN, 0};
		p[1] = (struct pollfd){t->err.fd, POLLIN, 0};
		if (poll(p, 2, -1) == -1)
			continue;
		if (p[1].revents != 0)
			take_block(t, &t->err);
		if (p[0].revents != 0)
			take_block(t, &t->out);
	}
	pthread_mutex_lock(&t->lock);
	t->ended = true;
	pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* Starts the program with pipes to 0, 1 and 2. */
static int
start(struct gitaly_backup_talk *t)
{
	struct child_spec spec = CHILD_SPEC(t->o->argv->v);
	int p[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}}, i;

	for (i = 0; i < 3; i++)
		if (pipe2(p[i], O_CLOEXEC) == -1) {
			warn(NAME ": pipe");
			break;
		}
	spec.env = &t->o->servers->env;
	spec.dir = t->o->dir;
	spec.in = p[0][0];
	spec.out = p[1][1];
	spec.err = p[2][1];
	t->pid = i == 3 ? child_start(&spec) : -1;
	t->in = p[0][1];
	t->out.fd = p[1][0];
	t->err.fd = p[2][0];
	if (p[0][0] != -1)
		close(p[0][0]);
	if (p[1][1] != -1)
		close(p[1][1]);
	if (p[2][1] != -1)
		close(p[2][1]);
	return t->pid == -1 ? -1 : 0;
}

static void
discard(struct gitaly_backup_talk *t)
{
	if (t->in != -1)
		close(t->in);
	if (t->out.fd != -1)
		close(t->out.fd);
	if (t->err.fd != -1)
		close(t->err.fd);
	buf_free(&t->out.line);
	buf_free(&t->err.line);
	buf_free(&t->last);
	buf_free(&t->why);
	gitaly_backup_log_free(&t->log);
	gitaly_backup_sent_free(t->sent);
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->changed);
	free(t);
}

struct gitaly_backup_talk *
gitaly_backup_talk_start(const struct gitaly_backup_talk_spec *spec)
{
	struct gitaly_backup_talk *t = xcalloc(1, sizeof(*t));

	t->o = spec;
	t->sent = gitaly_backup_sent_new();
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	if (start(t) == -1)
		goto fail;
	errno = pthread_create(&t->reader, NULL, read_all, t);
	if (errno == 0)
		return t;
	warn("thread");
	child_terminate();
	child_wait(t->pid);
fail:
	discard(t);
	return NULL;
}

/*
 * Waits for the program, and answers for it what it has left open.  Only when
 * nothing reads any more.
 */
static void
settle(struct gitaly_backup_talk *t)
{
	char how[64], *storage, *path;

	if (t->settled)
		return;
	t->settled = true;
	pthread_join(t->reader, NULL);
	t->status = child_wait(t->pid);
	if (t->status == 0) {
		buf_puts(&t->why, NAME " has not told what became of it");
	} else {
		buf_printf(&t->why, NAME ": %s",
		    t->status == -1
			? "lost"
			: child_describe(t->status, how, sizeof(how)));
		if (t->last.len > 0)
			buf_printf(&t->why, " (%s)", t->last.data);
	}
	while (gitaly_backup_sent_any(t->sent, &storage, &path) == 1) {
		t->o->answer(t->o->arg, GITALY_BACKUP_FAILED, storage, path,
		    t->why.data);
		free(storage);
		free(path);
	}
}

int
gitaly_backup_talk_send(
    struct gitaly_backup_talk *t, const struct rows_repository *r)
{
	struct buf line = {NULL, 0, 0};
	bool ended;
	int rc;

	pthread_mutex_lock(&t->lock);
	while (!t->ended && gitaly_backup_sent_count(t->sent) >= WINDOW)
		pthread_cond_wait(&t->changed, &t->lock);
	ended = t->ended;
	rc = gitaly_backup_sent_add(t->sent, r->storage_name, r->relative_path);
	pthread_mutex_unlock(&t->lock);
	if (ended && rc == 0) {
		/* It joins those that have been left open, if there are any. */
		settle(t);
		if (gitaly_backup_sent_remove(
			t->sent, r->storage_name, r->relative_path) == 0)
			t->o->answer(t->o->arg, GITALY_BACKUP_FAILED,
			    r->storage_name, r->relative_path, t->why.data);
		return 0;
	}
	/* That it reads no more is told by its end. */
	if (rc == 0 && line_write(&line, r) == 0 && t->in != -1 &&
	    io_write_all(t->in, line.data, line.len) == -1) {
		close(t->in);
		t->in = -1;
	}
	buf_free(&line);
	return rc;
}

void
gitaly_backup_talk_stop(struct gitaly_backup_talk *t)
{
	pthread_mutex_lock(&t->lock);
	t->stopped = true;
	pthread_mutex_unlock(&t->lock);
	child_terminate();
}

/* Compares what it says with how it ended.  Returns a status. */
static int
judge(const struct gitaly_backup_talk *t)
{
	if (t->stopped)
		return PROG_FAILED;
	if (t->status != 0 && t->answered == 0) {
		warnx("%s", t->why.data);
		return PROG_FAILED;
	}
	if (t->status != 0 && (t->failed == 0 || child_code(t->status) != 1)) {
		warnx("%s", t->why.data);
		return PROG_PARTIAL;
	}
	if (t->has_count ? t->counted != t->failed
			 : t->status == 0 && t->failed > 0) {
		warnx(NAME ": counts %ju failures, and has told of %ju",
		    (uintmax_t)t->counted, (uintmax_t)t->failed);
		return PROG_PARTIAL;
	}
	return PROG_DONE;
}

int
gitaly_backup_talk_end(struct gitaly_backup_talk *t)
{
	int rc;

	if (t->in != -1)
		close(t->in);
	t->in = -1;
	settle(t);
	rc = judge(t);
	discard(t);
	return rc;
}
