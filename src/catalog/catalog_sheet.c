/* The part of the definition sheet that a script gave beside the formula. */
#include "catalog/catalog_impl.h"
#include <math.h>

static bool given(const fields *f, const char *key)
{
    return field_get(f, key)->kind != CYN_VALUE_NIL;
}

static cyn_bound read_bound(fields *f, const char *lo, const char *hi)
{
    cyn_bound b = {.set = given(f, lo), .two = given(f, hi)};
    if (b.set) b.lo = field_real(f, lo);
    if (b.two) b.hi = field_real(f, hi);
    if (b.two && (!b.set || b.lo > b.hi)) f->bad = hi;
    return b;
}

/* Points on the way to the target, by date, between its beginning and its end. */
static bool read_path(fields *f, cyn_sheet *s)
{
    const cyn_value *list = field_array(f, "target_path");
    cyn_waypoint *path = CYN_NEW_ARRAY(f->arena, list->n + 1, cyn_waypoint);
    if (!path) return false;
    for (size_t i = 0; i < list->n; i++) {
        fields item = {.arena = f->arena, .item = &list->items[i]};
        path[i].date = field_integer(&item, "at", INT32_MIN, INT32_MAX);
        path[i].value = field_real(&item, "value");
        bool late = i > 0 ? path[i].date > path[i - 1].date
                          : !s->has_target_since || path[i].date > s->target_since;
        bool early = !s->has_target_by || path[i].date < s->target_by;
        if (!fields_ok(&item) || !late || !early) field_wrong(f, "target_path");
    }
    if (list->n > 0 && !s->has_target) field_wrong(f, "target_path");
    s->path = path;
    s->npath = list->n;
    return true;
}

static bool read_goal(fields *f, cyn_sheet *s)
{
    s->has_target = given(f, "target");
    if (s->has_target) {
        s->target = field_real(f, "target");
        s->target_from = given(f, "target_from") ? field_real(f, "target_from") : (double)NAN;
    }
    s->has_target_by = given(f, "target_by");
    if (s->has_target_by) s->target_by = field_integer(f, "target_by", INT32_MIN, INT32_MAX);
    s->has_target_since = given(f, "target_since");
    if (s->has_target_since)
        s->target_since = field_integer(f, "target_since", INT32_MIN, INT32_MAX);
    s->has_market = given(f, "market");
    if (s->has_market) s->market = field_real(f, "market");
    s->green = read_bound(f, "green", "green_hi");
    s->yellow = read_bound(f, "yellow", "yellow_hi");
    s->hysteresis = given(f, "hysteresis") ? field_real(f, "hysteresis") : 0;
    if (s->hysteresis < 0) field_wrong(f, "hysteresis");
    s->has_review = given(f, "review");
    if (s->has_review) s->review = field_integer(f, "review", INT32_MIN, INT32_MAX);
    return read_path(f, s);
}

bool cyn_catalog_sheet(fields *metric, cyn_sheet *out)
{
    cyn_place place = field_place(metric);
    fields f = {.arena = metric->arena, .item = field_get(metric, "sheet")};
    cyn_sheet s = {
        .name = field_text(metric, "name", true),
        .file = place.file,
        .line = place.line,
        .column = place.column,
        .title = {.en = field_text(&f, "title_en", false), .ja = field_text(&f, "title_ja", false)},
        .role = (cyn_role)field_word(&f, "role", cyn_role_names, CYN_ROLE_NONE),
        .layer = (cyn_layer)field_word(&f, "layer", cyn_layer_names, CYN_LAYER_NONE),
        .lens = (cyn_lens)field_word(&f, "lens", cyn_lens_names, CYN_LENS_NONE),
        .direction =
            (cyn_direction)field_word(&f, "direction", cyn_direction_names, CYN_DIRECTION_NONE),
        .unit = field_text(&f, "unit", false),
        .why = field_text(&f, "why", false),
        .owner = field_text(&f, "owner", false),
    };
    const char *grain = field_text(&f, "grain", false);
    s.has_grain = grain != NULL;
    if (grain && cyn_parse_grain(grain, &s.grain, NULL) != CYN_OK) f.bad = "grain";
    bool ok = read_goal(&f, &s);
    if (f.bad && !metric->bad) metric->bad = f.bad;
    *out = s;
    return ok;
}
