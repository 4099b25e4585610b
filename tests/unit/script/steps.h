/* Translations of expressions, as text: each operation of columns, constants and the results $0,
 * $1, … of those before it.
 *
 *     amount > 100 and channel == 'ads'
 *     less 100 amount; equals channel 'ads'; select $0 $1 $0
 */
#pragma once
#include "plan/expr.h"
#include "plan/translation.h"
#include "script_impl.h"

static inline bool is_operation(const cyn_step *s)
{
    return s->op != CYN_OP_INPUT && s->op != CYN_OP_CONST;
}

static inline void put_operand(cyn_buf *out, const cyn_translation *code, uint32_t which)
{
    const cyn_step *s = &code->steps[which];
    size_t number = 0;
    cyn_buf_putc(out, ' ');
    for (uint32_t i = 0; i < which; i++)
        number += is_operation(&code->steps[i]);
    if (s->op == CYN_OP_INPUT)
        cyn_buf_lua_name(out, code->inputs[s->input].name);
    else if (s->op == CYN_OP_CONST)
        cyn_const_text(&s->value, out);
    else
        cyn_buf_printf(out, "$%zu", number);
}

static inline void put_step(cyn_buf *out, const cyn_translation *code, const cyn_step *s)
{
    cyn_buf_puts(out, cyn_step_op_names[s->op]);
    const uint32_t operands[] = {s->a, s->b, s->c};
    for (size_t i = 0; i < 3; i++)
        if (operands[i] != CYN_NO_STEP) put_operand(out, code, operands[i]);
    for (size_t i = 0; i < s->nlist; i++) {
        cyn_buf_puts(out, i ? ", " : " {");
        cyn_const_text(&s->list[i], out);
    }
    if (s->nlist) cyn_buf_putc(out, '}');
}

/* The steps, or the reason why there are none. */
static inline const char *steps_of(const cyn_expr *e)
{
    static cyn_buf out;
    const char *gap = "";
    cyn_buf_reset(&out);
    if (!e) return "(no expression)";
    if (!e->code) return e->why ? e->why : "(neither steps nor a reason)";
    for (size_t i = 0; i < e->code->nsteps; i++) {
        const cyn_step *s = &e->code->steps[i];
        bool last = i + 1 == e->code->nsteps;
        if (!is_operation(s) && !last) continue;
        cyn_buf_puts(&out, gap);
        if (is_operation(s))
            put_step(&out, e->code, s);
        else
            put_operand(&out, e->code, (uint32_t)i);
        gap = "; ";
    }
    return out.data[0] == ' ' ? out.data + 1 : out.data;
}

/* One metric for each expression: a text, or where it begins with "function" a function. The first
 * lines are the script's own. */
static inline cyn_script *load_expressions(const char *first, const char *const *list, size_t n)
{
    cyn_buf b = {0};
    cyn_buf_puts(&b, first);
    for (size_t i = 0; i < n; i++) {
        bool function = strncmp(list[i], "function", 8) == 0;
        cyn_buf_printf(&b, "metric 'm%zu' { value = source 'events':sum(%s%s%s) }\n", i,
                       function ? "" : "[==[", list[i], function ? "" : "]==]");
    }
    cyn_script *s = load_text(b.data);
    if (s) CHECK_STR(errors_of(s), "");
    cyn_buf_clear(&b);
    return s;
}

static inline const cyn_expr *expression(const cyn_script *s, size_t i)
{
    char name[32];
    snprintf(name, sizeof name, "m%zu", i);
    const cyn_agg *a = agg_of(s, name);
    return a ? a->arg : NULL;
}
