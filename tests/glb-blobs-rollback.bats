#!/usr/bin/env bats
# glb-blobs unpack --existing=move, rollback and discard, ended at any moment.
# SPDX-License-Identifier: MIT
load helper
load blobs
load swap

teardown() { forget; }

MOVE=(glb-blobs unpack --existing=move -x ./tmp)

# prepare: pair with a name that stays, in memory, with steps.so; kept is d.
prepare() {
	quick
	pair
	mkdir d/tmp
	echo stays >d/tmp/f
	touch -d @5000.5 d
	manifest d >old
	cp -a d kept
	glb-blobs unpack ref <new.tar
	cp -a d/tmp ref
	touch -d @6000.25 ref
	manifest ref >new
	steps
}

@test "killed before any step of unpack: rollback brings back what was" {
	local n=0
	prepare
	until [ "${status-}" = 0 ]; do
		n=$((n + 1))
		again
		at $n "${MOVE[@]}" --keep-replaced d
		[ "$status" -eq 0 ] || try 0 glb-blobs rollback d
		[ "$status" -eq 0 ] || is old
		[ "$status" -eq 0 ] || nothing_left
	done
	[ $n -gt 50 ]
	is new
	try 0 glb-blobs rollback d
	is old
}

@test "killed before any step of unpack: unpacking again is enough" {
	local n=0
	prepare
	until [ "${status-}" = 0 ]; do
		n=$((n + 1))
		again
		at $n "${MOVE[@]}" d
		[ "$status" -eq 0 ] || try 0 "${MOVE[@]}" d <new.tar
		is new
		nothing_left
	done
	[ $n -gt 70 ]
}

@test "killed before any step of rollback, from any stage: begun again, done" {
	local n m ended stages
	prepare
	# Half of the entries moved out, in, and all of them.
	for n in 9 15 99999; do
		m=0 ended=1
		until [ $ended -eq 0 ]; do
			m=$((m + 1))
			again
			ONLY=1 at $n "${MOVE[@]}" --keep-replaced d
			[ "$m" -gt 1 ] || stages+=" $(names d.glb-restore)"
			at $m glb-blobs rollback d
			ended=$status
			try 0 glb-blobs rollback d
			is old
			nothing_left
		done
		[ $m -gt 15 ]
	done
	same " lock out replaced was in lock replaced was done lock replaced was" \
		"$stages"
}

@test "killed before any step of discard: it is all there, or goes at last" {
	local m=0
	prepare
	until [ "${status-}" = 0 ]; do
		m=$((m + 1))
		again
		try 0 "${MOVE[@]}" --keep-replaced d <new.tar
		at $m glb-blobs discard d
		if [ -d d.glb-restore/done ]; then
			# Nothing has been removed yet.
			try 0 glb-blobs rollback d
			is old
		elif [ $((m % 2)) -eq 0 ]; then
			try 0 glb-blobs discard d
			is new
		else
			try 0 glb-blobs rollback d
			is new
		fi
		nothing_left
	done
	[ $m -gt 8 ]
}

@test "discard refuses what is half-way" {
	local n
	prepare
	for n in 9 12 18; do
		again
		ONLY=1 at $n "${MOVE[@]}" --keep-replaced d
		same 137 "$status"
		find d* | sort >before
		try 1 glb-blobs discard d
		same "glb-blobs: d.glb-restore: is half replaced: rollback first" \
			"$(cat err)"
		find d* | sort | diff before -
		try 0 glb-blobs rollback d
		is old
	done
}

@test "a missing DIR is missing again, wherever it was killed" {
	local n=0
	prepare
	until [ "${status-}" = 0 ]; do
		n=$((n + 1))
		rm -rf d d.glb-restore
		at $n "${MOVE[@]}" --keep-replaced d
		try 0 glb-blobs rollback d
		[ ! -e d ]
		nothing_left
	done
	[ $n -gt 40 ]
}

@test "a signal before any step: all is put back, and it dies of it" {
	local n=0 sig swapped=
	prepare
	until [ "${status-}" = 0 ]; do
		n=$((n + 1))
		sig=$((n % 3 == 0 ? 15 : n % 3))
		again
		status=0
		SIG=$sig AS="env --default-signal" at $n "${MOVE[@]}" d
		same "" "$(cat err)"
		if [ -e d/both/x ]; then
			is old
			[ -z "$swapped" ]
		else
			# What was replaced may wait for its removal.
			swapped+=.
			try 0 glb-blobs discard d
			is new
		fi
		nothing_left
	done
	[ $n -gt 70 ]
	[ ${#swapped} -lt 40 ]
}

@test "a signal while it waits for input: it dies of it, nothing is left" {
	local sig
	pair
	for sig in INT TERM HUP; do
		mkfifo gate.$sig
		env --default-signal glb-blobs unpack --existing=move p/d \
			<gate.$sig 2>first 3>&- &
		exec 4>gate.$sig
		head -c 6000 new.tar >&4
		awaited $! [ -d p/d.glb-restore/new/both ]
		kill -$sig $!
		exec 4>&-
		got=0
		wait $! || got=$?
		same $((128 + $(kill -l $sig))) $got
		same "" "$(cat first)"
		[ ! -e p ]
	done
}

@test "killed while it waits for input: rollback, or unpack, cleans up" {
	local what
	pair
	for what in rollback "unpack --existing=move"; do
		rm -f gate && mkfifo gate
		glb-blobs unpack --existing=move d <gate 2>first 3>&- &
		exec 4>gate
		head -c 6000 new.tar >&4
		awaited $! [ -d d.glb-restore/new/both ]
		kill -KILL $!
		wait $! 2>killed || true
		exec 4>&-
		is old
		# shellcheck disable=SC2086 # words are meant
		try 0 glb-blobs $what d <new.tar
		nothing_left
		[ "$what" != rollback ] || is old
	done
	is new
}

@test "what appears under a needed name meanwhile gives way to what was" {
	prepare
	again
	ONLY=1 at 9 "${MOVE[@]}" --keep-replaced d
	[ -d d.glb-restore/out ]
	(cd d.glb-restore/replaced && find . -mindepth 1 -maxdepth 1) >gone
	[ "$(wc -l <gone)" -gt 1 ]
	(cd d && xargs mkdir <../gone && touch "$(head -n 1 ../gone)/x")
	try 0 glb-blobs rollback d
	is old
	nothing_left
	again
	ONLY=1 at 15 "${MOVE[@]}" --keep-replaced d
	[ -d d.glb-restore/in ]
	(cd d.glb-restore/in && find . -mindepth 1 -maxdepth 1) >there
	(cd d && xargs mkdir <../there)
	try 0 glb-blobs rollback d
	is old
	nothing_left
}

@test "an ordinary user's directories that nobody may write to move too" {
	local n=0
	quick
	chmod 777 .
	mkdir -p d/ro/a/n d/none/b src/ro2/c src/x
	chmod 500 d/ro/a d/ro src/ro2 && chmod 0 d/none && chmod 500 d
	[ "$(id -u)" -ne 0 ] || chown -R 65534:65534 d src
	find d src -exec touch -d @1234567890 {} +
	cp -a d kept
	manifest d >old
	manifest src >new
	glb-blobs pack src >new.tar
	steps
	until [ "${status-}" = 0 ]; do
		n=$((n + 1))
		again
		AS=plain at $n glb-blobs unpack --existing=move --keep-replaced d
		[ "$status" -eq 0 ] || try 0 plain glb-blobs rollback d
		[ "$status" -eq 0 ] || is old
		[ "$status" -eq 0 ] || nothing_left
	done
	is new
	cp -a d.glb-restore w
	try 0 plain glb-blobs rollback d
	is old
	try 0 plain glb-blobs unpack --existing=move --keep-replaced d <new.tar
	try 0 plain glb-blobs discard d
	is new
	nothing_left
	again
	plain chmod 700 d
	try 0 plain glb-blobs unpack --existing=delete d <new.tar
	is new
	nothing_left
}
