/* Alert rules as scripts declare them: every field, and what is told of wrong ones. */
#include "script/zygote.h"
#include "script_impl.h"

static const cyn_rule *rule_of(const cyn_script *s, const char *name)
{
    return cyn_catalog_rule(cyn_script_catalog(s), name);
}

static void test_every_field_arrives(void)
{
    cyn_script *s = load_text(
        "alert 'aha_drop' {\n"
        "  metric = 'aha_rate', by = { 'channel', 'plan' }, grain = 'day', partial = true,\n"
        "  every = '1h', at = '5m', when = 'value < target', severity = {\n"
        "    critical = 'value < floor', info = function(s) return s.value < 1 end },\n"
        "  clear = 'value > 0.9', hold = '2h', keep = '1h30m', no_data = 'fire', on_error = 'ok',\n"
        "  hold_through_gaps = true, gone_after = 3, flapping = { damp = 40, calm = 10 },\n"
        "  depends = { 'pipeline' }, calendar = 'office', labels = { team = 'growth', a = 'b' },\n"
        "  params = { floor = 0.2, ceiling = 3 }, notify = { 'growth', 'ops' }, remind = '4h',\n"
        "  title = 'Aha', summary = { en = 'low', ja = '低い' }, description = { ja = '説明' },\n"
        "  runbook = 'docs/aha.md', owner = 'Ana' }");
    const cyn_rule *r = s ? rule_of(s, "aha_drop") : NULL;
    if (s) CHECK_STR(errors_of(s), "");
    if (!r) return;
    CHECK_STR(r->place.file, "metrics/a.lua");
    CHECK_INT(r->place.line, 1);
    CHECK(r->pack == NULL);
    CHECK_STR(r->metric, "aha_rate");
    CHECK(r->nby == 2 && !strcmp(r->by[0], "channel") && !strcmp(r->by[1], "plan"));
    CHECK(r->has_grain && r->grain.unit == CYN_DAILY && r->partial);
    CHECK(r->every == CYN_HOUR && r->at == 5 * CYN_MINUTE && r->remind == 4 * CYN_HOUR);
    CHECK_STR(r->when->text, "value < target");
    CHECK_INT(r->nlevels, 2);
    CHECK_INT(r->levels[0].severity, CYN_INFO);
    CHECK_STR(r->levels[0].when->text, "function (line 4)");
    CHECK_INT(r->levels[1].severity, CYN_CRITICAL);
    CHECK_STR(r->levels[1].when->text, "value < floor");
    CHECK_STR(r->clear->text, "value > 0.9");
    CHECK(r->policy.hold == 2 * CYN_HOUR && r->policy.keep == 90 * CYN_MINUTE);
    CHECK(r->policy.no_data == CYN_INSTEAD_FIRE && r->policy.on_error == CYN_INSTEAD_OK);
    CHECK(r->policy.hold_counts_down_time && r->policy.gone_after == 3);
    CHECK(r->policy.damp_at == 40 && r->policy.calm_at == 10);
    CHECK(r->ndepends == 1 && !strcmp(r->depends[0], "pipeline"));
    CHECK_STR(r->calendar, "office");
    CHECK(r->nlabels == 2 && !strcmp(r->labels[0].name, "a") && !strcmp(r->labels[0].value, "b"));
    CHECK(r->nparams == 2 && !strcmp(r->params[1].name, "floor") && r->params[1].value == 0.2);
    CHECK(r->nnotify == 2 && !strcmp(r->notify[1], "ops"));
    CHECK_STR(r->title.en, "Aha");
    CHECK(r->title.ja == NULL);
    CHECK_STR(r->summary.ja, "低い");
    CHECK_STR(r->description.ja, "説明");
    CHECK_STR(r->runbook, "docs/aha.md");
    CHECK_STR(r->owner, "Ana");
    cyn_script_free(s);
}

static void test_what_is_not_said_is_as_usual(void)
{
    cyn_script *s =
        load_text("alert 'r' { metric = 'm', when = 'value > 1' }\n"
                  "alert 'f' { metric = 'm', by = 'channel', notify = 'ops', severity = "
                  "'critical', when = 'partial', flapping = false, hold = '0s' }\n"
                  "alert 'l' { metric = 'm', severity = { info = 'value > 1' } }");
    const cyn_rule *r = s ? rule_of(s, "r") : NULL, *f = s ? rule_of(s, "f") : NULL;
    if (s) CHECK_STR(errors_of(s), "");
    if (!r || !f || !rule_of(s, "l")) return;
    const cyn_alert_policy usual = CYN_ALERT_POLICY;
    CHECK(r->nby == 0 && !r->has_grain && !r->partial && r->every == 0 && r->at == 0);
    CHECK(r->nlevels == 1 && r->levels[0].severity == CYN_WARNING && !r->levels[0].when);
    CHECK(!r->clear && r->policy.hold == 0 && r->policy.gone_after == usual.gone_after);
    CHECK(r->policy.damp_at == usual.damp_at && r->policy.calm_at == usual.calm_at);
    CHECK(r->ndepends == 0 && !r->calendar && r->nlabels == 0 && r->nnotify == 0 && !r->remind);
    CHECK(f->nby == 1 && f->nnotify == 1 && f->policy.damp_at == 0 && f->policy.hold == 0);
    CHECK(f->nlevels == 1 && f->levels[0].severity == CYN_CRITICAL);
    CHECK_INT(f->when->kind, CYN_EXPR_SCRIPT);
    CHECK(rule_of(s, "l")->when == NULL && rule_of(s, "l")->levels[0].when != NULL);
    cyn_script_free(s);
}

/* The message about a rule with these fields beside metric and when. */
static void check_field(const char *fields, const char *message)
{
    char text[2000], expected[1000];
    snprintf(text, sizeof text,
             "alert 'r' { metric = 'm', when = 'value > 1', by = { 'channel' }, "
             "%s }",
             fields);
    snprintf(expected, sizeof expected, "metrics/a.lua:1: %s", message);
    check_errors(text, expected);
}

static void test_wrong_fields_are_told(void)
{
    static const char *const list[][2] = {
        {"hodl = '1h'", "alert 'r' has an unknown field 'hodl'\nhint: did you mean 'hold'?"},
        {"hold = 3", "'hold' of alert 'r' is a number, expected a text"},
        {"hold = '3 hours'", "'hold' of alert 'r' is '3 hours', expected a duration such as 30m, "
                             "12h, 14d or 2w"},
        {"keep = '-1h'", "'keep' of alert 'r' is '-1h', expected a duration such as 30m, 12h, 14d "
                         "or 2w"},
        {"grain = 'dya'", "'grain' of alert 'r': unknown grain 'dya', expected hour, "
                          "day, week, month, quarter, year, all or minutes like 15m\nhint: did you "
                          "mean 'day'?"},
        {"partial = 1", "'partial' of alert 'r' is a number, expected true or false"},
        {"every = '10ms'", "'every' of alert 'r' is not from 1s to 366d"},
        {"every = '367d'", "'every' of alert 'r' is not from 1s to 366d"},
        {"every = '0s'", "'every' of alert 'r' is '0s', expected a duration such as 30m, 12h, 14d "
                         "or 2w"},
        {"every = '1h', at = '1h'", "'at' of alert 'r' is not less than 'every'"},
        {"every = '7d', at = '1d'", "'at' of alert 'r' is not less than a day"},
        {"severity = 'warnin'",
         "'severity' of alert 'r' is 'warnin', expected one of: info, warning, "
         "critical\nhint: did you mean 'warning'?"},
        {"severity = { critcal = 'value > 1' }",
         "'severity' of alert 'r' has an unknown field 'critcal'\nhint: did you mean 'critical'?"},
        {"severity = {}", "'severity' of alert 'r' is an empty table\nhint: write severity = "
                          "\"warning\""},
        {"severity = { info = 3 }", "'info' of 'severity' of alert 'r' is a number, expected a Lua "
                                    "expression in a text, or a function of the series"},
        {"clear = { status = 'red' }", "'clear' of alert 'r' is a table, expected a Lua expression "
                                       "in a text, or a function of the series"},
        {"no_data = 'ignore'", "'no_data' of alert 'r' is 'ignore', expected one of: keep, ok, "
                               "fire"},
        {"on_error = true", "'on_error' of alert 'r' is a boolean, expected a text"},
        {"gone_after = 1.5", "'gone_after' of alert 'r' is 1.5, expected a whole number, 0 … "
                             "1000000"},
        {"gone_after = 'x'", "'gone_after' of alert 'r' is a string, expected a whole number, 0 … "
                             "1000000"},
        {"flapping = true", "'flapping' of alert 'r' is true, expected false, or a table such as { "
                            "damp = 30, calm = 20 }"},
        {"flapping = { damp = 20 }", "'flapping' of alert 'r' calms down at 20 %, expected less "
                                     "than the 20 % at which it is damped"},
        {"flapping = { damp = 101 }", "'damp' of 'flapping' of alert 'r' is 101, expected a whole "
                                      "number, 1 … 100"},
        {"depends = { 'a', 'a' }", "'depends' of alert 'r' names 'a' twice"},
        {"depends = 'r'", "alert 'r' depends on itself"},
        {"depends = { a = 'b' }",
         "'depends' of alert 'r' has an entry 'a', expected a list without "
         "names and gaps"},
        {"notify = {}", "'notify' of alert 'r' is an empty list"},
        {"notify = ' '", "'notify' of alert 'r' is empty"},
        {"labels = { channel = 'x' }",
         "'labels' of alert 'r' has 'channel', which is a dimension of its 'by'"},
        {"labels = { severity = 'x' }",
         "'labels' of alert 'r' has 'severity', which every alert has by itself"},
        {"labels = { team = 3 }", "'team' of 'labels' of alert 'r' is a number, expected a text"},
        {"labels = { ['a b'] = 'x' }",
         "a name in 'labels' of alert 'r' is 'a b', expected letters, "
         "digits and _, with no digit first"},
        {"labels = { 'x' }", "'labels' of alert 'r' has an entry without a name"},
        {"params = { limit = '3' }",
         "'limit' of 'params' of alert 'r' is a string, expected a number"},
        {"params = { limit = 0/0 }", "'limit' of 'params' of alert 'r' is not a finite number"},
        {"params = { target = 3 }",
         "'params' of alert 'r' has 'target', which is a reading\nhint: give it another name"},
        {"params = { mean_4 = 3 }",
         "'params' of alert 'r' has 'mean_4', which is a reading\nhint: give it another name"},
        {"params = { channel = 3 }", "'params' of alert 'r' has 'channel', which is a dimension of "
                                     "its 'by'\nhint: give it another name"},
        {"summary = { enn = 'x' }",
         "'summary' of alert 'r' has an unknown field 'enn'\nhint: did you mean 'en'?"},
        {"summary = '\\xff'", "'summary' of alert 'r' is not UTF-8"},
        {"runbook = 3", "'runbook' of alert 'r' is a number, expected a text"},
        {"remind = '0s'",
         "'remind' of alert 'r' is '0s', expected a duration such as 30m, 12h, 14d "
         "or 2w"},
        {"remind = '106751991d'",
         "'remind' of alert 'r' is '106751991d', expected at most ten years, 3650d"},
        {"hold = '3651d'", "'hold' of alert 'r' is '3651d', expected at most ten years, 3650d"},
        {"keep = '522w'", "'keep' of alert 'r' is '522w', expected at most ten years, 3650d"},
        {"metric = 'a b'",
         "'metric' of alert 'r' is 'a b', expected letters, digits and _, with no "
         "digit first"},
        {"[1] = 2", "alert 'r' has an entry without a name"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        check_field(list[i][0], list[i][1]);
}

static void test_wrong_conditions_are_told_at_their_column(void)
{
    check_errors("alert 'r' { metric = 'm', when = 'value <' }",
                 "metrics/a.lua:1:35: 'when' of alert 'r': 'value <' is no Lua expression: "
                 "unexpected symbol near <eof>");
    check_errors("alert 'r' { metric = 'm', when = 'value != 3' }",
                 "metrics/a.lua:1:35: 'when' of alert 'r': 'value != 3' is no Lua expression: "
                 "<eof> expected near '!'\nhint: Lua writes ~= for 'not equal'");
    check_errors("alert 'r' { metric = 'm', when = print_it }",
                 "metrics/a.lua:1: unknown name 'print_it'");
    check_errors("alert 'r' { metric = 'm', when = math.abs }",
                 "metrics/a.lua:1: 'when' of alert 'r' is one of Lua's own functions, expected one "
                 "written here\nhint: wrap it: function(r) return … end");
}

static void test_a_declaration_has_its_form(void)
{
    check_errors("alert 'r' { when = 'value > 1' }",
                 "metrics/a.lua:1: alert 'r' has no 'metric'\nhint: add metric = …");
    check_errors("alert 'r' { metric = 'm', severity = 'info' }",
                 "metrics/a.lua:1: alert 'r' has no 'when'\nhint: add when = \"value < target\"");
    check_errors("alert 'two words' {}", "metrics/a.lua:1: the name of an alert is 'two words', "
                                         "expected letters, digits and _, with no digit first");
    check_errors("alert(3)", "metrics/a.lua:1: the name of an alert is a number, expected a text");
    check_errors("alert('r', {})", "metrics/a.lua:1: alert takes a name, then a table\nhint: alert "
                                   "\"r\" { metric = \"…\", when = \"…\" }");
    check_errors("alert 'r'", "metrics/a.lua:1: the alert 'r' has no table\nhint: alert \"name\" { "
                              "metric = \"…\", when = \"…\" }");
    check_errors("alert 'r' { metric = 'm', when = 'value > 1' }\n\n"
                 "alert 'r' { metric = 'm', when = 'value > 2' }",
                 "metrics/a.lua:3: alert 'r' is already declared at metrics/a.lua:1");
    check_errors("local a = alert 'r'\na.x = 3", "metrics/a.lua:2: alert cannot be changed");
}

static void test_a_rule_may_be_named_like_a_metric(void)
{
    cyn_script *s = load_text("metric 'm' { value = 1 }\n"
                              "alert 'm' { metric = 'm', when = 'value > 1' }");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    CHECK(rule_of(s, "m") != NULL && rule_of(s, "x") == NULL);
    cyn_script_free(s);
}

/* ---- Definitions ---- */

static const char usual[] = "metric = 'm', by = { 'channel' }, when = 'value > limit', params = { "
                            "limit = 1 }, depends = 'x', ";

static void definition_of(const char *first, const char *fields, char out[65])
{
    char text[1000];
    snprintf(text, sizeof text, "%salert 'r' { %s }", first, fields);
    cyn_script *s = load_text(text);
    const cyn_rule *r = s ? rule_of(s, "r") : NULL;
    if (s) CHECK_STR(errors_of(s), "");
    snprintf(out, 65, "%s", r ? r->definition : "");
    cyn_script_free(s);
}

/* Whether the rule with these fields has another definition than the usual one. */
static bool differs(const char *first, const char *fields)
{
    static char base[65];
    char all[900], own[65];
    if (!base[0]) definition_of("", usual, base);
    CHECK_INT(strlen(base), 64);
    snprintf(all, sizeof all, "%s%s", usual, fields);
    definition_of(first, all, own);
    return strcmp(base, own) != 0;
}

static void test_a_definition_follows_what_decides(void)
{
    static const char *const others[] = {"metric = 'n'",
                                         "by = { 'plan' }",
                                         "grain = 'day'",
                                         "partial = true",
                                         "every = '1h'",
                                         "every = '2h', at = '1h'",
                                         "when = 'value >= limit'",
                                         "severity = 'info'",
                                         "severity = { warning = 'value > 3' }",
                                         "clear = 'value < 1'",
                                         "hold = '1h'",
                                         "keep = '1h'",
                                         "no_data = 'ok'",
                                         "on_error = 'ok'",
                                         "hold_through_gaps = true",
                                         "gone_after = 3",
                                         "flapping = false",
                                         "depends = 'y'",
                                         "calendar = 'c'",
                                         "params = { limit = 2 }"};
    static const char *const same[] = {"",
                                       "severity = 'warning'",
                                       "title = 't'",
                                       "summary = 's'",
                                       "description = 'd'",
                                       "labels = { a = 'b' }",
                                       "notify = 'ops'",
                                       "remind = '1h'",
                                       "runbook = 'r'",
                                       "owner = 'o'",
                                       "when = 'value  >  limit'",
                                       "hold = '0s'",
                                       "gone_after = 2",
                                       "flapping = { damp = 30, calm = 20 }"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (!differs("", others[i])) printf("# %s\n", others[i]);
        CHECK(differs("", others[i]));
    }
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (differs("", same[i])) printf("# %s\n", same[i]);
        CHECK(!differs("\n\n-- further down\n", same[i]));
    }
}

/* ---- Several files ---- */

static void test_packs_have_rules_of_their_own(void)
{
    static const char own[] = "alert 'a' { metric = 'm', when = 'value > 1' }",
                      pack[] = "alert 'a' { metric = 'm', when = 'value > 2' }\n"
                               "alert 'b' { metric = 'm', when = 'value > 2' }";
    const cyn_script_file files[] = {
        {.name = "alerts/a.lua", .text = own, .size = strlen(own)},
        {.name = "packs/p/alerts/b.lua", .text = pack, .size = strlen(pack), .pack = "p"}};
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    CHECK_INT(cyn_script_load(files, 2, &o, &s, NULL), CYN_OK);
    if (!s) return;
    CHECK_STR(errors_of(s),
              "packs/p/alerts/b.lua:1: alert 'a' is already declared at alerts/a.lua:1");
    CHECK_INT(cyn_script_catalog(s)->nrules, 2);
    const cyn_rule *a = rule_of(s, "a"), *b = rule_of(s, "b");
    if (a && b) {
        CHECK(a->pack == NULL);
        CHECK_STR(a->when->text, "value > 1");
        CHECK_STR(b->pack, "p");
        CHECK_INT(CYN_HANDLE_PART(b->when->handle), 1);
    }
    cyn_script_free(s);
}

static void test_modules_declare_no_rules(void)
{
    static const char own[] = "require 'm'", module[] = "alert 'a' {}";
    const cyn_script_file files[] = {
        {.name = "alerts/a.lua", .text = own, .size = strlen(own)},
        {.name = "lib/m.lua", .text = module, .size = strlen(module), .module = "m"}};
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    CHECK_INT(cyn_script_load(files, 2, &o, &s, NULL), CYN_OK);
    if (!s) return;
    CHECK(strstr(errors_of(s), "a module declares nothing") != NULL);
    cyn_script_free(s);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_every_field_arrives);
    RUN(test_what_is_not_said_is_as_usual);
    RUN(test_wrong_fields_are_told);
    RUN(test_wrong_conditions_are_told_at_their_column);
    RUN(test_a_declaration_has_its_form);
    RUN(test_a_rule_may_be_named_like_a_metric);
    RUN(test_a_definition_follows_what_decides);
    RUN(test_packs_have_rules_of_their_own);
    RUN(test_modules_declare_no_rules);
    cyn_zygote_stop();
    return test_end();
}
