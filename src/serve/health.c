/* Whether the daemon is well: for systemd, load balancers and people who look. */
#include "serve/discreet.h"
#include <string.h>

typedef struct health {
    const cyn_page_fact *facts;
    size_t nfacts;
    bool healthy, ready;
    const char *why;
} health;

static cyn_code look(cyn_site *site, const cyn_request *r, health *out, cyn_err *err)
{
    *out = (health){.healthy = true, .ready = true};
    if (!site || !site->health) return CYN_OK;
    CYN_TRY(site->health(site->self, r->arena, &out->facts, &out->nfacts, &out->healthy,
                         &out->ready, &out->why, err));
    out->why = cyn_discreet(r, out->why);
    return cyn_discreet_facts(r, &out->facts, out->nfacts, err);
}

/* One line, as probes want it. Why not is for those who may read the rest, too. */
static cyn_code reply_line(const cyn_request *r, cyn_reply *reply, bool good, const char *word,
                           const char *why)
{
    reply->status = good ? 200 : 503;
    reply->type = "text/plain; charset=utf-8";
    cyn_buf_printf(&reply->body, "%s%s", good ? "" : "not ", word);
    if (!good && why && r->may_know) cyn_buf_printf(&reply->body, ": %s", why);
    cyn_buf_putc(&reply->body, '\n');
    return CYN_OK;
}

static cyn_code show_healthy(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    health h;
    CYN_TRY(look(site, r, &h, err));
    return reply_line(r, reply, h.healthy, "healthy", h.why);
}

static cyn_code show_ready(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    health h;
    CYN_TRY(look(site, r, &h, err));
    return reply_line(r, reply, h.ready, "ready", h.why);
}

static void add_text(cyn_buf *b, const char *name, const char *text)
{
    cyn_buf_printf(b, ",\"%s\":", name);
    if (text)
        cyn_buf_json_string(b, text, strlen(text));
    else
        cyn_buf_puts(b, "null");
}

static const char *word_of(const cyn_page_fact *fact)
{
    return fact->kind == CYN_FACT_GOOD ? "good" : fact->kind == CYN_FACT_BAD ? "bad" : "plain";
}

static cyn_code show_health(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    health h;
    CYN_TRY(look(site, r, &h, err));
    cyn_buf *b = &reply->body;
    reply->status = 200;
    reply->type = "application/json; charset=utf-8";
    cyn_buf_printf(b, "{\"healthy\":%s,\"ready\":%s", h.healthy ? "true" : "false",
                   h.ready ? "true" : "false");
    add_text(b, "why", h.why);
    add_text(b, "version", CYN_VERSION);
    cyn_buf_puts(b, ",\"facts\":[");
    for (size_t i = 0; i < h.nfacts; i++) {
        cyn_buf_printf(b, "%s{\"state\":\"%s\"", i ? "," : "", word_of(&h.facts[i]));
        add_text(b, "name", h.facts[i].name);
        add_text(b, "value", h.facts[i].value);
        cyn_buf_putc(b, '}');
    }
    cyn_buf_puts(b, "]}\n");
    return CYN_OK;
}

const cyn_route cyn_routes_health[] = {
    {"GET", "/-/healthy", show_healthy, .open = true},
    {"GET", "/-/ready", show_ready, .open = true},
    {"GET", "/api/v1/health", show_health},
};
const size_t cyn_nroutes_health = sizeof cyn_routes_health / sizeof *cyn_routes_health;
