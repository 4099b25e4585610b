/* Decompositions on the wire: what is sent, and replies that may be anything. */
#include "catalog/change.h"
#include "message.h"
#include "test.h"

static const char *const names[] = {"users", "price"};
static const double before[] = {10, 2.5}, after[] = {12, 2};
static const cyn_change changes[] = {{.metric = "revenue",
                                      .inputs = names,
                                      .ninputs = 2,
                                      .before = before,
                                      .after = after,
                                      .total_before = 25,
                                      .total_after = 24},
                                     {.metric = "revenue", .inputs = names}};

/* Reads the reply to the changes above, of two inputs and of none. */
static cyn_code read_reply(const char *text, cyn_arena *arena, const double *const **parts,
                           const cyn_err *const **errors, cyn_err *err)
{
    cyn_buf b = {0};
    put_value(&b, text);
    cyn_code rc =
        cyn_changes_read((const uint8_t *)b.data, b.len, changes, 2, arena, parts, errors, err);
    cyn_buf_clear(&b);
    return rc;
}

static void test_parts_and_errors_are_read(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    const double *const *parts = NULL;
    const cyn_err *const *errors = NULL;
    CHECK_INT(
        read_reply("{results: [{parts: [4, -5.5]}, {parts: {}}]}", arena, &parts, &errors, NULL),
        CYN_OK);
    if (parts) {
        CHECK_NEAR(parts[0][0], 4, 0);
        CHECK_NEAR(parts[0][1], -5.5, 0);
        CHECK(parts[1] && !errors[0] && !errors[1]);
    }
    parts = NULL;
    CHECK_INT(read_reply("{results: [{error: {code: 9, message: no}}, {parts: {}}]}", arena, &parts,
                         &errors, NULL),
              CYN_OK);
    if (parts) {
        CHECK(!parts[0] && parts[1] && !errors[1]);
        CHECK(errors[0] && strcmp(errors[0]->message, "no") == 0);
    }
    cyn_arena_free(arena);
}

static void test_anything_else_is_refused(void)
{
    static const char *const bad[] = {
        "x",
        "{}",
        "{results: {}}",
        "{results: [{parts: [1, 2]}]}",
        "{results: [{parts: [1, 2]}, {parts: {}}, {parts: {}}]}",
        "{results: [1, {parts: {}}]}",
        "{results: [{}, {parts: {}}]}",
        "{results: [{parts: [1]}, {parts: {}}]}",
        "{results: [{parts: [1, 2, 3]}, {parts: {}}]}",
        "{results: [{parts: [1, x]}, {parts: {}}]}",
        "{results: [{parts: [1, true]}, {parts: {}}]}",
        "{results: [{parts: {users: 1, price: 2}}, {parts: {}}]}",
        "{results: [{parts: x}, {parts: {}}]}",
        "{results: [{parts: [1, 2]}, {parts: [1]}]}",
        "{results: [{error: x}, {parts: {}}]}",
        "{results: [{error: {code: 0, message: no}}, {parts: {}}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cyn_arena *arena = cyn_arena_new(0);
        const double *const *parts = NULL;
        const cyn_err *const *errors = NULL;
        CHECK_INT(read_reply(bad[i], arena, &parts, &errors, NULL), CYN_E_WORKER);
        if (parts) printf("# accepted: %s\n", bad[i]);
        cyn_arena_free(arena);
    }
}

static void test_no_part_is_infinite(void)
{
    static const double wrong[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < 3; i++) {
        cyn_arena *arena = cyn_arena_new(0);
        const double *const *parts = NULL;
        const cyn_err *const *errors = NULL;
        cyn_buf b = {0};
        cyn_wire_map(&b, 1);
        cyn_wire_key(&b, "results");
        cyn_wire_array(&b, 1);
        cyn_wire_map(&b, 1);
        cyn_wire_key(&b, "parts");
        cyn_wire_array(&b, 2);
        cyn_wire_integer(&b, 1);
        cyn_wire_real(&b, wrong[i]);
        CHECK_INT(cyn_changes_read((const uint8_t *)b.data, b.len, changes, 1, arena, &parts,
                                   &errors, NULL),
                  CYN_E_WORKER);
        cyn_buf_clear(&b);
        cyn_arena_free(arena);
    }
}

static void test_a_request_holds_all_changes(void)
{
    cyn_buf b = {0};
    const cyn_value *tree = NULL;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_changes_write(7, changes, 2, &b);
    CHECK_INT(cyn_wire_read((const uint8_t *)b.data, b.len, arena, &tree, NULL), CYN_OK);
    if (tree) {
        const cyn_value *list = cyn_value_get(tree, "changes"), *first = &list->items[0];
        CHECK_INT(cyn_value_get(tree, "handle")->i, 7);
        CHECK_INT(list->n, 2);
        CHECK_STR(cyn_value_get(first, "metric")->s, "revenue");
        CHECK_STR(cyn_value_get(first, "inputs")->items[1].s, "price");
        CHECK_NEAR(cyn_value_get(first, "before")->items[1].r, 2.5, 0);
        CHECK_NEAR(cyn_value_get(first, "after")->items[0].r, 12, 0);
        CHECK_NEAR(cyn_value_get(first, "total_before")->r, 25, 0);
        CHECK_NEAR(cyn_value_get(first, "total_after")->r, 24, 0);
        CHECK_INT(cyn_value_get(&list->items[1], "inputs")->n, 0);
    }
    cyn_buf_clear(&b);
    cyn_arena_free(arena);
}

/* An arena of 16 bytes, of 32, … until all fits: a good reply is never a malformed one. */
static void test_memory_runs_out_wherever_it_may(void)
{
    static const char *const good[] = {
        "{results: [{parts: [4, -5.5]}, {parts: {}}]}",
        "{results: [{error: {code: 9, message: no}}, {error: {code: 9, message: no}}]}"};
    for (size_t i = 0; i < 2; i++) {
        cyn_code rc = CYN_E_NOMEM;
        size_t limit = 0;
        while (rc == CYN_E_NOMEM && limit < 100000) {
            const double *const *parts = NULL;
            const cyn_err *const *errors = NULL;
            cyn_arena *arena = cyn_arena_new(limit += 16);
            rc = read_reply(good[i], arena, &parts, &errors, NULL);
            CHECK_INT(rc, parts ? CYN_OK : CYN_E_NOMEM);
            cyn_arena_free(arena);
        }
        CHECK_INT(rc, CYN_OK);
        CHECK(limit > 64);
    }
}

int main(void)
{
    RUN(test_parts_and_errors_are_read);
    RUN(test_anything_else_is_refused);
    RUN(test_memory_runs_out_wherever_it_may);
    RUN(test_no_part_is_infinite);
    RUN(test_a_request_holds_all_changes);
    return test_end();
}
