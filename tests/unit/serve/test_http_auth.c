/* Who may read and who may write: every way of showing the token, and every way of not doing so. */
#include "base/base64.h"
#include "base/time.h"
#include "serve/http_impl.h"
#include "test.h"

#define TOKEN "correct horse battery staple"

static cyn_arena *arena;
static int written;

static cyn_code read_it(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)err;
    char csrf[65];
    cyn_http_csrf(r, csrf);
    reply->status = 200;
    reply->type = "text/plain";
    cyn_buf_printf(&reply->body, "%d %d %s %s", r->authorized, r->may_write, r->who,
                   r->may_write ? csrf : "");
    return CYN_OK;
}

static cyn_code write_it(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)r;
    (void)err;
    written++;
    reply->status = 204;
    return CYN_OK;
}

static cyn_code fail_it(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site, (void)r, (void)reply;
    return cyn_fail(err, CYN_E_STATE, "cannot read '/srv/shop/state.db'");
}

static const cyn_route routes[] = {
    {"GET", "/read", read_it},
    {"POST", "/write", write_it, .writes = true},
    {"GET", "/-/healthy", read_it, .open = true},
    {"GET", "/fails", fail_it},
};

static cyn_http server(const char *token, bool public_read)
{
    return (cyn_http){
        .options = {.token = token,
                    .public_read = public_read,
                    .body_limit = 1000,
                    .language = "en"},
        .routes = routes,
        .nroutes = 4,
        .secret = {1, 2, 3},
        .cookie = "cynosure_1",
        .local = true,
    };
}

static int64_t now = INT64_C(1700000000000000);
static const char *peer = "10.0.0.7";
static cyn_answer last;

static const char *header_of(const char *name)
{
    for (size_t i = 0; i < last.nheaders; i++)
        if (strcmp(last.headers[i].name, name) == 0) return last.headers[i].value;
    return "";
}

static int ask(const cyn_http *h, const char *method, const char *target, const char *body,
               const cyn_http_pair *headers)
{
    cyn_http_pair all[8] = {{"Content-Type", "application/x-www-form-urlencoded"}};
    cyn_message m = {.method = method,
                     .target = target,
                     .headers = all,
                     .nheaders = 1,
                     .body = body ? body : "",
                     .nbody = body ? strlen(body) : 0,
                     .peer = peer,
                     .now = now};
    for (; headers && headers->name; headers++)
        all[m.nheaders++] = *headers;
    cyn_buf_clear(&last.reply.body);
    cyn_http_respond(h, &m, arena, &last);
    return last.reply.status;
}

#define HEADERS(...)                                                                               \
    (const cyn_http_pair[])                                                                        \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }
#define READ(h, ...)  ask(h, "GET", "/read", NULL, HEADERS(__VA_ARGS__))
#define WRITE(h, ...) ask(h, "POST", "/write", NULL, HEADERS(__VA_ARGS__))

static const char *basic(const char *pair)
{
    cyn_buf b = {0};
    cyn_base64(pair, strlen(pair), &b);
    char *text = cyn_sprintf(arena, "Basic %s", b.data);
    cyn_buf_clear(&b);
    return text;
}

static void test_without_a_token_reading_is_open_and_writing_is_not(void)
{
    cyn_http h = server(NULL, false);
    CHECK_INT(READ(&h, {"Host", "localhost"}), 200);
    CHECK_STR(last.reply.body.data, "1 0 10.0.0.7 ");
    CHECK_INT(WRITE(&h, {"Host", "localhost"}), 403);
    CHECK(strstr(last.reply.body.data, "set 'token' under 'serve' in cynosure.yaml"));
    CHECK_INT(WRITE(&h, {"Authorization", "Bearer x"}), 403);
    CHECK_INT(WRITE(&h, {"Authorization", "Bearer "}), 403);
    CHECK_INT(ask(&h, "GET", "/login", NULL, NULL), 404);
    CHECK_INT(ask(&h, "POST", "/login", "token=", NULL), 404);
    CHECK_INT(written, 0);
}

static void test_bearer(void)
{
    cyn_http h = server(TOKEN, false);
    CHECK_INT(READ(&h, {"Authorization", "Bearer " TOKEN}), 200);
    CHECK(strncmp(last.reply.body.data, "1 1 token ", 10) == 0);
    CHECK_INT(READ(&h, {"Authorization", "bearer  " TOKEN}), 200);
    CHECK_INT(WRITE(&h, {"Authorization", "Bearer " TOKEN}), 204);
    CHECK_INT(written, 1);
    static const char *const wrong[] = {
        "Bearer",
        "Bearer ",
        "Bearer correct horse battery stapl",
        "Bearer " TOKEN "x",
        "Bearer " TOKEN " ",
        ("Token " TOKEN),
        TOKEN,
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic Og==",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_INT(READ(&h, {"Authorization", wrong[i]}), 401);
        CHECK_INT(WRITE(&h, {"Authorization", wrong[i]}), 401);
    }
    CHECK_INT(ask(&h, "GET", "/read", NULL, NULL), 401);
    CHECK(strstr(header_of("WWW-Authenticate"), "Basic"));
    CHECK_INT(ask(&h, "GET", "/unknown", NULL, NULL), 401); /* what there is is not told either */
    CHECK_INT(ask(&h, "GET", "/-/healthy", NULL, NULL), 200);
    CHECK_INT(written, 1);
    written = 0;
}

static void test_public_reading_still_needs_the_token_for_writing(void)
{
    cyn_http h = server(TOKEN, true);
    CHECK_INT(ask(&h, "GET", "/read", NULL, NULL), 200);
    CHECK_STR(last.reply.body.data, "0 0 10.0.0.7 ");
    CHECK_INT(ask(&h, "POST", "/write", NULL, NULL), 401);
    /* A wrong one is said, and not taken for none. */
    CHECK_INT(READ(&h, {"Authorization", "Bearer nonsense"}), 401);
    CHECK_INT(WRITE(&h, {"Authorization", "Bearer " TOKEN}), 204);
    CHECK_INT(written, 1);
    written = 0;
}

static bool tells_paths(const cyn_http *h, const char *authorization)
{
    CHECK_INT(ask(h, "GET", "/fails", NULL,
                  HEADERS({"Host", "localhost"}, {"Authorization", authorization})),
              503);
    return strstr(last.reply.body.data, "/srv/shop/state.db") != NULL;
}

/* Whoever may read may not for that reason know why we are in trouble. */
static void test_trouble_is_told_to_whoever_showed_the_token_or_is_of_this_machine(void)
{
    cyn_http open = server(TOKEN, true), local = server(NULL, false), wide = server(NULL, true);
    cyn_http by_socket = server(NULL, false);
    char path[] = "/run/cynosure.sock";
    const cyn_http_pair none[] = {{"Host", "localhost"}, {NULL, NULL}};
    wide.local = by_socket.local = false;
    by_socket.socket_path = path;
    CHECK(tells_paths(&open, "Bearer " TOKEN));
    CHECK(tells_paths(&local, "Bearer x"));
    CHECK(tells_paths(&by_socket, "Bearer x"));
    CHECK(!tells_paths(&wide, "Bearer x"));
    CHECK_INT(ask(&open, "GET", "/fails", NULL, none), 503);
    CHECK(strstr(last.reply.body.data, "the server's log says why"));
    CHECK(!strstr(last.reply.body.data, "/srv"));
}

static void test_basic_reads_and_writes_from_own_forms_only(void)
{
    cyn_http h = server(TOKEN, false);
    CHECK_INT(READ(&h, {"Authorization", basic("anyone:" TOKEN)}), 200);
    CHECK_INT(READ(&h, {"Authorization", basic(":" TOKEN)}), 200);
    char csrf[65];
    snprintf(csrf, sizeof csrf, "%s", last.reply.body.data + strlen("1 1 token "));
    CHECK_INT(READ(&h, {"Authorization", basic(TOKEN)}), 401);
    CHECK_INT(READ(&h, {"Authorization", basic(TOKEN ":")}), 401);
    CHECK_INT(READ(&h, {"Authorization", basic("a:b:" TOKEN)}), 401);
    const char *credentials = basic("a:" TOKEN);
    CHECK_INT(WRITE(&h, {"Authorization", credentials}), 403);
    CHECK_INT(WRITE(&h, {"Authorization", credentials}, {"X-CSRF-Token", csrf}), 204);
    CHECK_INT(WRITE(&h, {"Authorization", credentials}, {"X-CSRF-Token", csrf},
                    {"Sec-Fetch-Site", "cross-site"}),
              403);
    CHECK_INT(written, 1);
    written = 0;
}

/* The cookie that a login sets, as the browser sends it back; "" when there was none. */
static const char *log_in(const cyn_http *h, const char *body)
{
    ask(h, "POST", "/login", body, NULL);
    const char *set = header_of("Set-Cookie");
    return cyn_strndup(arena, set, strcspn(set, ";"));
}

static const char *csrf_of(const cyn_http *h, const char *cookie)
{
    CHECK_INT(READ(h, {"Cookie", cookie}), 200);
    const char *text = last.reply.body.data;
    return text ? cyn_strdup(arena, text + strlen("1 1 token ")) : "";
}

/* Ten wrong tokens of an address within a minute: then none of it is looked at for the rest of the
 * minute, not even the right one; others are not kept from anything. */
static void test_many_wrong_tokens_are_not_looked_at_for_a_while(void)
{
    cyn_http h = server(TOKEN, true);
    const int64_t began = now;
    CHECK_INT(cyn_brake_new(&h.brake, NULL), CYN_OK);
    for (int i = 0; i < 9; i++)
        CHECK_INT(READ(&h, {"Authorization", "Bearer wrong"}), 401);
    CHECK_INT(READ(&h, {"Authorization", "Bearer " TOKEN}), 200);
    CHECK_INT(ask(&h, "POST", "/login", "token=wrong", NULL), 401);
    now += 20 * CYN_SECOND;
    CHECK_INT(READ(&h, {"Authorization", "Bearer " TOKEN}), 429);
    CHECK_STR(header_of("Retry-After"), "41");
    CHECK(strstr(last.reply.body.data, "\"code\":\"too_many\""));
    CHECK_INT(WRITE(&h, {"Authorization", basic("x:" TOKEN)}), 429);
    CHECK_INT(ask(&h, "POST", "/login", "token=correct+horse+battery+staple", NULL), 429);
    CHECK_INT(ask(&h, "GET", "/read", NULL, NULL), 200);
    CHECK_INT(ask(&h, "GET", "/-/healthy", NULL, NULL), 200);
    peer = "10.0.0.8";
    CHECK_INT(READ(&h, {"Authorization", "Bearer " TOKEN}), 200);
    peer = "10.0.0.7";
    now = began + CYN_MINUTE;
    CHECK_INT(READ(&h, {"Authorization", "Bearer " TOKEN}), 200);
    cyn_brake_free(h.brake);
    now = began;
}

static void test_the_brake_knows_networks_and_forgets_the_oldest(void)
{
    cyn_brake *b;
    CHECK_INT(cyn_brake_new(&b, NULL), CYN_OK);
    for (int i = 0; i < 10; i++) {
        cyn_brake_wrong(b, "", now);
        cyn_brake_wrong(b, "2001:db8::1", now);
        cyn_brake_wrong(b, "::ffff:10.0.0.1", now);
    }
    CHECK_INT(cyn_brake_wait(b, "", now), 0);
    CHECK_INT(cyn_brake_wait(b, "2001:db8::abcd", now), 61);
    CHECK_INT(cyn_brake_wait(b, "2001:db8:0:1::1", now), 0);
    CHECK_INT(cyn_brake_wait(b, "::ffff:10.0.0.1", now), 61);
    CHECK_INT(cyn_brake_wait(b, "::ffff:10.0.0.2", now), 0);
    CHECK_INT(cyn_brake_wait(b, "2001:db8::1", now - 1), 0); /* the clock was set back */
    for (int i = 0; i < 256; i++)
        cyn_brake_wrong(b, cyn_sprintf(arena, "10.1.%d.1", i), now + 1 + i);
    CHECK_INT(cyn_brake_wait(b, "2001:db8::1", now), 0);
    cyn_brake_free(b);
    cyn_brake_free(NULL);
    CHECK_INT(cyn_brake_wait(NULL, "10.0.0.1", now), 0);
}

static void test_login_gives_a_session(void)
{
    cyn_http h = server(TOKEN, false);
    CHECK_STR(log_in(&h, "token=wrong"), "");
    CHECK_INT(last.reply.status, 401);
    CHECK_STR(log_in(&h, ""), "");
    CHECK_INT(last.reply.status, 401);
    const char *cookie = log_in(&h, "token=correct+horse+battery+staple&next=%2Fread%3Fa%3D1");
    CHECK_INT(last.reply.status, 303);
    CHECK_STR(header_of("Location"), "/read?a=1");
    CHECK(strstr(header_of("Set-Cookie"), "; HttpOnly; SameSite=Lax"));
    CHECK(!strstr(header_of("Set-Cookie"), "Secure"));
    CHECK_INT(READ(&h, {"Cookie", cookie}), 200);
    CHECK_INT(READ(&h, {"Cookie", cyn_sprintf(arena, "a=b; %s; c=d", cookie)}), 200);
    CHECK_INT(ask(&h, "POST", "/logout", NULL, NULL), 303);
    CHECK(strstr(header_of("Set-Cookie"), "cynosure_1=; Path=/; Max-Age=0"));
    ask(&h, "POST", "/login", "token=correct+horse+battery+staple",
        HEADERS({"X-Forwarded-Proto", "https"}));
    CHECK(strstr(header_of("Set-Cookie"), "; Secure"));
}

static void test_login_leads_to_our_own_pages_only(void)
{
    cyn_http h = server(TOKEN, false);
    static const char *const elsewhere[] = {"//evil.example",
                                            "http://evil.example",
                                            "%2F%2Fevil",
                                            "/%5Cevil.example",
                                            "javascript:x",
                                            "/a%0d%0aX:y",
                                            ""};
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        log_in(&h, cyn_sprintf(arena, "token=correct+horse+battery+staple&next=%s", elsewhere[i]));
        CHECK_STR(header_of("Location"), "/");
    }
    CHECK_INT(
        ask(&h, "GET", "/login?next=/%22%3E%3Cscript%3E", NULL, HEADERS({"Accept", "text/html"})),
        200);
    CHECK(!strstr(last.reply.body.data, "<script>"));
}

static void test_forged_and_old_cookies_are_refused(void)
{
    cyn_http h = server(TOKEN, false);
    const char *cookie = log_in(&h, "token=correct+horse+battery+staple");
    size_t n = strlen(cookie);
    for (size_t i = strlen("cynosure_1="); i < n; i++) {
        char *forged = cyn_strdup(arena, cookie);
        forged[i] = forged[i] == '0' ? '1' : '0';
        CHECK_INT(READ(&h, {"Cookie", forged}), 401);
    }
    CHECK_INT(READ(&h, {"Cookie", cyn_strndup(arena, cookie, n - 1)}), 401);
    CHECK_INT(READ(&h, {"Cookie", cyn_sprintf(arena, "%s0", cookie)}), 401);
    cyn_http other = server(TOKEN, false);
    other.secret[0] = 9; /* of another start */
    CHECK_INT(READ(&other, {"Cookie", cookie}), 401);
    now += INT64_C(7) * 86400 * 1000000 - 1;
    CHECK_INT(READ(&h, {"Cookie", cookie}), 200);
    now += 1;
    CHECK_INT(READ(&h, {"Cookie", cookie}), 401);
}

static void test_a_session_writes_from_its_own_forms_only(void)
{
    cyn_http h = server(TOKEN, true);
    const char *cookie = log_in(&h, "token=correct+horse+battery+staple");
    const char *csrf = csrf_of(&h, cookie);
    const char *body = cyn_sprintf(arena, "a=b&csrf=%s", csrf);
    const char *foreign = cyn_sprintf(
        arena, "csrf=%s", csrf_of(&h, log_in(&h, "token=correct+horse+battery+staple")));
    CHECK_INT(ask(&h, "POST", "/write", body, HEADERS({"Cookie", cookie})), 204);
    CHECK_INT(ask(&h, "POST", "/write", body,
                  HEADERS({"Cookie", cookie}, {"Sec-Fetch-Site", "same-origin"},
                          {"Origin", "https://metrics.example"}, {"Host", "127.0.0.1:8080"})),
              204);
    CHECK_INT(ask(&h, "POST", "/write", body,
                  HEADERS({"Cookie", cookie}, {"Origin", "http://127.0.0.1:8080"},
                          {"Host", "127.0.0.1:8080"})),
              204);
    CHECK_INT(ask(&h, "POST", "/write", body,
                  HEADERS({"Cookie", cookie}, {"Origin", "https://metrics.example"},
                          {"Host", "127.0.0.1:8080"}, {"X-Forwarded-Host", "metrics.example"})),
              204);
    CHECK_INT(written, 4);
    static const char *const origins[] = {"http://evil.example", "null", "http://127.0.0.1:8081",
                                          "http://127.0.0.1:8080.evil.example", ""};
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++)
        CHECK_INT(
            ask(&h, "POST", "/write", body,
                HEADERS({"Cookie", cookie}, {"Origin", origins[i]}, {"Host", "127.0.0.1:8080"})),
            403);
    static const char *const sites[] = {"cross-site", "same-site", "none", ""};
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++)
        CHECK_INT(ask(&h, "POST", "/write", body,
                      HEADERS({"Cookie", cookie}, {"Sec-Fetch-Site", sites[i]})),
                  403);
    CHECK_INT(ask(&h, "POST", "/write", foreign, HEADERS({"Cookie", cookie})), 403);
    CHECK_INT(ask(&h, "POST", "/write", "csrf=", HEADERS({"Cookie", cookie})), 403);
    CHECK_INT(ask(&h, "POST", "/write", NULL, HEADERS({"Cookie", cookie})), 403);
    CHECK_INT(ask(&h, "POST", "/write", body, NULL), 401);
    CHECK_INT(written, 4);
    written = 0;
}

static void test_people_get_a_form_to_log_in(void)
{
    cyn_http h = server(TOKEN, false);
    CHECK_INT(ask(&h, "GET", "/read?x=\"><b>", NULL, HEADERS({"Accept", "text/html"})), 401);
    CHECK(strstr(last.reply.body.data, "<form method=\"post\" action=\"/login\">"));
    CHECK(strstr(last.reply.body.data, "value=\"/read?x=&quot;&gt;&lt;b&gt;\""));
    CHECK_STR(header_of("WWW-Authenticate"), "Bearer realm=\"cynosure\"");
    CHECK(!strstr(last.reply.body.data, TOKEN));
}

static void test_names_of_others_are_not_answered_where_reading_is_open(void)
{
    cyn_http open = server(NULL, false), closed = server(TOKEN, false);
    static const char *const own[] = {"127.0.0.1:8080", "localhost",        "LOCALHOST:1",
                                      "[::1]:8080",     "app.localhost:80", "192.168.0.7"};
    static const char *const others[] = {"evil.example",
                                         "evil.example:8080",
                                         "localhost.evil.example",
                                         "127.0.0.1.evil.example",
                                         "[evil]",
                                         "[::1]evil.example",
                                         "[::1].evil.example:80",
                                         "[::1",
                                         "[::1]:80x",
                                         "127.0.0.1:80@evil.example",
                                         "",
                                         ".localhost"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        CHECK_INT(READ(&open, {"Host", own[i]}), 200);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        CHECK_INT(READ(&open, {"Host", others[i]}), 421);
        CHECK_INT(READ(&closed, {"Host", others[i]}, {"Authorization", "Bearer " TOKEN}), 200);
    }
    CHECK_INT(READ(&open, {"Host", "localhost"}, {"host", "evil.example"}), 400);
    open.local = false; /* beyond loopback it is the network that decides */
    CHECK_INT(READ(&open, {"Host", "metrics.example"}), 200);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_without_a_token_reading_is_open_and_writing_is_not);
    RUN(test_bearer);
    RUN(test_public_reading_still_needs_the_token_for_writing);
    RUN(test_trouble_is_told_to_whoever_showed_the_token_or_is_of_this_machine);
    RUN(test_basic_reads_and_writes_from_own_forms_only);
    RUN(test_many_wrong_tokens_are_not_looked_at_for_a_while);
    RUN(test_the_brake_knows_networks_and_forgets_the_oldest);
    RUN(test_login_gives_a_session);
    RUN(test_login_leads_to_our_own_pages_only);
    RUN(test_forged_and_old_cookies_are_refused);
    RUN(test_a_session_writes_from_its_own_forms_only);
    RUN(test_people_get_a_form_to_log_in);
    RUN(test_names_of_others_are_not_answered_where_reading_is_open);
    cyn_buf_clear(&last.reply.body);
    cyn_arena_free(arena);
    return test_end();
}
