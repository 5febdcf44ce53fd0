/* The program that adds to database.yml what shall not stand in it. */
/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/child.h"
#include "site/command.h"
#include "site/yamldoc.h"
#include "site/yamlmap.h"

static const char key[] = "config_command";

int
command_split(const char *s, struct list *argv)
{
	struct buf word = {NULL, 0, 0};
	bool inside = false;
	char quote = '\0';
	int rc;

	for (; *s != '\0'; s++) {
		if (quote == '\0' && strchr(" \t\n", *s) != NULL) {
			if (inside)
				list_add(argv, buf_str(&word));
			buf_reset(&word);
			inside = false;
			continue;
		}
		inside = true;
		if (quote == '\0' && (*s == '"' || *s == '\''))
			quote = *s;
		else if (quote != '\0' && *s == quote)
			quote = '\0';
		else if (*s == '\\' && quote != '\'' && s[1] != '\0' &&
		    (quote == '\0' || strchr("\\\"$`", s[1]) != NULL))
			buf_putc(&word, *++s);
		else
			buf_putc(&word, *s);
	}
	if (inside)
		list_add(argv, buf_str(&word));
	rc = quote == '\0' ? 0 : -1;
	buf_free(&word);
	return rc;
}

/* Runs it.  Nothing that it printed goes into a message: it has secrets. */
static int
run(const struct conf *c, struct list *argv, const struct child_user *user,
    struct buf *out)
{
	struct child_spec spec = CHILD_SPEC(argv->v);
	char how[64];
	int status;

	spec.user = user;
	/* Our stdin may be data, which is not for this child. */
	spec.in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (spec.in == -1) {
		warn("/dev/null");
		return -1;
	}
	status = child_run(&spec, out, NULL, YAMLDOC_SIZE + 1);
	close(spec.in);
	if (status == -1)
		return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return conf_fail(
		    c, key, "%s", child_describe(status, how, sizeof(how)));
	if (out->len > YAMLDOC_SIZE)
		return conf_fail(c, key, "printed more than 8 MiB");
	return 0;
}

static int
run_as(
    const struct conf *c, struct list *argv, const char *user, struct buf *out)
{
	struct child_user u;
	int rc;

	if (geteuid() != 0)
		return run(c, argv, NULL, out);
	if (child_user_named(user, &u) == -1)
		return -1;
	rc = run(c, argv, &u, out);
	child_user_free(&u);
	return rc;
}

/* Merges what it printed. */
static int
merge(struct conf *c, const struct buf *out, struct json_object **merged)
{
	struct json_object *over;
	char *name;
	int rc;

	name = xasprintf("%s: output of %s", c->file, key);
	rc = yamldoc_parse(name, buf_str(out), out->len, false, &over);
	free(name);
	if (rc == -1)
		return -1;
	if (!json_object_is_type(over, json_type_object)) {
		rc =
		    conf_fail(c, key, "must print a mapping of keys to values");
	} else {
		*merged = yamlmap_merge(c->map, over, YAMLDOC_VALUES);
		if (*merged == NULL)
			rc = conf_fail(c, key, "printed too much");
		else
			c->map = *merged;
	}
	json_object_put(over);
	return rc;
}

int
command_merge(struct conf *c, const char *user, struct json_object **merged)
{
	struct list argv = {NULL, 0};
	struct buf out = {NULL, 0, 0};
	char *command;
	int rc;

	*merged = NULL;
	if (conf_string(c, key, &command) == -1)
		return -1;
	if (command == NULL)
		return 0;
	if (command_split(command, &argv) == -1)
		rc = conf_fail(c, key, "a quote is not closed");
	else if (argv.n == 0)
		rc = 0;
	else if ((rc = run_as(c, &argv, user, &out)) == 0)
		rc = merge(c, &out, merged);
	buf_free(&out);
	list_free(&argv);
	free(command);
	return rc;
}
