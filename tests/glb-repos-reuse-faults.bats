#!/usr/bin/env bats
# glb-repos create: packs, indexes and bitmaps that are not what they should be.
# SPDX-License-Identifier: MIT
load helper
load repos

# copies N: a.git, packed, as 1.git and so on.
copies() {
	local i
	for ((i = 1; i <= $1; i++)); do cp -r s/a.git "s/$i.git"; done
}

# spoil EXT [sum]: in N.git changes byte or bytes of the file with this ending,
# others in each, for every N; makes its sum right again if asked.
spoil() {
	chmod -R u+w s
	python3 - "$@" <<-'END'
		import glob, hashlib, random, sys
		r = random.Random(1)
		for path in sorted(glob.glob('s/[0-9]*.git/objects/pack/*.' + sys.argv[1])):
		    data = bytearray(open(path, 'rb').read())
		    for i in range(r.randint(1, 3)):
		        data[r.randrange(len(data) - 20)] = r.choice([0, 1, 127, 128, 255])
		    if r.random() < 0.2: data = data[:r.randrange(len(data))]
		    if len(sys.argv) > 2: data[-20:] = hashlib.sha1(data[:-20]).digest()
		    open(path, 'wb').write(data)
	END
}

# sound N: the backups of all are what a.git is.
sound() {
	local i
	for ((i = 1; i <= $1; i++)); do
		cmp t/default/{a,$i}.git/ID/001.refs
		git init -q --bare "b$i.git"
		git --git-dir="b$i.git" fetch -q "t/default/$i.git/ID/001.bundle" \
			'+refs/*:refs/*'
		g a.git show-ref | cmp - <(git --git-dir="b$i.git" show-ref)
	done
}

# packed: a.git, with some history and tags.
packed() {
	local i
	normal a.git
	for i in {1..12}; do
		commit a.git refs/heads/$((i % 3)) refs/heads/main
		g a.git tag -a -m "$(seq 99)$i" t$i main
	done
	g a.git gc -q
}

@test "bitmaps that are spoiled: git packs" {
	packed
	copies 15
	spoil bitmap
	create 0 {a,{1..15}}.git
	sound 15
}

# ends_well N: a.git is backed up, and of the copies what git can make of them.
ends_well() {
	local got=0
	eval "lines {a,{1..$1}}.git" >list
	glb-repos create --id=ID --storage=default=s t <list >out 2>err || got=$?
	[ "$got" -eq 0 ] || [ "$got" -eq 4 ]
	same $(($1 + 1)) "$(jq -r .status out | grep -cxE 'ok|failed')"
	grep -q '"relative_path":"a.git","status":"ok"' out
	run ! grep -vE ': git [a-z-]*: |: a broken reference, left out$' err
}

@test "bitmaps that make no sense, but have a right sum: nothing worse" {
	packed
	copies 60
	spoil bitmap sum
	ends_well 60
}

@test "an index that makes no sense, but has a right sum: nothing worse" {
	packed
	copies 40
	spoil idx sum
	ends_well 40
}

@test "a pack with one wrong byte is never copied" {
	local pack size i
	packed
	pack=$(cd s && echo a.git/objects/pack/*.pack)
	copies 6
	chmod -R u+w s
	size=$(stat -c %s "s/$pack")
	for i in {1..6}; do
		printf '\252' | dd of="s/$i${pack#a}" bs=1 conv=notrunc status=none \
			seek=$((12 + (size - 32) * i / 7))
	done
	cp -r s/1.git s/7.git
	rm s/7.git/objects/pack/*.bitmap
	create 4 {a,{1..7}}.git
	same "failed" "$(grep -v '"a.git"' out | jq -r .status | sort -u)"
	[ "$(grep -c ': git pack-objects: ' err)" -eq 7 ]
}

@test "a pack that is cut, or is another: git packs, or fails" {
	packed
	cp -r s/a.git s/b.git
	cp -r s/a.git s/c.git
	chmod -R u+w s
	truncate -s -1 s/b.git/objects/pack/*.pack
	normal d.git
	g d.git gc -q
	cp s/d.git/objects/pack/*.pack "$(echo s/c.git/objects/pack/*.pack)"
	create 4 {a,b,c}.git
	same "failed failed" "$(grep -v '"a.git"' out | jq -r .status | xargs)"
}

@test "a pack behind a link, or that its owner may not read, is git's affair" {
	packed
	cp -r s/a.git s/b.git
	mv s/b.git/objects/pack/*.pack elsewhere
	ln -s "$T/elsewhere" "s/b.git/objects/pack/$(
		cd s/a.git/objects/pack && echo *.pack)"
	fake_git '[ "$1" = --version ] || echo "${dir##*/} $2" >>$T/log'
	create 0 a.git b.git
	same "a.git rev-list b.git pack-objects" "$(sort log | xargs)"
	whole b.git
}
