# What the tests of unpack --existing=move, rollback and discard share.
# SPDX-License-Identifier: MIT

# pair: the directory d; new.tar, whose tree is another one; manifests of
# both, old and new.
pair() {
	mkdir -p d/both/x d/old d/dir src/both/y src/dir
	echo old | tee d/both/x/f d/old/f >d/file
	bytes 70000 src/both/y/f
	echo new | tee src/file >src/dir/.hidden
	ln src/file src/dir/hard
	ln -s ../nowhere d/link
	ln -s file src/link
	mkfifo d/fifo src/pipe
	chmod 4711 d/file
	chmod 1777 d/dir
	chmod 751 d
	chmod 705 src src/dir
	if [ "$(id -u)" -eq 0 ]; then
		chown -h 4242:4343 d d/old d/link src/file
		chown -h 1:2 src src/link src/both/y
	fi
	find d src -exec touch -h -d @1234567890.123 {} +
	touch -d @5000.5 d
	touch -d @6000.25 src
	manifest d >old
	manifest src >new
	glb-blobs pack src >new.tar
}

# is NAME [DIR]: DIR (d) is what that manifest says.
is() {
	manifest "${2-d}" >got
	diff "$1" got
}

# nothing_left: nothing of a move lies about.
nothing_left() {
	same "" "$(find . -name '*.glb-restore*' -o -name '.glb-unpack-*')"
}

# move CODE [OPTION]...: unpacks new.tar into d by moving.
move() {
	local code=$1
	shift
	try "$code" glb-blobs unpack --existing=move "$@" d <new.tar
}

# quick: goes to a directory in memory, which forget removes: many runs that
# write all to disk take too long on one.
quick() {
	quick=$(mktemp -d -p /dev/shm 2>err || mktemp -d)
	chmod 755 "$quick"
	cd "$quick" || return
	# shellcheck disable=SC2034 # where try and plain write
	T=$quick
}
forget() { if [ -n "${quick-}" ]; then cd / && rm -rf "$quick"; fi; }

# steps: builds steps.so; preloaded, it sends SIG (9 unless told) to the
# process before the call number AT of those that change directories, or of
# renames alone with ONLY set.
steps() {
	cat >steps.c <<-'END'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <signal.h>
		#include <stdlib.h>
		#include <time.h>
		#include <unistd.h>
		static void step(int is_rename)
		{
			static int n;
			const char *at = getenv("AT"), *sig = getenv("SIG");
			if ((is_rename || !getenv("ONLY")) && at && ++n == atoi(at))
				kill(getpid(), sig ? atoi(sig) : SIGKILL);
		}
		#define WRAP(is_rename, name, types, args) \
			int name types { \
				step(is_rename); \
				int (*f) types = dlsym(RTLD_NEXT, #name); \
				return f args; \
			}
		WRAP(1, renameat, (int a, const char *b, int c, const char *d),
			(a, b, c, d))
		WRAP(1, renameat2, (int a, const char *b, int c, const char *d,
			unsigned e), (a, b, c, d, e))
		WRAP(0, mkdirat, (int a, const char *b, mode_t c), (a, b, c))
		WRAP(0, unlinkat, (int a, const char *b, int c), (a, b, c))
		WRAP(0, symlinkat, (const char *a, int b, const char *c), (a, b, c))
		WRAP(0, fchmod, (int a, mode_t b), (a, b))
		WRAP(0, fchmodat, (int a, const char *b, mode_t c, int d),
			(a, b, c, d))
		WRAP(0, fchown, (int a, uid_t b, gid_t c), (a, b, c))
		WRAP(0, futimens, (int a, const struct timespec *b), (a, b))
		WRAP(0, fsync, (int a), (a))
		WRAP(0, syncfs, (int a), (a))
	END
	cc -shared -fPIC -o steps.so steps.c -ldl
}

# at N COMMAND...: runs it with steps.so, which ends it at that step, unless
# it has ended before; its status in $status.
at() {
	status=0
	# The shell tells of the death too.
	{ ASAN_OPTIONS=verify_asan_link_order=0 ${AS-} env AT="$1" \
		LD_PRELOAD="$PWD/steps.so" "${@:2}" <new.tar >out 2>err; } \
		2>shell || status=$?
	[ "$status" -eq 0 ] || same $((128 + ${SIG-9})) "$status"
}

# again: d is what pair made.
again() {
	rm -rf d d.glb-restore
	cp -a kept d
}
