# Random histories for repositories 1 to N, in K moments each: prints nothing,
# writes to the directory DIR, for repository I at moment M,
#	I.M.del		what git update-ref --stdin is to do first
#	I.M.in		what git fast-import is to do then
#	I.M.do		words for what comes last: head REF, hooks TEXT, gc,
#			gone, back
# The same SEED gives the same histories, with the same awk.
# SPDX-License-Identifier: MIT

function pick(n) { return int(rand() * n) }

# A reference that exists and begins with what, or "".
function any(what,    r, n, list) {
	for (r in live)
		if (index(r, what) == 1)
			list[n++] = r
	return n > 0 ? list[pick(n)] : ""
}

# Whether ref cannot be beside one that exists; sets rival to that one.
function conflicts(ref,    r) {
	for (r in live)
		if (index(r "/", ref "/") == 1 || index(ref "/", r "/") == 1)
			if (r != ref) {
				rival = r
				return 1
			}
	return 0
}

# Deletes what exists, unless this moment made it or needs it.
function remove(ref) {
	if (ref == "" || ref in fresh || ref in used)
		return 0
	print "delete " ref >del
	delete live[ref]
	return 1
}

# Makes room for ref.  0: there is none.
function room(ref) {
	while (conflicts(ref))
		if (!remove(rival))
			return 0
	return 1
}

# How fast-import is told the commit of a reference.
function at(ref) {
	used[ref] = 1
	return ref in fresh ? ref : ref "^0"
}

function text(s) { printf "data %d\n%s\n", length(s), s >into }

function person(kind) {
	printf "%s A <a@example.com> %d +0000\n", kind, 1700000000 + ++clock >into
}

function commit(ref, from) {
	print "commit " ref >into
	person("committer")
	text("change " clock)
	if (from != "")
		print "from " from >into
	print "M 100644 inline file" pick(5) >into
	text("content " i " " clock)
	if (rand() < .3) {
		print "M 100644 inline dir/file" pick(3) >into
		text("same content " pick(9))
	}
	live[ref] = fresh[ref] = 1
}

function push(    ref, n) {
	ref = "refs/heads/" heads[1 + pick(n_heads)]
	if (!room(ref))
		return
	for (n = 1 + pick(3); n > 0; n--)
		commit(ref, ref in fresh ? "" : ref in live ? ref "^0" : start())
}

# Where a new branch starts: at an old commit, or at none.
function start(    r) {
	r = rand() < .7 ? any("refs/heads/") : ""
	return r == "" ? "" : at(r)
}

function point(ref, from) {
	if (from == "" || from == ref || !room(ref) || !(from in live) ||
	    ref in fresh)
		return
	printf "reset %s\nfrom %s\n\n", ref, at(from) >into
	live[ref] = fresh[ref] = 1
}

function tag(name, from) {
	if (from == "" || ("refs/tags/" name) in live)
		return
	printf "tag %s\nfrom %s\n", name, at(from) >into
	person("tagger")
	text("tag " clock)
	live["refs/tags/" name] = fresh["refs/tags/" name] = 1
}

function change(    r, ref) {
	r = rand()
	if (r < .4)
		push()
	else if (r < .5)
		remove(any("refs/heads/"))
	else if (r < .6)
		point("refs/heads/" heads[1 + pick(n_heads)], any("refs/heads/"))
	else if (r < .7) {
		ref = any("refs/heads/")
		point(ref, any("refs/heads/"))
		if (ref in fresh)
			commit(ref, "")
	} else if (r < .78)
		tag("v" pick(20), any("refs/heads/"))
	else if (r < .84)
		point("refs/tags/light" pick(5), any("refs/heads/"))
	else if (r < .9)
		remove(any("refs/tags/"))
	else if (r < .95)
		point("refs/merge-requests/" pick(4) "/head", any("refs/heads/"))
	else
		point("refs/keep-around/" pick(9), any("refs/heads/"))
}

function last(    r) {
	if (rand() < .1)
		print "head refs/heads/" heads[1 + pick(n_heads)] >todo
	if (rand() < .1)
		print "hooks " clock >todo
	if (rand() < .15)
		print "gc" >todo
}

function moment(    r, n) {
	del = DIR "/" i "." m ".del"
	into = DIR "/" i "." m ".in"
	todo = DIR "/" i "." m ".do"
	split("", fresh)
	split("", used)
	r = rand()
	if (gone) {
		print "back" >todo
		gone = 0
	} else if (r < .04 && m > 1) {
		print "gone" >todo
		gone = 1
	} else if (r < .08) {
		for (r in live)
			remove(r)
	} else if (r > .15 && !(m == 1 && r < .25)) {
		for (n = 1 + pick(4); n > 0; n--)
			change()
		last()
	}
	close(del)
	close(into)
	close(todo)
}

BEGIN {
	srand(SEED)
	n_heads = split("main a a/b a/b/c topic x.y b/c", heads, " ")
	for (i = 1; i <= N; i++) {
		split("", live)
		gone = clock = 0
		for (m = 1; m <= K; m++)
			moment()
	}
}
