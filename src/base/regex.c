#include "base/regex.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

/* Of an expression, and of one match. Steps are what bounds the time; depth and heap, what is kept
 * of them. */
enum { BYTES_MOST = 4096, STEPS_MOST = 250000, DEPTH_MOST = 50000, HEAP_KIB_MOST = 8192 };

struct cyn_regex {
    const char *pattern;
    pcre2_code *code;
    pcre2_match_context *limits;
    uint32_t groups;
};

/* What is compiled lives in the arena, and goes with it. */
static void *from_arena(size_t n, void *arena)
{
    return cyn_alloc(arena, n);
}

static void to_arena(void *p, void *arena)
{
    (void)p, (void)arena;
}

static cyn_code refused(const char *pattern, int why, size_t offset, cyn_err *err)
{
    char text[128];
    int character = 1;
    pcre2_get_error_message(why, (PCRE2_UCHAR *)text, sizeof text);
    for (size_t i = 0; i < offset; i++)
        character += ((unsigned char)pattern[i] & 0xC0) != 0x80;
    return cyn_fail(err, CYN_E_SYNTAX, "%s at character %d of the regular expression '%s'", text,
                    character, pattern);
}

cyn_code cyn_regex_new(const char *pattern, cyn_arena *arena, cyn_regex **out, cyn_err *err)
{
    const uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOTALL |
                             PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    cyn_regex *re = CYN_NEW(arena, cyn_regex);
    pcre2_general_context *memory = pcre2_general_context_create(from_arena, to_arena, arena);
    pcre2_compile_context *how = memory ? pcre2_compile_context_create(memory) : NULL;
    pcre2_match_context *limits = memory ? pcre2_match_context_create(memory) : NULL;
    int why = 0;
    size_t offset = 0;
    if (!re || !how || !limits) return cyn_nomem(err);
    pcre2_set_max_pattern_length(how, BYTES_MOST);
    pcre2_set_match_limit(limits, STEPS_MOST);
    pcre2_set_depth_limit(limits, DEPTH_MOST);
    pcre2_set_heap_limit(limits, HEAP_KIB_MOST);
    re->limits = limits;
    re->pattern = cyn_strdup(arena, pattern);
    re->code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &why, &offset, how);
    if (!re->pattern || why == PCRE2_ERROR_HEAP_FAILED) return cyn_nomem(err);
    if (!re->code) return refused(pattern, why, offset, err);
    pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &re->groups);
    *out = re;
    return CYN_OK;
}

static cyn_code stopped(const cyn_regex *re, int why, const char *text, cyn_err *err)
{
    char what[128];
    if (why == PCRE2_ERROR_NOMEMORY) return cyn_nomem(err);
    pcre2_get_error_message(why, (PCRE2_UCHAR *)what, sizeof what);
    cyn_fail(err, CYN_E_LIMIT, "%s over '%.100s' in the regular expression '%.200s'", what, text,
             re->pattern);
    cyn_hint(err, "let no repetition stand within another one");
    return CYN_E_LIMIT;
}

static cyn_regex_span span_of(const PCRE2_SIZE *offsets)
{
    if (offsets[0] == PCRE2_UNSET) return (cyn_regex_span){-1, -1};
    return (cyn_regex_span){(int)offsets[0], (int)offsets[1]};
}

cyn_code cyn_regex_match(const cyn_regex *re, const char *text, cyn_regex_span *spans,
                         bool *matches, cyn_err *err)
{
    pcre2_match_data *data = pcre2_match_data_create(spans ? re->groups + 1 : 1, NULL);
    if (!data) return cyn_nomem(err);
    int rc = pcre2_match(re->code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, 0, data, re->limits);
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(data);
    *matches = rc >= 0;
    for (uint32_t i = 0; spans && rc >= 0 && i <= re->groups; i++)
        spans[i] = span_of(offsets + 2 * i);
    pcre2_match_data_free(data);
    bool not_text = rc <= PCRE2_ERROR_UTF8_ERR1 && rc >= PCRE2_ERROR_UTF8_ERR21;
    return rc >= PCRE2_ERROR_NOMATCH || not_text ? CYN_OK : stopped(re, rc, text, err);
}

size_t cyn_regex_groups(const cyn_regex *re)
{
    return re->groups;
}

size_t cyn_regex_group(const cyn_regex *re, const char *name, size_t n)
{
    char copy[64];
    if (n >= sizeof copy) return 0;
    snprintf(copy, sizeof copy, "%.*s", (int)n, name);
    int number = pcre2_substring_number_from_name(re->code, (PCRE2_SPTR)copy);
    return number > 0 ? (size_t)number : 0;
}
