/* Requests and their answers, without a socket: targets, routes, preferences, errors, tags. */
#include "base/time.h"
#include "serve/http_impl.h"
#include "test.h"

static cyn_arena *arena;

/* What a handler was asked, as one line. */
static cyn_code echo(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)err;
    cyn_buf *b = &reply->body;
    reply->status = 200;
    reply->type = "text/plain; charset=utf-8";
    cyn_buf_printf(b, "%s %s", r->method, r->path);
    for (size_t i = 0; i < 4 && r->params[i]; i++)
        cyn_buf_printf(b, " <%s>", r->params[i]);
    for (size_t i = 0; i < r->nquery; i++)
        cyn_buf_printf(b, " %s=%s", r->query[i].name, r->query[i].value);
    for (size_t i = 0; i < r->nform; i++)
        cyn_buf_printf(b, " [%s=%s]", r->form[i].name, r->form[i].value);
    return CYN_OK;
}

static cyn_code prefers(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)err;
    reply->status = 200;
    reply->type = "text/plain";
    cyn_buf_printf(&reply->body, "%s %s", r->language, r->wants_html ? "html" : "json");
    return CYN_OK;
}

static cyn_code tagged(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    (void)err;
    reply->status = 200;
    reply->type = "text/html; charset=utf-8";
    reply->etag = "v1";
    cyn_buf_printf(&reply->body, "seen <%s>", r->etag);
    return CYN_OK;
}

static cyn_code fails(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    (void)site;
    cyn_buf_puts(&reply->body, "half an answer");
    int which = atoi(r->params[0]);
    cyn_fail(err, (cyn_code)which, "no \"%s\" <here>", r->params[0]);
    cyn_hint(err, "try <b>");
    return (cyn_code)which;
}

static const cyn_route routes[] = {
    {"GET", "/", echo},
    {"GET", "/metric/{name}", echo},
    {"GET", "/metric/all", prefers},
    {"GET", "/api/v1/{kind}/{name}/values", echo},
    {"GET", "/file/{rest}", echo},
    {"GET", "/file/{name}/raw", echo},
    {"POST", "/metric/{name}", echo, .writes = true},
    {"DELETE", "/metric/{name}", echo, .writes = true},
    {"GET", "/tagged", tagged},
    {"GET", "/fails/{code}", fails},
};

static const char *text;

/* Status and body of the answer; the body is in `text`. */
static int ask_with(const char *method, const char *target, const cyn_http_pair *headers,
                    const char *body)
{
    cyn_reply reply;
    cyn_err e = {0};
    cyn_code rc = cyn_http_answer(routes, sizeof routes / sizeof *routes, NULL, method, target,
                                  headers, body, arena, &reply, &e);
    CHECK_INT(rc, CYN_OK);
    text = cyn_strdup(arena, reply.body.data ? reply.body.data : "");
    cyn_buf_clear(&reply.body);
    return reply.status;
}

static int get(const char *target)
{
    return ask_with("GET", target, NULL, NULL);
}

static void test_path_is_decoded_and_normalised(void)
{
    CHECK_INT(get("/metric/aha_rate"), 200);
    CHECK_STR(text, "GET /metric/aha_rate <aha_rate>");
    CHECK_INT(get("//metric///aha%5Frate/"), 200);
    CHECK_STR(text, "GET /metric/aha_rate <aha_rate>");
    CHECK_INT(get("/metric/%E5%A3%B2%E4%B8%8A"), 200);
    CHECK_STR(text, "GET /metric/売上 <売上>");
    CHECK_INT(get("/metric/a+b%2Fc"), 200); /* + is a plus in a path; %2F divides nothing */
    CHECK_STR(text, "GET /metric/a+b/c <a+b/c>");
    CHECK_INT(get("http://host:80/metric/x?y=1#z"), 200);
    CHECK_STR(text, "GET /metric/x <x> y=1");
    CHECK_INT(get("https://host"), 200);
    CHECK_STR(text, "GET /");
    CHECK_INT(get("?a=b"), 200);
    CHECK_STR(text, "GET / a=b");
}

static void test_malformed_targets_are_refused(void)
{
    static const char *const bad[] = {
        "/metric/..",
        "/metric/../x",
        "/metric/a%2f..%2fb",
        "/metric/..%2f",
        "/%2e%2e/etc/passwd",
        "/metric/.%2e/x",
        "/./metric",
        "/metric/%",
        "/metric/%4",
        "/metric/%zz",
        "/metric/%00",
        "/metric/a%00b",
        "/metric/%c3%28",
        "/metric/%ed%a0%80",
        "/metric/%0a",
        "/metric/%7f",
        "metric/x",
        "",
        "/?a=%",
        "/?a=%00",
        "/?%ff=1",
        "host:443",
        "/metric/%c2%85",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int status = get(bad[i]);
        if (status != 400) printf("# %s: %d\n", bad[i], status);
        CHECK_INT(status, 400);
        CHECK(strstr(text, "{\"error\":{\"code\":\"bad_request\",") == text);
    }
    char many[600] = "";
    for (size_t i = 0; i < 17; i++)
        strcat(many, "/a");
    CHECK_INT(get(many), 413);
}

static void test_query_and_form_are_parsed(void)
{
    CHECK_INT(get("/?match%5B%5D=a+b&match[]=c%2Bd&empty=&bare&&=x&q=%E9%9B%AA&e=1=2"), 200);
    CHECK_STR(text, "GET / match[]=a b match[]=c+d empty= bare= =x q=雪 e=1=2");
    cyn_http_pair form[] = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
                            {NULL, NULL}};
    CHECK_INT(ask_with("POST", "/metric/x?q=1", form, "a=1&b=two+words"), 200);
    CHECK_STR(text, "POST /metric/x <x> q=1 [a=1] [b=two words]");
    CHECK_INT(ask_with("POST", "/metric/x", form, "a=%G0"), 400);
    cyn_http_pair json[] = {{"Content-Type", "application/json"}, {NULL, NULL}};
    CHECK_INT(ask_with("POST", "/metric/x", json, "{\"a\":\"%\"}"), 200);
    CHECK_STR(text, "POST /metric/x <x>");
    cyn_http_pair parts[] = {{"Content-Type", "multipart/form-data; boundary=x"}, {NULL, NULL}};
    CHECK_INT(ask_with("POST", "/metric/x", parts, "--x"), 415);
    char many[4096] = "/?a";
    for (size_t i = 0; i < CYN_HTTP_PAIRS; i++)
        strcat(many, "&a");
    CHECK_INT(get(many), 413);
    many[strlen(many) - 2] = '\0';
    CHECK_INT(get(many), 200);
}

static void test_the_most_exact_route_answers(void)
{
    CHECK_INT(get("/metric/all"), 200);
    CHECK_STR(text, "en json");
    CHECK_INT(get("/api/v1/metrics/x/values"), 200);
    CHECK_STR(text, "GET /api/v1/metrics/x/values <metrics> <x>");
    CHECK_INT(get("/file/a/b/c"), 200);
    CHECK_STR(text, "GET /file/a/b/c <a/b/c>");
    CHECK_INT(get("/file/a/raw"), 200);
    CHECK_STR(text, "GET /file/a/raw <a>");
    CHECK_INT(get("/file"), 404);
    CHECK_INT(get("/metric"), 404);
    CHECK_INT(get("/metric/a/b"), 404);
    CHECK_STR(text,
              "{\"error\":{\"code\":\"not_found\",\"message\":\"there is nothing at /metric/a/b\","
              "\"hint\":null}}\n");
}

static void test_methods(void)
{
    CHECK_INT(ask_with("HEAD", "/metric/x", NULL, NULL), 200);
    CHECK_STR(text, "HEAD /metric/x <x>");
    CHECK_INT(ask_with("DELETE", "/metric/x", NULL, NULL), 200);
    cyn_reply reply;
    CHECK_INT(
        cyn_http_answer(routes, 10, NULL, "PUT", "/metric/x", NULL, NULL, arena, &reply, NULL),
        CYN_OK);
    CHECK_INT(reply.status, 405);
    CHECK_STR(reply.allow, "GET, HEAD, POST, DELETE, OPTIONS");
    cyn_buf_clear(&reply.body);
    CHECK_INT(
        cyn_http_answer(routes, 10, NULL, "OPTIONS", "/tagged", NULL, NULL, arena, &reply, NULL),
        CYN_OK);
    CHECK_INT(reply.status, 204);
    CHECK_STR(reply.allow, "GET, HEAD, OPTIONS");
    CHECK(reply.body.len == 0);
    cyn_buf_clear(&reply.body);
    CHECK_INT(ask_with("OPTIONS", "*", NULL, NULL), 204);
    CHECK_INT(ask_with("get", "/", NULL, NULL), 405); /* methods have a case */
    CHECK_INT(ask_with("BREW", "/nothing", NULL, NULL), 404);
}

static const char *preference(const char *accept, const char *language, const char *target)
{
    cyn_http_pair headers[] = {{"Accept", accept}, {"Accept-Language", language}, {NULL, NULL}};
    ask_with("GET", target, headers, NULL);
    return text;
}

static void test_preferences(void)
{
    const char *browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    CHECK_STR(preference(browser, "ja,en-US;q=0.7,en;q=0.3", "/metric/all"), "ja html");
    CHECK_STR(preference(browser, "en-GB, ja;q=0.9", "/metric/all"), "en html");
    CHECK_STR(preference(browser, "de, ja;q=0", "/metric/all"), "en html");
    CHECK_STR(preference(browser, "en", "/metric/all?x=1&lang=ja"), "ja html");
    CHECK_STR(preference(browser, "ja", "/metric/all?lang=en&y"), "en html");
    CHECK_STR(preference(browser, "ja", "/metric/all?lang=xx"), "ja html");
    CHECK_STR(preference("*/*", "java", "/metric/all"), "en json");
    CHECK_STR(preference("application/json, text/html;q=0.5", "", "/metric/all"), "en json");
    CHECK_STR(preference("application/json;q=0.2, text/html; q=0.5", ",,;;q=x", "/metric/all"),
              "en html");
    CHECK_STR(preference("", "", "/metric/all"), "en json");
}

static void test_errors_of_handlers_become_replies(void)
{
    static const int expected[] = {
        [CYN_E_NOMEM] = 503,  [CYN_E_LIMIT] = 422,       [CYN_E_IO] = 503,
        [CYN_E_SYNTAX] = 400, [CYN_E_TYPE] = 400,        [CYN_E_RANGE] = 400,
        [CYN_E_NAME] = 404,   [CYN_E_CONFLICT] = 409,    [CYN_E_STATE] = 503,
        [CYN_E_SCRIPT] = 500, [CYN_E_UNSUPPORTED] = 501, [CYN_E_USAGE] = 400,
        [CYN_E_DATA] = 500,   [CYN_E_CANCEL] = 503,
    };
    for (int code = CYN_E_NOMEM; code <= CYN_E_USAGE; code++) {
        if (code >= (int)(sizeof expected / sizeof *expected) || !expected[code]) continue;
        char target[32];
        snprintf(target, sizeof target, "/fails/%d", code);
        CHECK_INT(get(target), expected[code]);
        char want[64];
        snprintf(want, sizeof want, "\"message\":\"no \\\"%d\\\" <here>\",\"hint\":\"try <b>\"}}",
                 code);
        CHECK(strstr(text, want));
        CHECK(!strstr(text, "half an answer"));
    }
    cyn_http_pair html[] = {{"Accept", "text/html"}, {"Accept-Language", "ja"}, {NULL, NULL}};
    CHECK_INT(ask_with("GET", "/fails/7", html, NULL), 404);
    CHECK(strstr(text, "<html lang=\"ja\">"));
    CHECK(strstr(text, "見つかりません"));
    CHECK(strstr(text, "<p>no &quot;7&quot; &lt;here&gt;</p>\n<p>try &lt;b&gt;</p>"));
    CHECK(!strstr(text, "half an answer"));
}

static const char *header_of(const cyn_answer *a, const char *name)
{
    for (size_t i = 0; i < a->nheaders; i++)
        if (strcmp(a->headers[i].name, name) == 0) return a->headers[i].value;
    return NULL;
}

static cyn_http open_server = {.options = {.body_limit = 1000, .language = "en"},
                               .routes = routes,
                               .nroutes = 10,
                               .local = true};

static cyn_answer respond(const cyn_http_pair *headers, const char *method, const char *target)
{
    cyn_message m = {
        .method = method, .target = target, .headers = headers, .body = "", .peer = ""};
    while (headers && headers[m.nheaders].name)
        m.nheaders++;
    cyn_answer a;
    cyn_http_respond(&open_server, &m, arena, &a);
    return a;
}

static void test_headers_of_every_answer(void)
{
    cyn_answer a = respond(NULL, "GET", "/tagged"), b = respond(NULL, "GET", "/tagged");
    CHECK_STR(header_of(&a, "X-Content-Type-Options"), "nosniff");
    CHECK_STR(header_of(&a, "X-Frame-Options"), "DENY");
    CHECK_STR(header_of(&a, "Referrer-Policy"), "same-origin");
    const char *policy = header_of(&a, "Content-Security-Policy");
    CHECK(policy && strncmp(policy, "default-src 'none'; ", 20) == 0);
    CHECK(policy && strcmp(policy, header_of(&b, "Content-Security-Policy")) != 0); /* the nonce */
    CHECK(!header_of(&a, "Access-Control-Allow-Origin"));
    cyn_answer none = respond(NULL, "GET", "/nothing");
    CHECK_STR(header_of(&none, "Cache-Control"), "no-store");
    CHECK_STR(header_of(&none, "X-Content-Type-Options"), "nosniff");
    cyn_buf_clear(&a.reply.body);
    cyn_buf_clear(&b.reply.body);
    cyn_buf_clear(&none.reply.body);
}

static void test_tag_of_the_same_variant_is_not_sent_again(void)
{
    cyn_answer first = respond(NULL, "GET", "/tagged");
    const char *tag = header_of(&first, "ETag");
    CHECK(tag && tag[0] == '"' && strncmp(tag + 1, "v1-", 3) == 0);
    CHECK_STR(header_of(&first, "Cache-Control"), "private, no-cache");
    char several[128];
    snprintf(several, sizeof several, "\"other\", W/%s", tag ? tag : "");
    cyn_http_pair same[] = {{"If-None-Match", several}, {NULL, NULL}};
    cyn_answer second = respond(same, "GET", "/tagged");
    CHECK_INT(second.reply.status, 304);
    CHECK(second.reply.body.len == 0);
    CHECK_STR(header_of(&second, "ETag"), tag);
    /* A kept page has the nonce of its own policy. */
    CHECK(!header_of(&second, "Content-Security-Policy"));
    cyn_http_pair other[] = {{"If-None-Match", several}, {"Accept-Language", "ja"}, {NULL, NULL}};
    cyn_answer third = respond(other, "GET", "/tagged");
    CHECK_INT(third.reply.status, 200);
    CHECK_STR(third.reply.body.data, "seen <>");
    cyn_http_pair odd[] = {{"If-None-Match", "\"-\" \" * \"v1\""}, {NULL, NULL}};
    cyn_answer fourth = respond(odd, "GET", "/tagged");
    CHECK_INT(fourth.reply.status, 200);
    cyn_answer *all[] = {&first, &second, &third, &fourth};
    for (size_t i = 0; i < 4; i++)
        cyn_buf_clear(&all[i]->reply.body);
}

static void test_exhausted_memory_is_an_answer(void)
{
    cyn_http_pair headers[] = {{"Content-Type", "application/x-www-form-urlencoded"},
                               {"Accept", "text/html"},
                               {NULL, NULL}};
    int answered = 0;
    for (size_t n = 1; n < 200 && !answered; n++) {
        cyn_arena *own = cyn_arena_new(0);
        cyn_reply reply = {0};
        cyn_test_fail_after(n);
        cyn_code rc = cyn_http_answer(routes, 10, NULL, "POST", "/metric/x?a=b", headers, "c=d",
                                      own, &reply, NULL);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
        CHECK(rc != CYN_OK || reply.status == 200 || reply.status == 503);
        answered = rc == CYN_OK && reply.status == 200;
        cyn_buf_clear(&reply.body);
        cyn_arena_free(own);
    }
    CHECK(answered);
}

static void test_a_cause_is_news_once_a_minute(void)
{
    cyn_causes *c = cyn_causes_new();
    int64_t now = CYN_SECOND;
    CHECK(c != NULL);
    CHECK(cyn_causes_is_news(NULL, "a", now) && cyn_causes_is_news(NULL, "a", now));
    CHECK(cyn_causes_is_news(c, "a", now));
    CHECK(!cyn_causes_is_news(c, "a", now));
    CHECK(cyn_causes_is_news(c, "b", now + 1));
    CHECK(!cyn_causes_is_news(c, "a", now + CYN_MINUTE - 1));
    CHECK(cyn_causes_is_news(c, "a", now + CYN_MINUTE));
    CHECK(!cyn_causes_is_news(c, "a", now + CYN_MINUTE + 1));
    for (int i = 0; i < 16; i++) { /* so many others: it is forgotten, and they are not */
        char cause[8];
        snprintf(cause, sizeof cause, "%d", i);
        CHECK(cyn_causes_is_news(c, cause, now + CYN_MINUTE + 2 + i));
        CHECK(!cyn_causes_is_news(c, cause, now + CYN_MINUTE + 2 + i));
    }
    CHECK(cyn_causes_is_news(c, "a", now + CYN_MINUTE + 20));
    cyn_causes_free(c);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_path_is_decoded_and_normalised);
    RUN(test_malformed_targets_are_refused);
    RUN(test_query_and_form_are_parsed);
    RUN(test_the_most_exact_route_answers);
    RUN(test_methods);
    RUN(test_preferences);
    RUN(test_errors_of_handlers_become_replies);
    RUN(test_headers_of_every_answer);
    RUN(test_tag_of_the_same_variant_is_not_sent_again);
    RUN(test_exhausted_memory_is_an_answer);
    RUN(test_a_cause_is_news_once_a_minute);
    cyn_arena_free(arena);
    return test_end();
}
