#include "base/arena.h"
#include "report/failures.h"
#include "test.h"

static const cyn_metric metrics[] = {
    {.name = "revenue"}, {.name = "aov"}, {.name = "cvr"}, {.name = "d1"}, {.name = "users"}};

static const cyn_err no_file = {.code = CYN_E_DATA,
                                .message = "source 'events': no file is named 'events.csv'",
                                .hint = "the folder does not exist"};
static const cyn_err overflow = {
    .code = CYN_E_RANGE, .file = "metrics/shop.lua", .line = 7, .message = "the sum is too large"};

static void check_written(cyn_failures *f, const cyn_report_options *opts, const char *want)
{
    cyn_buf out = {0};
    cyn_failures_write(f, opts, &out);
    cyn_buf_putc(&out, '\0');
    CHECK_STR(out.data, want);
    cyn_buf_clear(&out);
    cyn_failures_clear(f);
}

static void test_what_one_metric_lacks_is_said_of_it(void)
{
    cyn_failures f = {0};
    cyn_failures_add(&f, &metrics[0], &no_file);
    check_written(&f, &(cyn_report_options){.language = "en"},
                  "✗ metric 'revenue': source 'events': no file is named 'events.csv'\n"
                  "  hint: the folder does not exist\n");
}

static void test_a_cause_is_said_once_for_all_its_metrics(void)
{
    cyn_failures f = {0};
    cyn_err copy = no_file; /* each point may have its own */
    for (size_t i = 0; i < 5; i++)
        cyn_failures_add(&f, &metrics[i], i % 2 ? &no_file : &copy);
    check_written(&f, &(cyn_report_options){.language = "en"},
                  "✗ metrics 'revenue', 'aov', 'cvr' and 2 more: source 'events': no file is named "
                  "'events.csv'\n"
                  "  hint: the folder does not exist\n");
}

static void test_a_name_that_would_take_no_more_room_is_not_counted_away(void)
{
    cyn_failures f = {0};
    for (size_t i = 0; i < 4; i++)
        cyn_failures_add(&f, &metrics[i], &overflow);
    check_written(&f, &(cyn_report_options){.language = "en"},
                  "✗ metrics 'revenue', 'aov', 'cvr' and 'd1': metrics/shop.lua:7: the sum is too "
                  "large\n");
}

static void test_segments_of_a_metric_count_once(void)
{
    cyn_failures f = {0};
    const cyn_point points[] = {{.metric = &metrics[0], .failed = true, .error = &no_file},
                                {.metric = &metrics[1], .failed = true, .error = &no_file},
                                {.metric = &metrics[2]},
                                {.metric = &metrics[0], .failed = true, .error = &no_file}};
    cyn_failures_add_points(&f, points, 4);
    check_written(&f, &(cyn_report_options){.language = "ja"},
                  "✗ 指標 'revenue'、'aov': source 'events': no file is named 'events.csv'\n"
                  "  hint: the folder does not exist\n");
}

static void test_causes_keep_the_order_in_which_they_were_met(void)
{
    cyn_failures f = {0};
    cyn_err elsewhere = overflow;
    elsewhere.line = 3; /* the same words about another place */
    cyn_failures_add(&f, &metrics[0], &overflow);
    cyn_failures_add(&f, &metrics[1], &no_file);
    cyn_failures_add(&f, &metrics[2], &elsewhere);
    cyn_failures_add(&f, &metrics[3], &overflow);
    check_written(&f, &(cyn_report_options){.ascii = true, .format = CYN_FORMAT_MARKDOWN},
                  "- x metrics 'revenue' and 'd1': metrics/shop.lua:7: the sum is too large\n"
                  "- x metric 'aov': source 'events': no file is named 'events.csv'\n"
                  "  hint: the folder does not exist\n"
                  "- x metric 'cvr': metrics/shop.lua:3: the sum is too large\n");
}

static void test_many_metrics_are_counted_in_japanese_too(void)
{
    cyn_failures f = {0};
    for (size_t i = 0; i < 5; i++)
        cyn_failures_add(&f, &metrics[i], &overflow);
    check_written(&f, &(cyn_report_options){.language = "ja"},
                  "✗ 指標 'revenue'、'aov'、'cvr' ほか2件: metrics/shop.lua:7: the sum is too "
                  "large\n");
}

static void test_without_failures_nothing_is_said(void)
{
    cyn_failures f = {0};
    check_written(&f, &(cyn_report_options){0}, "");
}

static char said[512];

static void say(const cyn_err *err)
{
    cyn_err_format(err, said, sizeof said);
}

static void test_errors_for_standard_error_name_their_metrics(void)
{
    cyn_failures f = {0};
    cyn_failures_add(&f, &metrics[0], &overflow);
    cyn_failures_add(&f, &metrics[1], &overflow);
    cyn_failures_say(&f, say);
    CHECK_STR(said, "metrics/shop.lua:7: metrics 'revenue' and 'aov': the sum is too large");
    cyn_failures_clear(&f);
}

static void test_rules_are_named_as_rules(void)
{
    cyn_failures f = {.of = CYN_FAILURES_OF_RULES};
    static const char *const names[] = {"a", "b", "a", "c", "d", "e"};
    for (size_t i = 0; i < 6; i++)
        cyn_failures_add_name(&f, names[i], &overflow);
    cyn_failures_say(&f, say);
    CHECK_STR(said, "metrics/shop.lua:7: rules 'a', 'b', 'c' and 2 more: the sum is too large");
    check_written(&f, &(cyn_report_options){.language = "ja"},
                  "✗ ルール 'a'、'b'、'c' ほか2件: metrics/shop.lua:7: the sum is too large\n");
}

static void test_exhausted_memory_fails_the_buffer(void)
{
    cyn_failures f = {.failed = true};
    cyn_buf out = {0};
    cyn_failures_write(&f, &(cyn_report_options){0}, &out);
    CHECK(out.failed);
    cyn_buf_clear(&out);
    cyn_failures_clear(&f);
}

int main(void)
{
    RUN(test_what_one_metric_lacks_is_said_of_it);
    RUN(test_a_cause_is_said_once_for_all_its_metrics);
    RUN(test_a_name_that_would_take_no_more_room_is_not_counted_away);
    RUN(test_segments_of_a_metric_count_once);
    RUN(test_causes_keep_the_order_in_which_they_were_met);
    RUN(test_many_metrics_are_counted_in_japanese_too);
    RUN(test_without_failures_nothing_is_said);
    RUN(test_errors_for_standard_error_name_their_metrics);
    RUN(test_rules_are_named_as_rules);
    RUN(test_exhausted_memory_fails_the_buffer);
    return test_end();
}
