/* The options of every program that reads the site: rows, and arguments. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SITE_OPTIONS_H
#define GLB_SITE_OPTIONS_H

#include <stddef.h>

#include "base/opt.h"
#include "site/site.h"

/*
 * Rows for a struct opt table (a macro, for rows are no expressions): field
 * is the struct site_where in the program's struct opts, vs the verbs.
 */
#define SITE_OPTIONS(opts, field, vs) \
	{"context", 0, OPT_STRING, \
	    offsetof(opts, field) + offsetof(struct site_where, context), \
	    "FILE", vs, "context file that names the site's files", 0, 0, \
	    NULL}, \
	    {"gitlab-path", 0, OPT_STRING, \
		offsetof(opts, field) + \
		    offsetof(struct site_where, gitlab_path), \
		"DIR", vs, "root of a GitLab installed from source", 0, 0, \
		NULL}, \
	{ \
		"rails-env", 0, OPT_STRING, \
		    offsetof(opts, field) + \
		    offsetof(struct site_where, rails_env), \
		    "ENV", vs, "section of gitlab.yml and database.yml", 0, 0, \
		    NULL \
	}

/* Appends the arguments by which another program finds the site s again. */
void site_options(const struct site *s, struct list *args);

#endif
