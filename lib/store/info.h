/* backup_information.json: what GitLab's own tool says of a backup. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_INFO_H
#define GLB_INFO_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define INFO_FILE "backup_information.json"
#define INFO_VERSION 2 /* metadata_version that we write */

struct info {
	int64_t metadata_version;
	char *backup_id;
	char *created_at; /* ISO 8601, as it stands in the file */
	char *gitlab_version;
	time_t created; /* the same moment; -1 if it cannot be read */
};

/*
 * Writes the file of a backup made at t, byte for byte as the original does
 * (no newline at the end), the time in UTC with "Z".  Errors show in f.
 */
void info_write(FILE *f, const char *id, time_t t, const char *gitlab_version);

/*
 * Reads DIR/backup_information.json into *i, to be freed with info_free().
 * Keys that we do not know are ignored; local times with an offset are read.
 * Returns a status; PROG_DAMAGED if it is missing or makes no sense.
 */
int info_read(const char *dir, struct info *i);
void info_free(struct info *i);

/*
 * Reads an ISO 8601 time "2024-04-25T13:55:14Z" or with an offset "+09:00".
 * Returns the moment, or -1.
 */
time_t info_time(const char *s);

/* Writes t in UTC, "2024-04-25T13:55:14Z", into out; returns out. */
char *info_time_text(time_t t, char out[32]);

#endif
