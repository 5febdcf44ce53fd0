/* Names of users and groups, asked for once each as far as memory goes. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_OWNER_H
#define GLB_TAR_OWNER_H

#include <sys/types.h>

struct tar_owners;

/* An empty cache of fixed size; free with tar_owners_free(). */
struct tar_owners *tar_owners_new(void);

/*
 * The name of the user or group, "" if there is none or it cannot be found
 * out.  Good until the next call.
 */
const char *tar_owners_user(struct tar_owners *o, uid_t uid);
const char *tar_owners_group(struct tar_owners *o, gid_t gid);

/* Frees o, which may be NULL. */
void tar_owners_free(struct tar_owners *o);

#endif
