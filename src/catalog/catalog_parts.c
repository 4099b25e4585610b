/* What a metric is made of: its identity, and how its change is shared out. */
#include "catalog/catalog_impl.h"

/* By number in the list of formulas; as written, where it was written as a text. */
static void read_identity(build *b, fields *f, cyn_metric *out)
{
    bool given = field_given(f, "identity");
    size_t identity = given ? field_index(f, "identity", b->nformulas) : 0;
    out->identity_text = field_text(f, "identity_text", false);
    if (!given && out->identity_text) field_wrong(f, "identity_text");
    if (!given || !fields_ok(f)) return;
    if (!b->formula_made[identity]) field_wrong(f, "identity");
    out->identity = b->formulas[identity];
}

static cyn_code read_decomposer(build *b, fields *metric, cyn_metric *out)
{
    fields f = {.arena = b->arena, .item = field_get(metric, "decomposer")};
    cyn_function *fn = NULL;
    CYN_TRY(cyn_catalog_function(b, &f, &fn));
    if (!fields_ok(&f)) field_wrong(metric, "decomposer");
    out->decomposer = fn;
    return CYN_OK;
}

static bool is_asked_for(cyn_method method)
{
    return method == CYN_METHOD_AUTO || method == CYN_METHOD_ADDITIVE ||
           method == CYN_METHOD_LMDI || method == CYN_METHOD_SHAPLEY ||
           method == CYN_METHOD_MOVEMENT || method == CYN_METHOD_SCRIPT;
}

cyn_code cyn_catalog_parts(build *b, fields *metric, cyn_metric *out)
{
    read_identity(b, metric, out);
    out->decompose = (cyn_method)field_word(metric, "decompose", cyn_method_names, CYN_METHOD_AUTO);
    if (!is_asked_for(out->decompose)) field_wrong(metric, "decompose");
    if (!fields_ok(metric) || out->decompose == CYN_METHOD_AUTO) return CYN_OK;
    if (!cyn_metric_parts(out)) field_wrong(metric, "decompose");
    return out->decompose == CYN_METHOD_SCRIPT ? read_decomposer(b, metric, out) : CYN_OK;
}
