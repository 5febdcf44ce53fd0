/* Names of users and groups, asked for once each as far as memory goes. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "tar/owner.h"

#define SLOTS 64 /* of users, and of groups: an id has just one place */
#define ENTRY_MAX (1 << 20) /* no honest passwd or group line is longer */

struct slot {
	id_t id;
	char *name; /* NULL: the slot is free */
};

struct tar_owners {
	struct slot users[SLOTS], groups[SLOTS];
};

struct tar_owners *
tar_owners_new(void)
{
	return xcalloc(1, sizeof(struct tar_owners));
}

void
tar_owners_free(struct tar_owners *o)
{
	size_t i;

	if (o == NULL)
		return;
	for (i = 0; i < SLOTS; i++) {
		free(o->users[i].name);
		free(o->groups[i].name);
	}
	free(o);
}

/* Asks the system.  The caller frees the name. */
static char *
ask(bool group, id_t id)
{
	struct buf b = {NULL, 0, 0};
	struct passwd pw, *user = NULL;
	struct group gr, *grp = NULL;
	size_t n = 1024;
	char *name;
	int rc;

	do {
		n *= 2;
		buf_reserve(&b, n);
		rc = group ? getgrgid_r(id, &gr, b.data, n, &grp)
			   : getpwuid_r(id, &pw, b.data, n, &user);
	} while (rc == EINTR || (rc == ERANGE && n < ENTRY_MAX));
	name = xstrdup(grp != NULL ? grp->gr_name
		: user != NULL	   ? user->pw_name
				   : "");
	buf_free(&b);
	return name;
}

static const char *
name_of(struct slot *slots, bool group, id_t id)
{
	struct slot *s = &slots[id % SLOTS];

	if (s->name == NULL || s->id != id) {
		free(s->name);
		s->name = ask(group, id);
		s->id = id;
	}
	return s->name;
}

const char *
tar_owners_user(struct tar_owners *o, uid_t uid)
{
	return name_of(o->users, false, uid);
}

const char *
tar_owners_group(struct tar_owners *o, gid_t gid)
{
	return name_of(o->groups, true, gid);
}
