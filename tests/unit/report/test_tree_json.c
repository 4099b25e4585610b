/* A tree for programs: one object per line, numbers exact, what is missing null. */
#include "views.h"

/* The n-th line of the report, 0 being the header. */
static void check_line(const cyn_tree_view *v, size_t n, const char *want)
{
    cyn_report_options o = options(CYN_FORMAT_TABLE, "en", 40);
    cyn_buf b = {0};
    CHECK_INT(cyn_report_tree(v, CYN_TREE_JSON, &o, &b, NULL), CYN_OK);
    const char *line = b.data ? b.data : "";
    for (; n && *line; n--)
        line += strcspn(line, "\n") + 1;
    size_t size = strcspn(line, "\n") + 1;
    CHECK_INT(size, strlen(want));
    CHECK(!strncmp(line, want, size));
    if (strncmp(line, want, size)) printf("# got      %.*s# expected %s", (int)size, line, want);
    cyn_buf_clear(&b);
}

static void test_a_header_comes_first(void)
{
    check_line(&revenue_view, 0,
               "{\"root\":\"revenue\",\"grain\":\"month\",\"period\":\"2026-10\",\"start\":\"2026-"
               "10-01T00:00:00+09:00\",\"end\":\"2026-11-01T00:00:00+09:00\",\"partial\":false,"
               "\"against\":\"previous\",\"against_period\":\"2026-09\",\"dimension\":null,"
               "\"change\":18900,\"items\":8,\"failed\":0}\n");
    check_line(&ratio_view, 0,
               "{\"root\":\"aha_rate\",\"grain\":\"month\",\"period\":\"2026-10\",\"start\":\"2026-"
               "10-01T00:00:00+09:00\",\"end\":\"2026-11-01T00:00:00+09:00\",\"partial\":true,"
               "\"against\":\"last_year\",\"against_period\":null,\"dimension\":\"channel\","
               "\"change\":-0.078,\"items\":9,\"failed\":0}\n");
}

static void test_a_metric_has_all_that_is_known_of_it(void)
{
    check_line(
        &revenue_view, 1,
        "{\"item\":0,\"parent\":null,\"depth\":0,\"line\":\"metric\",\"metric\":\"revenue\","
        "\"title\":\"Revenue\",\"unit\":\"USD\",\"link\":\"root\",\"expected\":null,\"again\":"
        "false,\"cut\":false,\"segment\":{},\"state\":null,\"value\":118900,\"numerator\":null,"
        "\"denominator\":null,\"against\":100000,\"change\":18900,\"partial\":false,\"immature\":"
        "false,\"status\":\"yellow\",\"method\":\"lmdi\",\"why\":\"a product: by logarithmic "
        "means\",\"part\":18900,\"contribution\":18900,\"share\":1,\"mark\":null,\"moved\":null,"
        "\"error\":null}\n");
    check_line(&revenue_view, 5,
               "{\"item\":4,\"parent\":0,\"depth\":1,\"line\":\"metric\",\"metric\":\"orders_per_"
               "user\",\"title\":\"Orders per "
               "user\",\"unit\":null,\"link\":\"part\",\"expected\":null,\"again\":false,\"cut\":"
               "true,\"segment\":{},\"state\":null,\"value\":1.8,\"numerator\":null,"
               "\"denominator\":null,\"against\":2,\"change\":-0.19999999999999996,\"partial\":"
               "false,\"immature\":false,\"status\":\"red\",\"method\":null,\"why\":null,\"part\":-"
               "11498.0186,\"contribution\":-11498.0186,\"share\":-0.6083607724867724,\"mark\":"
               "\"worst\",\"moved\":null,\"error\":null}\n");
}

static void test_a_residual_has_no_metric(void)
{
    check_line(
        &revenue_view, 7,
        "{\"item\":6,\"parent\":0,\"depth\":1,\"line\":\"residual\",\"metric\":null,\"title\":null,"
        "\"unit\":null,\"link\":null,\"expected\":null,\"again\":false,\"cut\":false,\"segment\":"
        "null,\"state\":null,\"value\":null,\"numerator\":null,\"denominator\":null,\"against\":"
        "null,\"change\":null,\"partial\":false,\"immature\":false,\"status\":null,\"method\":null,"
        "\"why\":null,\"part\":100,\"contribution\":100,\"share\":0.005291005291005291,\"mark\":"
        "null,\"moved\":null,\"error\":null}\n");
}

static void test_a_driver_has_no_contribution(void)
{
    check_line(
        &revenue_view, 8,
        "{\"item\":7,\"parent\":0,\"depth\":1,\"line\":\"metric\",\"metric\":\"aha_rate\","
        "\"title\":\"Aha "
        "rate\",\"unit\":\"%\",\"link\":\"driver\",\"expected\":\"up\",\"again\":false,\"cut\":"
        "false,\"segment\":{},\"state\":null,\"value\":0.412,\"numerator\":null,\"denominator\":"
        "null,\"against\":0.38,\"change\":0.03199999999999997,\"partial\":false,\"immature\":false,"
        "\"status\":null,\"method\":null,\"why\":null,\"part\":null,\"contribution\":null,"
        "\"share\":null,\"mark\":null,\"moved\":\"as expected\",\"error\":null}\n");
}

static void test_a_segment_has_its_key_and_its_state(void)
{
    check_line(&ratio_view, 5,
               "{\"item\":4,\"parent\":0,\"depth\":1,\"line\":\"segment\",\"metric\":\"aha_rate\","
               "\"title\":\"Aha "
               "rate\",\"unit\":\"%\",\"link\":null,\"expected\":null,\"again\":false,\"cut\":"
               "false,\"segment\":{\"channel\":\"口コミ|x\"},\"state\":\"new\",\"value\":0.11,"
               "\"numerator\":null,\"denominator\":null,\"against\":0.1,\"change\":0."
               "009999999999999995,\"partial\":true,\"immature\":false,\"status\":null,\"method\":"
               "\"rate_mix\",\"why\":\"a ratio: rates within the segments, and their "
               "mix\",\"part\":-0.0253,\"contribution\":-0.0253,\"share\":0.3243589743589744,"
               "\"mark\":null,\"moved\":null,\"error\":null}\n");
    check_line(
        &ratio_view, 8,
        "{\"item\":7,\"parent\":0,\"depth\":1,\"line\":\"segment\",\"metric\":\"aha_rate\","
        "\"title\":\"Aha "
        "rate\",\"unit\":\"%\",\"link\":null,\"expected\":null,\"again\":false,\"cut\":false,"
        "\"segment\":{\"channel\":null},\"state\":\"vanished\",\"value\":null,\"numerator\":null,"
        "\"denominator\":null,\"against\":null,\"change\":null,\"partial\":false,\"immature\":"
        "false,\"status\":null,\"method\":null,\"why\":null,\"part\":null,\"contribution\":null,"
        "\"share\":null,\"mark\":null,\"moved\":null,\"error\":null}\n");
}

static void test_a_failure_is_an_object(void)
{
    check_line(
        &hostile_view, 5,
        "{\"item\":4,\"parent\":0,\"depth\":1,\"line\":\"metric\",\"metric\":\"a\",\"title\":"
        "\"非常に長い日本語の題名は途中で折り返され最後には切られることになるが線は残る\",\"unit\":"
        "null,\"link\":\"driver\",\"expected\":\"down\",\"again\":false,\"cut\":false,\"segment\":{"
        "},\"state\":null,\"value\":null,\"numerator\":null,\"denominator\":null,\"against\":null,"
        "\"change\":null,\"partial\":false,\"immature\":false,\"status\":null,\"method\":null,"
        "\"why\":null,\"part\":null,\"contribution\":null,\"share\":null,\"mark\":null,\"moved\":"
        "null,\"error\":{\"code\":\"script\",\"message\":\"attempt to divide by "
        "'|'\",\"file\":\"metrics/a.lua\",\"line\":3,\"column\":null,\"hint\":null}}\n");
}

int main(void)
{
    cyn_tz *tz = zone("Asia/Tokyo");
    calendar.tz = tz;
    RUN(test_a_header_comes_first);
    RUN(test_a_metric_has_all_that_is_known_of_it);
    RUN(test_a_residual_has_no_metric);
    RUN(test_a_driver_has_no_contribution);
    RUN(test_a_segment_has_its_key_and_its_state);
    RUN(test_a_failure_is_an_object);
    cyn_tz_free(tz);
    return test_end();
}
