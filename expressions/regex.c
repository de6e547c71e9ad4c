/* expressions/regex.c -- PCRE2 with limits that hold.
 *
 * PCRE2's match limit starts anew at every start of a search, and does not count the bytes of a possessive loop, into which
 * it turns the `\s+` of `\s+$` by itself. So a pattern may take 10^6 steps for each of 50,000 starts, or none and half a
 * minute (blanks and an x, in the interpreter). Hence two runs:
 *
 * The fast one, with the JIT where there is one, gets REGEX_STEPS / (size + 1) steps for each start, so that all starts
 * together stay within REGEX_STEPS. For subjects beyond REGEX_LONG_SUBJECT it uses code without automatic possessive loops, in which
 * every byte that is given back is a step; a pattern that says "possessive" itself is not run this way on them. Nearly
 * every search ends here.
 *
 * Where that was not enough, the careful one decides: the interpreter with a callout before every item of the pattern, which
 * counts over all starts together, and the bytes passed as well. It is the same with and without a JIT, and so is
 * REGEX_LIMIT.
 *
 * Before all that stands class_row.h, which takes the plain anchored patterns of most suites and needs no limit.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "expressions/regex.h"

#include <pcre2.h>

#include "core/utf8.h"
#include "expressions/ascii.h"
#include "expressions/expression.h"
#include "expressions/class_row.h"

enum {
    JIT_STACK_MIN = 32 * 1024,
    JIT_STACK_MAX = 1024 * 1024,
    LEAST_STEPS = 32,    /* of one start in the fast run: the careful one is slow to set out */
    BYTES_PER_STEP = 16, /* passed over in a loop of PCRE2's: about what one step costs */
    STEPS_PER_BYTE = 16, /* that a long subject may take: a search alone takes some for each start */
};

const char regex_limit_text[] = "the pattern hit its match limit";

struct variant {
    pcre2_code *code;
    bool has_jit;
};

struct regex {
    struct memory *memory;
    pcre2_general_context *general;
    struct variant fast, fast_for_long, careful;
    bool has_possessive; /* the pattern says so, or may */
    uint32_t min_length; /* code points, so bytes too */
    bool has_row;
    struct class_row row;
};

/* What the careful run has cost so far. */
struct meter { uint64_t steps, limit; size_t at; };

struct regex_scratch {
    struct memory *memory;
    pcre2_general_context *general;
    pcre2_match_context *limits;
    pcre2_match_data *match;
    pcre2_jit_stack *stack;
    uint32_t steps; /* what the match limit is set to */
    struct meter meter;
};

static void *pcre2_alloc(PCRE2_SIZE size, void *memory)
{
    return mem_alloc(memory, size);
}

static void pcre2_release(void *block, void *memory)
{
    mem_free(memory, block);
}

static enum status refuse(struct error *err, const char *pattern, int code, PCRE2_SIZE offset)
{
    PCRE2_UCHAR text[160];

    if (pcre2_get_error_message(code, text, sizeof text) < 0)
        text[0] = '\0';
    return error_set(err, STATUS_BAD_SUITE, "the regular expression `%.*s%s` is wrong at offset %zu: %s",
                     (int)utf8_cut(span_text(pattern), 120).size, pattern, strlen(pattern) > 120 ? "..." : "", offset, text);
}

enum jit { WITH_JIT, WITHOUT_JIT };

static enum status compile(struct regex *regex, const char *pattern, uint32_t options, enum jit jit, struct variant *out, struct error *err)
{
    pcre2_compile_context *context = pcre2_compile_context_create(regex->general);
    PCRE2_SIZE offset = 0;
    size_t jit_size = 0;
    int code = PCRE2_ERROR_NOMEMORY;

    if (context)
        out->code = pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern), options, &code, &offset, context);
    pcre2_compile_context_free(context);
    if (!out->code && (code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED))
        return memory_error(regex->memory, "a regular expression", err);
    if (!out->code)
        return refuse(err, pattern, code, offset);
    /* A JIT that is not there, is forbidden by the kernel or by (*NO_JIT) leaves the interpreter. */
    if (jit == WITH_JIT && pcre2_jit_compile(out->code, PCRE2_JIT_COMPLETE) == 0 &&
        pcre2_pattern_info(out->code, PCRE2_INFO_JITSIZE, &jit_size) == 0)
        out->has_jit = jit_size > 0;
    return STATUS_OK;
}

/* Does the pattern hold anything that loops without giving back? Rather too often than not. */
static bool says_possessive(const char *pattern)
{
    static const char *const signs[] = {"++", "*+", "?+", "}+", "(?>", "(*", "(?<", "(?=", "(?!", "(?(", "\\K", "\\X", "\\R"};

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strstr(pattern, signs[i]))
            return true;
    return false;
}

static uint32_t options_of(int flags)
{
    uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;

    if (!(flags & REGEX_DOLLAR_NEWLINE))
        options |= PCRE2_DOLLAR_ENDONLY;
    if (flags & REGEX_UNICODE_CLASSES)
        options |= PCRE2_UCP;
    return options;
}

static enum status compile_all(struct regex *regex, const char *pattern, int flags, struct error *err)
{
    uint32_t options = options_of(flags);

    regex->has_possessive = says_possessive(pattern);
    TRY(compile(regex, pattern, options, WITH_JIT, &regex->fast, err));
    options |= PCRE2_NO_AUTO_POSSESS;
    TRY(compile(regex, pattern, options, WITH_JIT, &regex->fast_for_long, err));
    TRY(compile(regex, pattern, options | PCRE2_AUTO_CALLOUT, WITHOUT_JIT, &regex->careful, err));
    (void)pcre2_pattern_info(regex->fast.code, PCRE2_INFO_MINLENGTH, &regex->min_length);
    regex->has_row = class_row_parse(&regex->row, pattern, flags);
    return STATUS_OK;
}

/* An empty regex with its allocator. */
static enum status begin(struct memory *memory, const char *pattern, struct regex **out, struct error *err)
{
    *out = NULL;
    if (strlen(pattern) > REGEX_MAX_BYTES)
        return error_set(err, STATUS_BAD_SUITE, "the regular expression `%.40s...` is refused at offset %d: longer than %d bytes",
                         pattern, REGEX_MAX_BYTES, REGEX_MAX_BYTES);
    *out = mem_alloc(memory, sizeof **out);
    if (!*out)
        return memory_error(memory, "a regular expression", err);
    (*out)->memory = memory;
    (*out)->general = pcre2_general_context_create(pcre2_alloc, pcre2_release, memory);
    return (*out)->general ? STATUS_OK : memory_error(memory, "a regular expression", err);
}

enum status regex_new(struct memory *memory, const char *pattern, int flags, struct regex **out, struct error *err)
{
    enum status status = begin(memory, pattern, out, err);

    if (status == STATUS_OK)
        status = compile_all(*out, pattern, flags, err);
    if (status == STATUS_OK)
        return STATUS_OK;
    regex_free(*out);
    *out = NULL;
    return status;
}

enum status expression_check_regex(const char *pattern, int flags, struct error *err)
{
    struct regex *regex;
    enum status status = begin(NULL, pattern, &regex, err);

    if (status == STATUS_OK)
        status = compile(regex, pattern, options_of(flags), WITHOUT_JIT, &regex->fast, err);
    regex_free(regex);
    return status;
}

void regex_free(struct regex *regex)
{
    if (!regex)
        return;
    pcre2_code_free(regex->fast.code);
    pcre2_code_free(regex->fast_for_long.code);
    pcre2_code_free(regex->careful.code);
    pcre2_general_context_free(regex->general);
    mem_free(regex->memory, regex);
}

/* The author's own callouts in a pattern, (?C), come here as well and count like any other. */
static int count_step(pcre2_callout_block *block, void *context)
{
    struct meter *meter = context;
    size_t at = block->current_position;

    meter->steps += 1 + (at > meter->at ? at - meter->at : meter->at - at) / BYTES_PER_STEP;
    meter->at = at;
    return meter->steps > meter->limit ? PCRE2_ERROR_MATCHLIMIT : 0;
}

enum status regex_scratch_new(struct memory *memory, struct regex_scratch **out, struct error *err)
{
    struct regex_scratch *s = mem_alloc(memory, sizeof *s);

    *out = NULL;
    if (!s)
        return memory_error(memory, "a regular expression", err);
    s->memory = memory;
    s->general = pcre2_general_context_create(pcre2_alloc, pcre2_release, memory);
    s->limits = s->general ? pcre2_match_context_create(s->general) : NULL;
    s->match = s->general ? pcre2_match_data_create(1, s->general) : NULL;
    if (!s->limits || !s->match) {
        regex_scratch_free(s);
        return memory_error(memory, "a regular expression", err);
    }
    pcre2_set_heap_limit(s->limits, REGEX_HEAP_KIB);
    /* Without a stack of its own the JIT takes 32 KiB of the thread's. */
    s->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, s->general);
    if (s->stack)
        pcre2_jit_stack_assign(s->limits, NULL, s->stack);
    *out = s;
    return STATUS_OK;
}

void regex_scratch_free(struct regex_scratch *s)
{
    if (!s)
        return;
    pcre2_match_data_free(s->match);
    pcre2_match_context_free(s->limits);
    pcre2_jit_stack_free(s->stack);
    pcre2_general_context_free(s->general);
    mem_free(s->memory, s);
}

static enum regex_answer answer_of(int code)
{
    if (code >= 0)
        return REGEX_YES;
    switch (code) {
    case PCRE2_ERROR_NOMATCH:
        return REGEX_NO;
    case PCRE2_ERROR_NOMEMORY:
        return REGEX_NO_MEMORY;
    default: /* a limit on steps, depth, heap or recursion: nothing was found out */
        return REGEX_LIMIT;
    }
}

static void limit_steps(struct regex_scratch *s, uint64_t steps)
{
    uint32_t limit = steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX;

    if (s->steps != limit)
        pcre2_set_match_limit(s->limits, limit);
    s->steps = limit;
}

/* REGEX_LIMIT: not enough; nothing is known yet. */
static enum regex_answer search_fast(const struct regex *regex, struct regex_scratch *s, PCRE2_SPTR at, size_t size)
{
    const struct variant *variant = size > REGEX_LONG_SUBJECT ? &regex->fast_for_long : &regex->fast;
    uint64_t steps = REGEX_STEPS / (size + 1);
    int code;

    limit_steps(s, steps > LEAST_STEPS ? steps : LEAST_STEPS);
    if (variant->has_jit)
        code = pcre2_jit_match(variant->code, at, size, 0, PCRE2_NO_UTF_CHECK, s->match, s->limits);
    else
        code = pcre2_match(variant->code, at, size, 0, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, s->match, s->limits);
    return answer_of(code);
}

static enum regex_answer search_carefully(const struct regex *regex, struct regex_scratch *s, PCRE2_SPTR at, size_t size)
{
    int code;

    s->meter = (struct meter){.limit = size > REGEX_STEPS / STEPS_PER_BYTE ? (uint64_t)size * STEPS_PER_BYTE : REGEX_STEPS};
    limit_steps(s, s->meter.limit);
    pcre2_set_callout(s->limits, count_step, &s->meter);
    code = pcre2_match(regex->careful.code, at, size, 0, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, s->match, s->limits);
    pcre2_set_callout(s->limits, NULL, NULL);
    return answer_of(code);
}

void regex_search_simply(const struct regex *regex, const struct span *subjects, int64_t n, uint64_t *found, uint64_t *open)
{
    if (regex->has_row) {
        class_row_match_many(&regex->row, subjects, n, found, open);
        return;
    }
    memset(found, 0, BITMAP_WORDS(n) * sizeof *found);
    bitmap_fill(open, n);
}

enum regex_answer regex_search(const struct regex *regex, struct regex_scratch *s, struct span subject)
{
    PCRE2_SPTR at = subject.size ? subject.at : (PCRE2_SPTR)"";

    if (regex->has_row) {
        enum class_row_answer answer = class_row_match(&regex->row, subject);

        if (answer != CLASS_ROW_UNKNOWN)
            return answer == CLASS_ROW_YES ? REGEX_YES : REGEX_NO;
    }
    if (subject.size < regex->min_length || (!span_is_ascii(subject) && !utf8_is_valid(subject)))
        return REGEX_NO;
    if (subject.size <= REGEX_LONG_SUBJECT || !regex->has_possessive) {
        enum regex_answer answer = search_fast(regex, s, at, subject.size);

        if (answer != REGEX_LIMIT)
            return answer;
    }
    return search_carefully(regex, s, at, subject.size);
}
