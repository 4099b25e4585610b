#include "base/regex.h"
#include "test.h"
#include <pthread.h>
#include <stdint.h>
#include <time.h>

static cyn_arena *arena;

static int matches(const char *pattern, const char *text)
{
    cyn_regex *re = NULL;
    cyn_err err = {0};
    bool match = false;
    cyn_code rc = cyn_regex_new(pattern, arena, &re, &err);
    if (rc == CYN_OK) rc = cyn_regex_match(re, text, NULL, &match, &err);
    if (rc != CYN_OK) printf("# %s\n", err.message);
    return rc == CYN_OK ? match : -1;
}

static void test_the_whole_text_is_matched(void)
{
    static const struct {
        const char *pattern, *text;
        int match;
    } cases[] = {
        {"", "", 1},
        {"", "a", 0},
        {"a", "a", 1},
        {"a", "ab", 0},
        {"a", "ba", 0},
        {".*", "", 1},
        {".+", "", 0},
        {".+", "x", 1},
        {"a|b", "b", 1},
        {"a|b", "ab", 0},
        {"ads|seo|mail", "seo", 1},
        {"ads|seo|mail", "seomail", 0},
        {"|a", "", 1},
        {"a|", "a", 1},
        {"a||b", "", 1},
        {"a*b", "aaab", 1},
        {"(ab)*", "abab", 1},
        {"(ab)*", "aba", 0},
        {"a?", "aa", 0},
        {"a{2}", "aa", 1},
        {"a{2}", "aaa", 0},
        {"a{2,}", "aaaaa", 1},
        {"a{2,}", "a", 0},
        {"a{1,3}", "aaa", 1},
        {"a{1,3}", "aaaa", 0},
        {"a{0}", "", 1},
        {"a{0}", "a", 0},
        {"a{x}", "a{x}", 1},
        {"(a|b){2,3}c", "abac", 1},
        {"(a*)*", "aaaa", 1},
        {"(a*)+b", "b", 1},
        {"(|a)+", "aaa", 1},
        {"(a|b*)*c", "abbac", 1},
        {"a.b", "a.b", 1},
        {"a\\.b", "a.b", 1},
        {"a\\.b", "axb", 0},
        {"[abc]+", "cab", 1},
        {"[^abc]+", "xyz", 1},
        {"[^abc]+", "xaz", 0},
        {"[a-c]", "b", 1},
        {"[a-]", "-", 1},
        {"[]a]", "]", 1},
        {"[\\d]+", "123", 1},
        {"\\d+", "12a", 0},
        {"\\D+", "abc", 1},
        {"\\w+", "a_9", 1},
        {"\\W", "-", 1},
        {"\\s\\S", " x", 1},
        {"[^\\d]", "5", 0},
        {"[^\\d]", "x", 1},
        {"[\\D5]+", "5x", 1},
        {"[[:alpha:]]+", "abC", 1},
        {"[[:digit:]x]+", "1x2", 1},
        {"(?i)ads", "ADS", 1},
        {"(?i)[a-c]+", "AbC", 1},
        {"(?i)[^a]", "A", 0},
        {"ads", "ADS", 0},
        {"(?:ab|cd)+", "abcd", 1},
        {"^a$", "a", 1},
        {"a^", "a", 0},
        {"$", "", 1},
        {"^^a$$", "a", 1},
        {".", "\xe3\x81\x82", 1},
        {"..", "\xe3\x81\x82", 0},
        {"\xe3\x81\x82+", "\xe3\x81\x82\xe3\x81\x82", 1},
        {"[\xe3\x81\x82-\xe3\x81\x86]", "\xe3\x81\x84", 1},
        {".", "\n", 1},
        {"a$", "a\n", 0},
        {"(?-s).", "\n", 0},
        {"(?i)\xc3\x84", "\xc3\xa4", 1}, /* Ä, ä */
        {"\\pL+", "\xc3\xa4\xe3\x81\x82", 1},
        {"\\w", "\xc3\xa4", 0},
        {"\\Aa\\b\\z", "a", 1},
        {"\\Qa.b\\E.", "a.bc", 1},
        {".*", "a\xff", 0},
        {".*", "\xff", 0},
        {"a\\nb", "a\nb", 1},
        {"\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\^\\$\\\\", "*+?()[]{}|^$\\", 1},
        {"a+?b", "aab", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int match = matches(cases[i].pattern, cases[i].text);
        if (match != cases[i].match) printf("# '%s' '%s'\n", cases[i].pattern, cases[i].text);
        CHECK_INT(match, cases[i].match);
    }
}

static void test_groups_are_those_of_the_first_way_that_matches(void)
{
    static const struct {
        const char *pattern, *text;
        int spans[6];
    } cases[] = {
        {"(a)(b)", "ab", {0, 2, 0, 1, 1, 2}},      {"(a|ab)(c|bcd)?", "abcd", {0, 4, 0, 1, 1, 4}},
        {"(a*)(a*)", "aa", {0, 2, 0, 2, 2, 2}},    {"(a*?)(a*)", "aa", {0, 2, 0, 0, 0, 2}},
        {"(a+)|(b+)", "bb", {0, 2, -1, -1, 0, 2}}, {"(a){2}(b)", "aab", {0, 3, 1, 2, 2, 3}},
        {"(.).*(.)", "xyz", {0, 3, 0, 1, 2, 3}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_regex *re = NULL;
        cyn_regex_span spans[3];
        CHECK_INT(cyn_regex_new(cases[i].pattern, arena, &re, NULL), CYN_OK);
        CHECK_INT(cyn_regex_groups(re), 2);
        bool match = false;
        CHECK_INT(cyn_regex_match(re, cases[i].text, spans, &match, NULL), CYN_OK);
        CHECK(match);
        for (size_t k = 0; k < 3; k++) {
            CHECK_INT(spans[k].from, cases[i].spans[2 * k]);
            CHECK_INT(spans[k].to, cases[i].spans[2 * k + 1]);
        }
    }
}

static void test_groups_have_names(void)
{
    cyn_regex *re = NULL;
    CHECK_INT(cyn_regex_new("(?P<first>.)(?<second>.)(.)", arena, &re, NULL), CYN_OK);
    CHECK_INT(cyn_regex_group(re, "first", 5), 1);
    CHECK_INT(cyn_regex_group(re, "second", 6), 2);
    CHECK_INT(cyn_regex_group(re, "secondly", 8), 0);
    CHECK_INT(cyn_regex_groups(re), 3);
}

static void test_what_is_not_understood_is_refused(void)
{
    static const char *const patterns[] = {
        "(",
        ")",
        "(a",
        "a)",
        "[",
        "[a",
        "[b-a]",
        "*",
        "+a",
        "?",
        "a|*",
        "\\",
        "\\1",
        "a**",
        "\\q",
        "\\C",
        "\xff",
        "(?P<>a)",
        "(?P<a",
        "a{3,2}",
        "((a{1000}){1000}){1000}",
        "a{99999999999999999999}",
        "[[:alpha:]",
        "[\\q]",
    };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        cyn_regex *re = NULL;
        cyn_err err = {0};
        CHECK_INT(cyn_regex_new(patterns[i], arena, &re, &err), CYN_E_SYNTAX);
        CHECK(strstr(err.message, " of the regular expression '") != NULL);
    }
}

static void test_an_error_has_its_place_in_characters(void)
{
    cyn_regex *re = NULL;
    cyn_err err = {0};
    CHECK_INT(cyn_regex_new("\xe3\x81\x82|*", arena, &re, &err), CYN_E_SYNTAX);
    CHECK_STR(err.message, "quantifier does not follow a repeatable item at character 3 of the "
                           "regular expression '\xe3\x81\x82|*'");
}

static void test_an_expression_has_a_length(void)
{
    char pattern[4098];
    cyn_regex *re = NULL;
    cyn_err err = {0};
    memset(pattern, 'a', sizeof pattern - 1);
    pattern[4097] = '\0';
    CHECK_INT(cyn_regex_new(pattern, arena, &re, &err), CYN_E_SYNTAX);
    CHECK(strstr(err.message, "longer than the limit") != NULL);
    pattern[4096] = '\0';
    CHECK_INT(matches(pattern, pattern), 1);
}

/* Expressions that take a backtracking matcher for ever: what ends by itself ends with what is
 * right, and the rest is stopped. */
static void test_no_expression_takes_long(void)
{
    static const struct {
        const char *pattern;
        cyn_code code;
    } cases[] = {
        {"(a*)*[bc]", CYN_E_LIMIT},
        {"(a|a)*[bc]", CYN_E_LIMIT},
        {"(a|aa)+[bc]", CYN_E_LIMIT},
        {"(.*)(.*)(.*)(.*)(.*)[xy]", CYN_E_LIMIT},
        {"(((((a*)*)*)*)*)*[bc]", CYN_E_LIMIT},
        {"(?:(a|(?1)(?1)))*[bc]", CYN_E_LIMIT},
        {"(?R)a|b", CYN_E_LIMIT},
        {"(.)*[xy]", CYN_OK},
        {"(a?){250}a*[ab]", CYN_OK},
    };
    char text[3001];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    clock_t before = clock();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_regex *re = NULL;
        cyn_err err = {0};
        bool match = false;
        CHECK_INT(cyn_regex_new(cases[i].pattern, arena, &re, NULL), CYN_OK);
        CHECK_INT(cyn_regex_match(re, text, NULL, &match, &err), cases[i].code);
        CHECK(err.code == CYN_OK || strstr(err.message, cases[i].pattern));
    }
    CHECK((double)(clock() - before) / CLOCKS_PER_SEC < 10);
}

/* Many threads with one expression. */
static void *match_often(void *re)
{
    intptr_t wrong = 0;
    for (int i = 0; i < 2000; i++) {
        cyn_regex_span spans[3];
        bool match = false;
        cyn_code rc = cyn_regex_match(re, i % 2 ? "ads-north" : "seo", spans, &match, NULL);
        wrong += rc != CYN_OK || match != (i % 2 == 1);
        wrong += match && (spans[1].to != 3 || spans[2].from != 4);
    }
    return (void *)wrong;
}

static void test_threads_share_an_expression(void)
{
    pthread_t threads[4];
    cyn_regex *re = NULL;
    CHECK_INT(cyn_regex_new("(\\w+)-(.*)", arena, &re, NULL), CYN_OK);
    for (size_t i = 0; i < 4; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, match_often, re), 0);
    for (size_t i = 0; i < 4; i++) {
        void *wrong = re;
        CHECK_INT(pthread_join(threads[i], &wrong), 0);
        CHECK(wrong == NULL);
    }
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_the_whole_text_is_matched);
    RUN(test_groups_are_those_of_the_first_way_that_matches);
    RUN(test_groups_have_names);
    RUN(test_what_is_not_understood_is_refused);
    RUN(test_an_error_has_its_place_in_characters);
    RUN(test_an_expression_has_a_length);
    RUN(test_no_expression_takes_long);
    RUN(test_threads_share_an_expression);
    cyn_arena_free(arena);
    return test_end();
}
