/* The one table of kinds of blobs. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "site/gitlab.h"
#include "site/kinds.h"
#include "site/objects.h"
#include "site/path.h"

struct row {
	const char *id, *title, *archive;
	const char *exclude;
	const char *section; /* of gitlab.yml */
	const char *keys[2]; /* in it, the first that is there names DIR */
	const char *shared; /* default of DIR, below shared.path; or NULL: */
	const char *rooted; /* default of DIR, below GitLab's root */
	const char *below; /* the directory is DIR/BELOW; NULL: DIR */
	int since; /* first major version of GitLab that has it */
	bool bucket; /* object storage can hold it */
};

/*
 * uploads.base_dir needs no column: it names the part of storage_path for
 * what belongs to no project ("uploads/-/system" unless set), and so lies
 * below the storage_path + "/uploads" that is packed whole.  The registry's
 * bucket is known to the registry only.
 */
static const struct row rows[] = {
    {"uploads", "Uploads", "uploads.tar.gz", "tmp", "uploads",
	{"storage_path", NULL}, NULL, "public", "uploads", 0, true},
    {"builds", "CI Builds", "builds.tar.gz", NULL, "gitlab_ci",
	{"builds_path", NULL}, NULL, "builds", NULL, 0, false},
    {"artifacts", "Artifacts", "artifacts.tar.gz", "tmp", "artifacts",
	{"path", "storage_path"}, "artifacts", NULL, NULL, 0, true},
    {"pages", "Pages", "pages.tar.gz", "@pages.tmp", "pages", {"path", NULL},
	"pages", NULL, NULL, 0, true},
    {"lfs", "LFS Objects", "lfs.tar.gz", NULL, "lfs", {"storage_path", NULL},
	"lfs-objects", NULL, NULL, 0, true},
    {"terraform_state", "Terraform States", "terraform_state.tar.gz", "tmp",
	"terraform_state", {"storage_path", NULL}, "terraform_state", NULL,
	NULL, 0, true},
    {"registry", "Container Registry Images", "registry.tar.gz", NULL,
	"registry", {"path", NULL}, "registry", NULL, NULL, 0, false},
    {"packages", "Packages", "packages.tar.gz", "tmp", "packages",
	{"storage_path", NULL}, "packages", NULL, NULL, 0, true},
    {"ci_secure_files", "CI Secure Files", "ci_secure_files.tar.gz", "tmp",
	"ci_secure_files", {"storage_path", NULL}, "ci_secure_files", NULL,
	NULL, 0, true},
    {"external_diffs", "External Diffs", "external_diffs.tar.gz", "tmp",
	"external_diffs", {"storage_path", NULL}, "external-diffs", NULL, NULL,
	0, true},
    {"agent_plan_content", "Agent Plan Content", "agent_plan_content.tar.gz",
	"tmp", "agent_plan_content", {"storage_path", NULL},
	"agent_plan_content", NULL, NULL, 18, true},
    {"ci_catalog_bundles", "CI Catalog Bundles", "ci_catalog_bundles.tar.gz",
	"tmp", "ci_catalog_bundles", {"storage_path", NULL},
	"ci_catalog_bundles", NULL, NULL, 19, true},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Whether this GitLab has the kind; one of unknown age has them all. */
static bool
known(const struct site *s, const struct row *r)
{
	return !isdigit((unsigned char)s->version[0]) ||
	    strtol(s->version, NULL, 10) >= r->since;
}

/* The kind's directory; shared is the site's shared.path. */
static int
directory(const struct site *s, const struct row *r, const struct conf *c,
    const char *shared, char **dir)
{
	char *found;
	size_t i;

	if (r->shared != NULL)
		found = path_expand(r->shared, shared, NULL);
	else
		found = path_expand(r->rooted, s->root, NULL);
	/* Backwards, so that the first key has the last word. */
	for (i = 2; i-- > 0;)
		if (r->keys[i] != NULL &&
		    gitlab_dir(s, c, r->keys[i], &found) == -1) {
			free(found);
			return -1;
		}
	*dir = found;
	if (r->below != NULL) {
		*dir = path_expand(r->below, found, NULL);
		free(found);
	}
	return 0;
}

static int
fill(const struct site *s, const struct row *r, const struct conf *section,
    const char *shared, struct site_kind *k)
{
	struct conf c;

	k->id = r->id;
	k->title = r->title;
	k->archive = r->archive;
	k->exclude = r->exclude;
	k->enabled = true;
	if (conf_sub(section, r->section, &c) == -1 ||
	    directory(s, r, &c, shared, &k->dir) == -1)
		return -1;
	/* Other kinds keep what they hold when they are switched off. */
	if (strcmp(r->id, "registry") == 0)
		return conf_bool(&c, "enabled", &k->enabled);
	return r->bucket ? objects_read(section, k) : 0;
}

int
kinds_read(struct site *s, const struct conf *section)
{
	struct conf c;
	char *shared;
	size_t i;
	int rc;

	shared = path_expand("shared", s->root, NULL);
	rc = conf_sub(section, "shared", &c);
	if (rc == 0)
		rc = gitlab_dir(s, &c, "path", &shared);
	s->kinds = xcalloc(ROWS, sizeof(*s->kinds));
	for (i = 0; rc == 0 && i < ROWS; i++)
		if (known(s, &rows[i]))
			rc = fill(s, &rows[i], section, shared,
			    &s->kinds[s->n_kinds++]);
	free(shared);
	return rc;
}
