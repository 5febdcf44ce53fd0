# gitlab-backup-cli: GNU make, no configure.  "make help" lists the targets.
B = build
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
CC ?= cc
PKG_CONFIG ?= pkg-config

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings \
	-Wvla -Wformat=2 -Wimplicit-fallthrough -Wundef
# Where Debian has no ISA-L, zlib does its work.  ISAL= leaves it out.
ISAL ?= $(shell $(PKG_CONFIG) --exists libisal && echo libisal)
PKGS = libpq json-c yaml-0.1 libcrypto libcurl zlib $(ISAL)
GLB_CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Ilib \
	$(if $(ISAL),-DGLB_ISAL) $(shell $(PKG_CONFIG) --cflags $(PKGS))
GLB_CFLAGS = -std=c11 $(WARN) $(WERROR) -pthread $(SANITIZE)
LIBS_OF = $(shell $(PKG_CONFIG) --libs $(1))

FILTERS := $(patsubst cmd/%.c,%,$(wildcard cmd/glb-*.c))
PROGRAMS = $(FILTERS) gitlab-backup-cli
LIB_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(wildcard lib/*/*.c))
DRIVER_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(wildcard cmd/gitlab-backup-cli/*.c))
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))
MANS := $(wildcard man/*.[157])

.DEFAULT_GOAL = all
.DELETE_ON_ERROR:

all: $(PROGRAMS:%=$(B)/%) ## build every program into build/

# A program links only what it calls: the archive gives just those objects.
$(B)/glb-gzip: LIBS = $(call LIBS_OF,zlib $(ISAL))
$(B)/glb-blobs: LIBS = $(call LIBS_OF,json-c)
$(B)/glb-meta: LIBS = $(call LIBS_OF,json-c libcrypto)
$(B)/glb-dbdump: LIBS = $(call LIBS_OF,libpq json-c yaml-0.1 libcrypto)
$(B)/glb-gcs: LIBS = $(call LIBS_OF,json-c libcrypto libcurl)
$(B)/glb-repos: LIBS = $(call LIBS_OF,libpq json-c yaml-0.1 libcrypto)
$(B)/gitlab-backup-cli: LIBS = $(call LIBS_OF,json-c yaml-0.1)
$(B)/unit/%: LIBS = $(call LIBS_OF,$(PKGS))

$(FILTERS:%=$(B)/%): $(B)/%: $(B)/obj/cmd/%.o $(B)/libglb.a
	$(CC) $(GLB_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $(LDLIBS)

$(B)/gitlab-backup-cli: $(DRIVER_OBJS) $(B)/libglb.a
	$(CC) $(GLB_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $(LDLIBS)

$(UNITS): $(B)/unit/%: $(B)/obj/tests/unit/%.o $(B)/libglb.a
	@mkdir -p $(@D)
	$(CC) $(GLB_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $(LDLIBS)

$(B)/libglb.a: $(LIB_OBJS)
	rm -f $@
	ar rcs $@ $^

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(GLB_CPPFLAGS) $(CPPFLAGS) $(GLB_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell [ -d $(B) ] && find $(B) -name '*.d')

check: all $(UNITS) ## run the unit tests, then the bats tests
	@tests/run $(B) $(TESTS)

asan: ## the programs' tests under AddressSanitizer and UBSan, in build-asan/
	$(MAKE) B=build-asan CFLAGS="-O1 -g -fno-omit-frame-pointer" \
		SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all" \
		TESTS=--programs check

fuzz: all ## damage a backup at N random places, of which SEED tells which
	@PATH="$(abspath $(B)):$$PATH" scripts/fuzz $(or $(N),300) $(SEED)

bench: all ## measure against the peers; ARGS: options of scripts/bench
	@PATH="$(abspath $(B)):$$PATH" scripts/bench $(ARGS)

lint: ## warnings as errors with two compilers, and every static check
	@scripts/lint

install: all ## install below DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(PROGRAMS:%=$(B)/%) $(DESTDIR)$(PREFIX)/bin
	for m in $(MANS); do \
		d=$(DESTDIR)$(PREFIX)/share/man/man$${m##*.}; \
		install -d $$d && install -m 644 $$m $$d || exit; \
	done

uninstall: ## remove what install put there
	rm -f $(PROGRAMS:%=$(DESTDIR)$(PREFIX)/bin/%)
	for m in $(notdir $(MANS)); do \
		rm -f $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$$m; \
	done

clean: ## remove everything that was built
	rm -rf build build-*

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 12

.PHONY: all check asan fuzz bench lint install uninstall clean help
