/* Needs: which columns of a source a project can read, by hand-made catalogs. */
#include "engine/needs.h"
#include "plan/relation.h"
#include "plan/translation.h"
#include "test.h"
#include <string.h>

static const char *const dimensions[] = {"channel"};
static const cyn_column_decl columns[] = {
    {.name = "price", .has_type = true, .type = CYN_DECIMAL, .scale = 2},
    {.name = "note", .has_type = true, .type = CYN_TEXT},
    {.name = "kept", .from = "Kept"},
};
static cyn_config_source sources[] = {
    {.name = "events", .entity = "user_id", .dimensions = dimensions, .ndimensions = 1},
    {.name = "orders"},
};
static const cyn_source_spec specs[] = {{.name = "events"},
                                        {.name = "orders", .columns = columns, .ncolumns = 3}};

/* "a b c", the names as they were found; "all" where any column may be read. */
static const char *needed(size_t source, const cyn_agg *agg)
{
    static char out[300];
    const cyn_agg *const aggs[] = {agg};
    const cyn_catalog catalog = {.aggs = aggs, .naggs = 1};
    const cyn_config config = {.sources = sources, .nsources = 2};
    const cyn_project project = {.config = &config, .specs = specs, .catalog = &catalog};
    cyn_arena *arena = cyn_arena_new(0);
    cyn_needs needs;
    out[0] = '\0';
    if (!arena || cyn_needs_find(&project, source, NULL, 0, arena, &needs, NULL) != CYN_OK)
        exit(99);
    if (needs.all) strcat(out, "all ");
    for (size_t i = 0; i < needs.count; i++)
        strcat(strcat(out, needs.names[i]), " ");
    cyn_arena_free(arena);
    return out;
}

static cyn_expr column(const char *name)
{
    return (cyn_expr){.kind = CYN_EXPR_COLUMN, .name = name};
}

static void test_expressions_dimensions_and_entity_are_needed(void)
{
    const cyn_expr event = column("event"), amount = column("amount");
    const cyn_expr paid = {.kind = CYN_EXPR_CONST};
    const cyn_expr where = {.kind = CYN_EXPR_EQUALS, .a = &event, .b = &paid};
    const cyn_view view = {.source = "events", .where = &where};
    const cyn_agg agg = {.func = CYN_SUM, .view = &view, .arg = &amount};
    CHECK_STR(needed(0, &agg), "event amount channel user_id ");
}

static void test_another_source_is_not_meant(void)
{
    const cyn_expr amount = column("amount");
    const cyn_view view = {.source = "events"};
    const cyn_agg agg = {.func = CYN_SUM, .view = &view, .arg = &amount};
    CHECK_STR(needed(1, &agg), "price ");
}

/* The text of a declared text column, and what is inferred, never make a row bad. */
static void test_a_column_of_a_declared_type_can_make_rows_bad_and_is_needed(void)
{
    const cyn_view view = {.source = "orders"};
    const cyn_agg agg = {.func = CYN_COUNT, .view = &view};
    CHECK_STR(needed(1, &agg), "price ");
}

static void test_derived_columns_hide_those_of_the_source_behind_them_only(void)
{
    const cyn_expr inner = column("amount"), outer = column("gross");
    const cyn_derive derives[] = {{"amount", &inner}, {"gross", &inner}};
    const cyn_view view = {.source = "events", .derives = derives, .nderives = 2};
    const cyn_agg agg = {.func = CYN_SUM, .view = &view, .arg = &outer};
    CHECK_STR(needed(0, &agg), "amount channel user_id ");
}

static void test_a_function_may_read_anything(void)
{
    const cyn_expr fn = {.kind = CYN_EXPR_SCRIPT, .reads_all = true};
    const cyn_view view = {.source = "events", .where = &fn};
    const cyn_agg agg = {.func = CYN_COUNT, .view = &view};
    CHECK_STR(needed(0, &agg), "all channel user_id ");
}

static void test_a_translated_function_reads_its_inputs(void)
{
    static const cyn_translation_input inputs[] = {{.name = "amount"}, {.name = "gross"}};
    static const cyn_translation code = {.inputs = inputs, .ninputs = 2};
    const cyn_expr fn = {.kind = CYN_EXPR_SCRIPT, .reads_all = true, .code = &code};
    const cyn_expr price = column("price");
    const cyn_derive gross = {"gross", &price};
    const cyn_view view = {.source = "events", .derives = &gross, .nderives = 1, .where = &fn};
    const cyn_agg agg = {.func = CYN_COUNT, .view = &view};
    CHECK_STR(needed(0, &agg), "price amount channel user_id ");
}

static void test_a_relation_needs_what_it_is_made_of(void)
{
    static const char *const reads[] = {"plan", "value"};
    const cyn_expr user = column("customer"),
                   step = {.kind = CYN_EXPR_SCRIPT, .reads = reads, .nreads = 1};
    const cyn_expr same = column("city"), value = column("value"), from = column("from");
    const cyn_expr *const sames[] = {&same};
    const cyn_journey_step steps[] = {{.when = &step}};
    const cyn_view base = {.source = "events"};
    const cyn_relation journey = {.kind = CYN_JOURNEY,
                                  .base = &base,
                                  .entity = &user,
                                  .steps = steps,
                                  .nsteps = 1,
                                  .same = sames,
                                  .nsame = 1,
                                  .from = &from};
    const cyn_view middle = {.source = "events", .relation = &journey};
    const cyn_relation per = {.kind = CYN_PER, .base = &middle, .entity = &value};
    const cyn_view top = {.source = "events", .relation = &per, .where = &value};
    const cyn_agg agg = {.func = CYN_COUNT, .view = &top};
    CHECK_STR(needed(0, &agg), "customer from plan city channel user_id ");
}

static void test_a_name_is_met_by_the_column_or_by_what_leads_to_it(void)
{
    static const cyn_load_column loaded[] = {
        {.name = "channel"}, {.name = "payload.size"}, {.name = "payload.kind", .why = "not read"}};
    const cyn_load_report report = {.columns = loaded, .ncolumns = 3};
    static const struct {
        const char *names[2];
        size_t count;
        bool met;
    } cases[] = {
        {{"channel"}, 1, true},
        {{"chanel"}, 1, false},
        {{"chan"}, 1, false},
        {{"channel.upper"}, 1, true}, /* a method of its text */
        {{"payload.size", "payload"}, 2, true},
        {{"payload"}, 1, false}, /* its members were not loaded */
        {{"payload.size", "payload.none"}, 2, true},
        {{"payload.none"}, 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *names[] = {cases[i].names[0], cases[i].names[1]};
        const cyn_needs needs = {
            .names = names, .count = cases[i].count, .nstrict = cases[i].count};
        CHECK(cyn_needs_are_met(&needs, &report) == cases[i].met);
    }
}

int main(void)
{
    RUN(test_expressions_dimensions_and_entity_are_needed);
    RUN(test_another_source_is_not_meant);
    RUN(test_a_column_of_a_declared_type_can_make_rows_bad_and_is_needed);
    RUN(test_derived_columns_hide_those_of_the_source_behind_them_only);
    RUN(test_a_function_may_read_anything);
    RUN(test_a_translated_function_reads_its_inputs);
    RUN(test_a_relation_needs_what_it_is_made_of);
    RUN(test_a_name_is_met_by_the_column_or_by_what_leads_to_it);
    return test_end();
}
