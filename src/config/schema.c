/* JSON Schemas (draft-07) from the shapes: written compactly, then laid out for people. */
#include "config/fields.h"
#include <string.h>

static void write_shape(cyn_buf *b, const cyn_shape *shape);

static void write_text(cyn_buf *b, const char *text)
{
    cyn_buf_json_string(b, text, strlen(text));
}

static void write_words(cyn_buf *b, const char *const *words)
{
    cyn_buf_puts(b, "\"enum\":[");
    for (size_t i = 1; words[i]; i++) {
        if (i > 1) cyn_buf_putc(b, ',');
        write_text(b, words[i]);
    }
    cyn_buf_putc(b, ']');
}

/* A fallback is a plain scalar: a number and a boolean stay what they are. */
static void write_fallback(cyn_buf *b, const char *text)
{
    cyn_node plain = {.plain = true, .text = text};
    plain.length = strlen(text);
    if (cyn_scalar_of(&plain) == CYN_SCALAR_TEXT)
        write_text(b, text);
    else
        cyn_buf_puts(b, text);
}

static void write_field(cyn_buf *b, const cyn_field *field)
{
    write_text(b, field->name);
    cyn_buf_puts(b, ":{\"description\":");
    write_text(b, field->doc);
    if (field->fallback) {
        cyn_buf_puts(b, ",\"default\":");
        write_fallback(b, field->fallback);
    }
    if (field->example) cyn_buf_printf(b, ",\"examples\":[%s]", field->example);
    cyn_buf_putc(b, ',');
    write_shape(b, field->shape);
    cyn_buf_putc(b, '}');
}

static void write_object(cyn_buf *b, const cyn_shape *shape)
{
    const char *separator = "";
    cyn_buf_puts(b, "\"type\":\"object\",\"additionalProperties\":false,");
    if (shape->not_empty) cyn_buf_puts(b, "\"minProperties\":1,");
    for (size_t i = 0; i < shape->nfields; i++) {
        if (!shape->fields[i].required) continue;
        cyn_buf_puts(b, *separator ? separator : "\"required\":[");
        write_text(b, shape->fields[i].name);
        separator = ",";
    }
    if (*separator) cyn_buf_puts(b, "],");
    cyn_buf_puts(b, "\"properties\":{");
    for (size_t i = 0; i < shape->nfields; i++) {
        if (i) cyn_buf_putc(b, ',');
        write_field(b, &shape->fields[i]);
    }
    cyn_buf_putc(b, '}');
    if (shape->rules) cyn_buf_printf(b, ",%s", shape->rules);
}

static void write_list(cyn_buf *b, const cyn_shape *shape)
{
    cyn_buf_printf(b, "\"type\":\"array\",%s\"maxItems\":1000,",
                   shape->repeats ? "" : "\"uniqueItems\":true,");
    if (shape->min_items) cyn_buf_printf(b, "\"minItems\":%zu,", shape->min_items);
    cyn_buf_puts(b, "\"items\":{");
    write_shape(b, shape->item);
    cyn_buf_putc(b, '}');
}

/* Metric and source names are names in Lua, so Lua's own words are none. */
static void write_map(cyn_buf *b, const cyn_shape *shape)
{
    static const char names[] =
        "\"pattern\":\"^[A-Za-z_][A-Za-z0-9_]*$\",\"not\":{\"enum\":[\"and\",\"break\",\"do\","
        "\"else\",\"elseif\",\"end\",\"false\",\"for\",\"function\",\"goto\",\"if\",\"in\","
        "\"local\",\"nil\",\"not\",\"or\",\"repeat\",\"return\",\"then\",\"true\",\"until\","
        "\"while\"]}";
    static const char any[] =
        "\"minLength\":1,\"not\":{\"pattern\":\"[\\\\x00-\\\\x1f\\\\x7f-\\\\x9f]\"}";
    cyn_buf_printf(b, "\"type\":\"object\",\"propertyNames\":{%s},\"additionalProperties\":{",
                   shape->identifiers ? names : any);
    write_shape(b, shape->item);
    cyn_buf_putc(b, '}');
}

static void write_either(cyn_buf *b, const cyn_shape *shape)
{
    const cyn_shape *const all[] = {shape->scalar, shape->sequence, shape->mapping};
    const char *separator = "";
    cyn_buf_puts(b, "\"anyOf\":[");
    for (size_t i = 0; i < 3; i++) {
        if (!all[i]) continue;
        cyn_buf_printf(b, "%s{", separator);
        write_shape(b, all[i]);
        cyn_buf_putc(b, '}');
        separator = ",";
    }
    cyn_buf_putc(b, ']');
}

/* The members of the shape's schema, without the braces. */
static void write_shape(cyn_buf *b, const cyn_shape *shape)
{
    switch (shape->kind) {
    case CYN_SHAPE_LIST: write_list(b, shape); return;
    case CYN_SHAPE_OBJECT: write_object(b, shape); return;
    case CYN_SHAPE_MAP: write_map(b, shape); return;
    case CYN_SHAPE_EITHER: write_either(b, shape); return;
    case CYN_SHAPE_LEAF: break;
    }
    if (shape->schema)
        cyn_buf_puts(b, shape->schema);
    else if (shape->words)
        write_words(b, shape->words);
    else
        write_shape(b, shape->item);
}

static void new_line(cyn_buf *b, int depth)
{
    cyn_buf_putc(b, '\n');
    cyn_buf_repeat(b, "  ", (size_t)depth);
}

/* Two spaces per level; what is inside strings is left alone. */
static void lay_out(cyn_buf *out, const char *json)
{
    int depth = 0;
    bool in_string = false;
    for (const char *p = json; *p; p++) {
        if (in_string || *p == '"') {
            cyn_buf_putc(out, *p);
            if (in_string && *p == '\\')
                cyn_buf_putc(out, *++p);
            else if (*p == '"')
                in_string = !in_string;
            continue;
        }
        if (*p == '}' || *p == ']') new_line(out, --depth);
        cyn_buf_putc(out, *p);
        if (*p == ':') cyn_buf_putc(out, ' ');
        if (*p == '{' || *p == '[') depth++;
        if (*p == '{' || *p == '[' || *p == ',') new_line(out, depth);
    }
    cyn_buf_putc(out, '\n');
}

cyn_code cyn_config_schema(const char *which, cyn_buf *out, cyn_err *err)
{
    const cyn_file_kind *kind = cyn_file_kind_find(which);
    if (!kind)
        return cyn_fail(err, CYN_E_NAME,
                        "no schema is called '%s'; expected cynosure, kpis, dictionary or okrs",
                        which);
    cyn_buf b = {0};
    cyn_buf_printf(&b,
                   "{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
                   "\"$id\":\"%s.schema.json\",\"title\":\"%s\",\"description\":",
                   kind->name, kind->file);
    write_text(&b, kind->title);
    cyn_buf_putc(&b, ',');
    write_shape(&b, kind->root);
    cyn_buf_putc(&b, '}');
    cyn_code rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK) {
        lay_out(out, b.data);
        rc = cyn_buf_check(out, err);
    }
    cyn_buf_clear(&b);
    return rc;
}
