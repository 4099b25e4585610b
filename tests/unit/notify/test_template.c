#include "notify/template.h"
#include "test.h"

static cyn_arena *arena;
static cyn_err err;

static cyn_template *parse(const char *text)
{
    cyn_template *t = NULL;
    err = (cyn_err){0};
    return cyn_template_parse(text, arena, &t, &err) == CYN_OK ? t : NULL;
}

static void check_rendered(const char *text, const char *const *fill, const char *want)
{
    cyn_template *t = parse(text);
    cyn_buf b = {0};
    CHECK(t);
    if (!t) return;
    cyn_template_render(t, fill, &b);
    CHECK_STR(b.data ? b.data : "", want);
    cyn_buf_clear(&b);
}

static void names_are_filled_in(void)
{
    const char *const fill[] = {"ads", "31 %"};
    check_rendered("Aha% in {channel} is {value}", fill, "Aha% in ads is 31 %");
    check_rendered("{channel}", fill, "ads");
    check_rendered("{ channel }{\tvalue}", fill, "ads31 %");
    check_rendered("", fill, "");
    check_rendered("no names", fill, "no names");
}

static void a_name_is_asked_for_once(void)
{
    const char *const fill[] = {"x", "y"};
    check_rendered("{a}{b}{a}", fill, "xyx");
    cyn_template *t = parse("警告 {b} and {a}, {b}");
    CHECK(t);
    if (!t) return;
    CHECK_INT(t->nnames, 2);
    CHECK_STR(t->names[0], "b");
    CHECK_STR(t->names[1], "a");
    CHECK_INT(t->columns[0], 4); /* in characters */
    CHECK_INT(t->columns[1], 12);
}

static void a_name_may_be_a_reading_with_arguments(void)
{
    cyn_template *t = parse("{change(\"1w\")} {p(95, 28)} {change_1w} {国}");
    CHECK(t);
    if (!t) return;
    CHECK_INT(t->nnames, 4);
    CHECK_STR(t->names[0], "change(\"1w\")");
    CHECK_STR(t->names[1], "p(95, 28)");
    CHECK_STR(t->names[3], "国");
}

static void what_is_filled_in_is_no_template(void)
{
    const char *const fill[] = {"{b} }} {"};
    check_rendered("{a}", fill, "{b} }} {");
}

static void doubled_braces_are_braces(void)
{
    const char *const fill[] = {"x"};
    check_rendered("{{}}", fill, "{}");
    check_rendered("{{{a}}}", fill, "{x}");
    check_rendered("a {{b}} {a}", fill, "a {b} x");
    check_rendered("{{{{", fill, "{{");
}

static void a_brace_without_its_partner_is_an_error_with_its_column(void)
{
    static const struct {
        const char *text;
        int column;
    } wrong[] = {{"{", 1},     {"}", 1},  {"日本 {a", 4}, {"a} b", 2},   {"{a{b}", 1},
                 {"{a\n}", 1}, {"{}", 1}, {"x { }", 3},   {"{{{a}}", 6}, {"{a}}", 4}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(!parse(wrong[i].text));
        CHECK_INT(err.code, CYN_E_SYNTAX);
        CHECK_INT(err.column, wrong[i].column);
    }
}

static void long_templates_keep_all_names_apart(void)
{
    cyn_buf text = {0}, want = {0};
    static char numbers[300][8];
    static const char *fill[300];
    for (int i = 0; i < 300; i++) {
        cyn_buf_printf(&text, "{n%d} ", i);
        cyn_buf_printf(&want, "%d ", i);
        snprintf(numbers[i], sizeof numbers[i], "%d", i);
        fill[i] = numbers[i];
    }
    check_rendered(text.data, fill, want.data);
    cyn_buf_clear(&text);
    cyn_buf_clear(&want);
}

static void a_long_text_is_read_once(void)
{
    enum { TIMES = 20000 }; /* strcspn looks at the whole text under strict_string_checks */
    cyn_buf text = {0}, out = {0};
    const char *const fill[] = {"y"};
    for (int i = 0; i < TIMES; i++)
        cyn_buf_puts(&text, "日{a}");
    cyn_template *t = parse(text.data);
    CHECK(t);
    if (t) {
        CHECK_INT(t->nparts, 2 * TIMES);
        CHECK_INT(t->nnames, 1);
        cyn_template_render(t, fill, &out);
        CHECK_INT(out.len, 4 * TIMES);
    }
    cyn_buf_puts(&text, "{");
    CHECK(!parse(text.data));
    CHECK_INT(err.column, 4 * TIMES + 1);
    cyn_buf_clear(&text);
    cyn_buf_clear(&out);
}

static void there_may_be_a_thousand_names(void)
{
    cyn_buf text = {0};
    for (int i = 0; i < CYN_TEMPLATE_NAMES; i++)
        cyn_buf_printf(&text, "{n%d}", i);
    cyn_template *t = parse(text.data);
    CHECK(t && t->nnames == CYN_TEMPLATE_NAMES);
    int end = (int)text.len;
    cyn_buf_puts(&text, "{one more}");
    CHECK(!parse(text.data));
    CHECK_INT(err.code, CYN_E_LIMIT);
    CHECK_INT(err.column, end + 1);
    cyn_buf_clear(&text);
}

static void exhausted_memory_is_an_ordinary_error(void)
{
    for (size_t n = 1; n < 3; n++) {
        cyn_arena *small = cyn_arena_new(n * 600);
        cyn_template *t = NULL;
        char text[4000];
        memset(text, 'x', sizeof text);
        text[sizeof text - 1] = '\0';
        CHECK_INT(cyn_template_parse(text, small, &t, &err), CYN_E_NOMEM);
        cyn_arena_free(small);
    }
}

int main(void)
{
    arena = cyn_arena_new(0);
    if (!arena) return 1;
    RUN(names_are_filled_in);
    RUN(a_name_is_asked_for_once);
    RUN(a_name_may_be_a_reading_with_arguments);
    RUN(what_is_filled_in_is_no_template);
    RUN(doubled_braces_are_braces);
    RUN(a_brace_without_its_partner_is_an_error_with_its_column);
    RUN(long_templates_keep_all_names_apart);
    RUN(a_long_text_is_read_once);
    RUN(there_may_be_a_thousand_names);
    RUN(exhausted_memory_is_an_ordinary_error);
    cyn_arena_free(arena);
    return test_end();
}
