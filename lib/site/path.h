/* Paths of configuration files made absolute, as Ruby does it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PATH_H
#define GLB_PATH_H

/*
 * path as an absolute path in fresh memory: relative ones are below base
 * (absolute), "~" and "~/..." in home, "~NAME" in that user's home; ".",
 * ".." and doubled slashes are removed from the text, without a look at the
 * disk (Ruby's File.expand_path).  NULL (silent) if a home is not known; home
 * may be NULL.
 */
char *path_expand(const char *path, const char *base, const char *home);

/* The same, in the working directory.  NULL with errno (silent). */
char *path_absolute(const char *path);

/* The directory that the absolute path is in. */
char *path_parent(const char *path);

/*
 * The home of user if we are root, and so may become that user; else (or if
 * there is no such user) HOME.  Fresh memory, or NULL.
 */
char *path_home(const char *user);

#endif
