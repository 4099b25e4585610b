/* base/text: UTF-8, cells, nearest names, identifiers. */
#include "base/text.h"
#include "test.h"

static size_t valid(const char *s)
{
    return cyn_utf8_valid(s, strlen(s));
}

static size_t width(const char *s)
{
    return cyn_width(s, strlen(s));
}

static size_t prefix(const char *s, size_t cells)
{
    return cyn_width_prefix(s, strlen(s), cells);
}

static void test_valid_utf8_is_valid_to_its_end(void)
{
    CHECK_INT(valid(""), 0);
    CHECK_INT(valid("plain ASCII that is longer than eight bytes"), 43);
    CHECK_INT(valid("é売😀"), 9);
    CHECK_INT(valid("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"), 10); /* U+D7FF U+E000 U+10FFFF */
    CHECK_INT(cyn_utf8_valid("a\0b", 3), 3);
}

/* The cases of RFC 3629, section 4 and 10. */
static void test_the_first_bad_byte_is_found(void)
{
    CHECK_INT(valid("12345678901\x80"), 11);     /* a continuation alone */
    CHECK_INT(valid("ab\xC3"), 2);               /* cut off */
    CHECK_INT(valid("ab\xE5\xA3"), 2);           /* cut off */
    CHECK_INT(valid("\xC0\xAF"), 0);             /* overlong */
    CHECK_INT(valid("x\xE0\x80\xAF"), 1);        /* overlong */
    CHECK_INT(valid("\xF0\x80\x80\xAF"), 0);     /* overlong */
    CHECK_INT(valid("\xED\xA0\x80"), 0);         /* surrogate */
    CHECK_INT(valid("\xF4\x90\x80\x80"), 0);     /* above U+10FFFF */
    CHECK_INT(valid("\xF8\x88\x80\x80\x80"), 0); /* five bytes */
    CHECK_INT(valid("\xFE"), 0);
    CHECK_INT(valid("é\xC3("), 2);
}

static void test_characters_are_counted(void)
{
    CHECK_INT(cyn_utf8_count("é売😀a", strlen("é売😀a")), 4);
    CHECK_INT(cyn_utf8_count("a\xFF\xFE", 3), 3);
    CHECK_INT(cyn_utf8_count("", 0), 0);
}

static void test_cells_are_those_of_a_terminal(void)
{
    CHECK_INT(width("revenue"), 7);
    CHECK_INT(width("売上"), 4);
    CHECK_INT(width("ｱ"), 1);              /* half-width katakana */
    CHECK_INT(width("Ａ"), 2);             /* full-width A */
    CHECK_INT(width("e\xCC\x81"), 1);      /* e + combining acute */
    CHECK_INT(width("か\xE3\x82\x99"), 2); /* か + combining voiced mark */
    CHECK_INT(width("…±α"), 3);            /* ambiguous width counts as one */
    CHECK_INT(width("a\tb\x1b"), 2);
    CHECK_INT(width("a\xFFz"), 3);
}

static void test_emoji_take_two_cells_per_cluster(void)
{
    CHECK_INT(width("😀"), 2);
    CHECK_INT(width("👩‍👩‍👧"), 2);        /* joined by ZWJ */
    CHECK_INT(width("👍🏽"), 2);                  /* skin tone */
    CHECK_INT(width("🇯🇵🇫🇷"), 4);                      /* two flags */
    CHECK_INT(width("\xE2\x9D\xA4"), 1);              /* U+2764 heavy black heart, as text */
    CHECK_INT(width("\xE2\x9D\xA4\xEF\xB8\x8F"), 2);  /* the same as an emoji, U+FE0F */
    CHECK_INT(width("1\xEF\xB8\x8F\xE2\x83\xA3"), 2); /* keycap */
    CHECK_INT(width("a\xEF\xB8\x8F"), 1);             /* nothing to turn into an emoji */
}

static void test_prefixes_end_between_clusters(void)
{
    CHECK_INT(prefix("revenue", 3), 3);
    CHECK_INT(prefix("revenue", 99), 7);
    CHECK_INT(prefix("売上", 3), 3);
    CHECK_INT(prefix("売上", 1), 0);
    CHECK_INT(prefix("e\xCC\x81x", 1), 3);
    CHECK_INT(prefix("👩‍👩‍👧x", 2), strlen("👩‍👩‍👧"));
    CHECK_INT(prefix("👩‍👩‍👧x", 1), 0);
    CHECK_INT(prefix("", 0), 0);
}

static const char *const keys[] = {"target", "title", "direction", "unit", "why", "by", "列名"};

static const char *near(const char *word)
{
    return cyn_nearest(word, keys, sizeof keys / sizeof *keys);
}

static void test_slips_find_the_name_that_was_meant(void)
{
    CHECK_STR(near("unti"), "unit"); /* two letters swapped are one slip */
    CHECK_STR(near("uint"), "unit");
    CHECK_STR(near("traget"), "target");
    CHECK_STR(near("Direction"), "direction");
    CHECK_STR(near("dirction"), "direction");
    CHECK_STR(near("tittle"), "title");
    CHECK_STR(near("UNIT"), "unit");
    CHECK_STR(near("列品"), "列名"); /* one character, not three bytes */
}

static void test_other_words_find_nothing(void)
{
    CHECK_STR(near("colour"), NULL);
    CHECK_STR(near("x"), NULL);
    CHECK_STR(near(""), NULL);
    CHECK_STR(near("unitarians"), NULL);
    char longest[400];
    memset(longest, 'a', sizeof longest);
    longest[399] = '\0';
    CHECK_STR(near(longest), NULL);
    const char *names[] = {longest, "aab"};
    CHECK_STR(cyn_nearest("aaa", names, 2), "aab");
    CHECK_STR(cyn_nearest("aaa", NULL, 0), NULL);
}

static void test_ties_go_to_the_first_and_nearer_names_win(void)
{
    const char *names[] = {"rate2", "rate1", "rate"};
    CHECK_STR(cyn_nearest("rate3", names, 3), "rate2");
    CHECK_STR(cyn_nearest("rate1", names, 3), "rate1");
}

static void test_identifiers_are_luas(void)
{
    CHECK(cyn_is_identifier("user_id"));
    CHECK(cyn_is_identifier("_"));
    CHECK(cyn_is_identifier("x1"));
    CHECK(cyn_is_identifier("End"));
    CHECK(!cyn_is_identifier("end"));
    CHECK(!cyn_is_identifier("goto"));
    CHECK(!cyn_is_identifier("1x"));
    CHECK(!cyn_is_identifier("a.b"));
    CHECK(!cyn_is_identifier("売上"));
    CHECK(!cyn_is_identifier(""));
    CHECK(!cyn_is_identifier(NULL));
}

static void test_controls_are_c0_del_and_c1(void)
{
    CHECK_INT(cyn_control_size("\0", 1), 1);
    CHECK_INT(cyn_control_size("\n", 1), 1);
    CHECK_INT(cyn_control_size("\x1f", 1), 1);
    CHECK_INT(cyn_control_size(" ", 1), 0);
    CHECK_INT(cyn_control_size("~", 1), 0);
    CHECK_INT(cyn_control_size("\x7f", 1), 1);
    CHECK_INT(cyn_control_size("\xc2\x80", 2), 2);
    CHECK_INT(cyn_control_size("\xc2\x9f", 2), 2);
    CHECK_INT(cyn_control_size("\xc2\xa0", 2), 0); /* a blank that does not break */
    CHECK_INT(cyn_control_size("\xc3\x80", 2), 0); /* À */
    CHECK_INT(cyn_control_size("\xc2", 1), 0);     /* cut: no character at all */
}

static void test_what_turns_a_line_around_is_unprintable(void)
{
    CHECK_INT(cyn_unprintable_size("\n", 1), 1);
    CHECK_INT(cyn_unprintable_size("\xc2\x80", 2), 2);
    CHECK_INT(cyn_unprintable_size("\xe2\x80\xa7", 3), 0); /* a hyphenation point */
    CHECK_INT(cyn_unprintable_size("\xe2\x80\xa8", 3), 3); /* a line separator */
    CHECK_INT(cyn_unprintable_size("\xe2\x80\xae", 3), 3); /* right-to-left override */
    CHECK_INT(cyn_unprintable_size("\xe2\x80\xaf", 3), 0); /* a narrow blank */
    CHECK_INT(cyn_unprintable_size("\xe2\x81\xa5", 3), 0);
    CHECK_INT(cyn_unprintable_size("\xe2\x81\xa6", 3), 3); /* isolates */
    CHECK_INT(cyn_unprintable_size("\xe2\x81\xa9", 3), 3);
    CHECK_INT(cyn_unprintable_size("\xe2\x81\xaa", 3), 0);
    CHECK_INT(cyn_unprintable_size("\xe2\x80", 2), 0); /* cut */
    char text[] = "a\xe2\x80\xae"
                  "b\nc";
    cyn_blank_controls(text, strlen(text), true);
    CHECK_STR(text, "a   b\nc");
}

int main(void)
{
    RUN(test_valid_utf8_is_valid_to_its_end);
    RUN(test_the_first_bad_byte_is_found);
    RUN(test_characters_are_counted);
    RUN(test_cells_are_those_of_a_terminal);
    RUN(test_emoji_take_two_cells_per_cluster);
    RUN(test_prefixes_end_between_clusters);
    RUN(test_slips_find_the_name_that_was_meant);
    RUN(test_other_words_find_nothing);
    RUN(test_ties_go_to_the_first_and_nearer_names_win);
    RUN(test_identifiers_are_luas);
    RUN(test_controls_are_c0_del_and_c1);
    RUN(test_what_turns_a_line_around_is_unprintable);
    return test_end();
}
