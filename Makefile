# assay: `make` builds ./assay; `make help` lists the rest.
#
# Nothing here is evaluated before the packages are there: every use of pkg-config is in a recipe, and every object
# waits for the stamp that tools/setup.sh leaves. So a bare Debian with git, make and gcc is enough to begin with.
VERSION := 0.1.0
VARIANT ?= release
BUILD ?= build/$(VARIANT)
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 20
SPLITS ?= 20
CORPORA ?= ../shared/corpora
AR ?= ar
PYTHON ?= python3
ifeq ($(VARIANT),fuzz)
CC := clang
endif

PACKAGES := jansson yaml-0.1 libpcre2-8 gsl libzstd liblz4 libbrotlidec libdeflate zlib libxxhash
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla -Wcast-qual \
            -Wformat=2 -Wundef -Wno-missing-field-initializers
ifeq ($(CI),true)
WARNINGS += -Werror
endif
OPTIMISE_release := -O2 -g
OPTIMISE_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPTIMISE_tsan := -O1 -g -fsanitize=thread
OPTIMISE_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined

# The small libraries are linked in where their archives are installed: a process that maps fifteen shared ones takes twice as long to start.
# STATIC=no links all of them dynamically, as a distribution wants; so do sanitizers.
STATIC ?= $(if $(filter release,$(VARIANT)),yes,no)
# Asked once, when the first recipe needs it.
PACKAGE_CFLAGS = $(eval PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES)))$(PACKAGE_CFLAGS)
PACKAGE_LIBS = $(eval PACKAGE_LIBS := $(shell STATIC=$(STATIC) CC="$(CC)" sh tools/libraries.sh $(PACKAGES)))$(PACKAGE_LIBS)
# Sums must be what the source says: no contraction of a*b+c, no fast-math anywhere. char is signed on every machine.
CFLAGS_ALL = -std=c17 $(OPTIMISE_$(VARIANT)) $(WARNINGS) -ffp-contract=off -fsigned-char -pthread -D_GNU_SOURCE \
             -DASSAY_VERSION='"$(VERSION)"' -I. $(PACKAGE_CFLAGS) $(CFLAGS)
LIBS = $(PACKAGE_LIBS) -lpthread -lm $(LDFLAGS)
TEST_LIBS := -lcmocka -lsnappy

LIB_DIRS := core kernels columns readers readers/csv readers/json readers/parquet readers/parquet/encodings readers/codecs \
            readers/storage writers stats expressions expectations suites validator profiles reports
LIB_SOURCES := $(foreach d,$(LIB_DIRS),$(wildcard $(d)/*.c)) $(wildcard assay.c)
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
CLI_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
SERVER_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard server/*.c))
TEST_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/*/test_*.c))
TESTS := $(TEST_OBJECTS:%.o=%)
# The tests of kernels/ once more, with the AVX-512 files made of plain C: see tests/kernels/portable_avx512.h.
PORTABLE_OBJECTS := $(patsubst %.c,$(BUILD)/portable/%.o,kernels/registry.c $(wildcard kernels/*_avx512.c))
PORTABLE_TESTS := $(patsubst tests/kernels/%.c,$(BUILD)/tests/portable/%,$(wildcard tests/kernels/test_*.c))
FUZZERS := $(patsubst fuzz/%.c,%,$(wildcard fuzz/fuzz_*.c))

# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2))

all: assay ## the one binary, ./assay (this is what plain `make` does)

assay: $(BUILD)/assay
	$(Q)cp -f $< $@

$(BUILD)/assay: $(CLI_OBJECTS) $(SERVER_OBJECTS) $(BUILD)/libassay.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)

libassay.a: $(BUILD)/libassay.a ## the library behind assay.h
	$(Q)cp -f $< $@

$(BUILD)/libassay.a: $(LIB_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/core/%.o $(BUILD)/kernels/%.o $(BUILD)/readers/%.o: WARNINGS += -Wconversion -Wno-sign-conversion

$(BUILD)/%.o: %.c | build/setup-build
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/portable/%.o: %.c | build/setup-build
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -include tests/kernels/portable_avx512.h -MMD -MP -c -o $@ $<

# build/setup-build, -test, -fuzz, -conformance: the packages of that purpose are installed.
build/setup-%: tools/setup.sh
	@mkdir -p build
	@sh tools/setup.sh $*
	@touch $@

## --- tests ---

# Built on all processors, then run part after part: several of them measure time. -k: one red part does not hide another.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
test: ## everything below that is quick: what a change has to pass
	@$(MAKE) --no-print-directory -j$(JOBS) programs
	@$(MAKE) --no-print-directory -k -j1 units cases exit-codes hostile torture docs layers fuzz-replay
	@echo "make test: every part passed ($(VARIANT))"

programs: $(BUILD)/assay $(TESTS) $(PORTABLE_TESTS) $(BUILD)/tests/run_cases $(BUILD)/tests/run_hostile $(FUZZERS:%=$(BUILD)/fuzz/%)

$(BUILD)/tests/cli/test_%: $(BUILD)/tests/cli/test_%.o $(filter-out %/main.o,$(CLI_OBJECTS)) $(SERVER_OBJECTS) $(BUILD)/libassay.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $^ $(TEST_LIBS) $(LIBS)

$(BUILD)/tests/server/test_%: $(BUILD)/tests/server/test_%.o $(SERVER_OBJECTS) $(BUILD)/libassay.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $^ $(TEST_LIBS) $(LIBS)

$(BUILD)/tests/portable/test_%: $(BUILD)/tests/kernels/test_%.o $(PORTABLE_OBJECTS) $(BUILD)/libassay.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $^ $(TEST_LIBS) $(LIBS)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libassay.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $^ $(TEST_LIBS) $(LIBS)

$(TEST_OBJECTS) $(BUILD)/tests/run_cases.o $(BUILD)/tests/run_hostile.o: | build/setup-test

tests: $(TESTS) $(PORTABLE_TESTS)

units: $(TESTS) $(PORTABLE_TESTS) ## the unit tests, tests/*/test_*.c
	@JOBS=$(JOBS) sh tools/run_units.sh $(TESTS) $(PORTABLE_TESTS)

cases: $(BUILD)/assay $(BUILD)/tests/run_cases ## behaviour tests, tests/cases/TOPIC/CASE
	@$(BUILD)/tests/run_cases $(BUILD)/assay tests/cases $(CASES)

exit-codes: $(BUILD)/assay ## every way in which a gate could pass silently
	@sh tests/cli/test_exit_codes.sh $(BUILD)/assay
	@sh tests/cli/test_states.sh $(BUILD)/assay examples
	@sh tests/cli/test_diff.sh $(BUILD)/assay examples

split-law: $(BUILD)/assay ## parts of real data, cut and merged at random (SPLITS=20): the same verdict, the same bytes
	@$(PYTHON) tools/split_law.py $(BUILD)/assay examples/taxi.yaml examples/taxi_damaged.csv --splits $(SPLITS)

# Sanitizers take time and memory of their own; what they find is what counts there.
hostile: $(BUILD)/assay $(BUILD)/tests/run_hostile ## files made to break readers, each within 2 seconds and 256 MB
	@sh tools/hostile.sh $(BUILD)/tests/run_hostile $(BUILD)/assay $(CORPORA) $(if $(filter release,$(VARIANT)),,--no-limits)

docs: $(BUILD)/assay ## the examples of README.md and docs/ print what they say
	@sh tests/docs/test_docs.sh $(BUILD)/assay README.md $(wildcard docs/*.md)
	@sh tools/reference.sh $(BUILD)/assay | cmp - docs/reference.md

torture: $(BUILD)/assay ## the n-th allocation, read or write fails
	@TORTURE_STEP=3 sh tests/cli/test_torture.sh $(BUILD)/assay

layers: ## who may include whom, banned functions; proves that the check itself fails
	@sh tools/check_layers.sh
	@sh tests/tools/test_check_layers.sh

asan: ## make test under the address and undefined behaviour sanitizers
	@$(MAKE) VARIANT=asan BUILD=build/asan test

tsan: ## unit tests and cases under the thread sanitizer
	@$(MAKE) VARIANT=tsan BUILD=build/tsan units cases

## --- fuzzing ---

$(BUILD)/fuzz/fuzz_request: $(BUILD)/fuzz/fuzz_request.o $(SERVER_OBJECTS) $(BUILD)/libassay.a $(if $(filter fuzz,$(VARIANT)),,$(BUILD)/fuzz/driver.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer) -o $@ $^ $(LIBS)

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/fuzz_%.o $(BUILD)/libassay.a $(if $(filter fuzz,$(VARIANT)),,$(BUILD)/fuzz/driver.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer) -o $@ $^ $(LIBS)

fuzz-replay: $(FUZZERS:%=$(BUILD)/fuzz/%) ## seeds and the shared hostile files through every fuzz target
	@JOBS=$(JOBS) sh tools/fuzz_replay.sh $(BUILD)/fuzz $(CORPORA) $(FUZZERS)

fuzz: build/setup-fuzz ## libFuzzer, FUZZ_SECONDS (20) for each target
	@$(MAKE) -j$(JOBS) VARIANT=fuzz BUILD=build/fuzz fuzz-run

fuzz-run: $(FUZZERS:%=$(BUILD)/fuzz/%)
	@JOBS=$(JOBS) sh tools/fuzz_run.sh $(BUILD) $(CORPORA) $(FUZZ_SECONDS) $(FUZZERS)

## --- measured against others ---

$(BUILD)/tools/kernel_loops: $(BUILD)/tools/kernel_loops.o $(BUILD)/libassay.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/tools/parquet_dump: $(BUILD)/tools/parquet_dump.o $(BUILD)/libassay.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)

parquet-values: $(BUILD)/tools/parquet_dump ## every value of every column of the Parquet corpus by its hash, each column alone and all together
	@$(PYTHON) tools/check_parquet.py $< $(CORPORA)/parquet

kernels-table: $(BUILD)/tools/kernel_loops ## instructions a row of every kernel and variant, by callgrind (valgrind must be installed)
	@sh tools/kernels_table.sh $<

conformance: assay build/setup-conformance ## the shared corpora: agree, refused as wanted, differ, not yet
	@$(PYTHON) tools/conformance.py --assay ./assay --corpora $(CORPORA) $(CONFORMANCE)

RANDOM_PYTHON ?= build/random-venv/bin/python
build/random-venv/bin/python: | build/setup-conformance
	$(Q)$(PYTHON) -m venv build/random-venv && build/random-venv/bin/pip install -q pyarrow==26.0.1

random-tables: assay $(RANDOM_PYTHON) ## random tables as Parquet, CSV and JSON lines; figures, checks and digests against Python's, SEEDS=1:40
	@$(RANDOM_PYTHON) tools/random_tables.py --assay ./assay --seeds $(or $(SEEDS),1:40)

bench: assay build/setup-conformance ## speed beside the engines, BENCH="suite checks --venvs DIR"; see bench/bench.py
	@$(PYTHON) bench/bench.py --assay ./assay $(BENCH)

bench-tables: ## bench/results/*.json as the Markdown tables of docs/benchmarks.md
	@$(PYTHON) bench/tables.py $(TABLES)

SCHEMATHESIS ?= build/openapi-venv/bin/schemathesis
build/openapi-venv/bin/schemathesis: | build/setup-openapi
	$(call say,VENV,$@)
	$(Q)$(PYTHON) -m venv build/openapi-venv && build/openapi-venv/bin/pip install -q schemathesis==4.32.5

openapi: $(BUILD)/assay $(SCHEMATHESIS) ## what /openapi.json says of the running service, by schemathesis (downloaded)
	@sh tests/server/openapi.sh $(abspath $(BUILD)/assay) $(abspath $(SCHEMATHESIS))

accuracy: assay ## digits right: NIST, scipy's cases, how often tests of drift reject; docs/accuracy.md
	@$(PYTHON) tools/accuracy.py --assay ./assay --corpora $(CORPORA)

## --- the rest ---

demo: assay ## judges a good and a damaged table of New York taxi rides
	@sh examples/demo.sh ./assay build/demo

install: assay ## to PREFIX (/usr/local), below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/doc/assay
	install -m 755 assay $(DESTDIR)$(PREFIX)/bin/assay
	install -m 644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/assay/LICENSE

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## */\1\t/p' Makefile | expand -t 14

clean: ## remove everything that was built
	rm -rf build assay libassay.a

.PHONY: all test programs tests units cases exit-codes hostile torture split-law docs layers asan tsan fuzz fuzz-replay fuzz-run conformance random-tables openapi accuracy kernels-table parquet-values bench bench-tables demo install help clean
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
