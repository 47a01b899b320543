# Makefile - builds, checks and installs liblambdainvoke. `make help` lists the targets.
#
# CC, CXX, AR, CFLAGS, CXXFLAGS, CPPFLAGS, LDFLAGS, PREFIX, DESTDIR, LIBDIR, INCLUDEDIR, BINDIR and MANDIR are yours.
#   V=1                     shows each command
#   BUILD=DIR               where everything made goes
#   SAN=address,undefined   builds and checks with sanitizers, in a directory of its own inside BUILD
#   UNWIND=1                keeps unwind tables in the libraries, for stack traces of stripped ones
#   T=TOPIC                 `make check` runs the suite of tests/test_TOPIC.c alone

BUILD ?= build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
CFLAGS ?= -O2 -g
CXXFLAGS ?= -O2 -g
PYTHON ?= python3
PKG_CONFIG ?= pkg-config
VENV := $(BUILD)/venv
BOTO3 := boto3==1.35.99
PYTEST := pytest==8.3.4
POWERTOOLS := aws-lambda-powertools[parser]==3.37.0
GODIR := $(BUILD)/go
GO_EVENTS := github.com/aws/aws-lambda-go@v1.55.1
CRONITER := croniter==7.0.0

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# ---- what has to be there: a name, how to see it, the Debian package

CLANG_RT := $(shell clang --version 2>/dev/null | sed -n 's/.*clang version \([0-9]*\).*/libclang-rt-\1-dev/p')
NEEDS := \
	'cc:command -v cc:build-essential' \
	'c++:command -v c++:build-essential' \
	'pkg-config:command -v pkg-config:pkg-config' \
	'libcjson:pkg-config --exists libcjson:libcjson-dev' \
	'libmicrohttpd:pkg-config --exists libmicrohttpd:libmicrohttpd-dev' \
	'libcrypto:pkg-config --exists libcrypto:libssl-dev' \
	'sqlite3:pkg-config --exists sqlite3:libsqlite3-dev'
TEST_NEEDS := $(NEEDS) \
	'check:pkg-config --exists check:check' \
	'tzdata:test -f /usr/share/zoneinfo/Europe/Berlin:tzdata' \
	'valgrind:command -v valgrind:valgrind' \
	'clang:command -v clang:clang' \
	'clang runtime:clang -fsanitize=fuzzer -x c -c -o /dev/null /dev/null && ls "$$(clang -print-resource-dir)"/lib/*/*fuzzer*:$(or $(CLANG_RT),libclang-rt-14-dev)' \
	'mandoc:command -v mandoc:mandoc' \
	'groff:command -v groff:groff' \
	'curl:command -v curl:curl' \
	'aws:aws --version:awscli' \
	'go:command -v go:golang-go' \
	'python3:command -v python3:python3' \
	'venv:python3 -c "import ensurepip":python3-venv' \
	'libuv:pkg-config --exists libuv:libuv1-dev' \
	'libevent:pkg-config --exists libevent:libevent-dev' \
	'wrk:command -v wrk:wrk' \
	'redis:command -v redis-check-rdb:redis-tools' \
	'glib:pkg-config --exists glib-2.0:libglib2.0-dev'

# $(1): a list as above. Installs what is missing, as root or through sudo; otherwise says what to install.
define ensure
	@missing=; for need in $(1); do \
	    probe=$${need#*:}; package=$${probe##*:}; probe=$${probe%:*}; \
	    sh -c "$$probe" >/dev/null 2>&1 || case " $$missing " in *" $$package "*) ;; *) missing="$$missing $$package" ;; esac; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	install="apt-get install -y --no-install-recommends$$missing"; \
	if ! command -v apt-get >/dev/null; then echo "please install what Debian calls:$$missing" >&2; exit 1; fi; \
	if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; then as=sudo; \
	else echo "please run as root: $$install" >&2; exit 1; fi; \
	echo "installing:$$missing"; \
	$$as apt-get update -q && $$as env DEBIAN_FRONTEND=noninteractive $$install
endef

.PHONY: deps test-deps
deps: ## install what building and running needs (Debian packages; root or sudo)
	$(call ensure,$(NEEDS))

test-deps: ## deps, and what the whole test suite needs
	$(call ensure,$(TEST_NEEDS))
	@[ -x $(VENV)/bin/pytest ] && $(VENV)/bin/python -c 'import boto3, aws_lambda_powertools' 2>/dev/null || { \
	    echo "making $(VENV) with $(BOTO3) $(PYTEST) $(POWERTOOLS)"; \
	    $(PYTHON) -m venv $(VENV) && $(VENV)/bin/pip install -q --disable-pip-version-check $(BOTO3) $(PYTEST) '$(POWERTOOLS)'; }
	@$(VENV)/bin/python -c 'import croniter' 2>/dev/null || { echo "adding $(CRONITER) for bench_schedule"; \
	    $(VENV)/bin/pip install -q --disable-pip-version-check $(CRONITER); }
	@grep -qs ' $(lastword $(subst @, ,$(GO_EVENTS)))' $(GODIR)/go.mod || { \
	    echo "making $(GODIR) with $(GO_EVENTS)"; rm -rf $(GODIR) && mkdir -p $(GODIR) && cd $(GODIR) && \
	    go mod init check 2>/dev/null && go get $(GO_EVENTS) 2>/dev/null && \
	    go build $(addprefix $(firstword $(subst @, ,$(GO_EVENTS)))/,events cfn); }

# What is installed is looked at when make starts: goals that follow `deps` get a make of their own.
FIRST := $(filter deps test-deps,$(MAKECMDGOALS))
REST := $(filter-out deps test-deps,$(MAKECMDGOALS))
ifneq ($(and $(FIRST),$(REST)),)

.NOTPARALLEL:
.PHONY: $(REST)
$(REST): $(FIRST)
	+@$(MAKE) --no-print-directory $@

else

# ---- what is here

VERSION := $(shell sed -n 's/^.define LI_VERSION_TEXT "\(.*\)"/\1/p' include/lambdainvoke/types.h)
SOVERSION := 0
comma := ,
space := $() $()
O := $(BUILD)$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(patsubst $(O)/%,%,$(2))')
have = $(shell $(PKG_CONFIG) --exists $(1) 2>/dev/null && echo yes)
pkg = $(shell $(PKG_CONFIG) --$(1) $(2) 2>/dev/null)
HAVE_CXX := $(shell command -v $(CXX) 2>/dev/null)
HAVE_MHD := $(call have,libmicrohttpd)
HAVE_CRYPTO := $(call have,libcrypto)
HAVE_CHECK := $(call have,check)
CJSON_CFLAGS := $(call pkg,cflags,libcjson)
CJSON_LIBS := $(or $(call pkg,libs,libcjson),-lcjson)

HEADERS := $(wildcard include/lambdainvoke/*.h)
CONTRACT_HEADERS := $(wildcard include/lambdainvoke/contract/*.h)
CORE_SRC := $(sort $(wildcard $(patsubst %,lib/%/*.c,base json schedule queue store retry destination engine trigger source)))

# Parts: the folder DIR (standard: lib/NAME) with its symbols.txt makes liblambdainvoke-NAME. ABOUT: one line; NEEDS: packages
# without which it is left out; MAY: packages that it uses when they are there; USES: other parts, which come before it here;
# SHARED, STATIC: sources of one kind of library alone. A shared one has a copy of what the core hides.
PARTS := match services samples api sqlite
PART_ABOUT_match := Event patterns as EventBridge, SNS and event source mappings have them
PART_ABOUT_services := Triggers of liblambdainvoke: the events and rules of AWS services
PART_DIR_services := lib/service
PART_USES_services := match
PART_SHARED_services := lib/service/seam.c $(patsubst %,lib/trigger/%.c,form retry shape template wrong)
PART_STATIC_services := lib/service/seam_static.c
PART_ABOUT_samples := Sample events of AWS services, from templates with parameters
PART_SHARED_samples := lib/trigger/template.c
PART_ABOUT_api := The Lambda API of liblambdainvoke: a request in, a response out
PART_MAY_api := libcjson libcrypto
PART_USES_api := services
PART_ABOUT_sqlite := A durable queue and store of liblambdainvoke in one SQLite file
PART_NEEDS_sqlite := sqlite3

part_dir = $(or $(PART_DIR_$(1)),lib/$(1))
part_src = $(filter-out $(PART_SHARED_$(1)) $(PART_STATIC_$(1)),$(sort $(wildcard $(call part_dir,$(1))/*.c)))
part_lacks = $(strip $(foreach p,$(PART_NEEDS_$(1)),$(if $(call have,$(p)),,$(p))))
PARTS_MADE := $(foreach p,$(PARTS),$(if $(call part_lacks,$(p)),,$(p)))
part_packages = $(PART_NEEDS_$(1)) $(foreach p,$(PART_MAY_$(1)),$(if $(call have,$(p)),$(p)))
part_libs = $(foreach p,$(call part_packages,$(1)),$(call pkg,libs,$(p)))
part_so = $(patsubst %,$(O)/liblambdainvoke-%.so,$(1))
PARTS_SRC := $(sort $(foreach p,$(PARTS_MADE),$(call part_src,$(p)) $(filter lib/$(p)/% $(PART_DIR_$(p))/%,$(PART_SHARED_$(p)) $(PART_STATIC_$(p)))))
LOW_SRC := $(sort $(wildcard lib/base/*.c lib/json/*.c))
HOST_SRC := $(sort $(wildcard examples/host/*.c))
CLI_SRC := $(sort $(wildcard examples/cli/*.c))
MODULES_SRC := $(sort $(wildcard examples/handlers/*.c examples/demo/*.c))
EXAMPLES := $(sort $(filter-out host cli handlers demo python node,$(patsubst examples/%/,%,$(dir $(wildcard examples/*/*.c examples/*/*.cc examples/*/*.cpp)))))
TEST_SRC := $(filter-out $(patsubst %,tests/test_%.c,$(filter-out $(PARTS_MADE),$(PARTS))) \
	$(if $(filter sqlite,$(PARTS_MADE)),,$(wildcard tests/test_sqlite_*.c) tests/test_durable.c),$(sort $(wildcard tests/test_*.c)))
TEST_HELP_SRC := $(sort $(wildcard tests/contract/*.c tests/support/*.c))
TEST_PROG_SRC := $(sort $(wildcard tests/sim/*.c tests/torture/*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
NAIVE_SRC := $(sort $(wildcard tests/support/naive_*.c))
BENCH_SRC := $(sort $(wildcard bench/bench_*.c))
MAN := $(sort $(wildcard man/*.[1-8]))

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
OUR_CPPFLAGS := -D_GNU_SOURCE -Iinclude -Ilib $(CJSON_CFLAGS)
OUR_CFLAGS := -std=c11 $(WARN) -fPIC -fvisibility=hidden -pthread $(SANFLAGS)
OUR_CXXFLAGS := -std=c++17 -Wall -Wextra -Wpedantic -Wshadow -fPIC -pthread $(SANFLAGS)
OUR_LDFLAGS := -pthread $(SANFLAGS)
# Relocations of a base address take a bit each instead of 24 bytes, where linker and loader know them (glibc 2.36).
RELR = $(shell getconf GNU_LIBC_VERSION 2>/dev/null | awk -F. '$$2 >= 36 { ok = 1 } END { exit !ok }' && \
	echo 'int main(void) { return 0; }' | $(CC) -x c - -Wl,--fatal-warnings -Wl,-z,pack-relative-relocs -o /dev/null 2>/dev/null && \
	echo -Wl,-z,pack-relative-relocs)
SHARED = $(if $(SAN),,$(RELR)) -shared $(if $(SAN),,-Wl$(comma)-z$(comma)defs -Wl$(comma)--gc-sections) -Wl,--as-needed -Wl,-Bsymbolic-functions -Wl,-z,noseparate-code
RPATH := -Wl,-rpath,'$$ORIGIN:$$ORIGIN/../lib'
RPATH_UP := -Wl,-rpath,'$$ORIGIN/..'

COMPILE = $(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) -MMD -MP
COMPILE_CXX = $(CXX) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CXXFLAGS) $(CXXFLAGS) -MMD -MP
LINK = $(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS)
LINK_CXX = $(CXX) $(CXXFLAGS) $(OUR_LDFLAGS) $(LDFLAGS)
# Where CFLAGS say -O2, library files off the hot paths are made small instead; HOT_SRC is what the bench measures.
HOT_SRC := $(patsubst %,lib/%.c,base/alloc base/buf base/clock base/heap base/id base/options base/table json/check json/scan json/short \
	$(patsubst %,engine/%,accept answer attempt direct index lane_turn outcome run submit turn watch)) \
	$(wildcard lib/api/*.c lib/match/*.c lib/sqlite/*.c lib/queue/memory.c lib/queue/memory_in.c lib/queue/memory_lease.c lib/queue/memory_wait.c lib/queue/block.c) \
	$(patsubst %,lib/schedule/%.c,calendar civil instant zone)
COLD_SRC := $(filter-out $(HOT_SRC),$(CORE_SRC) $(PARTS_SRC))
SMALL := $(if $(filter -O2,$(CFLAGS)),$(shell $(CC) -Oz -E -x c /dev/null >/dev/null 2>&1 && echo -Oz || echo -Os))
# Libraries carry no unwind tables (a fifth of their size; debuggers have .debug_frame), unless UNWIND=1; and of a shared one
# the linker leaves out what nothing in it calls.
UNWOUND := $(if $(or $(SAN),$(UNWIND)),,-fno-asynchronous-unwind-tables) $(if $(SAN),,-ffunction-sections)
objects = $(patsubst %,$(O)/obj/%.o,$(basename $(1)))
# The packages that a source file asks for by what it includes.
asks = $(strip $(if $(shell grep -ls '^.include <check.h>' $(1)),check) $(if $(shell grep -ls '^.include <uv.h>' $(1)),libuv) $(if $(shell grep -ls '^.include <event2/' $(1)),libevent) $(if $(shell grep -ls '^.include <microhttpd.h>' $(1)),libmicrohttpd) \
	$(if $(shell grep -ls '^.include <glib.h>' $(1)),glib-2.0) $(if $(shell grep -ls '^.include <cjson/' $(1)),libcjson) \
	$(if $(shell grep -ls '^.include <lambdainvoke/sqlite.h>' $(1)),sqlite3))
lacks = $(strip $(foreach p,$(call asks,$(1)),$(if $(call have,$(p)),,$(p))))

CORE_A := $(O)/liblambdainvoke.a
CORE_SO := $(O)/liblambdainvoke.so
PARTS_A := $(patsubst %,$(O)/liblambdainvoke-%.a,$(PARTS_MADE))
PARTS_SO := $(call part_so,$(PARTS_MADE))
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
# All of it statically, each part before what it uses; and shared.
ALL_A = $(call reverse,$(PARTS_A)) $(CORE_A) $(foreach p,$(PARTS_MADE),$(call part_libs,$(p))) $(CJSON_LIBS) -lm
ALL_SO = $(call reverse,$(PARTS_SO)) $(CORE_SO)
API_CPPFLAGS := $(if $(HAVE_CRYPTO),-DLII_HAVE_CRYPTO=1 $(call pkg,cflags,libcrypto))
HOST := $(if $(and $(HOST_SRC),$(HAVE_MHD)),$(O)/lambdainvoked)
CLI := $(if $(CLI_SRC),$(O)/lambdainvoke)
# Modules that lambdainvoked loads: the sources of a folder make one.
MODULES := $(patsubst %,$(O)/examples/%.so,$(foreach m,handlers demo,$(if $(wildcard examples/$(m)/*.c),$(m))))
example_sources = $(sort $(wildcard examples/$(1)/*.c examples/$(1)/*.cc examples/$(1)/*.cpp))
example_is_cxx = $(filter %.cc %.cpp,$(call example_sources,$(1)))
example_lacks = $(call lacks,$(call example_sources,$(1)))$(if $(call example_is_cxx,$(1)),$(if $(HAVE_CXX),, $(CXX)))
EXAMPLES_MADE := $(foreach e,$(EXAMPLES),$(if $(strip $(call example_lacks,$(e))),,$(e)))
EXAMPLE_PROGS := $(patsubst %,$(O)/examples/%,$(EXAMPLES_MADE))
BENCH_MADE := $(foreach b,$(BENCH_SRC),$(if $(call lacks,$(b)),,$(b)))
BENCH_PROGS := $(patsubst bench/%.c,$(O)/bench/%,$(BENCH_MADE))
TEST_PROG := $(if $(HAVE_CHECK),$(O)/tests/check)
OTHER_TESTS := $(patsubst tests/%.c,$(O)/tests/%,$(TEST_PROG_SRC))

PC_NAMES := lambdainvoke.pc $(patsubst %,lambdainvoke-%.pc,$(PARTS_MADE))
LEFT_OUT := $(strip \
	$(foreach p,$(PARTS),$(if $(call part_lacks,$(p)),liblambdainvoke-$(p)~($(subst $(space),~,$(call part_lacks,$(p)))~is~missing))) \
	$(if $(HAVE_MHD),,lambdainvoked~(libmicrohttpd~is~missing)) \
	$(if $(HAVE_CRYPTO),,hashes~of~the~api~part~(libcrypto~is~missing)) \
	$(foreach e,$(EXAMPLES),$(if $(strip $(call example_lacks,$(e))),example~$(e)~($(subst $(space),~,$(strip $(call example_lacks,$(e))))~is~missing))))

# ---- building

.PHONY: all libs left-out
all: libs $(HOST) $(CLI) $(MODULES) $(EXAMPLE_PROGS) left-out ## libraries, host, tools, examples

libs: $(CORE_A) $(CORE_SO) $(PARTS_A) $(PARTS_SO) $(patsubst %,$(O)/%,$(PC_NAMES))

left-out:
	@for part in $(foreach l,$(LEFT_OUT),'$(l)'); do printf 'left out: %s\n' "$$part" | tr '~' ' '; done

# Objects are made again when a tool or a flag changes, libraries when a file comes or goes.
FLAGS_NOW := $(CC) $(CXX) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) $(OUR_CXXFLAGS) $(CXXFLAGS) $(API_CPPFLAGS) $(SMALL) $(UNWOUND)
SOURCES_NOW := $(CORE_SRC) $(PARTS_SRC) $(TEST_SRC) $(TEST_HELP_SRC) $(HOST_SRC) $(CLI_SRC) $(MODULES_SRC) $(LDFLAGS)
.PHONY: FORCE
$(O)/flags $(O)/sources: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(if $(filter %/flags,$@),$(FLAGS_NOW),$(SOURCES_NOW))' | cmp -s - $@ || \
	printf '%s\n' '$(if $(filter %/flags,$@),$(FLAGS_NOW),$(SOURCES_NOW))' > $@

$(O)/obj/%.o: %.c $(O)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(COMPILE) $(if $(filter $(COLD_SRC),$<),$(SMALL)) $(if $(filter lib/%,$<),$(UNWOUND)) $(if $(filter lib/api/%,$<),$(API_CPPFLAGS)) \
	    $(MORE_CPPFLAGS) -c -o $@ $<

$(O)/obj/%.o: %.cc $(O)/flags
	$(call say,CXX,$<)
	$(Q)mkdir -p $(@D) && $(COMPILE_CXX) -c -o $@ $<

$(O)/obj/%.o: %.cpp $(O)/flags
	$(call say,CXX,$<)
	$(Q)mkdir -p $(@D) && $(COMPILE_CXX) -c -o $@ $<

$(CORE_A): $(call objects,$(CORE_SRC)) $(O)/sources
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(O)/low.a: $(call objects,$(LOW_SRC)) $(O)/sources
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

# symbols.txt has a symbol and the version it came with on each line; a version becomes a node of the export map.
export_map = sed 's/\#.*//' $(1) | awk 'NF == 2 { n[$$2] = n[$$2] "    " $$1 ";\n" } \
	END { for (v in n) { printf "li_%s {\n  global:\n%s", v, n[v]; if (!done++) print "  local: *;"; print "};" } }' > $(2)

$(O)/core.map: lib/symbols.txt
	$(Q)mkdir -p $(@D) && $(call export_map,$<,$@)

# $(1): the library without its versions
so_links = ln -sf $(notdir $(1)).$(VERSION) $(1).$(SOVERSION) && ln -sf $(notdir $(1)).$(SOVERSION) $(1)

$(CORE_SO): $(call objects,$(CORE_SRC)) $(O)/core.map $(O)/sources
	$(call say,LD,$@)
	$(Q)$(LINK) $(SHARED) -Wl,-soname,$(@F).$(SOVERSION) -Wl,--version-script,$(O)/core.map -o $@.$(VERSION) \
	    $(filter %.o,$^) $(CJSON_LIBS) && $(call so_links,$@)

# $(1): a part
define part
$(O)/$(1).map: $(call part_dir,$(1))/symbols.txt
	$$(Q)mkdir -p $$(@D) && $$(call export_map,$$<,$$@)

$(O)/liblambdainvoke-$(1).a: $(call objects,$(call part_src,$(1)) $(PART_STATIC_$(1))) $(O)/sources
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$(filter %.o,$$^)

$(O)/liblambdainvoke-$(1).so: $(call objects,$(call part_src,$(1)) $(PART_SHARED_$(1))) $(O)/low.a $(CORE_SO) \
	    $(call part_so,$(PART_USES_$(1))) $(O)/$(1).map $(O)/sources
	$$(call say,LD,$$@)
	$$(Q)$$(LINK) $$(SHARED) -Wl,-soname,$$(@F).$$(SOVERSION) -Wl,--version-script,$(O)/$(1).map $$(RPATH) -o $$@.$$(VERSION) \
	    $$(filter %.o,$$^) $(call part_so,$(PART_USES_$(1))) $(CORE_SO) $(O)/low.a $(call part_libs,$(1)) -lm && $$(call so_links,$$@)
endef
$(foreach p,$(PARTS_MADE),$(eval $(call part,$(p))))

# $(1): a name like lambdainvoke-api; what it says of itself, requires, requires to be linked statically
pc_part = $(patsubst lambdainvoke-%,%,$(filter lambdainvoke-%,$(1)))
pc_about = $(if $(pc_part),$(PART_ABOUT_$(pc_part)),The invocation semantics of AWS Lambda as an embeddable library)
pc_requires = $(if $(pc_part),$(foreach u,$(PART_USES_$(pc_part)),lambdainvoke-$(u) = $(VERSION)$(comma) )lambdainvoke = $(VERSION))
pc_private = $(strip $(if $(pc_part),$(call part_packages,$(pc_part))))
$(patsubst %,$(O)/%,$(PC_NAMES)): $(O)/%.pc: lambdainvoke.pc.in include/lambdainvoke/types.h FORCE
	@mkdir -p $(@D); sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	    -e 's|@VERSION@|$(VERSION)|' -e 's|@NAME@|$*|' -e 's|@DESCRIPTION@|$(call pc_about,$*)|' \
	    -e 's|@REQUIRES@|$(call pc_requires,$*)|' -e 's|@REQUIRES_PRIVATE@|$(call pc_private,$*)|' lambdainvoke.pc.in | \
	    sed '/^Requires\(\.private\)*: *$$/d' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The host and the modules that it loads share one copy of the library, the shared one.
$(O)/lambdainvoked: MORE_CPPFLAGS := $(call pkg,cflags,libmicrohttpd) '-DHOST_PARTS=$(if $(filter sqlite,$(PARTS_MADE)),li_part_sqlite()$(comma))'
$(O)/lambdainvoked: $(call objects,$(HOST_SRC)) $(CORE_SO) $(PARTS_SO)
	$(call say,LD,$@)
	$(Q)$(LINK) $(RPATH) -o $@ $(filter %.o,$^) $(ALL_SO) $(call pkg,libs,libmicrohttpd) $(CJSON_LIBS) -ldl

$(O)/lambdainvoke: MORE_CPPFLAGS := $(if $(filter sqlite,$(PARTS_MADE)),-DCLI_SQLITE=1)
# The command line reads JSON with the library's own scanner.
$(O)/lambdainvoke: $(call objects,$(CLI_SRC)) $(O)/low.a $(CORE_SO) $(PARTS_SO)
	$(call say,LD,$@)
	$(Q)$(LINK) $(RPATH) -o $@ $(filter %.o,$^) $(ALL_SO) $(O)/low.a $(CJSON_LIBS)

.SECONDEXPANSION:
$(MODULES): $(O)/examples/%.so: $$(call objects,$$(sort $$(wildcard examples/$$*/*.c))) $(CORE_SO)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(LINK) $(SHARED) $(RPATH_UP) -o $@ $(filter %.o,$^) $(CORE_SO) $(CJSON_LIBS)

# $(1): an example; all of its sources make one program
define example
$(O)/examples/$(1): $(call objects,$(call example_sources,$(1))) $(CORE_SO)
	$$(call say,LD,$$@)
	$$(Q)mkdir -p $$(@D) && $(if $(call example_is_cxx,$(1)),$$(LINK_CXX),$$(LINK)) $$(RPATH_UP) -o $$@ $$(filter %.o,$$^) \
	    $$(CORE_SO) $(foreach p,$(call asks,$(call example_sources,$(1))),$(call pkg,libs,$(p)))
endef
$(foreach e,$(EXAMPLES_MADE),$(eval $(call example,$(e))))

# ---- checking

# The list of suites: each tests/test_TOPIC.c has Suite *suite_TOPIC(void).
$(O)/tests/suites.h: $(O)/sources
	@mkdir -p $(@D); { echo '/* made from the names of tests/test_*.c */'; \
	for t in $(patsubst tests/test_%.c,%,$(TEST_SRC)); do echo "SUITE($$t)"; done; } > $@

# tests/support/count.c stands between the library and these.
COUNTED := $(patsubst %,-Wl$(comma)--wrap=%,pthread_mutex_lock pthread_mutex_trylock malloc calloc realloc)

$(O)/obj/tests/main.o: MORE_CPPFLAGS := -I$(O)/tests
$(O)/obj/tests/main.o: $(O)/tests/suites.h
$(O)/tests/check: $(call objects,tests/main.c $(TEST_SRC) $(TEST_HELP_SRC)) $(PARTS_A) $(CORE_A)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(LINK) $(COUNTED) -o $@ $(filter %.o,$^) $(ALL_A) $(call pkg,libs,check)

# What the host loads to be a world of tests/test_both*.c.
BOTH := $(if $(HOST),$(O)/tests/both.so)
$(BOTH): $(call objects,tests/both/module.c tests/support/furnish.c) $(CORE_SO)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(LINK) $(SHARED) $(RPATH_UP) -o $@ $(filter %.o,$^) $(CORE_SO)
$(O)/tests/check: | $(BOTH) $(HOST)

$(O)/obj/tests/torture/torture.o $(O)/obj/tests/torture/storm.o: MORE_CPPFLAGS := $(if $(filter sqlite,$(PARTS_MADE)),-DTORTURE_SQLITE=1)
$(OTHER_TESTS): $(O)/tests/%: $(O)/obj/tests/%.o $(PARTS_A) $(CORE_A)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(LINK) -o $@ $(filter %.o,$^) $(ALL_A)

# A fuzzer with a main of its own runs its corpus in make check; with an engine it is a program of make fuzz-smoke.
FUZZ_TESTS := $(patsubst tests/fuzz/%.c,$(O)/tests/fuzz/%,$(FUZZ_SRC))
$(FUZZ_TESTS): $(O)/tests/fuzz/%: $(O)/obj/tests/fuzz/%.o $(call objects,tests/fuzz/replay.c $(NAIVE_SRC)) $(PARTS_A) $(CORE_A)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(LINK) -o $@ $(filter %.o,$^) $(ALL_A)

FUZZERS := $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(FUZZ_SRC))
$(FUZZERS): $(O)/fuzz/%: $(O)/obj/tests/fuzz/%.o $(call objects,$(NAIVE_SRC)) $(PARTS_A) $(CORE_A)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) -pthread $(LDFLAGS) -fsanitize=address,undefined,fuzzer -o $@ $(filter %.o,$^) $(ALL_A)

.PHONY: fuzz-smoke fuzz-run
fuzz-smoke: ## every fuzzer for a while under sanitizers, with clang's engine; SECS=20, F=pattern runs one
	@command -v clang >/dev/null || { echo 'clang is missing: make test-deps'; exit 1; }
	+@$(MAKE) --no-print-directory CC=clang SAN=address,undefined,fuzzer-no-link SECS='$(SECS)' F='$(F)' fuzz-run

fuzz-run: $(if $(F),$(O)/fuzz/fuzz_$(F),$(FUZZERS))
	@for fuzzer in $^; do name=$${fuzzer##*/fuzz_}; mkdir -p $(O)/fuzz/corpus/$$name; \
	    seeds=tests/fuzz/corpus/$$name; [ -d $$seeds ] || seeds=; echo "fuzz_$$name"; \
	    $$fuzzer -max_total_time=$(or $(SECS),20) -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	        -artifact_prefix=$(O)/fuzz/found-$$name- $(O)/fuzz/corpus/$$name $$seeds > $(O)/fuzz/$$name.log 2>&1 || \
	        { tail -n 40 $(O)/fuzz/$$name.log; exit 1; }; \
	    sed -n 's/^stat::number_of_executed_units: */  inputs: /p' $(O)/fuzz/$$name.log; done

CRASH := $(O)/tests/crash/crash
ROUNDS ?= 20

$(O)/tests/crash/ledger.so: $(O)/obj/tests/crash/ledger.o $(CORE_SO)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(LINK) $(SHARED) -Wl,-rpath,'$$ORIGIN/../..' -o $@ $< $(CORE_SO)

$(CRASH): $(O)/obj/tests/crash/crash.o $(CORE_A)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(LINK) -o $@ $< $(CORE_A) $(CJSON_LIBS)

.PHONY: crash
crash: all $(CRASH) $(O)/tests/crash/ledger.so ## kill the host ROUNDS times while 16 clients are accepted; count what is lost
	$(if $(and $(HOST),$(filter sqlite,$(PARTS_MADE))),,@echo 'lambdainvoked with liblambdainvoke-sqlite is needed: make deps'; exit 1)
	@$(CRASH) $(HOST) $(O)/tests/crash/ledger.so $(ROUNDS) $(EVENTS)

.PHONY: check check-asan check-ubsan check-tsan check-valgrind sim torture storm bench benches run
check: all $(TEST_PROG) $(OTHER_TESTS) $(FUZZ_TESTS) ## build and test everything; T=TOPIC runs one suite
	+@BUILD='$(O)' VENV='$(VENV)' GODIR='$(GODIR)' T='$(T)' SAN='$(SAN)' CC='$(CC)' CXX='$(CXX)' CFLAGS='$(CFLAGS)' MAKE='$(MAKE)' \
	    LEFT_OUT='$(LEFT_OUT)' VERSION='$(VERSION)' CHECK_PROG='$(TEST_PROG)' \
	    EXAMPLES='$(EXAMPLE_PROGS)' HOST='$(HOST)' OTHER_TESTS='$(OTHER_TESTS) $(FUZZ_TESTS)' sh tests/run.sh

check-asan: ## the checks under AddressSanitizer and LeakSanitizer
	+@$(MAKE) --no-print-directory SAN=address check

check-ubsan: ## the checks under UndefinedBehaviorSanitizer
	+@$(MAKE) --no-print-directory SAN=undefined check

check-tsan: ## the checks under ThreadSanitizer
	+@$(MAKE) --no-print-directory SAN=thread check

SEEDS ?= 1..1000
sim: $(O)/tests/sim/sim ## whole lives of an engine on the virtual clock, checked at each step; SEEDS=1..1000
	$(O)/tests/sim/sim $(SEEDS)

torture: $(O)/tests/torture/torture ## every allocation of every scenario fails in turn; SCENARIO=name runs one
	$(O)/tests/torture/torture $(or $(SCENARIO),all)

storm: $(O)/tests/torture/storm ## threads change and call the same four names at once; SECS=30 THREADS=16 SEED=1
	$(O)/tests/torture/storm $(or $(SECS),30) $(or $(THREADS),16) $(or $(SEED),1)

check-valgrind: $(TEST_PROG) ## the Check suites under valgrind
	@command -v valgrind >/dev/null || { echo 'valgrind is missing: make test-deps'; exit 1; }
	CK_DEFAULT_TIMEOUT=240 valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite $(TEST_PROG) $(T)

$(O)/bench/%: $(O)/obj/bench/%.o $(PARTS_A) $(CORE_A)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(LINK) -o $@ $< $(ALL_A) $(foreach p,$(call asks,bench/$*.c),$(call pkg,libs,$(p)))
$(foreach b,$(BENCH_MADE),$(eval $(call objects,$(b)): MORE_CPPFLAGS := $(foreach p,$(call asks,$(b)),$(call pkg,cflags,$(p)))))

# Go's echo is made when there is a go; bench_http says so when not.
BENCH_GO := $(if $(shell command -v go),$(O)/bench/echo_go)
$(O)/bench/echo_go: bench/echo.go
	$(call say,GO,$@)
	$(Q)mkdir -p $(@D) && GOCACHE=$(abspath $(O))/bench/go-cache GOFLAGS=-mod=mod go build -o $@ $<

benches: $(BENCH_PROGS) ## the programs of the bench, which are not part of check

bench: $(BENCH_PROGS) $(BENCH_GO) $(CORE_SO) $(HOST) $(MODULES) ## our figures beside those of others, a row a line
	@sh bench/run.sh $(CORE_SO) $(BENCH_PROGS)
	@for b in $(filter-out $(BENCH_MADE),$(BENCH_SRC)); do echo "left out: $$b (a library that it compares with is missing)"; done

run: all ## serve the Lambda API on 127.0.0.1:9001 with the example handlers
	$(if $(HOST),,@echo 'lambdainvoked is left out, libmicrohttpd is missing: make deps'; exit 1)
	@echo 'A bucket `uploads`, a schedule every minute and a queue `orders` invoke functions already. Try:'
	@echo "  curl -d '{\"hello\":\"world\"}' http://127.0.0.1:9001/2015-03-31/functions/echo/invocations"
	@echo "  curl -d '{\"bucket\":\"uploads\",\"key\":\"cat.jpg\",\"size\":1024}' http://127.0.0.1:9001/_lambdainvoke/occur/s3"
	@echo "  AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x aws lambda invoke --region us-east-1 --function-name echo \
	    --endpoint-url http://127.0.0.1:9001 --cli-binary-format raw-in-base64-out --payload '{\"a\":1}' /dev/stdout"
	$(HOST) --listen 127.0.0.1:9001 --clock real --admin $(patsubst %,--handlers %,$(filter %/handlers.so,$(MODULES)) \
	    $(filter-out %/handlers.so,$(MODULES)))

# ---- installing

D_INCLUDE := $(DESTDIR)$(INCLUDEDIR)
D_LIB := $(DESTDIR)$(LIBDIR)
D_BIN := $(DESTDIR)$(BINDIR)
D_MAN := $(DESTDIR)$(MANDIR)
SO_NAMES := $(foreach l,$(notdir $(CORE_SO) $(PARTS_SO)),$(l) $(l).$(SOVERSION) $(l).$(VERSION))
# A page's functions are the names of its NAME section; each gets a link to the page.
man_links = sed -n '/^.Sh NAME/,/^.Sh LIBRARY/s/^\.Nm \(li_[a-z0-9_]*\).*/\1/p' $(1)

.PHONY: install uninstall dist clean help
install: libs $(HOST) $(CLI) ## install under PREFIX (DESTDIR is put before it)
	@mkdir -p $(D_INCLUDE)/lambdainvoke $(D_LIB)/pkgconfig $(foreach s,$(sort $(subst .,,$(suffix $(MAN)))),$(D_MAN)/man$(s))
	$(Q)install -m 644 $(HEADERS) $(D_INCLUDE)/lambdainvoke
	$(Q)mkdir -p $(D_INCLUDE)/lambdainvoke/contract && install -m 644 $(CONTRACT_HEADERS) $(D_INCLUDE)/lambdainvoke/contract
	$(Q)install -m 644 $(CORE_A) $(PARTS_A) $(D_LIB)
	$(Q)for so in $(CORE_SO) $(PARTS_SO); do install -m 755 $$so.$(VERSION) $(D_LIB) && \
	    cp -P $$so $$so.$(SOVERSION) $(D_LIB) || exit 1; done
	$(Q)install -m 644 $(patsubst %,$(O)/%,$(PC_NAMES)) $(D_LIB)/pkgconfig
	$(Q)mkdir -p $(D_BIN) && install -m 755 $(HOST) $(CLI) $(D_BIN)
	$(Q)for page in $(MAN); do s=$${page##*.}; install -m 644 $$page $(D_MAN)/man$$s || exit 1; \
	    for f in $$($(call man_links,$$page)); do echo ".so man$$s/$${page##*/}" > $(D_MAN)/man$$s/$$f.$$s; done; done

uninstall: ## remove what install put there
	$(Q)rm -f $(patsubst include/%,$(D_INCLUDE)/%,$(HEADERS) $(CONTRACT_HEADERS)) $(patsubst %,$(D_LIB)/%,$(notdir $(CORE_A) $(PARTS_A)) $(SO_NAMES)) \
	    $(patsubst %,$(D_LIB)/pkgconfig/%,$(PC_NAMES)) $(D_BIN)/lambdainvoked $(D_BIN)/lambdainvoke
	$(Q)for page in $(MAN); do s=$${page##*.}; rm -f $(D_MAN)/man$$s/$${page##*/}; \
	    for f in $$($(call man_links,$$page)); do rm -f $(D_MAN)/man$$s/$$f.$$s; done; done
	@rmdir $(D_INCLUDE)/lambdainvoke/contract $(D_INCLUDE)/lambdainvoke 2>/dev/null || true
	@case '$(DESTDIR)$(PREFIX)' in /usr|/usr/local) ;; *) rmdir $(D_INCLUDE) $(D_LIB)/pkgconfig $(D_LIB) $(D_BIN) \
	    $(D_MAN)/man1 $(D_MAN)/man3 $(D_MAN)/man5 $(D_MAN)/man7 $(D_MAN)/man8 $(D_MAN) $(DESTDIR)$(PREFIX)/share 2>/dev/null || true ;; esac

.PHONY: man
man: ## make the manual pages again from the headers and man/examples
	$(PYTHON) man/pages.py

dist: ## a reproducible archive of the committed sources
	@mkdir -p $(BUILD)
	$(Q)git archive --prefix=lambdainvoke-$(VERSION)/ HEAD | gzip -9n > $(BUILD)/lambdainvoke-$(VERSION).tar.gz
	@echo $(BUILD)/lambdainvoke-$(VERSION).tar.gz

clean: ## remove what was built (what test-deps fetched stays)
	$(Q)[ ! -d $(BUILD) ] || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name venv ! -name go -exec rm -rf {} +

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  %-15s %s\n", $$1, $$2 }'

-include $(shell [ ! -d $(O)/obj ] || find $(O)/obj -name '*.d')

endif
