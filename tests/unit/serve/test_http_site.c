/* What handlers are given of the daemon: readers of its state, and its health. */
#include "serve/site.h"
#include "store/history.h"
#include "test.h"
#include <unistd.h>

static cyn_arena *arena;

static void make_state(const char *path)
{
    cyn_store *store;
    CHECK_INT(cyn_store_open(path, &store, NULL), CYN_OK);
    cyn_store_close(store);
}

static void test_readers_are_kept_and_follow_the_file(void)
{
    char dir[] = "/tmp/test_http_site_XXXXXX";
    CHECK(mkdtemp(dir) != NULL);
    const char *path = cyn_sprintf(arena, "%s/state.db", dir);
    cyn_site site = {.state = path, .readers = cyn_readers_new()};
    cyn_store *first, *second, *many[20];
    cyn_err e;
    CHECK_INT(cyn_site_reader(&site, &first, &e), CYN_E_STATE); /* there is none yet */
    make_state(path);
    CHECK_INT(cyn_site_reader(&site, &first, &e), CYN_OK);
    cyn_site_done(&site, first);
    CHECK_INT(cyn_site_reader(&site, &second, &e), CYN_OK);
    CHECK(second == first);
    /* Another file in its place is another state. */
    const char *old = cyn_sprintf(arena, "%s/old.db", dir);
    CHECK_INT(rename(path, old), 0);
    make_state(path);
    cyn_site_done(&site, second);
    cyn_stored_series const *series;
    size_t n;
    bool more;
    CHECK_INT(cyn_site_reader(&site, &first, &e), CYN_OK);
    CHECK_INT(cyn_store_series_list(first, &(cyn_series_filter){.most = 1}, arena, &series, &n,
                                    &more, &e),
              CYN_OK);
    cyn_site_done(&site, first);
    for (size_t i = 0; i < 20; i++) {
        CHECK_INT(cyn_site_reader(&site, &many[i], &e), CYN_OK);
        for (size_t k = 0; k < i; k++)
            CHECK(many[k] != many[i]);
    }
    for (size_t i = 0; i < 20; i++)
        cyn_site_done(&site, many[i]);
    cyn_readers_free(site.readers);
    static const char *const files[] = {"state.db", "old.db",     "state.db-wal", "state.db-shm",
                                        "lock",     ".gitignore", "old.db-wal",   "old.db-shm"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(cyn_sprintf(arena, "%s/%s", dir, files[i]));
    CHECK_INT(rmdir(dir), 0);
}

static bool is_healthy, is_ready;

static cyn_code tell_health(void *self, cyn_arena *a, const cyn_page_fact **out, size_t *n,
                            bool *healthy, bool *ready, const char **why, cyn_err *err)
{
    (void)self;
    (void)a;
    (void)err;
    static const cyn_page_fact facts[] = {{"rows", "1,000", CYN_FACT_PLAIN},
                                          {"state", "\"busy\"", CYN_FACT_BAD}};
    *out = facts;
    *n = 2;
    *healthy = is_healthy;
    *ready = is_ready;
    *why = is_ready ? NULL : "nothing was evaluated yet";
    return CYN_OK;
}

static int ask(cyn_site *site, const char *path, const char **text)
{
    cyn_reply reply;
    CHECK_INT(cyn_http_answer(cyn_routes_health, cyn_nroutes_health, site, "GET", path, NULL, NULL,
                              arena, &reply, NULL),
              CYN_OK);
    *text = cyn_strdup(arena, reply.body.data ? reply.body.data : "");
    cyn_buf_clear(&reply.body);
    return reply.status;
}

static void test_health(void)
{
    cyn_site site = {.health = tell_health};
    const char *text;
    is_healthy = true;
    CHECK_INT(ask(&site, "/-/healthy", &text), 200);
    CHECK_STR(text, "healthy\n");
    CHECK_INT(ask(&site, "/-/ready", &text), 503);
    CHECK_STR(text, "not ready: nothing was evaluated yet\n");
    CHECK_INT(ask(&site, "/api/v1/health", &text), 200);
    CHECK_STR(text, "{\"healthy\":true,\"ready\":false,\"why\":\"nothing was evaluated yet\","
                    "\"version\":\"" CYN_VERSION "\",\"facts\":["
                    "{\"state\":\"plain\",\"name\":\"rows\",\"value\":\"1,000\"},"
                    "{\"state\":\"bad\",\"name\":\"state\",\"value\":\"\\\"busy\\\"\"}]}\n");
    is_ready = true;
    CHECK_INT(ask(&site, "/-/ready", &text), 200);
    CHECK_STR(text, "ready\n");
    is_healthy = false;
    CHECK_INT(ask(&site, "/-/healthy", &text), 503);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_readers_are_kept_and_follow_the_file);
    RUN(test_health);
    cyn_arena_free(arena);
    return test_end();
}
