/* What stands against a backup or a restore, all of it told at once. */
/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "console.h"
#include "problems.h"

void
problems_add(
    struct problems *p, int how, const char *what, const char *fmt, ...)
{
	json_object *o = json_object_new_object();
	va_list ap;
	char *why;

	if (p->list == NULL)
		p->list = json_object_new_array();
	va_start(ap, fmt);
	why = xvasprintf(fmt, ap);
	va_end(ap);
	js_put_text(o, "what", what);
	js_put_text(o, "why", why);
	js_put_text(o, "severity",
	    how == PROG_DONE	      ? "note"
		: how == PROG_PARTIAL ? "warning"
				      : "error");
	json_object_array_add(p->list, o);
	p->status = prog_worse(p->status, how);
	free(why);
}

json_object *
problems_take(struct problems *p)
{
	json_object *list = p->list;

	p->list = NULL;
	return list != NULL ? list : json_object_new_array();
}

static int
fatal(json_object *o)
{
	return strcmp(js_string(o, "severity"), "error") == 0;
}

void
problems_say(const struct problems *p)
{
	size_t i, n = p->list != NULL ? json_object_array_length(p->list) : 0;
	json_object *o;

	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(p->list, i);
		if (fatal(o))
			console_error("%s: %s", js_string(o, "what"),
			    js_string(o, "why"));
		else
			console_warning("%s: %s", js_string(o, "what"),
			    js_string(o, "why"));
	}
}

size_t
problems_fatal(const struct problems *p)
{
	size_t i, n = p->list != NULL ? json_object_array_length(p->list) : 0;
	size_t found = 0;

	for (i = 0; i < n; i++)
		found += fatal(json_object_array_get_idx(p->list, i)) != 0;
	return found;
}
