/* Whom gitaly-backup is to call, and what nobody else may learn of it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITALY_BACKUP_SERVERS_H
#define GLB_GITALY_BACKUP_SERVERS_H

#include "base/buf.h"
#include "site/site.h"

/* Zero-initialise; free with gitaly_backup_servers_free(). */
struct gitaly_backup_servers {
	struct list env; /* for the child, as child_spec.env takes it */
	struct list names; /* of the storages */
	struct list secrets; /* what must not be repeated, longest first */
};

/*
 * Fills *v with the addresses and tokens of all storages of the site, and with
 * Omnibus's certificates.  What the environment has of this wins: then its
 * GITALY_SERVERS says which storages there are.  Returns 0, or -1 after a
 * warning about an address that Gitaly would not take, or a GITALY_SERVERS
 * that is none.
 */
int gitaly_backup_servers_read(
    const struct site *s, struct gitaly_backup_servers *v);

void gitaly_backup_servers_free(struct gitaly_backup_servers *v);

/*
 * Appends the n bytes at s to *out, with every secret, as it is or as JSON
 * writes it, replaced by "[hidden]".
 */
void gitaly_backup_mask(const struct gitaly_backup_servers *v, struct buf *out,
    const char *s, size_t n);

#endif
