/* Arguments that the stages of several plans have in common. */
/* SPDX-License-Identifier: MIT */
#include "driver.h"
#include "site/options.h"

void
args_site(struct plan_stage *s, const struct site *site)
{
	struct list args = {NULL, 0};
	size_t i;

	site_options(site, &args);
	for (i = 0; i < args.n; i++)
		plan_arg(s, "%s", args.v[i]);
	list_free(&args);
}

void
args_list(struct plan_stage *s, const char *name, const struct list *l)
{
	struct buf b = {NULL, 0, 0};
	size_t i;

	for (i = 0; i < l->n; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : ",", l->v[i]);
	if (l->n > 0)
		plan_arg(s, "--%s=%s", name, buf_str(&b));
	buf_free(&b);
}

void
args_repositories(struct plan_stage *s, const struct opts *o)
{
	args_list(s, "storages", &o->storages);
	args_list(s, "paths", &o->paths);
	args_list(s, "skip-paths", &o->skip_paths);
}

void
args_repository_jobs(struct plan_stage *s, const struct opts *o)
{
	plan_arg(s, "--jobs=%lld",
	    (long long)(o->repo_jobs != 0 ? o->repo_jobs : o->jobs));
	if (o->repo_jobs_per_storage != 0)
		plan_arg(s, "--jobs-per-storage=%lld",
		    (long long)o->repo_jobs_per_storage);
}
