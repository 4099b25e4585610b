/* column/numbered: ids that are digits behind letters get the codes that the table of all texts
 * gives them, whatever lies between. */
#include "column/intern.h"
#include "column/numbered.h"
#include "test.h"

enum { TEXTS = 60000, TOGETHER = 150, ROOM = 40 };

static uint64_t state = 7;

static unsigned below(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

/* Ids as they are found, some of one length that look otherwise, and some that nearly are ids. */
static size_t make_text(char text[ROOM], int form)
{
    int n = 0;
    switch (form) {
    case 0: n = snprintf(text, ROOM, "u%08u", below(20000)); break;
    case 1: n = snprintf(text, ROOM, "%u", below(20000)); break;
    case 2: n = snprintf(text, ROOM, "customer-%06u", below(20000)); break;
    case 3: n = snprintf(text, ROOM, "%c%08u", "uvw"[below(3)], below(20000)); break;
    case 4: n = snprintf(text, ROOM, "u%08u", below(100000000)); break; /* far between */
    case 5: n = snprintf(text, ROOM, "u%07x", below(200000)); break;
    case 6: n = snprintf(text, ROOM, "order number %09u", below(20000)); break;
    default:
        n = snprintf(text, ROOM, "u%08u", below(20000));
        text[below((unsigned)n)] = "/:x \0"[below(5)]; /* what stands beside the digits, too */
        break;
    }
    return (size_t)n;
}

/* Looked for together through the numbers, and one by one without them. */
static bool agree(int first_form, int forms)
{
    static char room[TOGETHER][ROOM];
    cyn_intern in = {0}, plain = {0};
    cyn_intern_text texts[TOGETHER];
    uint32_t codes[TOGETHER], code = 0, wrong = 0;
    for (int done = 0; done < TEXTS; done += TOGETHER) {
        for (size_t i = 0; i < TOGETHER; i++)
            texts[i] = (cyn_intern_text){
                room[i], make_text(room[i], first_form + (int)below((unsigned)forms))};
        CHECK(cyn_intern_find_all(&in, texts, TOGETHER, codes));
        for (size_t i = 0; i < TOGETHER; i++) {
            CHECK(cyn_intern_code(&plain, texts[i].s, texts[i].n, &code));
            wrong += code != codes[i];
        }
    }
    CHECK(in.count == plain.count && in.count > 1000);
    cyn_intern_clear(&in);
    cyn_intern_clear(&plain);
    return wrong == 0;
}

static void test_each_kind_of_ids_has_its_codes(void)
{
    for (int form = 0; form < 8; form++)
        CHECK(agree(form, 1));
}

static void test_kinds_of_ids_may_be_mixed(void)
{
    CHECK(agree(0, 8));
    CHECK(agree(3, 5));
}

/* The code + 1 of a text; 0: it is not known. */
static uint32_t found(const cyn_numbered *x, const char *s)
{
    char text[2 * CYN_NUMBERED_LENGTH] = {0};
    const size_t n = strlen(s);
    memcpy(text, s, n);
    const uint32_t number = cyn_numbered_number(x, text, n);
    if (number == CYN_NUMBERED_NONE || number >= x->shapes[n].room) return 0;
    return x->shapes[n].code1[number];
}

static bool note(cyn_numbered *x, const char *s, uint32_t code, uint32_t count)
{
    char text[2 * CYN_NUMBERED_LENGTH] = {0};
    memcpy(text, s, strlen(s));
    return cyn_numbered_note(x, text, strlen(s), code, count);
}

static cyn_numbered *none_noted(void)
{
    cyn_numbered *x = cyn_calloc(1, sizeof *x);
    if (!x) abort();
    return x;
}

static void test_numbers_are_noted_where_they_are_dense(void)
{
    cyn_numbered *x = none_noted();
    const cyn_numbered_shape *shape = &x->shapes[8];
    CHECK(note(x, "u0000012", 7, 8));
    CHECK_INT(found(x, "u0000012"), 8);
    CHECK_INT(found(x, "u0000013"), 0);
    CHECK_INT(cyn_numbered_number(x, "v0000012\0\0\0\0\0\0\0", 8), CYN_NUMBERED_NONE);
    CHECK_INT(cyn_numbered_number(x, "u000001x\0\0\0\0\0\0\0", 8), CYN_NUMBERED_NONE);
    CHECK(!note(x, "v0000012", 8, 9) && shape->whole);
    CHECK(!note(x, "u9000000", 8, 9) && !shape->whole);
    CHECK(note(x, "u9000000", 8, 3000000) && !shape->whole);
    CHECK_INT(found(x, "u9000000"), 9);
    CHECK_INT(found(x, "u0000012"), 8);
    cyn_numbered_free(x);
}

/* The first of a length was not like the others: what is noted stays, and nothing is added. */
static void test_a_shape_that_few_have_is_closed(void)
{
    cyn_numbered *x = none_noted();
    char text[2 * CYN_NUMBERED_LENGTH] = {0};
    CHECK(note(x, "a00001", 0, 1));
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(text, sizeof text, "b%05u", i);
        CHECK(!note(x, text, 1, 2));
    }
    CHECK(x->shapes[6].closed && x->shapes[6].whole);
    CHECK(!note(x, "a00002", 2, 3));
    CHECK(!x->shapes[6].whole);
    CHECK_INT(found(x, "a00001"), 1);
    CHECK_INT(found(x, "a00002"), 0);
    cyn_numbered_free(x);
}

/* Ids in any order, some far from all others, and the same ones by the other way of asking. */
static void test_both_ways_of_asking_know_the_same_texts(void)
{
    enum { IDS = 20000 };
    static char room[IDS][ROOM];
    cyn_intern in = {0};
    uint32_t codes[1], code, wrong = 0;
    for (uint32_t i = 0; i < IDS; i++) {
        const unsigned far = i % 1000 == 999 ? 90000000 : 0;
        const size_t n = (size_t)snprintf(room[i], ROOM, "u%08u", far + i * 7919 % IDS);
        const cyn_intern_text text = {room[i], n};
        CHECK(i % 3 ? cyn_intern_find_all(&in, &text, 1, codes)
                    : cyn_intern_code(&in, room[i], n, codes));
        wrong += codes[0] != i;
    }
    CHECK_INT(wrong, 0);
    for (uint32_t i = 0; i < IDS; i++) {
        const cyn_intern_text text = {room[i], strlen(room[i])};
        CHECK(cyn_intern_code(&in, room[i], text.n, &code));
        CHECK(cyn_intern_find_all(&in, &text, 1, codes));
        wrong += code != i || codes[0] != i;
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(in.count, IDS);
    CHECK(in.taken < IDS / 10);
    cyn_intern_clear(&in);
}

int main(void)
{
    RUN(test_each_kind_of_ids_has_its_codes);
    RUN(test_kinds_of_ids_may_be_mixed);
    RUN(test_numbers_are_noted_where_they_are_dense);
    RUN(test_a_shape_that_few_have_is_closed);
    RUN(test_both_ways_of_asking_know_the_same_texts);
    return test_end();
}
