/* The program that adds to database.yml what shall not stand in it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_COMMAND_H
#define GLB_COMMAND_H

#include "base/buf.h"
#include "site/conf.h"

/*
 * If c has a config_command, runs it and merges the YAML mapping that it
 * prints over the mapping c.  The command is split at blanks, with quotes and
 * backslashes as in a shell, and runs without one; its stdin is empty.  Were
 * we root, it runs as user: database.yml may belong to that user.
 *
 * On success c->map may have been replaced; *merged is the new mapping, to be
 * freed with json_object_put() when c is no longer used, or NULL.  Returns 0,
 * or -1 after a warning.
 */
int command_merge(
    struct conf *c, const char *user, struct json_object **merged);

/*
 * Appends the words of s to argv.  Returns 0, or -1 (silent) if a quote is not
 * closed.
 */
int command_split(const char *s, struct list *argv);

#endif
