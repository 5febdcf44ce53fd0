/* The options that lead another program to the same site. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "site/options.h"

void
site_options(const struct site *s, struct list *args)
{
	if (s->context != NULL)
		list_addf(args, "--context=%s", s->context);
	else if (strcmp(s->type, "source") == 0)
		list_addf(args, "--gitlab-path=%s", s->root);
	if (strcmp(s->env, "production") != 0)
		list_addf(args, "--rails-env=%s", s->env);
}
