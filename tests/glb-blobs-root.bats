#!/usr/bin/env bats
# glb-blobs pack where a test needs root: links of other users.
# SPDX-License-Identifier: MIT
load helper

@test "another user's link leads root only to what is that user's" {
	mkdir -p shared private/sub own
	ln -s ../private shared/blobs
	ln -s blobs/sub shared/through
	ln -s "$T/own" shared/own
	ln -s shared/own here
	touch own/a
	try 0 glb-blobs pack shared/blobs
	chown -h 65534 shared/* own
	try 1 glb-blobs pack shared/blobs
	same "glb-blobs: shared/blobs: another user's link to what is not that user's" \
		"$(cat err)"
	[ ! -s out ]
	try 1 glb-blobs pack "$T/shared/through/"
	try 0 glb-blobs pack here
	same './ ./a' "$(tar tf out | xargs)"
}
