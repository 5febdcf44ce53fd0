/* Which names of storages, repositories and backups may become paths. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "git/names.h"

/* What is wrong with s as text that stands in paths and manifests, or NULL. */
static const char *
bad_text(const char *s)
{
	size_t left = strlen(s), len;

	if (left == 0)
		return "is empty";
	for (; left > 0; s += len, left -= len) {
		len = text_utf8(s, left);
		if (len == 0)
			return "is not UTF-8";
		if (len == 1 && (*s < ' ' || *s == 0x7f))
			return "holds a control character";
	}
	return NULL;
}

/* The same for one component of a path that must not be hidden. */
static const char *
bad_component(const char *s)
{
	if (strchr(s, '/') != NULL)
		return "holds a slash";
	if (*s == '.')
		return "starts with a dot";
	return bad_text(s);
}

const char *
names_bad_id(const char *id)
{
	/* "+latest" is the name of each repository's newest manifest. */
	if (*id == '+')
		return "starts with a plus sign";
	return bad_component(id);
}

const char *
names_bad_storage(const char *name)
{
	/* A storage's directory stands beside these two. */
	if (strcmp(name, "manifests") == 0 || strcmp(name, "backup_ids") == 0)
		return "is reserved";
	return bad_component(name);
}

const char *
names_bad_path(const char *path)
{
	const char *p, *bad = bad_text(path);
	size_t n;

	if (bad != NULL)
		return bad;
	for (p = path;; p += n + 1) {
		n = strcspn(p, "/");
		if (n == 0)
			return *path == '/' ? "is absolute"
					    : "has an empty component";
		if ((n == 1 && *p == '.') ||
		    (n == 2 && memcmp(p, "..", 2) == 0))
			return "has a component of dots";
		if (p[n] == '\0')
			return NULL;
	}
}

const char *
names_snippet(const char *name)
{
	static const char before[] = "snippets/";
	const char *slash = strrchr(name, '/');
	size_t n = strlen(before);

	if (slash == NULL || (size_t)(slash + 1 - name) < n ||
	    strncmp(slash + 1 - n, before, n) != 0 || slash[1] == '\0' ||
	    slash[1 + strspn(slash + 1, "0123456789")] != '\0')
		return NULL;
	return slash + 1;
}

bool
names_need_dump(const char *name)
{
	const char *id = names_snippet(name);

	return *name != '@' && !text_ends(name, ".git") &&
	    (id == NULL || id != name + strlen("snippets/"));
}

bool
names_own_file(const char *path)
{
	return *path != '.' && !text_starts(path, "manifests/") &&
	    !text_starts(path, "backup_ids/") && strchr(path, '/') != NULL;
}
