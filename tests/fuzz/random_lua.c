#include "random_lua.h"
#include <stdio.h>

#define LENGTH(list)  (sizeof(list) / sizeof *(list))
#define PICK(r, list) ((list)[cyn_random_below((r), (uint32_t)LENGTH(list))])

uint32_t cyn_random_below(cyn_random *r, uint32_t n)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (uint32_t)((r->state >> 16) % n);
}

static bool chance(cyn_random *r, uint32_t percent)
{
    return cyn_random_below(r, 100) < percent;
}

/* ---- leaves ---- */

static void write_column(cyn_random *r, const char *name, cyn_buf *out)
{
    cyn_buf_printf(out, "%s%s", r->function ? "r." : "", name);
}

static void write_number_leaf(cyn_random *r, cyn_buf *out)
{
    static const char *const columns[] = {"i", "i", "q", "q", "x", "x", "p", "d", "ts"};
    static const char *const constants[] = {
        "0",     "1",      "2",    "3",    "7",    "10",    "63",  "64",
        "100",   "0.5",    "2.0",  "1.5",  "0.1",  "-1",    "-3",  "-0.0",
        "1e308", "5e-324", "2^53", "1e15", "0x7f", "86400", "300", "9007199254740993",
    };
    static const char *const rare[] = {"math.maxinteger",
                                       "math.mininteger",
                                       "math.huge",
                                       "-math.huge",
                                       "math.pi",
                                       "nil",
                                       "true",
                                       "'3'",
                                       "''"};
    if (r->parameters) {
        cyn_buf_putc(out, chance(r, 60) ? 'a' : 'c');
    } else if (r->locals > 0 && chance(r, 30)) {
        cyn_buf_printf(out, "v%u", cyn_random_below(r, (uint32_t)r->locals) + 1);
    } else if (r->function && chance(r, 8)) {
        cyn_buf_puts(out, chance(r, 50) ? "K1" : "K2");
    } else if (chance(r, 60)) {
        write_column(r, PICK(r, columns), out);
    } else {
        cyn_buf_puts(out, chance(r, 92) ? PICK(r, constants) : PICK(r, rare));
    }
}

static const char *const texts[] = {"''",       "'a'",       "'ads'", "'purchase'", "'ADS'", "'10'",
                                    "'日本語'", "'Ünïcödé'", "' '",   "'%d'",       "'a.b'"};

static void write_text_leaf(cyn_random *r, cyn_buf *out)
{
    if (r->parameters || chance(r, 30))
        cyn_buf_puts(out, PICK(r, texts));
    else if (r->function && chance(r, 10))
        cyn_buf_puts(out, "K3");
    else
        write_column(r, chance(r, 50) ? "s" : "t", out);
}

/* ---- compound ones ---- */

typedef enum kind { NUMBER, TEXT, BOOLEAN } kind;
static void write_value(cyn_random *r, kind k, int depth, cyn_buf *out);

/* "(a + c)" and the like. */
static void write_binary(cyn_random *r, kind k, const char *sign, int depth, cyn_buf *out)
{
    cyn_buf_putc(out, '(');
    write_value(r, k, depth - 1, out);
    cyn_buf_printf(out, " %s ", sign);
    write_value(r, k, depth - 1, out);
    cyn_buf_putc(out, ')');
}

static void write_call(cyn_random *r, const char *name, kind k, int arguments, int depth,
                       cyn_buf *out)
{
    cyn_buf_printf(out, "%s(", name);
    for (int i = 0; i < arguments; i++) {
        if (i > 0) cyn_buf_puts(out, ", ");
        write_value(r, k, depth - 1, out);
    }
    cyn_buf_putc(out, ')');
}

/* "(b and a or c)" */
static void write_choice(cyn_random *r, kind k, int depth, cyn_buf *out)
{
    cyn_buf_putc(out, '(');
    write_value(r, BOOLEAN, depth - 1, out);
    cyn_buf_puts(out, " and ");
    write_value(r, k, depth - 1, out);
    cyn_buf_puts(out, " or ");
    write_value(r, k, depth - 1, out);
    cyn_buf_putc(out, ')');
}

static void write_math(cyn_random *r, int depth, cyn_buf *out)
{
    static const struct {
        const char *name;
        int arguments;
    } functions[] = {
        {"math.floor", 1}, {"math.ceil", 1},      {"math.abs", 1},  {"math.max", 2},
        {"math.min", 3},   {"math.sqrt", 1},      {"math.exp", 1},  {"math.log", 1},
        {"math.log", 2},   {"math.sin", 1},       {"math.cos", 1},  {"math.tan", 1},
        {"math.asin", 1},  {"math.acos", 1},      {"math.atan", 1}, {"math.atan", 2},
        {"math.fmod", 2},  {"math.tointeger", 1}, {"tonumber", 1},  {"math.max", 1},
    };
    size_t i = cyn_random_below(r, (uint32_t)LENGTH(functions));
    write_call(r, functions[i].name, NUMBER, functions[i].arguments, depth, out);
}

static void write_time_part(cyn_random *r, cyn_buf *out)
{
    static const char *const parts[] = {"year", "month", "day",    "hour", "minute",
                                        "week", "date",  "second", "time", "weekday"};
    static const char *const of[] = {"ts", "ts", "ts", "ts", "d", "d", "q", "x"};
    cyn_buf_printf(out, "%s%s(", r->function ? "calendar." : "", PICK(r, parts));
    write_column(r, PICK(r, of), out);
    cyn_buf_putc(out, ')');
}

/* A look-up in a table that the function has captured. */
static void write_lookup(cyn_random *r, const char *table, int depth, cyn_buf *out)
{
    cyn_buf_printf(out, "%s[", table);
    write_value(r, TEXT, depth - 1, out);
    cyn_buf_putc(out, ']');
}

static void write_number(cyn_random *r, int depth, cyn_buf *out)
{
    static const char *const arithmetic[] = {"+", "-", "*", "/", "%", "//", "^", "+", "-", "*"};
    static const char *const bits[] = {"&", "|", "~", "<<", ">>"};
    switch (cyn_random_below(r, 12)) {
    default: write_binary(r, NUMBER, PICK(r, arithmetic), depth, out); break;
    case 5: write_binary(r, NUMBER, PICK(r, bits), depth, out); break;
    case 6: write_choice(r, NUMBER, depth, out); break;
    case 7: write_math(r, depth, out); break;
    case 8:
        cyn_buf_puts(out, chance(r, 70) ? "(- " : "(~ ");
        write_value(r, NUMBER, depth - 1, out);
        cyn_buf_putc(out, ')');
        break;
    case 9:
        cyn_buf_puts(out, "#(");
        write_value(r, TEXT, depth - 1, out);
        cyn_buf_putc(out, ')');
        break;
    case 10:
        if (r->parameters)
            write_number_leaf(r, out);
        else if (r->function && chance(r, 50))
            write_call(r, chance(r, 50) ? "f1" : "f2", NUMBER, 2, depth, out);
        else if (r->function && chance(r, 50))
            write_lookup(r, "N1", depth, out);
        else
            write_time_part(r, out);
        break;
    case 11: write_binary(r, NUMBER, chance(r, 50) ? "or" : "and", depth, out); break;
    }
}

/* A text, and a method of it. */
static void write_method(cyn_random *r, const char *method, int depth, cyn_buf *out)
{
    cyn_buf_putc(out, '(');
    write_value(r, TEXT, depth - 1, out);
    cyn_buf_printf(out, "):%s", method);
}

static void write_text(cyn_random *r, int depth, cyn_buf *out)
{
    static const char *const slices[] = {"sub(2)",     "sub(1, 3)",  "sub(-2)",       "sub(0)",
                                         "sub(2, -2)", "sub(10, 2)", "sub(-100, 100)"};
    switch (cyn_random_below(r, 8)) {
    case 0: write_binary(r, TEXT, "..", depth, out); break;
    case 1:
        cyn_buf_putc(out, '(');
        write_value(r, TEXT, depth - 1, out);
        cyn_buf_puts(out, " .. ");
        write_value(r, NUMBER, depth - 1, out);
        cyn_buf_putc(out, ')');
        break;
    case 2: write_method(r, PICK(r, slices), depth, out); break;
    case 3: write_method(r, chance(r, 50) ? "lower()" : "upper()", depth, out); break;
    case 4: write_choice(r, TEXT, depth, out); break;
    case 5: write_call(r, "tostring", (kind)cyn_random_below(r, 3), 1, depth, out); break;
    case 6: write_call(r, chance(r, 50) ? "type" : "math.type", NUMBER, 1, depth, out); break;
    default: write_binary(r, TEXT, chance(r, 50) ? "or" : "and", depth, out); break;
    }
}

static void write_one_of(cyn_random *r, int depth, cyn_buf *out)
{
    if (r->function && !r->parameters && chance(r, 50)) {
        write_lookup(r, "S1", depth, out);
        return;
    }
    kind k = chance(r, 60) ? TEXT : NUMBER;
    cyn_buf_puts(out, "one_of(");
    write_value(r, k, depth - 1, out);
    cyn_buf_puts(out, k == TEXT ? ", 'ads', '', '日本語')" : ", 1, 2.0, 63, 0)");
}

static void write_boolean(cyn_random *r, int depth, cyn_buf *out)
{
    static const char *const compare[] = {"<", "<=", ">", ">=", "==", "~="};
    static const char *const finds[] = {"find('a', 1, true)", "find('', 2, true)",
                                        "find('.', -2, true)", "find('日', 1, true)"};
    switch (cyn_random_below(r, 9)) {
    default: write_binary(r, NUMBER, PICK(r, compare), depth, out); break;
    case 2: write_binary(r, TEXT, PICK(r, compare), depth, out); break;
    case 3:
        cyn_buf_puts(out, "(not ");
        write_value(r, BOOLEAN, depth - 1, out);
        cyn_buf_putc(out, ')');
        break;
    case 4: write_binary(r, BOOLEAN, chance(r, 50) ? "and" : "or", depth, out); break;
    case 5:
        cyn_buf_putc(out, '(');
        write_method(r, PICK(r, finds), depth, out);
        cyn_buf_puts(out, chance(r, 80) ? " ~= nil)" : ")");
        break;
    case 6:
        cyn_buf_putc(out, '(');
        write_value(r, (kind)cyn_random_below(r, 3), depth - 1, out);
        cyn_buf_puts(out, chance(r, 50) ? " == nil)" : " ~= nil)");
        break;
    case 7: write_one_of(r, depth, out); break;
    }
}

static void write_leaf(cyn_random *r, kind k, cyn_buf *out)
{
    if (k == NUMBER)
        write_number_leaf(r, out);
    else if (k == TEXT)
        write_text_leaf(r, out);
    else if (r->parameters || chance(r, 20))
        cyn_buf_puts(out, chance(r, 50) ? "true" : "false");
    else
        write_column(r, "b", out);
}

static void write_value(cyn_random *r, kind k, int depth, cyn_buf *out)
{
    if (chance(r, 2)) k = (kind)cyn_random_below(r, 3);
    if (depth <= 0 || chance(r, 20))
        write_leaf(r, k, out);
    else if (k == NUMBER)
        write_number(r, depth, out);
    else if (k == TEXT)
        write_text(r, depth, out);
    else
        write_boolean(r, depth, out);
}

/* ---- whole ones ---- */

static int random_depth(cyn_random *r)
{
    return 1 + (int)cyn_random_below(r, 4);
}

static void write_returned(cyn_random *r, cyn_buf *out)
{
    cyn_buf_puts(out, "return ");
    write_value(r, (kind)cyn_random_below(r, 3), random_depth(r), out);
}

static void write_if(cyn_random *r, cyn_buf *out)
{
    cyn_buf_puts(out, "  if ");
    write_value(r, BOOLEAN, 2, out);
    cyn_buf_puts(out, " then ");
}

/* "local v1 = …", or given in both branches of an if. */
static void write_local(cyn_random *r, cyn_buf *out)
{
    int number = r->locals + 1;
    if (chance(r, 60)) {
        cyn_buf_printf(out, "  local v%d = ", number);
        write_value(r, NUMBER, 2, out);
        cyn_buf_putc(out, '\n');
    } else {
        cyn_buf_printf(out, "  local v%d\n", number);
        write_if(r, out);
        cyn_buf_printf(out, "v%d = ", number);
        write_value(r, NUMBER, 2, out);
        cyn_buf_printf(out, " else v%d = ", number);
        write_value(r, NUMBER, 2, out);
        cyn_buf_puts(out, " end\n");
    }
    r->locals = number;
}

static void write_function(cyn_random *r, cyn_buf *out)
{
    r->function = true;
    r->locals = 0;
    cyn_buf_puts(out, "function(r)\n");
    for (uint32_t n = cyn_random_below(r, 4); n > 0; n--)
        write_local(r, out);
    if (chance(r, 40)) {
        write_if(r, out);
        write_returned(r, out);
        cyn_buf_puts(out, " end\n");
    }
    cyn_buf_puts(out, "  ");
    write_returned(r, out);
    cyn_buf_puts(out, "\nend");
    r->function = false;
    r->locals = 0;
}

void cyn_random_expression(cyn_random *r, cyn_buf *out)
{
    if (chance(r, 40)) {
        write_function(r, out);
        return;
    }
    cyn_buf_puts(out, "[==[");
    write_value(r, (kind)cyn_random_below(r, 3), random_depth(r), out);
    cyn_buf_puts(out, "]==]");
}

void cyn_random_prologue(cyn_random *r, cyn_buf *out)
{
    cyn_buf_puts(out, "local K1, K2, K3 = 7, 2.5, 'ads'\n"
                      "local S1 = { ads = true, [''] = true, ['日本語'] = true }\n"
                      "local N1 = { ads = 1, purchase = 2.5, ['10'] = 10 }\n");
    r->function = r->parameters = true;
    for (int i = 1; i <= 2; i++) {
        cyn_buf_printf(out, "local function f%d(a, c)\n", i);
        if (chance(r, 50)) cyn_buf_puts(out, "  if a == nil then return c end\n");
        cyn_buf_puts(out, "  return ");
        write_value(r, NUMBER, 2, out);
        cyn_buf_puts(out, "\nend\n");
    }
    r->function = r->parameters = false;
}
