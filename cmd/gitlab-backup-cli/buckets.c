/* Kinds that are kept in buckets: which of them glb-gcs copies, and how. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "base/text.h"
#include "buckets.h"
#include "console.h"
#include "gcp/location.h"

/* Returns what location_parse() does, of a whole bucket only if whole is set.
 */
static const char *
wrong_name(const char *text, bool whole)
{
	struct location l;
	const char *wrong = location_parse(text, &l);

	if (wrong != NULL)
		return wrong;
	if (whole && *l.path != '\0')
		wrong = "must be a bucket without a prefix";
	location_free(&l);
	return wrong;
}

char *
buckets_wrong(const struct site_kind *k)
{
	const struct site_connection *c = &k->connection;
	const char *wrong = wrong_name(k->bucket, false);

	if (c->provider == NULL)
		return xasprintf("gitlab.yml has no %s that says whose it is",
		    strcmp(k->id, "registry") == 0 ? "object_store.connection"
						   : "connection");
	if (strcmp(c->provider, "Google") != 0)
		return xstrdup("only buckets of Google's can be copied");
	if (wrong != NULL)
		return xstrdup(wrong);
	if (c->project != NULL)
		return NULL;
	return xasprintf("Storage Transfer needs the google_project of the "
			 "connection in gitlab.yml, which has none%s",
	    c->hmac ? ", and cannot use its HMAC keys" : "");
}

char *
buckets_gap(const struct opts *o, const struct site_kind *k)
{
	char *why = buckets_wrong(k), *all;

	if (why == NULL && o->backup_bucket == NULL)
		why = xstrdup("--backup-bucket names one to copy it to");
	if (why == NULL)
		return NULL;
	all = xasprintf("kept in bucket %s (%s), which is not backed up: %s",
	    k->bucket,
	    k->connection.provider != NULL ? k->connection.provider
					   : "provider unknown",
	    why);
	free(why);
	return all;
}

/* Is there a kind that --backup-bucket is for? */
static bool
needed(const struct site *s)
{
	bool any = false;
	char *wrong;
	size_t i;

	for (i = 0; i < s->n_kinds && !any; i++) {
		if (s->kinds[i].bucket == NULL)
			continue;
		wrong = buckets_wrong(&s->kinds[i]);
		any = wrong == NULL;
		free(wrong);
	}
	return any;
}

/* What the options name can be buckets, if anything is to be done with them. */
static int
check_names(const struct opts *o, struct site *s)
{
	const char *wrong = NULL;

	if (o->registry_bucket != NULL &&
	    site_set_registry(s, o->registry_bucket) == -1) {
		warnx("--registry-bucket: %s: is not a bucket's name",
		    o->registry_bucket);
		return PROG_USAGE;
	}
	if (o->backup_bucket != NULL && needed(s))
		wrong = wrong_name(o->backup_bucket, true);
	if (wrong == NULL)
		return PROG_DONE;
	warnx("--backup-bucket: %s: %s", o->backup_bucket, wrong);
	return PROG_USAGE;
}

struct site *
buckets_site(const struct opts *o, int *rc)
{
	struct site *s = site_read(&o->where);

	*rc = s != NULL ? check_names(o, s) : PROG_FAILED;
	if (*rc == PROG_DONE)
		return s;
	site_free(s);
	return NULL;
}

/* A stage of glb-gcs, in the universe of the bucket. */
static struct plan_stage *
stage(struct plan_job *j, const char *verb, const struct site_connection *c)
{
	struct plan_stage *s;

	if (c != NULL && c->universe != NULL &&
	    strcmp(c->universe, "googleapis.com") != 0) {
		s = plan_stage(j, "env");
		plan_arg(s, "GOOGLE_CLOUD_UNIVERSE_DOMAIN=%s", c->universe);
		plan_arg(s, "glb-gcs");
	} else {
		s = plan_stage(j, "glb-gcs");
	}
	plan_arg(s, "%s", verb);
	return s;
}

static void
arg_account(struct plan_stage *s, const struct opts *o)
{
	if (o->service_account_file != NULL)
		plan_arg(
		    s, "--service-account-file=%s", o->service_account_file);
}

/* Where a copy is from and where it goes, for every verb. */
static struct plan_stage *
copy_stage(struct plan_job *j, const char *verb, const struct bucket_copy *c)
{
	const struct site_connection *to = &c->kind->connection;
	struct plan_stage *s = stage(j, verb, to);

	plan_arg(s, "--project=%s", to->project);
	plan_arg(s, "--source=%s", c->source);
	plan_arg(s, "--sink=%s", c->sink);
	return s;
}

struct plan_job *
buckets_job(struct plan *p, const char *verb, const struct opts *o,
    const struct site *s, const struct bucket_copy *c, const char *work)
{
	char *name = xasprintf("%s.bucket", c->kind->id);
	struct plan_job *j = plan_job(p, name, c->kind->title);
	struct plan_stage *st = copy_stage(j, verb, c);

	free(name);
	j->remote = true;
	j->out = xasprintf("%s/object_storage.%s", work, c->kind->id);
	if (o->wait != -1)
		j->what = xasprintf("%s bucket %s",
		    strcmp(verb, "backup") == 0 ? "Copying" : "Restoring",
		    c->kind->bucket);
	plan_arg(st, "--id=%s", c->id);
	plan_arg(st, "--kind=%s", c->kind->id);
	plan_arg(st, "--instance=%s", s->host);
	if (o->wait == -1)
		plan_arg(st, "--no-wait");
	arg_account(st, o);
	if (o->cancel_on_interrupt)
		plan_arg(st, "--cancel-on-interrupt");
	return j;
}

void
buckets_check_job(
    struct plan *p, const struct opts *o, const struct bucket_copy *c)
{
	struct plan_stage *s = copy_stage(plan_job(p, "check", ""), "check", c);

	plan_arg(s, "--json");
	arg_account(s, o);
}

void
buckets_status_job(struct plan *p, const struct opts *o, const char *operation)
{
	struct plan_stage *s = stage(plan_job(p, "status", ""), "status", NULL);

	arg_account(s, o);
	plan_arg(s, "--");
	plan_arg(s, "%s", operation);
}

void
buckets_going_on(json_object *result, struct list *names)
{
	char *kind, *name;

	if (strcmp(js_string(result, "status"), "SUCCESS") == 0)
		return;
	kind = text_line(js_string(result, "kind"));
	name = text_line(js_string(result, "operation"));
	console_info("%s: operation %s goes on", kind, name);
	list_add(names, name);
	free(kind);
	free(name);
}

void
buckets_follow(const struct opts *o, const struct list *names)
{
	struct buf b = {NULL, 0, 0};
	size_t i;

	if (names->n == 0)
		return;
	buf_puts(&b, "glb-gcs status --wait");
	if (o->service_account_file != NULL) {
		buf_puts(&b, " --service-account-file=");
		text_shell(&b, o->service_account_file);
	}
	for (i = 0; i < names->n; i++) {
		buf_putc(&b, ' ');
		text_shell(&b, names->v[i]);
	}
	console_info("To follow: %s", buf_str(&b));
	buf_free(&b);
}
