#include "../test.h"
#include "alert/identity.h"

static const char *identity(cyn_arena *a, const char *rule, const cyn_alert_label *labels, size_t n)
{
    char *text = NULL;
    cyn_err err;
    CHECK_INT(cyn_alert_identity(rule, labels, n, a, &text, &err), CYN_OK);
    return text;
}

static void test_the_order_of_labels_is_no_part_of_it(void)
{
    cyn_arena *a = cyn_arena_new(0);
    cyn_alert_label one[] = {{"plan", "pro"}, {"channel", "ads"}}, two[] = {one[1], one[0]};
    CHECK_STR(identity(a, "aha_drop", one, 2), "aha_drop{channel=\"ads\",plan=\"pro\"}");
    CHECK_STR(identity(a, "aha_drop", two, 2), "aha_drop{channel=\"ads\",plan=\"pro\"}");
    CHECK_STR(identity(a, "aha_drop", NULL, 0), "aha_drop");
    cyn_arena_free(a);
}

static void test_missing_empty_and_the_word_nil_differ(void)
{
    cyn_arena *a = cyn_arena_new(0);
    CHECK_STR(identity(a, "r", &(cyn_alert_label){"c", NULL}, 1), "r{c=nil}");
    CHECK_STR(identity(a, "r", &(cyn_alert_label){"c", ""}, 1), "r{c=\"\"}");
    CHECK_STR(identity(a, "r", &(cyn_alert_label){"c", "nil"}, 1), "r{c=\"nil\"}");
    cyn_arena_free(a);
}

static void test_no_text_can_look_like_another_alert(void)
{
    cyn_arena *a = cyn_arena_new(0);
    cyn_alert_label sly = {"a", "x\",b=\"y"}, odd = {"a=\"x\",b", "y"},
                    two[] = {{"a", "x"}, {"b", "y"}};
    CHECK_STR(identity(a, "r", &sly, 1), "r{a=\"x\\\",b=\\\"y\"}");
    CHECK_STR(identity(a, "r", &odd, 1), "r{\"a=\\\"x\\\",b\"=\"y\"}");
    CHECK_STR(identity(a, "r", two, 2), "r{a=\"x\",b=\"y\"}");
    CHECK_STR(identity(a, "r{a=nil}", NULL, 0), "\"r{a=nil}\"");
    CHECK_STR(identity(a, "", NULL, 0), "\"\"");
    CHECK_STR(identity(a, "r", &(cyn_alert_label){"a", "1\n\\n"}, 1), "r{a=\"1\\x0a\\\\n\"}");
    CHECK_STR(identity(a, "r", &(cyn_alert_label){"チャネル", "広告"}, 1), "r{チャネル=\"広告\"}");
    cyn_arena_free(a);
}

static void test_a32_a_label_twice_is_an_error(void)
{
    cyn_arena *a = cyn_arena_new(0);
    cyn_alert_label labels[] = {{"b", "1"}, {"a", "2"}, {"b", "3"}};
    char *text = NULL;
    cyn_err err;
    CHECK_INT(cyn_alert_identity("r", labels, 3, a, &text, &err), CYN_E_CONFLICT);
    CHECK_STR(err.message, "rule 'r': an alert has the label 'b' twice");
    CHECK(text == NULL);
    cyn_arena_free(a);
}

/* Hashes that others may have stored: they stay what they are. Computed with Python's hashlib:
 * sha256(sha256(identity) + sha256(tail)), 16 bytes. */
static void test_keys_stay_the_same(void)
{
    char key[CYN_ALERT_KEY];
    cyn_alert_event event = {.what = CYN_ALERT_FIRED, .slot = 3600000000};
    cyn_alert_key("aha_drop{channel=\"ads\"}", key);
    CHECK_STR(key, "712fb03f3aaa7300f2b7bd95758d86b7");
    cyn_alert_incident_key("aha_drop{channel=\"ads\"}", 3600000000, key);
    CHECK_STR(key, "b5777ef1a513aee71c041cf7b2e1e508");
    cyn_alert_event_key("aha_drop{channel=\"ads\"}", &event, key);
    CHECK_STR(key, "33c40c22b421c063774a7af507ed6887");
}

static void test_keys_differ_by_alert_start_kind_and_slot(void)
{
    char keys[7][CYN_ALERT_KEY];
    cyn_alert_event fired = {.what = CYN_ALERT_FIRED, .slot = 1}, damped = fired, later = fired;
    damped.what = CYN_ALERT_DAMPED;
    later.slot = 2;
    cyn_alert_key("r", keys[0]);
    cyn_alert_key("s", keys[1]);
    cyn_alert_incident_key("r", 1, keys[2]);
    cyn_alert_incident_key("r", 11, keys[3]);
    cyn_alert_event_key("r", &fired, keys[4]);
    cyn_alert_event_key("r", &damped, keys[5]);
    cyn_alert_event_key("r", &later, keys[6]);
    for (int i = 0; i < 7; i++)
        for (int k = 0; k < i; k++)
            CHECK(strcmp(keys[i], keys[k]) != 0);
}

static void test_exhausted_memory_is_an_error(void)
{
    cyn_alert_label label = {"a", "b"};
    char *text = NULL;
    for (size_t n = 1; n <= 2; n++) {
        cyn_arena *a = cyn_arena_new(0);
        cyn_test_fail_after(n);
        CHECK_INT(cyn_alert_identity("r", &label, 1, a, &text, NULL), CYN_E_NOMEM);
        cyn_test_fail_after(0);
        cyn_arena_free(a);
    }
}

int main(void)
{
    RUN(test_the_order_of_labels_is_no_part_of_it);
    RUN(test_missing_empty_and_the_word_nil_differ);
    RUN(test_no_text_can_look_like_another_alert);
    RUN(test_a32_a_label_twice_is_an_error);
    RUN(test_keys_stay_the_same);
    RUN(test_keys_differ_by_alert_start_kind_and_slot);
    RUN(test_exhausted_memory_is_an_error);
    return test_end();
}
