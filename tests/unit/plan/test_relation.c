/* Relations as text: whatever changes the value changes the text. */
#include "plan/expr.h"
#include "plan/relation.h"
#include "test.h"

static cyn_expr column(const char *name)
{
    return (cyn_expr){.kind = CYN_EXPR_COLUMN, .name = name};
}

static void text_of(const cyn_relation *r, cyn_buf *out)
{
    const cyn_view view = {.source = "events", .relation = r};
    const cyn_agg count = {.func = CYN_COUNT, .view = &view};
    cyn_agg_text(&count, CYN_CANONICAL, out);
}

static void check_text(const cyn_relation *r, const char *want)
{
    cyn_buf got = {0};
    text_of(r, &got);
    CHECK_STR(got.data, want);
    cyn_buf_clear(&got);
}

static void test_names_follow_the_enum(void)
{
    CHECK_STR(cyn_relation_names[CYN_PER], "per");
    CHECK_STR(cyn_relation_names[CYN_RETENTION], "retention");
    CHECK_STR(cyn_relation_names[CYN_MOVEMENT], "movement");
    CHECK(cyn_relation_names[CYN_MOVEMENT + 1] == NULL);
}

static void test_each_kind_reads_as_it_was_declared(void)
{
    cyn_expr user = column("user_id"), n = column("n"), a = column("a"), b = column("b");
    cyn_view base = {.source = "events", .where = &a};
    cyn_journey_step steps[] = {{&a, 0}, {&b, CYN_DAY + CYN_HOUR * 12}};
    const cyn_expr *same[] = {&n};
    cyn_relation per = {
        .kind = CYN_PER, .base = &base, .entity = &user, .func = CYN_SUM, .arg = &n};
    check_text(&per, "count(per(events where a, user_id, sum n))");
    per.func = CYN_PERCENTILE;
    per.p = 90;
    per.qtype = 6;
    check_text(&per, "count(per(events where a, user_id, p90 n, type 6))");
    cyn_relation journey = {.kind = CYN_JOURNEY,
                            .base = &base,
                            .entity = &user,
                            .steps = steps,
                            .nsteps = 2,
                            .within = 14 * CYN_DAY + 1,
                            .strict = true,
                            .any_order = true,
                            .every = true,
                            .same = same,
                            .nsame = 1};
    check_text(&journey, "count(journey(events where a, user_id, step a, step b within 1d12h, "
                         "within 14d1us, strict, any order, every attempt, same n))");
    cyn_relation retention = {.kind = CYN_RETENTION,
                              .base = &base,
                              .entity = &user,
                              .start = &a,
                              .active = &b,
                              .unit = CYN_WEEK,
                              .n = 2,
                              .arg = &n};
    check_text(&retention, "count(retention(events where a, user_id, start a, active b, at 2 week, "
                           "value n))");
    cyn_relation balance = {
        .kind = CYN_BALANCE, .base = &base, .entity = &user, .arg = &n, .from = &a, .to = &b};
    check_text(&balance, "count(balance(events where a, user_id, n, from a, to b))");
}

/* Changes one field after the other; every text must be new. */
static void test_every_field_that_changes_the_value_is_in_the_text(void)
{
    static cyn_buf seen[32];
    size_t n = 0;
    cyn_expr a = column("a"), b = column("b"), c = column("c");
    cyn_view base = {.source = "events"}, other = {.source = "events", .where = &c};
    cyn_journey_step steps[] = {{&a, 0}, {&b, 0}}, later[] = {{&a, 0}, {&b, 5}};
    const cyn_expr *same[] = {&c};
    cyn_relation j = {
        .kind = CYN_JOURNEY, .base = &base, .entity = &a, .steps = steps, .nsteps = 2};
    cyn_relation r = {
        .kind = CYN_RETENTION, .base = &base, .entity = &a, .start = &b, .unit = CYN_DAILY, .n = 1};
    cyn_relation m = {.kind = CYN_BALANCE, .base = &base, .entity = &a, .arg = &b};
#define SEE(relation) text_of(&(relation), &seen[n++])
#define CHANGE(relation, assignment)                                                               \
    do {                                                                                           \
        cyn_relation before_ = relation;                                                           \
        (relation).assignment;                                                                     \
        SEE(relation);                                                                             \
        (relation) = before_;                                                                      \
    } while (0)
    SEE(j);
    CHANGE(j, base = &other);
    CHANGE(j, entity = &b);
    CHANGE(j, steps = later);
    CHANGE(j, nsteps = 1);
    CHANGE(j, within = 5);
    CHANGE(j, strict = true);
    CHANGE(j, any_order = true);
    CHANGE(j, every = true);
    j.same = same;
    CHANGE(j, nsame = 1);
    SEE(r);
    CHANGE(r, start = &c);
    CHANGE(r, active = &c);
    CHANGE(r, mode = CYN_UNBOUNDED);
    CHANGE(r, mode = CYN_WITHIN);
    CHANGE(r, unit = CYN_MONTH);
    CHANGE(r, n = 2);
    CHANGE(r, arg = &c);
    SEE(m);
    CHANGE(m, kind = CYN_MOVEMENT);
    CHANGE(m, arg = NULL);
    CHANGE(m, from = &c);
    CHANGE(m, to = &c);
#undef CHANGE
#undef SEE
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            CHECK(strcmp(seen[i].data, seen[k].data) != 0);
            if (!strcmp(seen[i].data, seen[k].data)) printf("# %s\n", seen[i].data);
        }
    }
    for (size_t i = 0; i < n; i++)
        cyn_buf_clear(&seen[i]);
}

/* D-4, through relations: the base's derives are read by the relation, or, where dimensions are
 * carried along, by the view over it. */
static void test_derives_below_a_relation_count_when_they_are_read(void)
{
    cyn_expr user = column("user"), via = column("via"), x = column("x"), value = column("value");
    cyn_derive derives[] = {{"user", &x}, {"via", &x}, {"unused", &x}};
    cyn_view base = {.source = "events", .derives = derives, .nderives = 3};
    cyn_relation per = {.kind = CYN_PER, .base = &base, .entity = &user};
    cyn_journey_step step = {&x, 0};
    cyn_relation journey = {
        .kind = CYN_JOURNEY, .base = &base, .entity = &user, .steps = &step, .nsteps = 1};
    cyn_derive above[] = {{"double", &value}};
    cyn_view over = {
        .source = "events", .relation = &per, .derives = above, .nderives = 1, .where = &via};
    cyn_expr twice = column("double");
    cyn_agg agg = {.func = CYN_SUM, .view = &over, .arg = &twice};
    cyn_buf got = {0};
    cyn_agg_text(&agg, CYN_WORDS, &got);
    CHECK_STR(got.data, "sum(per(events with user = x, user, count) with double = value where via, "
                        "double)");
    cyn_buf_clear(&got);
    over.relation = &journey;
    cyn_agg_text(&agg, CYN_WORDS, &got);
    CHECK_STR(got.data, "sum(journey(events with user = x, via = x, user, step x) with double = "
                        "value where via, double)");
    cyn_buf_clear(&got);
}

int main(void)
{
    RUN(test_names_follow_the_enum);
    RUN(test_each_kind_reads_as_it_was_declared);
    RUN(test_every_field_that_changes_the_value_is_in_the_text);
    RUN(test_derives_below_a_relation_count_when_they_are_read);
    return test_end();
}
