/* The published MRR movements of ../shared/data/saas: answers.json, mrr_waterfall and
 * waterfall_snapshot_only, which two other engines computed from the same files. */
#include "relation_rows.h"

/* Per month from 2024-01: opening, new, reactivation, expansion, contraction, churn, closing (in
 * cents), then customers at the start, new, back, gone and at the end. */
enum { START, NEW, REACTIVATION, EXPANSION, CONTRACTION, CHURN, END, MONTHS = 24, ANSWERS = 12 };
static const int64_t published[MONTHS][ANSWERS] = {
    {56714574, 5467821, 22400, 1280619, 117984, 327364, 63040066, 828, 95, 3, 25, 901},
    {63040066, 5693173, 16800, 841567, 210483, 360632, 69020491, 901, 100, 3, 25, 979},
    {69020491, 7613033, 7600, 806734, 353534, 290650, 76803674, 979, 135, 2, 20, 1096},
    {76803674, 6188783, 1159400, 1386334, 96150, 276099, 85165942, 1096, 120, 7, 27, 1196},
    {85165942, 8866234, 42000, 856702, 226601, 1402164, 93302113, 1196, 152, 5, 44, 1309},
    {93302113, 3859454, 314449, 486501, 158017, 1357150, 96447350, 1309, 110, 11, 58, 1372},
    {96447350, 5875869, 47716, 1176867, 194182, 1065532, 102288088, 1372, 142, 6, 35, 1485},
    {102288088, 6360817, 568400, 1687218, 509768, 1526780, 108867975, 1485, 144, 6, 51, 1584},
    {108867975, 7971609, 27416, 2046086, 505451, 890562, 117517073, 1584, 172, 4, 50, 1710},
    {117517073, 8582583, 524582, 2001334, 261684, 1571146, 126792742, 1710, 172, 8, 60, 1830},
    {126792742, 7930138, 199116, 1852284, 143332, 609816, 136021132, 1830, 160, 9, 50, 1949},
    {136021132, 6106614, 1267916, 2036716, 618518, 1585548, 143228312, 1949, 157, 11, 60, 2057},
    {143228312, 6324360, 112116, 1611915, 266099, 1424697, 149585907, 2057, 172, 5, 61, 2173},
    {149585907, 6966529, 40200, 1381685, 649733, 972697, 156351891, 2173, 157, 3, 65, 2268},
    {156351891, 4959727, 40900, 1699083, 701635, 2235497, 160114469, 2268, 174, 6, 71, 2377},
    {160114469, 10421493, 211566, 1073234, 1021284, 1248578, 169550900, 2377, 170, 14, 65, 2496},
    {169550900, 7815660, 314965, 2464934, 2186234, 1640528, 176319697, 2496, 159, 17, 91, 2581},
    {176319697, 8082397, 144100, 2099052, 343783, 1960328, 184341135, 2581, 150, 13, 95, 2649},
    {184341135, 7458763, 121300, 2108751, 869250, 2716262, 190444437, 2649, 148, 12, 86, 2723},
    {190444437, 7523750, 174283, 2393818, 678768, 2826079, 197031441, 2723, 173, 17, 97, 2816},
    {197031441, 6560063, 404316, 2826003, 1522801, 1746293, 203552729, 2816, 185, 14, 76, 2939},
    {203552729, 9838546, 484100, 3239069, 531234, 4459642, 212123568, 2939, 190, 14, 99, 3044},
    {212123568, 4941822, 264916, 1597001, 1108200, 4131891, 213687216, 3044, 157, 16, 111, 3106},
    {213687216, 7989058, 310383, 2718367, 1260800, 2081995, 221362229, 3106, 174, 24, 100, 3204},
};

/* Which column of a movement each of the first seven is. */
static const char *const parts[] = {"opening",     "new",   "reactivation", "expansion",
                                    "contraction", "churn", "closing"};

static cyn_calendar utc = {.week_start = 1, .fiscal_month = 1};
static const cyn_view base = {.source = "subscriptions"};
static const cyn_expr who = {.kind = CYN_EXPR_COLUMN, .name = "customer_id"};
static const cyn_expr mrr = {.kind = CYN_EXPR_COLUMN, .name = "mrr_cents"};
static const cyn_expr from = {.kind = CYN_EXPR_COLUMN, .name = "valid_from"};
static const cyn_expr to = {.kind = CYN_EXPR_COLUMN, .name = "valid_to"};

/* The wanted fields of a CSV file without quotes, one column of the table for each; a field of
 * seven characters is a month and stands for its first day. NULL when there is no such file. */
static cyn_table *load(const char *name, const cyn_column_spec *specs, const int *fields, size_t n)
{
    char path[4096], line[512];
    cyn_buf lines = {0};
    const char *folder = getenv("CYN_SHARED");
    snprintf(path, sizeof path, "%s/saas/%s", folder ? folder : ".", name);
    FILE *f = fopen(path, "r");
    if (!f) return NULL;
    if (!fgets(line, sizeof line, f)) exit(1); /* the header */
    while (fgets(line, sizeof line, f)) {
        char *field[16] = {0}, *rest = line;
        line[strcspn(line, "\r\n")] = 0;
        for (size_t i = 0; i < 16 && rest; i++)
            field[i] = strsep(&rest, ",");
        for (size_t i = 0; i < n; i++) {
            const char *text = field[fields[i]];
            bool month = specs[i].type == CYN_DATE && strlen(text) == 7;
            cyn_buf_printf(&lines, "%s%s%c", text, month ? "-01" : "", i + 1 < n ? ',' : '\n');
        }
    }
    fclose(f);
    cyn_table *t = table_of(specs, n, lines.data);
    cyn_buf_clear(&lines);
    return t;
}

static cyn_table *movements(const cyn_table *t, cyn_relation spec, const char *time)
{
    cyn_interval months[MONTHS];
    cyn_grain month = {CYN_MONTH, 1};
    cyn_period p = cyn_period_at(&utc, month, instant("2024-01-01"));
    for (size_t i = 0; i < MONTHS; i++, p = cyn_period_shift(&utc, p, 1))
        months[i] = (cyn_interval){p.start, p.end};
    cyn_relation_input in = {.table = t,
                             .time = time,
                             .calendar = &utc,
                             .intervals = months,
                             .nintervals = MONTHS,
                             .grain = month,
                             .now = instant("2026-01-01")};
    cyn_table *made = NULL;
    cyn_err err = {0};
    if (cyn_exec_relation(&spec, &in, NULL, &made, &err) != CYN_OK) {
        printf("# %s\n", err.message);
        exit(1);
    }
    return made;
}

/* Adds up a part per month, and counts the entities that have one. */
static void add_up(const cyn_table *made, const char *part, int64_t *sum, int64_t *count)
{
    const cyn_column *c = cyn_table_column(made, (size_t)cyn_table_find(made, part));
    const cyn_column *month = cyn_table_column(made, 0);
    memset(sum, 0, MONTHS * sizeof *sum);
    memset(count, 0, MONTHS * sizeof *count);
    for (size_t r = 0; r < cyn_table_rows(made); r++) {
        int64_t at = cyn_column_integer(month, r);
        sum[at] += cyn_column_integer(c, r);
        count[at] += cyn_column_integer(c, r) > 0;
    }
}

static bool skipped(const cyn_table *t)
{
    if (!t) printf("# SKIP: no ../shared/data/saas here (CYN_SHARED says where)\n");
    return !t;
}

static void test_the_waterfall_of_validity_is_the_published_one(void) /* B-6, B-7 */
{
    static const cyn_column_spec specs[] = {{"customer_id", CYN_TEXT, 0},
                                            {"valid_from", CYN_DATE, 0},
                                            {"valid_to", CYN_DATE, 0},
                                            {"mrr_cents", CYN_INTEGER, 0}};
    static const int fields[] = {0, 1, 2, 6};
    /* Column of `published` with the customers of each part; -1: none is published. */
    static const int customers[] = {7, 8, 9, -1, -1, 10, 11};
    cyn_table *t = load("subscriptions.csv", specs, fields, 4);
    if (skipped(t)) return;
    cyn_relation spec = {
        .kind = CYN_MOVEMENT, .base = &base, .entity = &who, .arg = &mrr, .from = &from, .to = &to};
    cyn_table *made = movements(t, spec, NULL);
    for (size_t part = START; part <= END; part++) {
        int64_t sum[MONTHS], count[MONTHS];
        add_up(made, parts[part], sum, count);
        for (size_t i = 0; i < MONTHS; i++) {
            CHECK_INT(sum[i], published[i][part]);
            if (customers[part] >= 0) CHECK_INT(count[i], published[i][customers[part]]);
        }
    }
    cyn_table_unref(made);
    cyn_table_unref(t);
}

static void test_the_waterfall_of_snapshots_is_the_published_one(void) /* B-5, B-7 */
{
    static const cyn_column_spec specs[] = {
        {"month", CYN_DATE, 0}, {"customer_id", CYN_TEXT, 0}, {"mrr_cents", CYN_INTEGER, 0}};
    static const int fields[] = {0, 1, 2};
    /* waterfall_snapshot_only: 2024 and 2025; new cents and customers, then those back */
    static const int64_t want[2][4] = {{82095894, 1688, 2618029, 46},
                                       {88882168, 2009, 2623145, 155}};
    cyn_table *t = load("mrr_monthly.csv", specs, fields, 3);
    if (skipped(t)) return;
    cyn_relation spec = {.kind = CYN_MOVEMENT, .base = &base, .entity = &who, .arg = &mrr};
    cyn_table *made = movements(t, spec, "month");
    int64_t sum[2][MONTHS], count[2][MONTHS], closing[MONTHS], unused[MONTHS];
    add_up(made, "new", sum[0], count[0]);
    add_up(made, "reactivation", sum[1], count[1]);
    add_up(made, "closing", closing, unused);
    for (size_t year = 0; year < 2; year++) {
        int64_t got[4] = {0};
        for (size_t i = year * 12; i < year * 12 + 12; i++) {
            for (size_t k = 0; k < 2; k++) {
                got[2 * k] += sum[k][i];
                got[2 * k + 1] += count[k][i];
            }
            CHECK_INT(closing[i], published[i][END]);
        }
        for (size_t k = 0; k < 4; k++)
            CHECK_INT(got[k], want[year][k]);
    }
    cyn_table_unref(made);
    cyn_table_unref(t);
}

int main(void)
{
    RUN(test_the_waterfall_of_validity_is_the_published_one);
    RUN(test_the_waterfall_of_snapshots_is_the_published_one);
    return test_end();
}
