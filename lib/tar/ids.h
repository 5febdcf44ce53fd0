/* Ids of users and groups by name, asked for once each as memory goes. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_IDS_H
#define GLB_TAR_IDS_H

#include <sys/types.h>

struct tar_ids;

/* An empty cache of fixed size; free with tar_ids_free(). */
struct tar_ids *tar_ids_new(void);

/* The id of the user or group called name, or id if there is none here. */
uid_t tar_ids_user(struct tar_ids *ids, const char *name, uid_t id);
gid_t tar_ids_group(struct tar_ids *ids, const char *name, gid_t id);

/* Frees ids, which may be NULL. */
void tar_ids_free(struct tar_ids *ids);

#endif
