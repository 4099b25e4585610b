/* What fields of schedule, serve and annotations say about each other. */
#include "config/fields_impl.h"
#include "config/rules.h"
#include <string.h>

/* ---- schedule ---- */

static void report_at_key(cyn_loading *l, const cyn_node *key, const cyn_err *err)
{
    cyn_trail here = {l->trail, key->text};
    l->trail = &here;
    cyn_report(l, err->code, key, "%s", err->message);
    if (*err->hint) cyn_finding_hint(l->findings, "%s", err->hint);
    l->trail = here.up;
}

/* The grain that a key names, unless one before it ("15m", "15min") did. */
static cyn_code read_grain(const cyn_node *key, const cyn_config_duty *duties, size_t before,
                           cyn_grain *out, cyn_err *err)
{
    CYN_TRY(cyn_parse_grain(key->text, out, err));
    if (out->unit == CYN_ALL)
        return cyn_fail(err, CYN_E_RANGE, "a grain that never ends has no schedule");
    for (size_t i = 0; i < before; i++)
        if (cyn_grain_equal(duties[i].grain, *out))
            return cyn_fail(err, CYN_E_CONFLICT, "this grain is given twice");
    return CYN_OK;
}

static void check_duties(cyn_loading *l, const cyn_node *map, cyn_config_schedule *s)
{
    cyn_trail here = {l->trail, "metrics"};
    cyn_config_duty *duties = CYN_NEW_ARRAY(l->arena, s->nmetrics + 1, cyn_config_duty);
    if (!duties) {
        cyn_out_of_memory(l);
        return;
    }
    l->trail = &here;
    for (size_t i = 0; i < s->nmetrics; i++) {
        cyn_err err = {0};
        duties[i] = s->metrics[i];
        if (read_grain(map->keys[i], duties, i, &duties[i].grain, &err) != CYN_OK)
            report_at_key(l, map->keys[i], &err);
    }
    l->trail = here.up;
    s->metrics = duties;
}

void cyn_rules_schedule(cyn_loading *l, const cyn_node *node, void *object)
{
    cyn_config_schedule *s = object;
    const cyn_node *metrics = cyn_node_find(node, "metrics");
    if (metrics && metrics->kind == CYN_NODE_MAPPING && metrics->count == s->nmetrics)
        check_duties(l, metrics, s);
}

/* ---- serve ---- */

enum { TOKEN_LEAST = 16 };

/* What a header can carry is printable ASCII; what is short is guessed. */
const char *cyn_config_token_trouble(const char *token)
{
    size_t n = 0;
    for (; token[n]; n++)
        if (token[n] <= ' ' || token[n] > '~')
            return "letters, digits and signs of ASCII without blanks are expected";
    return n < TOKEN_LEAST ? "16 or more characters are expected" : NULL;
}

void cyn_rules_serve(cyn_loading *l, const cyn_node *node, void *object)
{
    cyn_config_serve *serve = object;
    const char *trouble = serve->token ? cyn_config_token_trouble(serve->token) : NULL;
    if (!trouble) return;
    if (!strstr(cyn_node_find(node, "token")->text, "${")) {
        cyn_report_key(l, CYN_E_SYNTAX, node, "token", "%s", trouble);
        cyn_finding_hint(l->findings, "a good one: openssl rand -hex 32");
    } else if (!serve->unusable) {
        serve->unusable = cyn_sprintf(l->arena, "token: %s", trouble);
        if (!serve->unusable) cyn_out_of_memory(l);
    }
}

/* ---- annotations ---- */

void cyn_rules_annotation(cyn_loading *l, const cyn_node *node, void *object)
{
    (void)l;
    cyn_annotation *a = object;
    a->line = node->line;
    a->column = node->column;
}

/* ---- the whole file: a section that is missing is one in which nothing is said ---- */

void cyn_rules_sections(cyn_loading *l, const cyn_node *root, cyn_config *config)
{
    const cyn_node nothing = {.kind = CYN_NODE_MAPPING};
    if (!cyn_node_find(root, "schedule"))
        (void)cyn_shape_read(l, &cyn_shape_schedule, &nothing, &config->schedule);
    if (!cyn_node_find(root, "serve"))
        (void)cyn_shape_read(l, &cyn_shape_serve, &nothing, &config->serve);
}
