# assay: `make` builds ./assay; `make help` lists the rest.
VERSION := 0.1.0
CC ?= cc
AR ?= ar
VARIANT ?= release
BUILD ?= build/$(VARIANT)

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
# Sums must be what the source says: no contraction of a*b+c, no fast-math anywhere.
CFLAGS_ALL = -std=c17 $(OPTIMISE_$(VARIANT)) $(WARNINGS) -ffp-contract=off -D_GNU_SOURCE -DASSAY_VERSION='"$(VERSION)"' -I. \
             $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lpthread -lm $(LDFLAGS)

LIB_DIRS := core kernels columns readers readers/csv readers/json readers/parquet readers/parquet/encodings readers/codecs \
            readers/storage writers stats expressions expectations suites validator profiles reports
LIB_SOURCES := $(foreach d,$(LIB_DIRS),$(wildcard $(d)/*.c)) $(wildcard assay.c)
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
CLI_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
TEST_SOURCES := $(wildcard tests/*/test_*.c)
TESTS := $(TEST_SOURCES:%.c=$(BUILD)/%)

all: assay ## the one binary, ./assay

assay: $(BUILD)/assay
	cp -f $< $@

$(BUILD)/assay: $(CLI_OBJECTS) $(BUILD)/libassay.a
	$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)

libassay.a: $(BUILD)/libassay.a ## the library behind assay.h
	cp -f $< $@

$(BUILD)/libassay.a: $(LIB_OBJECTS)
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/core/%.o $(BUILD)/kernels/%.o $(BUILD)/readers/%.o: WARNINGS += -Wconversion -Wno-sign-conversion

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libassay.a
	$(CC) $(CFLAGS_ALL) -o $@ $^ -lcmocka $(LIBS)

tests: $(TESTS)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## */\1\t/p' Makefile | expand -t 16

clean: ## remove everything that was built
	rm -rf build assay libassay.a

.PHONY: all tests help clean
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
