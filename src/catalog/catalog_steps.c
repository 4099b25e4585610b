/* Translations: steps over columns (plan/translation.h), from a worker that may send anything. */
#include "catalog/catalog_impl.h"
#include "plan/translation.h"
#include <math.h>

/* ---- Constants ---- */

/* Unlike elsewhere, one that is absent is nil, and NaN and infinities are as good as others. */
static cyn_const read_const(fields *f, const char *key, const cyn_value *v)
{
    switch (v->kind) {
    case CYN_VALUE_NIL: return (cyn_const){.kind = CYN_CONST_NIL};
    case CYN_VALUE_BOOLEAN: return (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = v->i};
    case CYN_VALUE_INTEGER: return (cyn_const){.kind = CYN_CONST_INTEGER, .i = v->i};
    case CYN_VALUE_REAL: return (cyn_const){.kind = CYN_CONST_REAL, .r = v->r};
    case CYN_VALUE_TEXT: return (cyn_const){.kind = CYN_CONST_TEXT, .s = v->s, .n = v->n};
    default: field_wrong(f, key); return (cyn_const){0};
    }
}

static void read_list(fields *f, cyn_step *s)
{
    const cyn_value *items = field_array(f, "list");
    cyn_const *list = CYN_NEW_ARRAY(f->arena, items->n + 1, cyn_const);
    if (!list) return;
    for (size_t i = 0; i < items->n; i++) {
        list[i] = read_const(f, "list", &items->items[i]);
        bool equals_nothing =
            list[i].kind == CYN_CONST_NIL || (list[i].kind == CYN_CONST_REAL && isnan(list[i].r));
        if (equals_nothing) field_wrong(f, "list");
    }
    s->list = list;
    s->nlist = items->n;
}

/* ---- Steps ---- */

/* One of the steps before, or none where the operation does without. */
static uint32_t read_operand(fields *f, const char *key, size_t before, int place, cyn_step_op op)
{
    if (place >= cyn_step_arities[op].most) {
        if (field_given(f, key)) field_wrong(f, key);
        return CYN_NO_STEP;
    }
    if (place >= cyn_step_arities[op].least && !field_given(f, key)) return CYN_NO_STEP;
    return (uint32_t)field_index(f, key, before);
}

static cyn_step read_step(fields *f, size_t before, size_t ninputs)
{
    cyn_step s = {.op = (cyn_step_op)field_word(f, "op", cyn_step_op_names, -1)};
    s.a = read_operand(f, "a", before, 0, s.op);
    s.b = read_operand(f, "b", before, 1, s.op);
    s.c = read_operand(f, "c", before, 2, s.op);
    if (s.op == CYN_OP_INPUT) s.input = (uint32_t)field_index(f, "input", ninputs);
    if (s.op == CYN_OP_CONST) s.value = read_const(f, "value", field_get(f, "value"));
    if (s.op == CYN_OP_ONE_OF) read_list(f, &s);
    return s;
}

static void read_steps(fields *code, cyn_translation *out)
{
    const cyn_value *list = field_array(code, "steps");
    if (list->n == 0 || list->n > CYN_TRANSLATION_STEPS) {
        field_wrong(code, "steps");
        return;
    }
    cyn_step *steps = CYN_NEW_ARRAY(code->arena, list->n, cyn_step);
    for (size_t i = 0; steps && i < list->n; i++) {
        fields f = {.arena = code->arena, .item = &list->items[i]};
        steps[i] = read_step(&f, i, out->ninputs);
        if (!fields_ok(&f) || (steps[i].op == CYN_OP_ONE_OF && !steps[i].list))
            field_wrong(code, "steps");
    }
    out->steps = steps;
    out->nsteps = steps ? list->n : 0;
}

static void read_inputs(fields *code, cyn_translation *out)
{
    const cyn_value *list = field_array(code, "inputs");
    if (list->n > CYN_TRANSLATION_STEPS) {
        field_wrong(code, "inputs");
        return;
    }
    cyn_translation_input *inputs = CYN_NEW_ARRAY(code->arena, list->n + 1, cyn_translation_input);
    for (size_t i = 0; inputs && i < list->n; i++) {
        fields f = {.arena = code->arena, .item = &list->items[i]};
        inputs[i].name = field_text(&f, "name", true);
        inputs[i].place = field_place(&f);
        if (!fields_ok(&f) || !*inputs[i].name) field_wrong(code, "inputs");
    }
    out->inputs = inputs;
    out->ninputs = inputs ? list->n : 0;
}

const cyn_translation *cyn_catalog_code(fields *f)
{
    const cyn_value *v = field_get(f, "code");
    if (v->kind == CYN_VALUE_NIL) return NULL;
    fields code = {.arena = f->arena, .item = v};
    cyn_translation *out = CYN_NEW(f->arena, cyn_translation);
    if (!out || v->kind != CYN_VALUE_MAP) {
        field_wrong(f, "code");
        return NULL;
    }
    read_inputs(&code, out);
    read_steps(&code, out);
    if (!fields_ok(&code) || !out->inputs || !out->steps) {
        field_wrong(f, "code");
        return NULL;
    }
    return out;
}
