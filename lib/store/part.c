/* The parts of a backup: db, repositories, archives; what their files hold. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "store/part.h"

#define ARCHIVE ".tar.gz"

static const char *const trees[] = {"db", "repositories", NULL};

/* Is name the directory tree, or below it? */
static int
within(const char *tree, const char *name)
{
	size_t n = strlen(tree);

	return strncmp(name, tree, n) == 0 &&
	    (name[n] == '\0' || name[n] == '/');
}

enum content
content_of(const char *name)
{
	if (text_starts(name, "repositories/"))
		return CONTENT_TREE;
	if (text_starts(name, "db/") && text_ends(name, ".sql.gz"))
		return CONTENT_SQL;
	if (strchr(name, '/') == NULL && text_ends(name, ".tar.gz"))
		return CONTENT_TAR;
	return CONTENT_ANY;
}

int
part_ok(const char *word)
{
	return *word != '\0' && *word != '.' && !text_ends(word, ARCHIVE) &&
	    word[strspn(word,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789._-")] == '\0';
}

int
part_has(const char *part, const char *name)
{
	size_t i, n = strlen(part);

	for (i = 0; trees[i] != NULL; i++)
		if (strcmp(part, trees[i]) == 0)
			return within(part, name);
	return strncmp(name, part, n) == 0 && strcmp(name + n, ARCHIVE) == 0;
}

int
part_any(const char *name)
{
	size_t i;

	for (i = 0; trees[i] != NULL; i++)
		if (within(trees[i], name))
			return 1;
	return strchr(name, '/') == NULL && text_ends(name, ARCHIVE);
}
