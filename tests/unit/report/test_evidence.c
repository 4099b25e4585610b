/* Drivers and identities as people read them: in both languages, in ASCII, with and without colour.
 * What programs read is held against recomputed numbers by tests/golden/evidence.py. */
#include "options.h"
#include "report/drivers.h"
#include "report/identity.h"

static const cyn_formula formula = {.kind = CYN_FORMULA_METRIC, .metric = "ads"};
static const cyn_metric revenue = {.name = "revenue",
                                   .identity = &formula,
                                   .identity_text = "ads + organic",
                                   .sheet = {.title = {.en = "Revenue", .ja = "売上"},
                                             .unit = "JPY"}},
                        aha = {.name = "aha",
                               .sheet = {.title = {.en = "Aha", .ja = "アハ体験"},
                                         .layer = CYN_LEADING}},
                        young = {.name = "young"};

static cyn_period week(void)
{
    return (cyn_period){.grain = {CYN_WEEK, 1},
                        .start = INT64_C(1792368000) * 1000000,
                        .end = INT64_C(1792972800) * 1000000}; /* 2026-W43 */
}

static void check_drivers(const cyn_report_options *opts, const char *want)
{
    const cyn_evidence list[] = {
        {.metric = &aha,
         .of = &revenue,
         .declared = true,
         .expected = CYN_UP,
         .verdict = CYN_AS_EXPECTED,
         .season = 1,
         .correlation = {.enough = true, .lag = 2, .r = 0.5, .low = 0.25, .high = 0.75, .n = 50}},
        {.metric = &young,
         .of = &revenue,
         .declared = true,
         .expected = CYN_DOWN,
         .verdict = CYN_TOO_SHORT,
         .season = 1,
         .has = 6,
         .needs = 9,
         .correlation = {.n = 5}}};
    const cyn_drivers drivers = {.root = &revenue,
                                 .declared = list,
                                 .ndeclared = 2,
                                 .ranking = list,
                                 .nranking = 2,
                                 .ncandidates = 1,
                                 .period = week(),
                                 .periods = 60,
                                 .max_lag = 8};
    cyn_buf out = {0};
    CHECK_INT(cyn_report_drivers(&drivers, opts, &out, NULL), CYN_OK);
    cyn_buf_putc(&out, '\0');
    CHECK_STR(out.data, want);
    cyn_buf_clear(&out);
}

static void test_drivers_in_japanese_stay_in_line(void)
{
    cyn_report_options opts = options(CYN_FORMAT_TABLE, "ja", 0);
    check_drivers(
        &opts, "売上を動かすもの：2026-W43までの60週の変化から\n"
               "\n"
               "ドライバー  対象  想定  判定                      時期       R            95%   N\n"
               "アハ体験    売上  ↑     想定どおり                2週前  +0.50  +0.25 … +0.75  50\n"
               "young       売上  ↓     履歴不足（9週のうち6週）                                5\n"
               "\n"
               "売上の重要成功要因（KSF）の候補\n"
               "\n"
               "#  指標      層    判定                      時期       R            95%   N\n"
               "1  アハ体験  先行  想定どおり                2週前  +0.50  +0.25 … +0.75  50\n"
               "   young           履歴不足（9週のうち6週）                                5\n"
               "\n"
               "R は変化どうしの相関、95% はその区間（試した遅れすべてを考慮：0〜8週）\n");
}

static void test_drivers_in_ascii_have_no_symbols(void)
{
    cyn_report_options opts = options(CYN_FORMAT_TABLE, "en", 0);
    opts.ascii = true;
    check_drivers(&opts, "Revenue: what moves it, by the changes of 60 weeks up to 2026-W43\n"
                         "\n"
                         "DRIVER  MOVES    EXPECTED  SEEN                               WHEN       "
                         "         R            95 %   N\n"
                         "Aha     Revenue  up        as expected                        2 weeks "
                         "before  +0.50  +0.25 .. +0.75  50\n"
                         "young   Revenue  down      not enough history (6 of 9 weeks)             "
                         "                             5\n"
                         "\n"
                         "Candidates for key success factors of Revenue\n"
                         "\n"
                         "#  METRIC  LAYER    SEEN                               WHEN              "
                         "  R            95 %   N\n"
                         "1  Aha     leading  as expected                        2 weeks before  "
                         "+0.50  +0.25 .. +0.75  50\n"
                         "   young            not enough history (6 of 9 weeks)                    "
                         "                      5\n"
                         "\n"
                         "R is the correlation of changes, 95 % its interval, allowing for all "
                         "lags tried (0 to 8 weeks).\n");
}

static void check_identity(const cyn_identity *item, const cyn_report_options *opts,
                           const char *want)
{
    cyn_buf out = {0};
    CHECK_INT(cyn_report_identities(item, 1, opts, &out, NULL), CYN_OK);
    cyn_buf_putc(&out, '\0');
    CHECK_STR(out.data, want);
    cyn_buf_clear(&out);
}

static cyn_identity off_by_two(void)
{
    return (cyn_identity){
        .metric = &revenue,
        .period = week(),
        .measured = cyn_num_integer(1200),
        .identity = cyn_num_integer(1202),
        .residual = -2,
        .rows = {.known = true, .total = 9, .twice = 2, .examples = {"a.csv row 3, row 4"}}};
}

static void test_identities_name_the_rows_behind_a_residual(void)
{
    cyn_identity item = off_by_two();
    cyn_report_options opts = options(CYN_FORMAT_TABLE, "ja", 0);
    check_identity(&item, &opts,
                   "指標  期間        実測  恒等式  残差   割合  成立\n"
                   "売上  2026-W43  ¥1,200  ¥1,202   -¥2  -0.2%  ✗\n"
                   "\n"
                   "revenue = ads + organic\n"
                   "  2026-W43：2行が2回以上数えられています：a.csv row 3, row 4\n");
    opts = options(CYN_FORMAT_TABLE, "en", 0);
    opts.ascii = true;
    check_identity(&item, &opts,
                   "METRIC   PERIOD     MEASURED   IDENTITY  RESIDUAL   SHARE  HOLDS\n"
                   "Revenue  2026-W43  1,200 JPY  1,202 JPY    -2 JPY  -0.2 %  no\n"
                   "\n"
                   "revenue = ads + organic\n"
                   "  2026-W43: 2 rows are counted twice or more: a.csv row 3, row 4\n");
}

static void test_colour_comes_only_when_asked_for(void)
{
    cyn_identity item = off_by_two();
    cyn_report_options opts = options(CYN_FORMAT_TABLE, "en", 0);
    for (int colour = 0; colour < 2; colour++) {
        cyn_buf out = {0};
        opts.colour = colour;
        CHECK_INT(cyn_report_identities(&item, 1, &opts, &out, NULL), CYN_OK);
        CHECK(out.data && (memchr(out.data, '\033', out.len) != NULL) == colour);
        cyn_buf_clear(&out);
    }
}

static void test_an_identity_that_cannot_be_computed_says_why(void)
{
    cyn_report_options opts = options(CYN_FORMAT_TABLE, "en", 0);
    cyn_err why = {0};
    cyn_fail_at(&why, CYN_E_RANGE, "metrics/m.lua", 3, 0, "the sum overflows");
    const cyn_identity item = {
        .metric = &revenue, .period = week(), .residual = NAN, .tolerance = NAN, .error = &why};
    CHECK(cyn_identity_fails(&item));
    check_identity(&item, &opts,
                   "METRIC   PERIOD    MEASURED  IDENTITY  RESIDUAL  SHARE  HOLDS\n"
                   "Revenue  2026-W43                                       error\n"
                   "\n"
                   "✗ metric 'revenue': metrics/m.lua:3: the sum overflows\n");
}

int main(void)
{
    cyn_tz *tz = zone("UTC");
    calendar.tz = tz;
    RUN(test_drivers_in_japanese_stay_in_line);
    RUN(test_drivers_in_ascii_have_no_symbols);
    RUN(test_identities_name_the_rows_behind_a_residual);
    RUN(test_colour_comes_only_when_asked_for);
    RUN(test_an_identity_that_cannot_be_computed_says_why);
    cyn_tz_free(tz);
    return test_end();
}
