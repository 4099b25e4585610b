/* Matchers, and who is muted by what. */
#include "alert/mute.h"
#include "test.h"
#include <time.h>

static cyn_arena *arena;
static const cyn_alert_label labels[] = {
    {"channel", "ads"}, {"plan", NULL}, {"say", "a \"b\"\\\n"}};
static const cyn_notice notice = {.rule = "aha_drop",
                                  .metric = "aha_rate",
                                  .identity = "aha_drop{channel=\"ads\"}",
                                  .owner = "growth",
                                  .severity = CYN_WARNING,
                                  .labels = labels,
                                  .nlabels = 3};

/* 1 and 0: it matches or not; -1: it is no matcher. */
static int matches(const char *text)
{
    cyn_matcher m = {0};
    if (cyn_matcher_parse(text, arena, &m, NULL) != CYN_OK) return -1;
    int result = cyn_matchers_match(&m, 1, &notice);
    cyn_matchers_free(&m, 1);
    return result;
}

static void test_matchers_are_read_with_quotes_and_without(void)
{
    static const struct {
        const char *text;
        int want;
    } cases[] = {
        {"channel=\"ads\"", 1},
        {"channel=ads", 1},
        {"  channel  =  ads  ", 1},
        {"\"channel\"=\"ads\"", 1},
        {"channel=seo", 0},
        {"channel!=seo", 1},
        {"channel!=ads", 0},
        {"channel=~ads|seo", 1},
        {"channel=~\"a.*\"", 1},
        {"channel=~ad", 0}, /* the whole value */
        {"channel=~\"d\"", 0},
        {"channel!~\"seo|mail\"", 1},
        {"channel!~\".*\"", 0},
        {"aha_drop", 1}, /* a rule */
        {"\"aha_drop\"", 1},
        {"aha", 0},
        {"rule=aha_drop", 1},
        {"severity=warning", 1},
        {"severity=~\"warning|critical\"", 1},
        {"metric=aha_rate", 1},
        {"owner=growth", 1},
        {"plan=\"\"", 1}, /* missing, and not there at all */
        {"nowhere=", 1},
        {"nowhere!=\"\"", 0},
        {"nowhere=~\".+\"", 0},
        {"say=\"a \\\"b\\\"\\\\\\n\"", 1},
        {"", -1},
        {"  ", -1},
        {"=ads", -1},
        {"channel==", 0}, /* equal to "=" */
        {"channel ads", -1},
        {"channel<ads", 0}, /* a rule that is called so */
        {"channel=\"ads", -1},
        {"channel=\"ads\" x", -1},
        {"channel=a\"b", -1},
        {"channel=\"\\q\"", -1},
        {"channel=~\"(\"", -1},
        {"channel=~\"a)|(ads\"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int got = matches(cases[i].text);
        if (got != cases[i].want) printf("# %s\n", cases[i].text);
        CHECK_INT(got, cases[i].want);
    }
}

static void test_what_is_wrong_with_a_matcher_is_said(void)
{
    cyn_matcher m = {0};
    cyn_err err = {0};
    CHECK_INT(cyn_matcher_parse("channel ads", arena, &m, &err), CYN_E_SYNTAX);
    CHECK_STR(err.message, "matcher 'channel ads': after the name one of = != =~ !~ is expected");
    CHECK(strstr(err.hint, "a word alone is a rule's name"));
    CHECK_INT(cyn_matcher_parse("a=~\"[\"", arena, &m, &err), CYN_E_SYNTAX);
    CHECK(strstr(err.message, "matcher 'a=~\"[\"': no regular expression: "));
    static const char *const texts[] = {"a=~\"x\"", "b=~\"(\""};
    const cyn_matcher *list = NULL;
    CHECK_INT(cyn_matchers_parse(texts, 2, arena, &list, &err), CYN_E_SYNTAX);
    CHECK(list == NULL);
    CHECK_INT(cyn_matcher_parse("a=~((b{1,200}){1,200}){1,200}", arena, &m, &err), CYN_E_SYNTAX);
    CHECK(strstr(err.message, "regular expression is too large"));
    char long_one[1200] = "a=~";
    memset(long_one + 3, 'x', sizeof long_one - 4);
    CHECK_INT(cyn_matcher_parse(long_one, arena, &m, &err), CYN_E_SYNTAX);
}

/* Who may silence alerts can neither keep the daemon busy nor keep others from being told. */
static void test_a_pattern_that_searches_for_ever_matches_nothing(void)
{
    static const char *const texts[] = {"channel=~(a*)*[bc]", "channel!~(a*)*[bc]",
                                        "channel=~((a{1,80}){1,80}){1,30}"};
    char channel[4000];
    memset(channel, 'a', sizeof channel - 1);
    channel[sizeof channel - 1] = '\0';
    const cyn_alert_label label = {"channel", channel};
    const cyn_notice hard = {.rule = "r", .identity = "r", .labels = &label, .nlabels = 1};
    clock_t before = clock();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cyn_matcher m = {0};
        if (cyn_matcher_parse(texts[i], arena, &m, NULL) != CYN_OK) continue; /* refused: as well */
        if (i < 2) CHECK(!cyn_matchers_match(&m, 1, &hard));
        cyn_matchers_free(&m, 1);
    }
    CHECK((double)(clock() - before) / CLOCKS_PER_SEC < 2);
}

static void test_what_was_written_down_is_kept_when_its_pattern_is_refused(void)
{
    static const char *const texts[] = {"channel=~\"(?z)\"", "channel!~\"(?z)\"",
                                        "channel=\"ads\""};
    const cyn_matcher *m = NULL;
    cyn_buf b = {0};
    CHECK_INT(cyn_matchers_recall(texts, 3, arena, &m, NULL), CYN_OK);
    CHECK(cyn_matcher_is_refused(&m[0]) && cyn_matcher_is_refused(&m[1]));
    CHECK(!cyn_matcher_is_refused(&m[2]));
    CHECK(!cyn_matchers_match(&m[0], 1, &notice));
    CHECK(!cyn_matchers_match(&m[1], 1, &notice));
    CHECK(cyn_matchers_match(&m[2], 1, &notice));
    CHECK(cyn_silence_is_refused(&(cyn_alert_silence){.matchers = m, .nmatchers = 3}));
    CHECK(!cyn_silence_is_refused(&(cyn_alert_silence){.matchers = &m[2], .nmatchers = 1}));
    cyn_matcher_text(&m[0], &b);
    CHECK_STR(b.data, texts[0]);
    cyn_buf_clear(&b);
    cyn_matchers_free(m, 3);
}

static void test_a_matcher_is_shown_as_it_is_read(void)
{
    static const char *const texts[] = {"channel=\"ads\"", "a!=\"\"", "b=~\"x|y\"",
                                        "\"odd name\"!~\"\\\"\\\\\\n\"", "rule=\"aha_drop\""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cyn_matcher m = {0};
        cyn_buf b = {0};
        CHECK_INT(cyn_matcher_parse(texts[i], arena, &m, NULL), CYN_OK);
        cyn_matcher_text(&m, &b);
        CHECK_STR(b.data, texts[i]);
        cyn_buf_clear(&b);
        cyn_matchers_free(&m, 1);
    }
}

static const cyn_matcher *parsed(const char *text)
{
    const cyn_matcher *m = NULL;
    CHECK_INT(cyn_matchers_parse(&text, 1, arena, &m, NULL), CYN_OK);
    return m;
}

static const char *said(const cyn_muting *m)
{
    static char text[256];
    cyn_buf b = {0};
    cyn_muting_text(m, NULL, &b);
    snprintf(text, sizeof text, "%s", b.data);
    cyn_buf_clear(&b);
    return text;
}

static void test_a_silence_holds_from_its_beginning_until_before_its_end(void)
{
    cyn_alert_silence s = {.id = 3,
                           .matchers = parsed("channel=ads"),
                           .nmatchers = 1,
                           .from = 10 * CYN_SECOND,
                           .until = 20 * CYN_SECOND,
                           .who = "kim",
                           .why = "deploy"};
    cyn_mutes m = {.silences = &s, .nsilences = 1};
    cyn_muting by = {0};
    CHECK(!cyn_muted(&m, &notice, 10 * CYN_SECOND - 1, &by));
    CHECK(cyn_muted(&m, &notice, 10 * CYN_SECOND, &by));
    CHECK_INT(by.until, 20 * CYN_SECOND);
    CHECK_STR(said(&by), "silence 3 by kim until 1970-01-01T00:00:20Z: deploy");
    CHECK(cyn_muted(&m, &notice, 20 * CYN_SECOND - 1, &by));
    CHECK(!cyn_muted(&m, &notice, 20 * CYN_SECOND, &by));
    cyn_notice other = {.rule = "other", .identity = "other"};
    CHECK(!cyn_muted(&m, &other, 15 * CYN_SECOND, &by));
}

static void test_maintenance_is_between_instants_or_while_a_calendar_holds(void)
{
    const cyn_alert_hours night = {.from = 22 * 60, .to = 30 * 60};
    const cyn_alert_calendar nights = {.days = CYN_ALERT_ALL_DAYS, .hours = &night, .nhours = 1};
    const cyn_maintenance windows[] = {{.from = 0, .until = CYN_HOUR, .why = "move"},
                                       {.calendar = &nights}};
    cyn_mutes m = {.maintenance = windows, .nmaintenance = 2};
    cyn_muting by = {0};
    CHECK(cyn_muted(&m, &notice, CYN_HOUR - 1, &by));
    CHECK_STR(said(&by), "maintenance until 1970-01-01T01:00:00Z: move");
    CHECK(cyn_muted(&m, &notice, CYN_HOUR, &by)); /* the night before goes on */
    CHECK_INT(by.until, 6 * CYN_HOUR);
    CHECK_STR(said(&by), "maintenance until 1970-01-01T06:00:00Z");
    CHECK(!cyn_muted(&m, &notice, 6 * CYN_HOUR, &by));
    CHECK(cyn_muted(&m, &notice, 22 * CYN_HOUR, &by));
}

static void test_an_alert_that_fires_inhibits_those_that_agree_but_never_itself(void)
{
    static const char *const equal[] = {"channel"};
    const cyn_alert_label seo[] = {{"channel", "seo"}};
    cyn_notice firing[] = {notice, notice};
    firing[0].identity = "load{channel=\"ads\"}";
    firing[0].rule = "load";
    firing[1].identity = "load{channel=\"seo\"}";
    firing[1].rule = "load";
    firing[1].labels = seo;
    firing[1].nlabels = 1;
    cyn_inhibition rule = {.source = parsed("load"),
                           .target = parsed("severity=warning"),
                           .nsource = 1,
                           .ntarget = 1,
                           .equal = equal,
                           .nequal = 1};
    cyn_mutes m = {.inhibitions = &rule, .ninhibitions = 1, .firing = firing + 1, .nfiring = 1};
    cyn_muting by = {0};
    CHECK(!cyn_muted(&m, &notice, 0, &by)); /* another channel */
    m.firing = firing;
    CHECK(cyn_muted(&m, &notice, 0, &by));
    CHECK_STR(said(&by), "inhibited by load{channel=\"ads\"}");
    CHECK(!cyn_muted(&m, &firing[0], 0, &by)); /* not by itself */
    rule.nequal = 0;
    m.nfiring = 2;
    CHECK(!cyn_muted(&m, &firing[0], 0, &by)); /* nor by one that is as much of a target */
    firing[1].severity = CYN_CRITICAL;
    CHECK(cyn_muted(&m, &firing[0], 0, &by)); /* a source that is no target */
    CHECK(!cyn_muted(&m, &firing[1], 0, &by));
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_matchers_are_read_with_quotes_and_without);
    RUN(test_what_is_wrong_with_a_matcher_is_said);
    RUN(test_a_pattern_that_searches_for_ever_matches_nothing);
    RUN(test_what_was_written_down_is_kept_when_its_pattern_is_refused);
    RUN(test_a_matcher_is_shown_as_it_is_read);
    RUN(test_a_silence_holds_from_its_beginning_until_before_its_end);
    RUN(test_maintenance_is_between_instants_or_while_a_calendar_holds);
    RUN(test_an_alert_that_fires_inhibits_those_that_agree_but_never_itself);
    cyn_arena_free(arena);
    return test_end();
}
