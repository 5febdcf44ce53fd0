/* A backup shown to people, and to programs. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SHOW_H
#define GLB_SHOW_H

#include "store/catalog.h"

/*
 * Prints on stdout what the backup in dir is: its information, its files and
 * what its report tells; with json as one object.  Returns a status.
 */
int show_backup(const char *dir, int json);

/* Prints the catalog as a table, or with json as one object a line. */
void show_catalog(const struct catalog *c, int json);

#endif
