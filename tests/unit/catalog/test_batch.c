/* Rows and answers as bytes. */
#include "catalog/batch.h"
#include "test.h"

static const uint64_t offsets[] = {3, 6, 10};
static const uint32_t codes[] = {1, 0, 1};
static const int64_t integers[] = {7, -8, INT64_MAX};
static const uint8_t booleans[] = {1, 0, 1};
static const double reals[] = {0.5, -0.0, 1e300};
static const uint64_t valid[] = {5};
static const cyn_batch_column columns[] = {
    {.name = "t",
     .type = CYN_TEXT,
     .values = codes,
     .dict_count = 2,
     .dict_offset = offsets,
     .dict_heap = "xxxoneFOUR"},
    {.name = "d.e", .type = CYN_DECIMAL, .scale = 2, .valid = valid, .values = integers},
    {.name = "b", .type = CYN_BOOLEAN, .values = booleans},
    {.name = "金額", .type = CYN_REAL, .values = reals},
    {.name = "none", .type = CYN_TEXT, .valid = valid, .values = codes},
};
static const cyn_batch batch = {3, columns, 4};

static void test_rows_are_read_back(void)
{
    size_t n = cyn_batch_size(&batch);
    uint64_t *block = malloc(n);
    cyn_arena *a = cyn_arena_new(0);
    const cyn_batch *b = NULL;
    cyn_batch_write(&batch, block);
    CHECK_INT(cyn_batch_open(block, n, a, &b, NULL), CYN_OK);
    CHECK_INT(b->rows, 3);
    CHECK_INT(b->ncolumns, 4);
    CHECK_STR(b->columns[1].name, "d.e");
    CHECK_INT(b->columns[1].scale, 2);
    CHECK(b->columns[1].valid && b->columns[1].valid[0] == 5);
    CHECK(b->columns[0].valid == NULL);
    CHECK(!memcmp(b->columns[1].values, integers, sizeof integers));
    CHECK(!memcmp(b->columns[2].values, booleans, sizeof booleans));
    CHECK(!memcmp(b->columns[3].values, reals, sizeof reals));
    const cyn_batch_column *t = &b->columns[0];
    CHECK_INT(t->dict_offset[0], 0); /* the slice of a larger heap starts anew */
    CHECK(t->dict_offset[2] == 7 && !memcmp(t->dict_heap, "oneFOUR", 7));
    cyn_arena_free(a);
    free(block);
}

static void test_a_code_outside_the_dictionary_is_refused_where_it_is_read(void)
{
    cyn_batch bad = {3, &columns[4], 1};
    for (int missing = 0; missing < 2; missing++) {
        static const uint64_t nothing[] = {0};
        cyn_batch_column c = columns[4];
        c.valid = missing ? nothing : valid;
        bad.columns = &c;
        size_t n = cyn_batch_size(&bad);
        uint64_t *block = malloc(n);
        cyn_arena *a = cyn_arena_new(0);
        const cyn_batch *b;
        cyn_batch_write(&bad, block);
        CHECK_INT(cyn_batch_open(block, n, a, &b, NULL), missing ? CYN_OK : CYN_E_WORKER);
        cyn_arena_free(a);
        free(block);
    }
}

static const uint8_t kinds[] = {CYN_ANSWER_NIL, CYN_ANSWER_TEXT, CYN_ANSWER_INTEGER};
static const uint64_t bits[] = {0, 1, 99};
static const uint32_t lengths[] = {0, 2, 0};

static void test_answers_are_read_back(void)
{
    cyn_buf b = {0};
    cyn_answers *a = NULL;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers_write(&(cyn_answers){3, kinds, bits, lengths, "abc", 3}, &b);
    CHECK_INT(cyn_answers_open(b.data, b.len, 3, arena, &a, NULL), CYN_OK);
    CHECK(a && a->bits[2] == 99 && a->heap_size == 3 && !memcmp(a->heap + a->bits[1], "bc", 2));
    CHECK_INT(cyn_answers_open(b.data, b.len, 4, arena, &a, NULL), CYN_E_WORKER);
    cyn_buf_reset(&b);
    cyn_answers_write(&(cyn_answers){.rows = 1, .kind = kinds}, &b);
    CHECK_INT(cyn_answers_open(b.data, b.len, 1, arena, &a, NULL), CYN_OK);
    CHECK(a->bits && a->bits[0] == 0 && !a->text_length);
    cyn_arena_free(arena);
    cyn_buf_clear(&b);
}

static void test_texts_outside_the_heap_and_unknown_kinds_are_refused(void)
{
    static const struct {
        uint8_t kind;
        uint64_t at;
        uint32_t length;
        cyn_code want;
    } cases[] = {{CYN_ANSWER_TEXT, 0, 3, CYN_OK},
                 {CYN_ANSWER_TEXT, 3, 0, CYN_OK},
                 {CYN_ANSWER_TEXT, 0, 4, CYN_E_WORKER},
                 {CYN_ANSWER_TEXT, 4, 0, CYN_E_WORKER},
                 {CYN_ANSWER_TEXT, UINT64_MAX, 2, CYN_E_WORKER},
                 {CYN_ANSWER_TEXT + 1, 0, 0, CYN_E_WORKER}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_buf b = {0};
        cyn_answers *a;
        cyn_arena *arena = cyn_arena_new(0);
        cyn_answers_write(
            &(cyn_answers){1, &cases[i].kind, &cases[i].at, &cases[i].length, "abc", 3}, &b);
        CHECK_INT(cyn_answers_open(b.data, b.len, 1, arena, &a, NULL), cases[i].want);
        cyn_arena_free(arena);
        cyn_buf_clear(&b);
    }
}

/* A repeatable sequence, so that a failure can be run again. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void damage(uint8_t *data, size_t n, uint32_t *seed)
{
    for (uint32_t i = 1 + next_random(seed) % 3; i > 0; i--)
        data[next_random(seed) % n] ^= (uint8_t)(1u << next_random(seed) % 8);
}

static void test_no_damaged_block_does_harm(void)
{
    uint32_t seed = 7;
    size_t n = cyn_batch_size(&batch);
    uint8_t *block = malloc(n);
    int refused = 0;
    for (int round = 0; round < 20000; round++) {
        cyn_batch_write(&batch, block);
        damage(block, round % 2 ? n : 200, &seed);
        const cyn_batch *b;
        cyn_arena *arena = cyn_arena_new((size_t)1 << 20);
        size_t size = next_random(&seed) % 8 ? n : next_random(&seed) % n;
        refused += cyn_batch_open(block, size, arena, &b, NULL) != CYN_OK;
        cyn_arena_free(arena);
    }
    CHECK(refused > 1000 && refused < 20000);
    free(block);
    cyn_buf good = {0};
    cyn_answers_write(&(cyn_answers){3, kinds, bits, lengths, "abc", 3}, &good);
    block = malloc(good.len);
    for (int round = 0; round < 20000; round++) {
        memcpy(block, good.data, good.len);
        damage(block, good.len, &seed);
        cyn_answers *a;
        cyn_arena *arena = cyn_arena_new((size_t)1 << 20);
        if (cyn_answers_open(block, good.len, 3, arena, &a, NULL) == CYN_OK)
            for (size_t r = 0; r < 3; r++)
                if (a->kind[r] == CYN_ANSWER_TEXT) CHECK(a->bits[r] + a->text_length[r] <= 3);
        cyn_arena_free(arena);
    }
    free(block);
    cyn_buf_clear(&good);
}

int main(void)
{
    RUN(test_rows_are_read_back);
    RUN(test_a_code_outside_the_dictionary_is_refused_where_it_is_read);
    RUN(test_answers_are_read_back);
    RUN(test_texts_outside_the_heap_and_unknown_kinds_are_refused);
    RUN(test_no_damaged_block_does_harm);
    return test_end();
}
