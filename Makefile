# lapse: plain GNU make. The first targets that people want:
#   make            the binary, the libraries, the sandbox
#   make check      everything that can be tested on this machine
#   make demo       a whole company on loopback, and the main job in it
#   make simulation a year of a growing company, before and after lapse
#   make install    DESTDIR and PREFIX are obeyed; nothing is enabled
# Variables: CC, CFLAGS, BUILD (where all output goes), WERROR=1, SANITIZE=1,
# V=1 (whole command lines).

VERSION := $(shell sed -n 's/^.define LAPSE_VERSION "\(.*\)"/\1/p' lib/lapse.h)
SOVERSION := 0
PREFIX ?= /usr/local
BUILD ?= build
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
GEN := $(BUILD)/gen
SO := liblapse.so.$(SOVERSION)

# ---- What there is; a directory may still be empty ----

LIB_SRC := $(wildcard lib/*/*.c lib/core/*/*.c)
CLI_SRC := $(wildcard cli/*.c)
SANDBOX_SRC := $(wildcard examples/sandbox/*.c)
UNIT_SRC := $(wildcard tests/unit/*.c)
MODEL_SRC := $(wildcard tests/model/*.c)
# The day borrows the model's world.
DAY_SRC := $(wildcard tests/day/*.c) tests/model/world.c tests/model/moves.c
FUZZ_SRC := $(wildcard tests/fuzz/*.c)
SCHEMA := $(sort $(wildcard lib/ledger/schema/*.sql))
MAN := $(wildcard man/*.[1-8])
JSON_SCHEMA := $(wildcard man/schema/*.json)
UNITS := $(wildcard examples/systemd/*.service examples/systemd/*.timer)
SYSUSERS := $(wildcard examples/systemd/*sysusers*.conf \
	examples/systemd/sysusers.d/*.conf)

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$1)
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC))
RIG := $(BUILD)/kill/clock.so $(BUILD)/torture/oom.so
BENCH := $(addprefix $(BUILD)/bench/,server measure ledger)
VIEWED_SRC := $(wildcard tests/viewers/*.c)
VIEWED := $(patsubst tests/%.c,$(BUILD)/%,$(VIEWED_SRC))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(filter-out %/main.c, \
	$(FUZZ_SRC)))
PROGRAMS := $(if $(CLI_SRC),$(BUILD)/lapse) \
	$(if $(SANDBOX_SRC),$(BUILD)/sandbox)
LIBRARIES := $(if $(LIB_SRC),$(BUILD)/liblapse.a $(BUILD)/$(SO))

# ---- Flags ----

# $(call pkg,cflags or libs,package,what to say without pkg-config)
pkg = $(shell pkg-config --$1 $2 2>/dev/null || echo $3)
LIBS := $(call pkg,libs,libcurl,-lcurl) $(call pkg,libs,libcjson,-lcjson) \
	$(call pkg,libs,sqlite3,-lsqlite3) \
	$(call pkg,libs,libconfuse,-lconfuse) \
	$(call pkg,libs,libcrypto,-lcrypto)
LIB_CFLAGS := $(call pkg,cflags,libcurl libcjson sqlite3 libconfuse libcrypto)
SANDBOX_LIBS := $(call pkg,libs,libmicrohttpd,-lmicrohttpd) \
	$(call pkg,libs,libcjson,-lcjson) \
	$(call pkg,libs,libcrypto,-lcrypto) -pthread
SANDBOX_CFLAGS := $(call pkg,cflags,libmicrohttpd libcjson libcrypto) -pthread
UNIT_LIBS := $(call pkg,libs,cmocka,-lcmocka)

WARN := -Wall -Wextra -Wshadow -Wformat=2 -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla $(if $(filter 1,$(WERROR)),-Werror)
HARDEN := -fstack-protector-strong -fPIC
ifneq (,$(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null)))
HARDEN += -fstack-clash-protection -fcf-protection
endif
HARDEN_LD := -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
ifeq ($(SANITIZE),1)
CFLAGS ?= -O1 -g
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
else
CFLAGS ?= -O2 -g
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif
# With FUZZ=1 (and clang) libFuzzer drives the fuzz targets; else main.c runs
# them over their corpora, with what address sanitizer sees from outside.
ifeq ($(FUZZ),1)
SAN += -fsanitize=fuzzer-no-link
FUZZ_SAN := -fsanitize=fuzzer
else
FUZZ_MAIN := $(BUILD)/obj/tests/fuzz/main.o
FUZZ_SAN = $(shell echo 'int main(void) { return 0; }' | $(CC) -x c - \
	-fsanitize=address -o /dev/null 2>/dev/null && echo -fsanitize=address)
endif
# No path of the build machine gets into the output.
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE $(CPPFLAGS) $(CFLAGS) $(HARDEN) $(SAN) \
	-ffile-prefix-map=$(CURDIR)=. $(WARN) -MMD -MP
ALL_LDFLAGS = $(CFLAGS) $(SAN) $(HARDEN_LD) $(LDFLAGS)

# -iquote, so that base/err.h never stands in for the system's <err.h>.
INTERNAL := -iquote lib $(addprefix -iquote ,$(wildcard lib/*/ lib/core/*/)) \
	-iquote $(GEN)
$(BUILD)/obj/lib/%.o $(BUILD)/obj/tests/%.o: INCLUDE = $(INTERNAL) $(LIB_CFLAGS)
$(BUILD)/obj/tests/day/%.o: INCLUDE = $(INTERNAL) -iquote tests/model \
	$(LIB_CFLAGS)
$(BUILD)/obj/cli/%.o: INCLUDE = -iquote lib
$(BUILD)/obj/examples/sandbox/%.o: INCLUDE = $(SANDBOX_CFLAGS)

# ---- Building ----

say = $(if $(V),,@echo '  $1  $@';)

.PHONY: all unit fuzz rig sandbox check check-unit check-e2e check-structure \
	check-mutants bench demo simulation deps install uninstall clean FORCE
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(LIBRARIES) $(PROGRAMS)
unit: $(UNIT) $(BUILD)/model $(BUILD)/day
fuzz: $(FUZZERS)
rig: $(RIG) $(BUILD)/e2e/fetch $(BUILD)/wire/proxy $(BENCH) $(VIEWED)
sandbox: $(BUILD)/sandbox

# Objects are made anew when compiler or flags change; -Werror alone changes
# no object, so that `make` and `make check` share theirs, nor does the place
# of the tree, so that a copy of it goes on with the objects.
flags = $(CC) $(filter-out -Werror -ffile-prefix-map=%,$(ALL_CFLAGS))
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(flags)' | cmp -s - $@ || echo '$(flags)' >$@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags | $(GEN)/schema.h
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(ALL_CFLAGS) $(INCLUDE) -c -o $@ $<

# The migrations as C strings, in the order of their names. A '?' is escaped
# because C17 still knows trigraphs.
$(GEN)/schema.h: $(SCHEMA) $(wildcard lib/ledger/schema)
	@mkdir -p $(@D)
	@awk 'BEGIN { print "static const char *const schema_sql[] = {" } \
	FNR == 1 && NR > 1 { print "\t," } \
	{ gsub(/[\\"?]/, "\\\\&"); print "\t\"" $$0 "\\n\"" } \
	END { print "\t" (NR ? ", " : "") "0,\n};" }' $(SCHEMA) </dev/null >$@

# What lapse.h declares is what the shared library exports.
$(GEN)/exports: lib/lapse.h
	@mkdir -p $(@D)
	@sed -z -E 's:/\*([^*]|\*+[^*/])*\*+/::g' $< | \
		sed -e '/^#/d' -e '/^typedef/d' | \
		grep -o '\blapse_[a-z0-9_]* *(' | tr -d ' (' | sort -u >$@
$(GEN)/lapse.map: $(GEN)/exports
	@{ echo '{ global:'; sed 's/$$/;/' $<; echo 'local: *; };'; } >$@

$(BUILD)/liblapse.a: $(call obj,$(LIB_SRC))
	@rm -f $@
	$(call say,AR) $(AR) rcs $@ $^
$(BUILD)/$(SO): $(call obj,$(LIB_SRC)) $(GEN)/lapse.map
	$(call say,LD) $(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,$(SO) \
		-Wl,--version-script=$(GEN)/lapse.map -o $@ \
		$(call obj,$(LIB_SRC)) $(LIBS)
$(BUILD)/lapse: $(call obj,$(CLI_SRC)) $(BUILD)/liblapse.a
	$(call say,LD) $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(LIBS)
$(BUILD)/sandbox: $(call obj,$(SANDBOX_SRC))
	$(call say,LD) $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(SANDBOX_LIBS)
$(UNIT): $(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/liblapse.a
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(LIBS) $(UNIT_LIBS)
$(FUZZERS): $(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_MAIN) \
		$(BUILD)/liblapse.a
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(ALL_LDFLAGS) $(FUZZ_SAN) -pie -o $@ $^ $(LIBS)
$(BUILD)/model: $(call obj,$(MODEL_SRC)) $(BUILD)/liblapse.a
	$(call say,LD) $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(LIBS)
$(BUILD)/day: $(call obj,$(DAY_SRC)) $(BUILD)/liblapse.a
	$(call say,LD) $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(LIBS)
# What is preloaded stands before libc, so no sanitizer.
$(RIG): $(BUILD)/%.so: tests/%.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=c17 -D_GNU_SOURCE -O2 $(WARN) -Wno-nonnull \
		-fPIC -shared -o $@ $<
# Nor here, since it is started some ten thousand times.
$(BUILD)/e2e/fetch: tests/e2e/fetch.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) -std=c17 -D_GNU_SOURCE -O2 $(WARN) -o $@ $<
$(BUILD)/wire/proxy: $(BUILD)/obj/tests/wire/proxy.o
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(ALL_LDFLAGS) -pie -pthread -o $@ $^

.SECONDARY:
-include $(patsubst %.o,%.d,$(call obj,$(LIB_SRC) $(CLI_SRC) $(SANDBOX_SRC) \
	$(UNIT_SRC) $(MODEL_SRC) $(DAY_SRC) $(FUZZ_SRC) $(VIEWED_SRC) \
	$(wildcard tests/bench/*.c) $(wildcard tests/wire/*.c)))

# ---- Testing ----

parallel = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

check:
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory $(parallel) WERROR=1 all unit fuzz rig
	@BUILD='$(BUILD)' tests/run kill torture day model e2e wire structure \
		unit fuzz bench
check-unit: unit
	@BUILD='$(BUILD)' tests/run unit
check-e2e: all rig
	@BUILD='$(BUILD)' tests/run e2e
check-structure: all
	@BUILD='$(BUILD)' tests/run structure
# Planted bugs, each of which a test must see.
check-mutants: all rig
	@BUILD='$(BUILD)' tests/mutants/run
# Against the exact limits, for minutes; `check` has SIZE=small. PARTS, see
# tests/bench/run.
SIZE ?= full
bench: all $(BENCH)
	@BUILD='$(BUILD)' tests/bench/run $(SIZE) $(PARTS)
$(BUILD)/bench/server: $(BUILD)/obj/tests/bench/tenant.o
$(BUILD)/bench/ledger: $(BUILD)/obj/tests/bench/lives.o $(BUILD)/liblapse.a
$(BENCH): $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(LIBS)
$(VIEWED): $(BUILD)/%: $(BUILD)/obj/tests/%.o $(BUILD)/liblapse.a
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(LIBS)
demo:
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory $(parallel) all
	@BUILD='$(BUILD)' examples/demo.sh

# A year in minutes; YEAR=30d PEOPLE=60 and SEED=N make another.
YEAR ?= 365d
SEED ?= 1
simulation:
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory $(parallel) all $(BUILD)/kill/clock.so
	@BUILD='$(BUILD)' examples/simulation/year.py --seed $(SEED) \
		--days $(YEAR) $(if $(PEOPLE),--people $(PEOPLE))

PACKAGES := gcc make pkg-config libcurl4-openssl-dev libcjson-dev \
	libsqlite3-dev libconfuse-dev libssl-dev libmicrohttpd-dev \
	libcmocka-dev bats mandoc libfaketime strace sqlite3 openssl curl \
	ca-certificates patch python3 python3-jsonschema
deps:
	@tests/deps $(PACKAGES)

# ---- Installing ----

BINDIR := $(DESTDIR)$(PREFIX)/bin
LIBDIR := $(DESTDIR)$(PREFIX)/lib
INCLUDEDIR := $(DESTDIR)$(PREFIX)/include
MANDIR := $(DESTDIR)$(PREFIX)/share/man
SCHEMADIR := $(DESTDIR)$(PREFIX)/share/lapse/schema
man_to = $(MANDIR)/man$(subst .,,$(suffix $1))/$(notdir $1)
INSTALLED = $(BINDIR)/lapse $(INCLUDEDIR)/lapse.h $(LIBDIR)/liblapse.a \
	$(LIBDIR)/liblapse.so.$(VERSION) $(LIBDIR)/$(SO) \
	$(LIBDIR)/liblapse.so $(LIBDIR)/pkgconfig/liblapse.pc \
	$(foreach m,$(MAN),$(call man_to,$m)) \
	$(addprefix $(SCHEMADIR)/,$(notdir $(JSON_SCHEMA))) \
	$(patsubst %,$(LIBDIR)/systemd/system/%,$(notdir $(UNITS))) \
	$(if $(SYSUSERS),$(LIBDIR)/sysusers.d/lapse.conf)

install: all
	install -d $(sort $(dir $(INSTALLED)))
	install $(BUILD)/lapse $(BINDIR)/
	install -m 644 lib/lapse.h $(INCLUDEDIR)/
	install -m 644 $(BUILD)/liblapse.a $(LIBDIR)/
	install -m 644 $(BUILD)/$(SO) $(LIBDIR)/liblapse.so.$(VERSION)
	ln -sf liblapse.so.$(VERSION) $(LIBDIR)/$(SO)
	ln -sf $(SO) $(LIBDIR)/liblapse.so
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: liblapse' \
		'Description: access that ends' 'Version: $(VERSION)' \
		'Requires.private: libcurl libcjson sqlite3' \
		'Requires.private: libconfuse libcrypto' \
		'Libs: -L$${prefix}/lib -llapse' \
		'Cflags: -I$${prefix}/include' \
		>$(LIBDIR)/pkgconfig/liblapse.pc
	$(foreach m,$(MAN),install -m 644 $m $(call man_to,$m) &&) :
	install -m 644 $(JSON_SCHEMA) $(SCHEMADIR)/
	$(foreach u,$(UNITS),sed 's|@BINDIR@|$(PREFIX)/bin|g' $u \
		>$(LIBDIR)/systemd/system/$(notdir $u) &&) :
	chmod 644 $(filter %.pc %.service %.timer,$(INSTALLED))
	$(if $(SYSUSERS),install -m 644 $(firstword $(SYSUSERS)) \
		$(LIBDIR)/sysusers.d/lapse.conf)

# Exactly what install put there; never configuration, ledger or credentials.
uninstall:
	rm -f $(INSTALLED)

clean:
	rm -rf $(BUILD)
