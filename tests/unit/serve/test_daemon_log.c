/* Lines of the daemon: what a text from data may not do to whoever reads them. */
#include "serve/daemon_impl.h"
#include "test.h"

static char lines[1000];

static void keep(void *self, int level, const char *lane, const char *text)
{
    (void)self, (void)level;
    size_t n = strlen(lines);
    snprintf(lines + n, sizeof lines - n, "%s: %s\n", lane, text);
}

static const char *said(const char *text)
{
    const cyn_daemon_options options = {.log = keep};
    cyn_daemon d = {.options = &options, .log_mutex = PTHREAD_MUTEX_INITIALIZER};
    lines[0] = '\0';
    cyn_daemon_log(&d, CYN_LOG_INFO, "metrics", "%s", text);
    return lines;
}

static void test_each_line_is_said_for_itself(void)
{
    CHECK_STR(said("one\ntwo\n"), "metrics: one\nmetrics: two\n");
    CHECK_STR(said("値上げ “quoted” é"), "metrics: 値上げ “quoted” é\n");
}

static void test_what_moves_the_cursor_or_turns_a_line_around_is_replaced(void)
{
    CHECK_STR(said("a\x1b[31mb\rc\x7f"), "metrics: a?[31mb?c?\n");
    CHECK_STR(said("a\xc2\x9b"
                   "b"),
              "metrics: a??b\n");
    CHECK_STR(said("a\u202eb\u2066c\u2069d"), "metrics: a???b???c???d\n");
    CHECK_STR(said("a\u2028b"), "metrics: a???b\n");
    CHECK_STR(said("\u202e\nb"), "metrics: ???\nmetrics: b\n");
}

int main(void)
{
    RUN(test_each_line_is_said_for_itself);
    RUN(test_what_moves_the_cursor_or_turns_a_line_around_is_replaced);
    return test_end();
}
