/* Lints: how names are read and compared, and lists of remarks; what each lint finds is in
 * tests/golden/check. */
#include "check/lint.h"
#include "check/lint_similar.h"
#include "check/lint_words.h"
#include "test.h"

static const char *words_of(const char *text)
{
    static char out[128];
    cyn_plain_words(text, out, sizeof out);
    return out;
}

static void test_words_have_no_case_separators_or_plural(void)
{
    CHECK_STR(words_of("PageViews_total"), " page view total ");
    CHECK_STR(words_of("--Page-Views  2026"), " page view 2026 ");
    CHECK_STR(words_of("GPS sign-ups"), " gps sign ups "); /* short words keep it */
    CHECK_STR(words_of("business as usual"), " business as usual ");
    CHECK_STR(words_of("月間PV"), " pv ");
    CHECK_STR(words_of(""), " ");
}

static void test_words_are_cut_to_fit(void)
{
    char out[8];
    cyn_plain_words("abcdefghijklmnop", out, sizeof out);
    CHECK(strlen(out) < sizeof out);
    CHECK(out[0] == ' ' && out[strlen(out) - 1] == ' ');
}

static void test_a_word_is_found_whole_only(void)
{
    static const char *const words[] = {"page view", "pv", NULL}, *const ja[] = {"累計", NULL};
    CHECK_STR(cyn_find_word("Monthly page-views", words, ja), "page view");
    CHECK_STR(cyn_find_word("月間PV数", words, ja), "pv");
    CHECK_STR(cyn_find_word("累計レッスン数", words, ja), "累計");
    CHECK(cyn_find_word("pvp_matches", words, ja) == NULL);
    CHECK(cyn_find_word(NULL, words, ja) == NULL);
}

static const char *key_of(const char *name)
{
    static char out[64];
    cyn_event_key(name, strlen(name), out, sizeof out);
    return out;
}

static void test_keys_leave_out_how_people_write(void)
{
    CHECK_STR(key_of("lesson_done"), "lessondone");
    CHECK_STR(key_of("LessonsDone"), "lessondone");
    CHECK_STR(key_of("LESSONS-DONE"), "lessondone");
    CHECK_STR(key_of("class_pass"), "classpass");
    CHECK_STR(key_of("レッスン完了"), "レッスン完了");
    CHECK_STR(key_of("___"), "");
}

static void test_keys_that_differ_in_one_letter_are_similar(void)
{
    CHECK(cyn_event_keys_similar("lessondone", "lessondone"));
    CHECK(cyn_event_keys_similar("lessondone", "lessondome"));
    CHECK(cyn_event_keys_similar("lessondone", "lessondon"));
    CHECK(cyn_event_keys_similar("lessondone", "llessondone"));
    CHECK(cyn_event_keys_similar("purchase", "purchsae"));
    CHECK(!cyn_event_keys_similar("lessondone", "lessongoner"));
    CHECK(!cyn_event_keys_similar("purchase", "purchsea"));
}

static void test_short_names_numbers_and_other_scripts_differ_for_a_reason(void)
{
    CHECK(!cyn_event_keys_similar("login", "logon"));
    CHECK(!cyn_event_keys_similar("lesson1", "lesson2"));
    CHECK(!cyn_event_keys_similar("lesson", "lesson2"));
    CHECK(!cyn_event_keys_similar("lesson12", "lesson21"));
    CHECK(!cyn_event_keys_similar("レッスン開始", "レッスン開姉"));
    CHECK(!cyn_event_keys_similar("", ""));
}

static void add(cyn_remarks *r, const char *id, const char *file, int line, const char *message)
{
    cyn_remarks_add(
        r, &(cyn_remark){.lint = cyn_lint_find(id), .place = {file, line, 1}, .message = message});
}

static void test_remarks_are_sorted_by_file_and_severity(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_remarks r;
    cyn_remarks_init(&r, arena);
    add(&r, "no-owner", "a.yaml", 3, "third");
    add(&r, "no-why", "a.yaml", 2, "second");
    add(&r, "no-why", "a.yaml", 2, "second");
    add(&r, "metric-without-sheet", "b.lua", 1, "last");
    add(&r, "script-invalid", "b.lua", 9, "first");
    cyn_remarks_sort(&r);
    static const char *const wanted[] = {"first", "last", "second", "third"};
    CHECK_INT(r.count, 4);
    for (size_t i = 0; i < r.count; i++)
        CHECK_STR(r.items[i].message, wanted[i]);
    r.items[2].silenced = "known";
    CHECK_INT(cyn_remarks_count(&r, CYN_LINT_WARNING), 1);
    CHECK_INT(cyn_remarks_count(&r, CYN_LINT_ERROR), 1);
    CHECK_INT(cyn_remarks_silenced(&r), 1);
    CHECK(!r.failed);
    cyn_arena_free(arena);
}

static void test_exhausted_memory_is_remembered(void)
{
    cyn_arena *arena = cyn_arena_new(256);
    cyn_remarks r;
    cyn_remarks_init(&r, arena);
    for (int i = 0; i < 1000; i++)
        add(&r, "no-owner", "a.yaml", i, "a message of some length");
    CHECK(r.failed);
    CHECK(r.count < 1000);
    cyn_arena_free(arena);
}

static void test_ids_are_unique_and_all_is_said(void)
{
    size_t n = 0;
    for (const cyn_lint_topic *t = cyn_lint_topics; t->title; t++)
        for (const cyn_lint *l = t->lints; l->id; l++, n++) {
            CHECK(cyn_lint_find(l->id) == l);
            CHECK(l->why && l->how);
            CHECK(strspn(l->id, "abcdefghijklmnopqrstuvwxyz-") == strlen(l->id));
            CHECK(!l->lacks == !l->field);
            CHECK(l->severity == CYN_LINT_ERROR || l->severity == CYN_LINT_WARNING ||
                  l->severity == CYN_LINT_NOTE);
        }
    CHECK(n > 40);
    CHECK(cyn_lint_find("no-such-lint") == NULL);
}

int main(void)
{
    RUN(test_words_have_no_case_separators_or_plural);
    RUN(test_words_are_cut_to_fit);
    RUN(test_a_word_is_found_whole_only);
    RUN(test_keys_leave_out_how_people_write);
    RUN(test_keys_that_differ_in_one_letter_are_similar);
    RUN(test_short_names_numbers_and_other_scripts_differ_for_a_reason);
    RUN(test_remarks_are_sorted_by_file_and_severity);
    RUN(test_exhausted_memory_is_remembered);
    RUN(test_ids_are_unique_and_all_is_said);
    return test_end();
}
