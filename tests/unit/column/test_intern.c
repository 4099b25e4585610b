/* Interning: equal texts, and no others, have the same code; codes are in order of appearance. */
#include "column/intern.h"
#include "test.h"

static void check_text(const cyn_dict *d, uint32_t code, const char *s, size_t n)
{
    CHECK_INT(d->offset[code + 1] - d->offset[code], n);
    CHECK(n == 0 || memcmp(d->heap + d->offset[code], s, n) == 0);
}

/* Lengths 0 … 40 of one letter, and of NUL bytes, which must not be taken for padding. */
static void test_texts_of_all_lengths_are_told_apart(void)
{
    char letters[40], nuls[40] = {0};
    cyn_intern in = {0};
    memset(letters, 'a', sizeof letters);
    for (int round = 0; round < 2; round++) {
        for (uint32_t n = 0; n <= 40; n++) {
            uint32_t code = 999;
            CHECK(cyn_intern_code(&in, letters, n, &code));
            CHECK_INT(code, n == 0 ? 0 : 2 * n - 1);
            CHECK(cyn_intern_code(&in, nuls, n, &code));
            CHECK_INT(code, 2 * n);
        }
    }
    CHECK_INT(in.count, 81);
    cyn_intern_clear(&in);
}

static void test_each_byte_of_a_text_counts(void)
{
    cyn_intern in = {0};
    char text[24];
    uint32_t expected = 0;
    for (size_t n = 1; n <= sizeof text; n++) {
        for (size_t at = 0; at < n; at++) {
            uint32_t code;
            memset(text, 'x', sizeof text);
            text[at] = 'y';
            CHECK(cyn_intern_code(&in, text, n, &code));
            CHECK_INT(code, expected++);
        }
    }
    cyn_intern_clear(&in);
}

/* One by one, and by the hundred, of which some are new and some come twice. */
static void test_many_texts_keep_their_codes_while_the_table_grows(void)
{
    enum { TEXTS = 50000, TOGETHER = 100, ROOM = 40 };
    static char room[TOGETHER][ROOM];
    cyn_intern in = {0};
    for (int round = 0; round < 3; round++) {
        for (uint32_t first = 0; first < TEXTS; first += TOGETHER / 2) {
            cyn_intern_text texts[TOGETHER];
            uint32_t codes[TOGETHER] = {0},
                     last = TEXTS - first < TOGETHER ? TEXTS - first : TOGETHER;
            for (uint32_t i = 0; i < last; i++) {
                const char *before = i % 2 ? "u" : "a longer user ";
                size_t n = (size_t)snprintf(room[i], ROOM, "%s%u", before, first + i);
                texts[i] = (cyn_intern_text){room[i], n};
                if (round == 1) CHECK(cyn_intern_code(&in, texts[i].s, texts[i].n, &codes[i]));
            }
            if (round != 1) CHECK(cyn_intern_find_all(&in, texts, last, codes));
            for (uint32_t i = 0; i < last; i++)
                if (codes[i] != first + i) CHECK_INT(codes[i], first + i);
        }
    }
    CHECK(cyn_intern_freeze(&in));
    cyn_dict d = cyn_intern_dict(&in);
    CHECK_INT(d.count, TEXTS);
    check_text(&d, 0, "a longer user 0", 15);
    check_text(&d, 49999, "u49999", 6);
    cyn_intern_clear(&in);
}

/* Texts together may be neighbours in memory: what lies behind one must not matter. */
static void test_what_lies_behind_a_text_does_not_matter(void)
{
    static const char s[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    cyn_intern in = {0};
    for (size_t n = 0; n <= 16; n++) {
        char other[40];
        uint32_t codes[2], code;
        memset(other, 'x', sizeof other);
        memcpy(other, s, n);
        cyn_intern_text texts[] = {{s, n}, {other, n}};
        CHECK(cyn_intern_find_all(&in, texts, 2, codes));
        CHECK(cyn_intern_code(&in, s, n, &code));
        CHECK(codes[0] == n && codes[1] == n && code == n);
    }
    cyn_intern_clear(&in);
}

static size_t write_similar(char *text, size_t size, int form, unsigned i)
{
    switch (form) {
    case 0: return (size_t)snprintf(text, size, "%u", i);
    case 1: return (size_t)snprintf(text, size, "u%05u", i);
    case 2: return (size_t)snprintf(text, size, "user-%08u", i);
    default: return (size_t)snprintf(text, size, "%u/%u/x", i, i);
    }
}

/* Chains of a few thousand would say that the hash is no hash. */
static void test_similar_short_texts_have_different_hashes(void)
{
    enum { TEXTS = 10000, SLOTS = 16384 };
    static uint8_t used[SLOTS];
    for (int form = 0; form < 4; form++) {
        int most = 0;
        memset(used, 0, sizeof used);
        for (unsigned i = 0; i < TEXTS; i++) {
            char text[40];
            size_t n = write_similar(text, sizeof text, form, i);
            int here = ++used[cyn_intern_hash(text, n) % SLOTS];
            if (here > most) most = here;
        }
        CHECK(most <= 12); /* 10,000 balls in 16,384 bins: more than 9 in one is rarer than 1e-6 */
    }
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Of texts of twelve bytes and more the hash may be that of another one, and among so many it is.
 */
static void test_texts_of_equal_hash_are_told_apart(void)
{
    enum { TEXTS = 50000, LENGTH = 15, ROOM = 24 };
    static char room[TEXTS][ROOM];
    static cyn_intern_text texts[TEXTS];
    static uint32_t codes[TEXTS], hashes[TEXTS];
    cyn_intern in = {0};
    int met = 0;
    for (uint32_t i = 0; i < TEXTS; i++) {
        unsigned mixed = (i * UINT32_C(2654435761)) >> 4; /* all differ in their last 28 bits */
        snprintf(room[i], ROOM, "the same%07x", mixed);
        texts[i] = (cyn_intern_text){room[i], LENGTH};
        hashes[i] = cyn_intern_hash(room[i], LENGTH);
    }
    qsort(hashes, TEXTS, sizeof *hashes, by_number);
    for (uint32_t i = 1; i < TEXTS; i++)
        met += hashes[i] == hashes[i - 1];
    CHECK(met > 0);
    for (int round = 0; round < 2; round++) {
        CHECK(cyn_intern_find_all(&in, texts, TEXTS, codes));
        for (uint32_t i = 0; i < TEXTS; i++)
            if (codes[i] != i) CHECK_INT(codes[i], i);
    }
    cyn_intern_clear(&in);
}

/* A dictionary of 1,000 texts, and behind it some that it has and some that it lacks. */
static void test_texts_are_put_behind_a_dictionary(void)
{
    enum { TEXTS = 1000 };
    cyn_intern first = {0}, more = {0};
    char text[40];
    uint32_t code = 0, codes[TEXTS];
    for (uint32_t i = 0; i < TEXTS; i++) {
        int n = snprintf(text, sizeof text, i % 3 ? "%u" : "a text that is long: %u", i);
        CHECK(cyn_intern_code(&first, text, i ? (size_t)n : 0, &code));
        n = snprintf(text, sizeof text, i % 3 ? "%u" : "a text that is long: %u", 2 * i);
        CHECK(cyn_intern_code(&more, text, i ? (size_t)n : 0, &code));
        CHECK_INT(code, i);
    }
    CHECK(cyn_intern_freeze(&first));
    const cyn_dict d = cyn_intern_dict(&first);
    CHECK(cyn_intern_put_behind(&more, &d, codes));
    CHECK(cyn_intern_freeze(&more));
    const cyn_dict both = cyn_intern_dict(&more);
    uint32_t next = TEXTS;
    for (uint32_t i = 0; i < TEXTS; i++) {
        bool known = 2 * i < TEXTS && (2 * i % 3 == 0) == (i % 3 == 0);
        CHECK_INT(codes[i], known ? 2 * i : next++);
        int n = snprintf(text, sizeof text, i % 3 ? "%u" : "a text that is long: %u", 2 * i);
        check_text(&both, codes[i], text, i ? (size_t)n : 0);
        n = snprintf(text, sizeof text, i % 3 ? "%u" : "a text that is long: %u", i);
        check_text(&both, i, text, i ? (size_t)n : 0);
    }
    CHECK_INT(both.count, next);
    cyn_intern_clear(&first);
    cyn_intern_clear(&more);
}

static void test_nothing_may_be_put_behind_nothing(void)
{
    cyn_intern none = {0}, more = {0};
    uint32_t code;
    CHECK(cyn_intern_freeze(&none));
    const cyn_dict d = cyn_intern_dict(&none);
    CHECK(cyn_intern_put_behind(&more, &d, NULL));
    CHECK_INT(more.count, 0);
    CHECK(cyn_intern_code(&more, "a", 1, &code));
    CHECK(cyn_intern_put_behind(&more, &d, &code));
    CHECK_INT(code, 0);
    CHECK(cyn_intern_freeze(&more));
    const cyn_dict one = cyn_intern_dict(&more);
    check_text(&one, 0, "a", 1);
    cyn_intern_clear(&none);
    cyn_intern_clear(&more);
}

int main(void)
{
    RUN(test_texts_of_all_lengths_are_told_apart);
    RUN(test_each_byte_of_a_text_counts);
    RUN(test_many_texts_keep_their_codes_while_the_table_grows);
    RUN(test_what_lies_behind_a_text_does_not_matter);
    RUN(test_similar_short_texts_have_different_hashes);
    RUN(test_texts_of_equal_hash_are_told_apart);
    RUN(test_texts_are_put_behind_a_dictionary);
    RUN(test_nothing_may_be_put_behind_nothing);
    return test_end();
}
