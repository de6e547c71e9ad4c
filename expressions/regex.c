/* expressions/regex.c -- PCRE2 with limits that hold.
 *
 * Each pattern is compiled twice. The usual code runs on subjects up to REGEX_LONG_SUBJECT bytes. The second is for longer
 * ones: PCRE2 turns `\s+$` into a possessive loop, whose bytes no limit counts, and a search from every start makes
 * that quadratic (50,000 blanks and an x: a second, in 50,000 counted steps). Without that optimisation
 * (PCRE2_NO_AUTO_POSSESS) every byte given back is a step, so the step limit bounds the time. On short subjects the loop
 * is bounded by their length and the optimisation pays.
 *
 * The step limit grows with a subject beyond 62,500 bytes (16 per byte), for a search alone takes one per start.
 *
 * The JIT has its own idea of a step but honours the limit; out of its stack (deep recursion), the interpreter decides,
 * so that the answer is the same where there is no JIT.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "expressions/regex.h"

#include <pcre2.h>

#include "core/utf8.h"
#include "expressions/expression.h"

enum { JIT_STACK_MIN = 32 * 1024, JIT_STACK_MAX = 1024 * 1024, STEPS_PER_BYTE = 16 };

const char regex_limit_text[] = "the pattern hit its match limit";

struct variant {
    pcre2_code *code;
    bool has_jit;
};

struct regex {
    struct memory *memory;
    pcre2_general_context *general;
    struct variant usual, for_long;
    uint32_t min_length; /* code points, so bytes too */
};

struct regex_scratch {
    struct memory *memory;
    pcre2_general_context *general;
    pcre2_match_context *limits;
    pcre2_match_data *match;
    pcre2_jit_stack *stack;
    uint32_t steps; /* the limit that `limits` holds now */
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

static enum status compile(struct regex *regex, const char *pattern, uint32_t options, struct variant *out, struct error *err)
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
    if (pcre2_jit_compile(out->code, PCRE2_JIT_COMPLETE) == 0 &&
        pcre2_pattern_info(out->code, PCRE2_INFO_JITSIZE, &jit_size) == 0)
        out->has_jit = jit_size > 0;
    return STATUS_OK;
}

static enum status compile_both(struct regex *regex, const char *pattern, int flags, struct error *err)
{
    uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;

    if (!(flags & REGEX_DOLLAR_NEWLINE))
        options |= PCRE2_DOLLAR_ENDONLY;
    if (flags & REGEX_UNICODE_CLASSES)
        options |= PCRE2_UCP;
    TRY(compile(regex, pattern, options, &regex->usual, err));
    TRY(compile(regex, pattern, options | PCRE2_NO_AUTO_POSSESS, &regex->for_long, err));
    (void)pcre2_pattern_info(regex->usual.code, PCRE2_INFO_MINLENGTH, &regex->min_length);
    return STATUS_OK;
}

enum status regex_new(struct memory *memory, const char *pattern, int flags, struct regex **out, struct error *err)
{
    struct regex *regex;
    enum status status;

    *out = NULL;
    if (strlen(pattern) > REGEX_MAX_BYTES)
        return error_set(err, STATUS_BAD_SUITE, "the regular expression `%.40s...` is refused at offset %d: longer than %d bytes",
                         pattern, REGEX_MAX_BYTES, REGEX_MAX_BYTES);
    regex = mem_alloc(memory, sizeof *regex);
    if (!regex)
        return memory_error(memory, "a regular expression", err);
    regex->memory = memory;
    regex->general = pcre2_general_context_create(pcre2_alloc, pcre2_release, memory);
    status = regex->general ? compile_both(regex, pattern, flags, err) : memory_error(memory, "a regular expression", err);
    if (status == STATUS_OK)
        *out = regex;
    else
        regex_free(regex);
    return status;
}

void regex_free(struct regex *regex)
{
    if (!regex)
        return;
    pcre2_code_free(regex->usual.code);
    pcre2_code_free(regex->for_long.code);
    pcre2_general_context_free(regex->general);
    mem_free(regex->memory, regex);
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
    s->steps = REGEX_STEPS;
    pcre2_set_match_limit(s->limits, s->steps);
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

static uint32_t steps_for(size_t size)
{
    if (size <= REGEX_STEPS / STEPS_PER_BYTE)
        return REGEX_STEPS;
    return size < UINT32_MAX / STEPS_PER_BYTE ? (uint32_t)size * STEPS_PER_BYTE : UINT32_MAX;
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

enum regex_answer regex_search(const struct regex *regex, struct regex_scratch *s, struct span subject)
{
    const struct variant *variant = subject.size > REGEX_LONG_SUBJECT ? &regex->for_long : &regex->usual;
    PCRE2_SPTR at = subject.size ? subject.at : (PCRE2_SPTR)"";
    uint32_t steps = steps_for(subject.size);

    if (subject.size < regex->min_length || !utf8_is_valid(subject))
        return REGEX_NO;
    if (s->steps != steps) {
        pcre2_set_match_limit(s->limits, steps);
        s->steps = steps;
    }
    if (variant->has_jit) {
        int code = pcre2_jit_match(variant->code, at, subject.size, 0, PCRE2_NO_UTF_CHECK, s->match, s->limits);

        if (code != PCRE2_ERROR_JIT_STACKLIMIT)
            return answer_of(code);
    }
    return answer_of(pcre2_match(variant->code, at, subject.size, 0, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, s->match, s->limits));
}
