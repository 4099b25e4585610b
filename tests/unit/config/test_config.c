/* What the loader puts into the structs; what it refuses is in tests/golden/config. */
#include "base/time.h"
#include "config/load.h"
#include "test.h"
#include <fcntl.h>
#include <unistd.h>

static cyn_arena *arena;
static cyn_err_list errs;

static void *load(const cyn_file_kind *kind, const char *text)
{
    void *root = NULL;
    cyn_err_list_init(&errs, arena);
    cyn_code rc = cyn_load_text(kind, text, strlen(text), kind->file, arena, &root, &errs);
    for (size_t i = 0; rc != CYN_OK && i < errs.count && i < 3; i++)
        printf("# %d:%d: %s\n", errs.items[i].line, errs.items[i].column, errs.items[i].message);
    return rc == CYN_OK ? root : NULL;
}

static const cyn_config_source *load_source(const char *text)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml, "name: Demo\nsources:\n  s: {%s}\n", text);
    cyn_config *config = load(&cyn_file_cynosure, yaml);
    return config ? &config->sources[0] : NULL;
}

static void what_is_not_given_has_its_default(void)
{
    cyn_config *c = load(&cyn_file_cynosure, "name: Demo\n");
    CHECK(c);
    if (!c) return;
    CHECK_STR(c->name, "Demo");
    CHECK_STR(c->description, NULL);
    CHECK_STR(c->timezone, "UTC");
    CHECK_INT(c->week_start, 1);
    CHECK_INT(c->fiscal_month, 1);
    CHECK_STR(c->language, "en");
    CHECK_INT(c->grain.unit, CYN_WEEK);
    CHECK_STR(c->as_of, NULL);
    CHECK_INT(c->nsources, 0);
}

static void project_keys_are_read(void)
{
    cyn_config *c = load(&cyn_file_cynosure, "name: 学習\n"
                                             "description: |\n  one\n  two\n"
                                             "timezone: Asia/Tokyo\n"
                                             "week_start: sunday\n"
                                             "fiscal_year_start: april\n"
                                             "language: ja\n"
                                             "grain: 15m\n"
                                             "as_of: 2026-12-31\n");
    CHECK(c);
    if (!c) return;
    CHECK_STR(c->name, "学習");
    CHECK_STR(c->description, "one\ntwo");
    CHECK_STR(c->timezone, "Asia/Tokyo");
    CHECK_INT(c->week_start, 7);
    CHECK_INT(c->fiscal_month, 4);
    CHECK_STR(c->language, "ja");
    CHECK_INT(c->grain.unit, CYN_MINUTES);
    CHECK_INT(c->grain.n, 15);
    CHECK_STR(c->as_of, "2026-12-31");
}

/* docs/numerics.md, P-13. */
static void a_fiscal_calendar_is_read(void)
{
    cyn_config *c = load(&cyn_file_cynosure, "name: Demo\n");
    CHECK(c && c->fiscal_pattern == 0 && c->fiscal_name == 1);
    c = load(&cyn_file_cynosure, "name: Demo\nfiscal_calendar: calendar\n");
    CHECK(c && c->fiscal_pattern == 0);
    c = load(&cyn_file_cynosure, "name: Demo\nfiscal_calendar: 454\nfiscal_year_name: start\n"
                                 "fiscal_year_end: nearest-saturday\nweek_start: sunday\n");
    CHECK(c && c->fiscal_pattern == 454 && c->fiscal_name == 2);
    CHECK(c && c->fiscal_end == 6 && c->fiscal_end_nearest);
    /* What is not said follows the week. */
    c = load(&cyn_file_cynosure, "name: Demo\nfiscal_calendar: 445\n");
    CHECK(c && c->fiscal_end == 7 && !c->fiscal_end_nearest);
    c = load(&cyn_file_cynosure, "name: Demo\nfiscal_calendar: 544\nweek_start: wednesday\n");
    CHECK(c && c->fiscal_end == 2 && !c->fiscal_end_nearest);
}

static void a_source_is_read_with_its_place(void)
{
    cyn_config *c = load(&cyn_file_cynosure, "name: Demo\nsources:\n"
                                             "  日: {path: a.csv}\n"
                                             "  b: {path: a.csv}\n");
    CHECK(!c); /* a source's name is a name in Lua */
    const cyn_config_source *s = load_source(
        "path: [a.csv, b.csv.gz], time: t, entity: u, timezone: Europe/Berlin, "
        "dimensions: [x, 国], missing: [NA, ''], delimiter: semicolon, encoding: cp932");
    CHECK(s);
    if (!s) return;
    CHECK_STR(s->name, "s");
    CHECK_INT(s->line, 3);
    CHECK_INT(s->column, 3);
    CHECK_STR(s->type, "csv");
    CHECK_INT(s->npaths, 2);
    CHECK_STR(s->paths[1], "b.csv.gz");
    CHECK_STR(s->delimiter, ";");
    CHECK_STR(s->encoding, "cp932");
    CHECK_STR(s->time, "t");
    CHECK_STR(s->entity, "u");
    CHECK_STR(s->timezone, "Europe/Berlin");
    CHECK_INT(s->ndimensions, 2);
    CHECK_STR(s->dimensions[1], "国");
    CHECK_INT(s->nmissing, 2);
    CHECK_STR(s->missing[1], "");
    CHECK_INT(s->bad_limit, 1000);
    CHECK_NEAR(s->bad_share, -1, 0);
    CHECK_INT(s->ncolumns, 0);
}

static void the_type_follows_from_the_ending_of_the_path(void)
{
    static const char *const cases[][2] = {
        {"path: a.csv", "csv"},
        {"path: A.TSV.GZ", "csv"},
        {"path: a.txt.zst", "csv"},
        {"path: a.ndjson", "ndjson"},
        {"path: a.jsonl.gz", "ndjson"},
        {"path: a.db, table: t", "sqlite"},
        {"path: a.sqlite3, table: t", "sqlite"},
        {"path: a.db, type: csv", "csv"}, /* what is said counts */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cyn_config_source *s = load_source(cases[i][0]);
        CHECK(s);
        if (s) CHECK_STR(s->type, cases[i][1]);
    }
}

static void delimiters_are_characters(void)
{
    static const char *const cases[][2] = {
        {"path: a.csv, delimiter: tab", "\t"},
        {"path: a.csv, delimiter: comma", ","},
        {"path: a.csv, delimiter: pipe", "|"},
        {"path: a.csv, delimiter: '^'", "^"},
        {"path: a.csv", NULL},
        {"path: [a.tsv, b.tsv.gz]", "\t"},
        {"path: [a.tsv, b.csv]", NULL},
        {"path: a.tsv, delimiter: comma", ","},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cyn_config_source *s = load_source(cases[i][0]);
        CHECK(s);
        if (s) CHECK_STR(s->delimiter, cases[i][1]);
    }
}

static void bad_rows_are_a_number_a_share_or_none(void)
{
    const cyn_config_source *s = load_source("path: a.csv, bad_rows: 0");
    CHECK(s && s->bad_limit == 0 && s->bad_share == -1);
    s = load_source("path: a.csv, bad_rows: 1.5%");
    CHECK(s && s->bad_limit == -1 && s->bad_share == 0.015);
    s = load_source("path: a.csv, bad_rows: none");
    CHECK(s && s->bad_limit == -1 && s->bad_share == -1);
}

static void columns_are_a_type_or_a_mapping(void)
{
    const cyn_config_source *s = load_source(
        "path: a.csv, columns: {a: decimal(18), b: {type: decimal, scale: 0}, c: decimal, "
        "d: {type: timestamp, epoch: ms, from: D}, e: {type: date, format: '%d.%m.%Y'}, "
        "f: {from: F}, 2024: integer}");
    CHECK(s);
    if (!s) return;
    const cyn_config_column *c = s->columns;
    CHECK_INT(s->ncolumns, 7);
    CHECK(c[0].has_type && c[0].type == CYN_DECIMAL && c[0].scale == 18 && !c[0].from);
    CHECK(c[1].type == CYN_DECIMAL && c[1].scale == 0);
    CHECK(c[2].type == CYN_DECIMAL && c[2].scale == -1);
    CHECK(c[3].type == CYN_TIMESTAMP && strcmp(c[3].epoch, "ms") == 0);
    CHECK_STR(c[3].from, "D");
    CHECK(c[4].type == CYN_DATE && strcmp(c[4].format, "%d.%m.%Y") == 0);
    CHECK(!c[5].has_type && strcmp(c[5].from, "F") == 0);
    CHECK_STR(c[6].name, "2024");
}

static void variables_are_replaced_in_paths_only(void)
{
    setenv("CYN_TEST_DIR", "/data", 1);
    setenv("CYN_TEST_EMPTY", "", 1);
    unsetenv("CYN_TEST_UNSET");
    static const char *const cases[][2] = {
        {"path: '${CYN_TEST_DIR}/a.csv'", "/data/a.csv"},
        {"path: ['${CYN_TEST_UNSET:-d}/a${CYN_TEST_EMPTY}.csv']", "d/a.csv"},
        {"path: '${CYN_TEST_EMPTY:-e}.csv'", "e.csv"},
        {"path: '$${CYN_TEST_DIR}$x.csv'", "${CYN_TEST_DIR}$x.csv"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cyn_config_source *s = load_source(cases[i][0]);
        CHECK(s);
        if (s) CHECK_STR(s->paths[0], cases[i][1]);
    }
    const cyn_config_source *s = load_source("path: a.csv, time: '${CYN_TEST_DIR}'");
    CHECK(s && strcmp(s->time, "${CYN_TEST_DIR}") == 0);
}

static void a_variables_value_is_in_no_message(void)
{
    setenv("CYN_TEST_SECRET", "hunter2", 1);
    CHECK(!load_source("path: '${CYN_TEST_SECRET}.parquet', delimter: x"));
    CHECK(errs.count > 0);
    for (size_t i = 0; i < errs.count; i++)
        CHECK(!strstr(errs.items[i].message, "hunter2") && !strstr(errs.items[i].hint, "hunter2"));
}

static void a_sheet_is_read(void)
{
    cyn_sheets *sheets =
        load(&cyn_file_kpis, "metrics:\n"
                             "  aha:\n"
                             "    title: {en: Aha, ja: アハ}\n"
                             "    role: guardrail\n    layer: lagging\n    lens: efficiency\n"
                             "    direction: up\n    unit: '%'\n    why: w\n    owner: o\n"
                             "    formula: f\n    numerator: n\n    denominator: d\n"
                             "    source: s\n    cadence: monthly\n"
                             "    target: {from: 30%, to: 45%, by: 2026-12-31}\n"
                             "    market: .4\n"
                             "    thresholds: {green: 0.1%, yellow: -3}\n"
                             "    review: 1970-01-11\n");
    CHECK(sheets && sheets->count == 1);
    if (!sheets) return;
    const cyn_sheet *s = sheets->items;
    CHECK_STR(s->name, "aha");
    CHECK_STR(s->file, "kpis.yaml");
    CHECK(s->line == 2 && s->column == 3);
    CHECK_STR(s->title.en, "Aha");
    CHECK_STR(s->title.ja, "アハ");
    CHECK_INT(s->role, CYN_GUARDRAIL);
    CHECK_INT(s->layer, CYN_LAGGING);
    CHECK_INT(s->lens, CYN_EFFICIENCY);
    CHECK_INT(s->direction, CYN_UP);
    CHECK_STR(s->unit, "%");
    CHECK_STR(s->why, "w");
    CHECK_STR(s->owner, "o");
    CHECK_STR(s->formula_text, "f");
    CHECK_STR(s->numerator_text, "n");
    CHECK_STR(s->denominator_text, "d");
    CHECK_STR(s->source_text, "s");
    CHECK(s->has_grain && s->grain.unit == CYN_MONTH && s->grain.n == 1);
    CHECK(s->has_target && s->target_from == 0.3 && s->target == 0.45);
    CHECK(s->has_target_by && s->target_by == cyn_days_from_civil(2026, 12, 31));
    CHECK(s->has_market && s->market == 0.4);
    CHECK(s->green.set && !s->green.two && s->green.lo == 0.001); /* not 0.1 / 100, rounded twice */
    CHECK(s->yellow.set && s->yellow.lo == -3);
    CHECK(s->has_review && s->review == 10);
}

static void a_sheet_says_what_is_not_given(void)
{
    cyn_sheets *sheets =
        load(&cyn_file_kpis, "metrics: {a: {}, b: {target: 5, title: T}, "
                             "c: {direction: range, thresholds: {green: [1, 2]}}}\n");
    CHECK(sheets && sheets->count == 3);
    if (!sheets) return;
    const cyn_sheet *s = sheets->items;
    CHECK(!s[0].has_target && !s[0].has_grain && !s[0].has_market && !s[0].has_review);
    CHECK(!s[0].green.set && !s[0].yellow.set && s[0].role == CYN_ROLE_NONE && !s[0].title.en);
    CHECK(isnan(s[0].target_from));
    CHECK(s[1].has_target && s[1].target == 5 && isnan(s[1].target_from) && !s[1].has_target_by);
    CHECK_STR(s[1].title.en, "T");
    CHECK_STR(s[1].title.ja, NULL); /* en stands in for it, cyn_label_text */
    CHECK(s[2].green.two && s[2].green.lo == 1 && s[2].green.hi == 2 && !s[2].yellow.set);
}

static void the_way_to_a_target_is_read(void)
{
    cyn_sheets *sheets =
        load(&cyn_file_kpis,
             "metrics:\n"
             "  a:\n"
             "    direction: up\n"
             "    target: {from: 30%, to: 45%, since: 1970-01-11, by: 1970-04-11,\n"
             "      path: [{at: 1970-02-01, value: 32%}, {value: 0.4, at: 1970-03-01}]}\n"
             "    thresholds: {green: 45%, hysteresis: 1%}\n"
             "    silence:\n"
             "      no-market: nobody knows\n"
             "      no-owner: we all do\n"
             "  b: {target: 3}\n");
    CHECK(sheets);
    if (!sheets) return;
    const cyn_sheet *a = &sheets->items[0], *b = &sheets->items[1];
    CHECK(a->has_target_since && a->target_since == 10);
    CHECK(a->has_target_by && a->target_by == 100);
    CHECK_INT(a->npath, 2);
    CHECK(a->path[0].date == 31 && a->path[0].value == 0.32);
    CHECK(a->path[1].date == 59 && a->path[1].value == 0.4);
    CHECK(a->hysteresis == 0.01);
    CHECK_INT(a->nsilences, 2);
    CHECK_STR(a->silences[0].id, "no-market");
    CHECK_STR(a->silences[1].reason, "we all do");
    CHECK_INT(a->silences[1].line, 9);
    CHECK_INT(a->silences[1].column, 7);
    CHECK(!b->has_target_since && b->npath == 0 && b->nsilences == 0 && b->hysteresis == 0);
}

static void silences_of_the_project_are_read(void)
{
    cyn_config *c = load(&cyn_file_cynosure, "name: Demo\ncheck:\n  silence: {no-market: so}\n");
    CHECK(c && c->nsilences == 1);
    if (!c || c->nsilences != 1) return;
    CHECK_STR(c->silences[0].id, "no-market");
    CHECK_STR(c->silences[0].reason, "so");
    CHECK_INT(c->silences[0].line, 3);
}

static void objectives_are_read(void)
{
    cyn_okrs *okrs = load(&cyn_file_okrs, "objectives:\n"
                                          "  stay:\n"
                                          "    title: {ja: 続ける}\n"
                                          "    why: because\n"
                                          "    owner: growth\n"
                                          "    department: Product\n"
                                          "    supports: north\n"
                                          "    since: 1970-01-11\n"
                                          "    by: 1970-04-11\n"
                                          "    key_results:\n"
                                          "      - metric: aha\n"
                                          "        title: Aha\n"
                                          "        from: 30%\n"
                                          "        to: 45%\n"
                                          "        since: 1970-01-21\n"
                                          "        by: 1970-03-02\n"
                                          "        direction: down\n"
                                          "        owner: ann\n"
                                          "      - {metric: d1}\n"
                                          "  go: {}\n");
    CHECK(okrs && okrs->count == 2);
    if (!okrs || okrs->count != 2) return;
    const cyn_objective *o = &okrs->items[0];
    CHECK_STR(o->name, "stay");
    CHECK(o->line == 2 && o->column == 3);
    CHECK_STR(o->title.ja, "続ける");
    CHECK_STR(o->why, "because");
    CHECK_STR(o->owner, "growth");
    CHECK_STR(o->department, "Product");
    CHECK_STR(o->supports, "north");
    CHECK(o->has_since && o->since == 10 && o->has_by && o->by == 100);
    CHECK_INT(o->nresults, 2);
    const cyn_key_result *r = &o->results[0], *d = &o->results[1];
    CHECK_STR(r->metric, "aha");
    CHECK(r->line == 11 && r->column == 9);
    CHECK_STR(r->title.en, "Aha");
    CHECK(r->has_from && r->from == 0.3 && r->has_to && r->to == 0.45);
    CHECK(r->has_since && r->since == 20 && r->has_by && r->by == 60);
    CHECK_INT(r->direction, CYN_DOWN);
    CHECK_STR(r->owner, "ann");
    CHECK(d->line == 19 && !d->has_from && !d->has_to && !d->has_since && !d->has_by);
    CHECK_STR(okrs->items[1].supports, NULL);
    CHECK_INT(okrs->items[1].nresults, 0);
}

static void a_missing_okrs_file_is_an_empty_one(void)
{
    cyn_okrs *okrs = NULL;
    cyn_err_list_init(&errs, arena);
    CHECK_INT(cyn_okrs_load("/nonexistent/okrs.yaml", "okrs.yaml", arena, &okrs, &errs), CYN_OK);
    CHECK(okrs && okrs->count == 0 && errs.count == 0);
}

static void an_event_is_read(void)
{
    cyn_dictionary *d = load(&cyn_file_dictionary,
                             "events:\n"
                             "  page view:\n"
                             "    title: V\n    when: w\n    description: x\n    owner: o\n"
                             "    grain: one per view\n    source: events\n    key: [a, b]\n"
                             "    properties: {p: real, q: {required: true, description: y}}\n"
                             "    example: {n: +1.50, big: 12345678901234567890, t: \"1\", "
                             "l: [~, true, {}], s: \"a\\\"b\"}\n"
                             "  b: {key: id}\n");
    CHECK(d && d->nevents == 2);
    if (!d) return;
    const cyn_event *e = d->events;
    CHECK_STR(e->name, "page view");
    CHECK(e->line == 2 && e->column == 3);
    CHECK_STR(e->title.en, "V");
    CHECK_STR(e->when, "w");
    CHECK_STR(e->grain, "one per view");
    CHECK(e->nkey == 2 && strcmp(e->key[1], "b") == 0);
    CHECK(e->nproperties == 2 && e->properties[0].has_type && e->properties[0].type == CYN_REAL);
    CHECK(!e->properties[1].has_type && e->properties[1].required && !e->properties[0].required);
    CHECK_STR(e->example,
              "{\"n\":1.5,\"big\":12345678901234567890,\"t\":\"1\",\"l\":[null,true,{}],"
              "\"s\":\"a\\\"b\"}");
    CHECK(e[1].nkey == 1 && strcmp(e[1].key[0], "id") == 0 && !e[1].example);
}

static void aliases_share_what_they_repeat(void)
{
    cyn_config *c = load(&cyn_file_cynosure, "name: Demo\nsources:\n"
                                             "  a: {path: a.csv, columns: &c {x: integer}}\n"
                                             "  b: {path: b.csv, columns: *c}\n");
    CHECK(c && c->nsources == 2 && c->sources[1].ncolumns == 1);
    if (c) CHECK_STR(c->sources[1].columns[0].name, "x");
}

/* 10,000 repeated values are read, 10,001 are not (see config/tree.h). */
static void aliases_repeat_up_to_a_limit(void)
{
    char yaml[64 << 10];
    for (int extra = 0; extra < 2; extra++) {
        size_t used = (size_t)snprintf(yaml, sizeof yaml, "events: {a: {example: {x: &x 1, l: [");
        for (int i = 0; i < 10000 + extra; i++)
            used += (size_t)snprintf(yaml + used, sizeof yaml - used, "*x,");
        snprintf(yaml + used, sizeof yaml - used, "]}}}\n");
        CHECK((load(&cyn_file_dictionary, yaml) != NULL) == (extra == 0));
    }
    CHECK_INT(errs.items[0].code, CYN_E_LIMIT);
}

static void findings_come_in_the_order_of_the_file(void)
{
    CHECK(!load(&cyn_file_cynosure,
                "sources: {a: {type: x, pth: 1}}\nlanguage: 1\nname: 2\nzz: 3\n"));
    CHECK_INT(errs.count, 6); /* type, pth, path missing, language, name, zz */
    for (size_t i = 1; i < errs.count; i++)
        CHECK(errs.items[i - 1].line < errs.items[i].line ||
              errs.items[i - 1].column <= errs.items[i].column);
}

static void many_findings_are_cut_off(void)
{
    char yaml[16 << 10];
    size_t used = 0;
    for (int i = 0; i < 500; i++)
        used += (size_t)snprintf(yaml + used, sizeof yaml - used, "unheard_of_%d: 1\n", i);
    CHECK(!load(&cyn_file_cynosure, yaml));
    CHECK_INT(errs.count, CYN_FINDINGS_MAX + 1);
    CHECK_INT(errs.items[CYN_FINDINGS_MAX].code, CYN_E_LIMIT);
}

static void findings_of_several_files_share_a_list(void)
{
    void *root = NULL;
    cyn_err_list_init(&errs, arena);
    CHECK_INT(cyn_load_text(&cyn_file_kpis, "[]", 2, "kpis.yaml", arena, &root, &errs), CYN_E_TYPE);
    CHECK_INT(cyn_load_text(&cyn_file_cynosure, "name: x", 7, "cynosure.yaml", arena, &root, &errs),
              CYN_OK);
    CHECK_INT(errs.count, 1);
    CHECK_STR(errs.items[0].file, "kpis.yaml");
}

static void files_are_opened_and_missing_ones_named(void)
{
    char path[] = "/tmp/cyn_config_XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK_INT(write(fd, "name: Demo\n", 11), 11);
    close(fd);
    cyn_config *config = NULL;
    cyn_err_list_init(&errs, arena);
    CHECK_INT(cyn_config_load(path, "cynosure.yaml", arena, &config, &errs), CYN_OK);
    CHECK(config && strcmp(config->name, "Demo") == 0);
    unlink(path);
    cyn_sheets *sheets = NULL;
    CHECK_INT(cyn_sheets_load(path, "kpis.yaml", arena, &sheets, &errs), CYN_E_IO);
    CHECK(!sheets && errs.count == 1 && strstr(errs.items[0].message, "kpis.yaml"));
}

static void a_large_file_is_refused_and_a_long_sheet_is_not(void)
{
    size_t size = CYN_CONFIG_BYTES + 1;
    char *text = malloc(size);
    void *root = NULL;
    CHECK(text);
    if (!text) return;
    memset(text, '#', size);
    cyn_err_list_init(&errs, arena);
    CHECK_INT(cyn_load_text(&cyn_file_kpis, text, size, "kpis.yaml", arena, &root, &errs),
              CYN_E_LIMIT);
    size_t used = (size_t)snprintf(text, size, "metrics:\n");
    for (int i = 0; i < 20000; i++)
        used += (size_t)snprintf(text + used, size - used, "  m%d: {unit: h, market: %d}\n", i, i);
    CHECK_INT(cyn_load_text(&cyn_file_kpis, text, used, "kpis.yaml", arena, &root, &errs), CYN_OK);
    const cyn_sheets *sheets = root;
    CHECK(sheets && sheets->count == 20000 && sheets->items[19999].market == 19999);
    free(text);
}

/* One more allocation succeeds each time, until the load does. */
static void exhausted_memory_is_an_ordinary_error(void)
{
    static const char text[] = "name: &n Demo\ndescription: *n\nsources:\n"
                               "  a: {path: ['${HOME:-x}.csv'], columns: {x: decimal(2)}}\n";
    cyn_code rc = CYN_E_NOMEM;
    size_t n = 1;
    for (; n < 2000 && rc != CYN_OK; n++) {
        void *root = NULL;
        cyn_arena *a = cyn_arena_new(0);
        cyn_err_list_init(&errs, a);
        cyn_test_fail_after(n);
        rc = cyn_load_text(&cyn_file_cynosure, text, strlen(text), "c", a, &root, &errs);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
        CHECK((root != NULL) == (rc == CYN_OK));
        cyn_arena_free(a);
    }
    CHECK(n > 2 && rc == CYN_OK);
    rc = CYN_E_NOMEM;
    for (size_t limit = 1024; limit < (1 << 20) && rc != CYN_OK; limit += 512) {
        void *root = NULL;
        cyn_arena *a = cyn_arena_new(limit);
        cyn_err_list_init(&errs, a);
        rc = cyn_load_text(&cyn_file_cynosure, text, strlen(text), "c", a, &root, &errs);
        CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
        cyn_arena_free(a);
    }
    CHECK_INT(rc, CYN_OK);
}

static void an_unknown_schema_is_an_error(void)
{
    cyn_buf out = {0};
    cyn_err err = {0};
    CHECK_INT(cyn_config_schema("alerts", &out, &err), CYN_E_NAME);
    CHECK(strstr(err.message, "alerts") && !out.data);
}

static void channels_are_read_with_their_defaults(void)
{
    cyn_config *c = load(&cyn_file_cynosure,
                         "name: Demo\n"
                         "channels:\n"
                         "  growth: {type: slack, url: 'https://example.com/x'}\n"
                         "  ops: {type: webhook, url: 'http://example.com', secret: s, rate: 30/h, "
                         "group_by: [], repeat: never, resolved: false, give_up: 1d12h}\n"
                         "  pager: {type: command, command: [page, -v, -v], timeout: 90s}\n");
    CHECK(c);
    if (!c) return;
    CHECK_INT(c->nchannels, 3);
    const cyn_config_channel *slack = &c->channels[0], *hook = &c->channels[1];
    CHECK_STR(slack->name, "growth");
    CHECK_INT(slack->line, 3);
    CHECK_INT(slack->type, CYN_CHANNEL_SLACK);
    CHECK_STR(slack->url, "https://example.com/x");
    CHECK_STR(slack->unusable, NULL);
    CHECK_INT(slack->timeout, 10 * CYN_SECOND);
    CHECK_INT(slack->ngroup_by, 1);
    CHECK_STR(slack->group_by[0], "rule");
    CHECK_INT(slack->group_wait, 0);
    CHECK_INT(slack->group_interval, 5 * CYN_MINUTE);
    CHECK_INT(slack->remind, CYN_DAY);
    CHECK(slack->resolved);
    CHECK_INT(slack->rate, 0);
    CHECK_INT(slack->give_up, CYN_DAY);
    CHECK_INT(hook->type, CYN_CHANNEL_WEBHOOK);
    CHECK_INT(hook->ngroup_by, 0);
    CHECK_INT(hook->remind, 0);
    CHECK(!hook->resolved);
    CHECK_INT(hook->rate, 30);
    CHECK_INT(hook->rate_per, CYN_HOUR);
    CHECK_INT(hook->give_up, 36 * CYN_HOUR);
    CHECK_INT(c->channels[2].ncommand, 3);
    CHECK_STR(c->channels[2].command[2], "-v");
    CHECK_INT(c->channels[2].timeout, 90 * CYN_SECOND);
}

static void a_secret_comes_from_the_environment(void)
{
    static const char yaml[] = "name: Demo\n"
                               "channels:\n"
                               "  a: {type: slack, url: '${CYN_TEST_URL}'}\n"
                               "  b: {type: stdout}\n";
    setenv("CYN_TEST_URL", "https://example.com/secret", 1);
    cyn_config *c = load(&cyn_file_cynosure, yaml);
    CHECK(c);
    if (!c) return;
    CHECK_STR(c->channels[0].url, "https://example.com/secret");
    CHECK_STR(c->channels[0].unusable, NULL);
    static const struct {
        const char *value, *unusable;
    } wrong[] = {
        {NULL, "url: the environment variable CYN_TEST_URL is not set"},
        {"", "url: empty once its variables are replaced"},
        {"ftp://example.com/secret", "url: expected http:// or https:// and a host"},
        {"https://example.com/secret\n",
         "url: a control character once its variables are replaced"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (wrong[i].value)
            setenv("CYN_TEST_URL", wrong[i].value, 1);
        else
            unsetenv("CYN_TEST_URL");
        c = load(&cyn_file_cynosure, yaml);
        CHECK(c);
        if (!c) continue;
        CHECK_STR(c->channels[0].unusable, wrong[i].unusable);
        CHECK_STR(c->channels[1].unusable, NULL);
    }
    unsetenv("CYN_TEST_URL");
}

static void moments_are_of_the_projects_zone_wherever_it_stands(void)
{
    cyn_config *c =
        load(&cyn_file_cynosure, "name: Demo\n"
                                 "maintenance:\n"
                                 "  - {from: 2026-12-30 22:00, until: 2027-01-03, why: the move}\n"
                                 "  - {calendar: nights, match: severity=info, why: batches}\n"
                                 "timezone: Asia/Tokyo\n"
                                 "calendars:\n"
                                 "  nights: {days: [fri-mon, wed], hours: '22:00-06:00', "
                                 "holidays: [2026-05-03, 2026-01-01]}\n");
    CHECK(c);
    if (!c) return;
    int64_t from, until;
    CHECK(cyn_parse_instant("2026-12-30T13:00Z", 17, NULL, &from));
    CHECK(cyn_parse_instant("2027-01-02T15:00Z", 17, NULL, &until));
    CHECK_INT(c->maintenance[0].from, from);
    CHECK_INT(c->maintenance[0].until, until);
    CHECK_INT(c->maintenance[0].nmatch, 0);
    CHECK_STR(c->maintenance[1].calendar, "nights");
    CHECK_STR(c->maintenance[1].match[0], "severity=info");
    CHECK_INT(c->maintenance[1].line, 4);
    CHECK_INT(c->calendars[0].days, 0x75);
    CHECK_STR(c->calendars[0].hours[0], "22:00-06:00");
    CHECK_INT(c->calendars[0].nholidays, 2);
    CHECK(c->calendars[0].holidays[0] < c->calendars[0].holidays[1]);
}

static void inhibition_and_escalation_are_read(void)
{
    cyn_config *c = load(&cyn_file_cynosure,
                         "name: Demo\n"
                         "channels: {boss: {type: stdout}}\n"
                         "inhibit:\n"
                         "  - {source: severity=critical, target: [a=1, b=2], equal: [rule]}\n"
                         "escalate:\n"
                         "  - {after: 30m, to: boss}\n");
    CHECK(c);
    if (!c) return;
    CHECK_INT(c->inhibit[0].nsource, 1);
    CHECK_STR(c->inhibit[0].source[0], "severity=critical");
    CHECK_INT(c->inhibit[0].ntarget, 2);
    CHECK_STR(c->inhibit[0].target[1], "b=2");
    CHECK_STR(c->inhibit[0].equal[0], "rule");
    CHECK_INT(c->inhibit[0].line, 4);
    CHECK_INT(c->escalate[0].after, 30 * CYN_MINUTE);
    CHECK_STR(c->escalate[0].to[0], "boss");
    CHECK_INT(c->escalate[0].nmatch, 0);
}

int main(void)
{
    arena = cyn_arena_new(0);
    if (!arena) return 1;
    RUN(what_is_not_given_has_its_default);
    RUN(project_keys_are_read);
    RUN(a_fiscal_calendar_is_read);
    RUN(a_source_is_read_with_its_place);
    RUN(the_type_follows_from_the_ending_of_the_path);
    RUN(delimiters_are_characters);
    RUN(bad_rows_are_a_number_a_share_or_none);
    RUN(columns_are_a_type_or_a_mapping);
    RUN(variables_are_replaced_in_paths_only);
    RUN(a_variables_value_is_in_no_message);
    RUN(a_sheet_is_read);
    RUN(a_sheet_says_what_is_not_given);
    RUN(the_way_to_a_target_is_read);
    RUN(silences_of_the_project_are_read);
    RUN(channels_are_read_with_their_defaults);
    RUN(a_secret_comes_from_the_environment);
    RUN(moments_are_of_the_projects_zone_wherever_it_stands);
    RUN(inhibition_and_escalation_are_read);
    RUN(objectives_are_read);
    RUN(a_missing_okrs_file_is_an_empty_one);
    RUN(an_event_is_read);
    RUN(aliases_share_what_they_repeat);
    RUN(aliases_repeat_up_to_a_limit);
    RUN(findings_come_in_the_order_of_the_file);
    RUN(many_findings_are_cut_off);
    RUN(findings_of_several_files_share_a_list);
    RUN(files_are_opened_and_missing_ones_named);
    RUN(a_large_file_is_refused_and_a_long_sheet_is_not);
    RUN(exhausted_memory_is_an_ordinary_error);
    RUN(an_unknown_schema_is_an_error);
    cyn_arena_free(arena);
    return test_end();
}
