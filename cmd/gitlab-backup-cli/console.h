/* The console: the original's lines on stdout, warnings on stderr, live
 * progress on a terminal; or JSON objects on stderr. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CONSOLE_H
#define GLB_CONSOLE_H

#include "driver.h"
#include "proc/run.h"

/*
 * Call first.  work is what is being done with a task in the original's
 * words, "Backup" or "restoration".
 */
void console_start(const struct opts *o, const char *work);

void console_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void console_success(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
void console_warning(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
void console_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A run_fn: shows what happens in the plan that arg points to. */
void console_event(void *arg, enum run_event event, const struct plan_job *j,
    const char *text);

/* The same without what the stages say, which their jobs keep. */
void console_event_silent(void *arg, enum run_event event,
    const struct plan_job *j, const char *text);

/* Live progress: a job starts; take it off the terminal; draw it again. */
void progress_start(const struct plan_job *j);
void progress_erase(void);
void progress_draw(const struct plan *p);

#endif
