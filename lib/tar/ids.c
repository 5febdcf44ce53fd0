/* Ids of users and groups by name, asked for once each as memory goes. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "tar/ids.h"

#define SLOTS 64 /* of users, and of groups: a name has just one place */
#define ENTRY_MAX (1 << 20) /* no honest passwd or group line is longer */
#define NONE ((id_t)-1)

struct slot {
	char *name; /* NULL: the slot is free */
	id_t id; /* or NONE */
};

struct tar_ids {
	struct slot users[SLOTS], groups[SLOTS];
};

struct tar_ids *
tar_ids_new(void)
{
	return xcalloc(1, sizeof(struct tar_ids));
}

void
tar_ids_free(struct tar_ids *ids)
{
	size_t i;

	if (ids == NULL)
		return;
	for (i = 0; i < SLOTS; i++) {
		free(ids->users[i].name);
		free(ids->groups[i].name);
	}
	free(ids);
}

/* Asks the system. */
static id_t
ask(bool group, const char *name)
{
	struct buf b = {NULL, 0, 0};
	struct passwd pw, *user = NULL;
	struct group gr, *grp = NULL;
	size_t n = 1024;
	int rc;

	do {
		n *= 2;
		buf_reserve(&b, n);
		rc = group ? getgrnam_r(name, &gr, b.data, n, &grp)
			   : getpwnam_r(name, &pw, b.data, n, &user);
	} while (rc == EINTR || (rc == ERANGE && n < ENTRY_MAX));
	buf_free(&b);
	return grp != NULL ? gr.gr_gid : user != NULL ? pw.pw_uid : NONE;
}

static id_t
id_of(struct slot *slots, bool group, const char *name, id_t id)
{
	const unsigned char *p;
	struct slot *s;
	unsigned h = 0;

	if (*name == '\0')
		return id;
	for (p = (const unsigned char *)name; *p != '\0'; p++)
		h = h * 31 + *p;
	s = &slots[h % SLOTS];
	if (s->name == NULL || strcmp(s->name, name) != 0) {
		free(s->name);
		s->name = xstrdup(name);
		s->id = ask(group, name);
	}
	return s->id != NONE ? s->id : id;
}

uid_t
tar_ids_user(struct tar_ids *ids, const char *name, uid_t id)
{
	return id_of(ids->users, false, name, id);
}

gid_t
tar_ids_group(struct tar_ids *ids, const char *name, gid_t id)
{
	return id_of(ids->groups, true, name, id);
}
