/* Text, words and numbers. */
#include "base/num.h"
#include "base/text.h"
#include "base/time.h"
#include "config/expand.h"
#include "config/leaf_impl.h"
#include <stdio.h>
#include <string.h>

/* Text */

bool cyn_node_is_text(const cyn_node *node)
{
    return node->kind == CYN_NODE_SCALAR && cyn_scalar_of(node) == CYN_SCALAR_TEXT;
}

static bool expect_text(cyn_loading *l, const cyn_shape *shape, const cyn_node *node)
{
    if (cyn_node_is_text(node)) return true;
    cyn_report_expected(l, shape->expected, node);
    if (node->kind == CYN_NODE_SCALAR && node->length > 0 && node->length < 40)
        cyn_finding_hint(l->findings, "Write '%s' in quotes if the text is meant.", node->text);
    return false;
}

/* Lets through \t and \n only where lines are expected. */
static bool has_control(const cyn_node *node, bool lines)
{
    for (size_t i = 0; i < node->length; i++) {
        bool allowed = lines && (node->text[i] == '\n' || node->text[i] == '\t');
        if (!allowed && cyn_control_size(node->text + i, node->length - i)) return true;
    }
    return false;
}

static bool read_line(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    if (!expect_text(l, shape, node)) return false;
    if (has_control(node, false))
        return cyn_report(l, CYN_E_TYPE, node, "expected %s, found %s in it", shape->expected,
                          memchr(node->text, '\n', node->length) ? "a line break"
                                                                 : "a control character");
    const char *text = shape->expand ? cyn_expand(l, node) : node->text;
    if (!text) return false;
    memcpy(out, &text, sizeof text);
    return true;
}

static bool read_full_line(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    if (cyn_node_is_text(node) && node->length == 0)
        return cyn_report_expected(l, shape->expected, node);
    return read_line(l, shape, node, out);
}

static bool read_zone(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    if (!read_full_line(l, shape, node, out)) return false;
    cyn_tz *tz;
    cyn_err err = {0};
    if (cyn_tz_load(node->text, &tz, &err) != CYN_OK) {
        cyn_report(l, err.code, node, "%s", err.message);
        if (err.hint[0]) cyn_finding_hint(l->findings, "%s", err.hint);
        return false;
    }
    cyn_tz_free(tz);
    return true;
}

static bool read_text(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    if (!expect_text(l, shape, node)) return false;
    if (has_control(node, true))
        return cyn_report(l, CYN_E_TYPE, node, "expected %s, found a control character in it",
                          shape->expected);
    size_t length = node->length; /* a block scalar ends in a line break that nobody meant */
    while (length > 0 && node->text[length - 1] == '\n')
        length--;
    if (length == 0) return cyn_report_expected(l, shape->expected, node);
    char *text = cyn_strndup(l->arena, node->text, length);
    if (!text) return cyn_out_of_memory(l);
    memcpy(out, &text, sizeof text);
    return true;
}

const cyn_shape cyn_leaf_line = {
    .expected = "a text", .read = read_full_line, .schema = NOT_EMPTY "," NO_CONTROLS};
const cyn_shape cyn_leaf_zone = {
    .expected = "a time zone", .read = read_zone, .schema = NOT_EMPTY "," NO_CONTROLS};
const cyn_shape cyn_leaf_any_text = {
    .expected = "a text", .read = read_line, .schema = "\"type\":\"string\"," NO_CONTROLS};
const cyn_shape cyn_leaf_path = {.expected = "a text",
                                 .read = read_full_line,
                                 .schema = NOT_EMPTY "," NO_CONTROLS,
                                 .expand = true};
const cyn_shape cyn_leaf_text = {
    .expected = "a text",
    .read = read_text,
    .schema = "\"type\":\"string\",\"pattern\":\"[^\\\\n]\","
              "\"not\":{\"pattern\":\"[\\\\x00-\\\\x08\\\\x0b-\\\\x1f\\\\x7f-\\\\x9f]\"}"};

/* Words */

static int find_word(cyn_loading *l, const cyn_shape *shape, const cyn_node *node)
{
    int index = cyn_node_is_text(node) ? cyn_word(shape->words, node->text) : -1;
    if (index >= 0) return index;
    char known[200] = "";
    size_t used = 0, count = 1;
    for (; shape->words[count]; count++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
                                 count == 1                ? ""
                                 : shape->words[count + 1] ? ", "
                                                           : " or ",
                                 shape->words[count]);
    cyn_report_expected(l, known, node);
    const char *near =
        cyn_node_is_text(node) ? cyn_nearest(node->text, shape->words + 1, count - 1) : NULL;
    if (near) cyn_finding_hint(l->findings, "did you mean '%s'?", near);
    return -1;
}

bool cyn_read_word(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    int index = find_word(l, shape, node);
    if (index >= 0) memcpy(out, &shape->words[index], sizeof(const char *));
    return index >= 0;
}

bool cyn_read_word_enum(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    int index = find_word(l, shape, node);
    if (index >= 0) memcpy(out, &index, sizeof index);
    return index >= 0;
}

static bool read_boolean(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    if (node->kind != CYN_NODE_SCALAR || cyn_scalar_of(node) != CYN_SCALAR_BOOLEAN) {
        cyn_report_expected(l, shape->expected, node);
        if (cyn_scalar_is_old_boolean(node)) cyn_finding_hint(l->findings, "Write true or false.");
        return false;
    }
    bool value = node->text[0] == 't' || node->text[0] == 'T';
    memcpy(out, &value, sizeof value);
    return true;
}

const cyn_shape cyn_leaf_boolean = {
    .expected = "true or false", .read = read_boolean, .schema = "\"type\":\"boolean\""};

/* Numbers */

bool cyn_expect_number(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, double *out)
{
    if (node->kind == CYN_NODE_SCALAR && cyn_scalar_number(node, out)) return true;
    cyn_report_expected(l, shape->expected, node);
    cyn_node bare = *node;
    bare.plain = true;
    if (node->kind != CYN_NODE_SCALAR) return false;
    if (!node->plain && cyn_scalar_is_number(cyn_scalar_of(&bare)))
        cyn_finding_hint(l->findings, "Write it without quotes.");
    else if (cyn_scalar_is_number(cyn_scalar_of(node)))
        cyn_finding_hint(l->findings, "Write a finite decimal number, without leading zeros.");
    return false;
}

bool cyn_parse_percent(const char *text, size_t n, double *out)
{
    char number[64];
    if (n < 2 || n > 40 || text[n - 1] != '%') return false;
    if (text[strspn(text, "+-.0123456789")] != '%') return false; /* no exponent */
    snprintf(number, sizeof number, "%.*se-2", (int)(n - 1), text);
    return cyn_parse_real(number, strlen(number), out);
}

#define UNSIGNED_DIGITS "([0-9]+(\\\\.[0-9]*)?|\\\\.[0-9]+)"
#define NUMBER_SCHEMA                                                                              \
    "{\"type\":\"number\"},"                                                                       \
    "{\"type\":\"string\",\"maxLength\":40,\"pattern\":\"^[-+]?" UNSIGNED_DIGITS "%$\"}"

static bool read_number(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    double value;
    if (!(cyn_node_is_text(node) && cyn_parse_percent(node->text, node->length, &value)) &&
        !cyn_expect_number(l, shape, node, &value))
        return false;
    memcpy(out, &value, sizeof value);
    return true;
}

const cyn_shape cyn_leaf_number = {.expected = "a number, or a percentage such as 45%",
                                   .read = read_number,
                                   .schema = "\"anyOf\":[" NUMBER_SCHEMA "]"};

static bool read_distance(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    double value;
    if (!read_number(l, shape, node, &value)) return false;
    if (value < 0 || (cyn_node_is_text(node) && node->text[0] == '-'))
        return cyn_report_expected(l, shape->expected, node);
    memcpy(out, &value, sizeof value);
    return true;
}

const cyn_shape cyn_leaf_distance = {
    .expected = "a number that is not negative, or such a percentage",
    .read = read_distance,
    .schema = "\"anyOf\":[{\"type\":\"number\",\"minimum\":0},{\"type\":\"string\","
              "\"maxLength\":40,\"pattern\":\"^[+]?" UNSIGNED_DIGITS "%$\"}]"};

static bool read_bound(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    cyn_bound bound = {.set = true};
    if (node->kind == CYN_NODE_SCALAR && cyn_scalar_of(node) != CYN_SCALAR_NULL) {
        if (!read_number(l, &cyn_leaf_number, node, &bound.lo)) return false;
        bound.hi = bound.lo;
    } else if (node->kind == CYN_NODE_SEQUENCE && node->count == 2) {
        bool lo = cyn_shape_read(l, &cyn_leaf_number, node->items[0], &bound.lo);
        bool hi = cyn_shape_read(l, &cyn_leaf_number, node->items[1], &bound.hi);
        if (!lo || !hi) return false;
        bound.two = true;
        if (bound.lo > bound.hi)
            return cyn_report(l, CYN_E_RANGE, node,
                              "expected the lower bound first, found [%g, %g]", bound.lo, bound.hi);
    } else {
        return cyn_report_expected(l, shape->expected, node);
    }
    memcpy(out, &bound, sizeof bound);
    return true;
}

const cyn_shape cyn_leaf_bound = {.expected = "a number, or [low, high]",
                                  .read = read_bound,
                                  .schema = "\"anyOf\":[" NUMBER_SCHEMA
                                            ",{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,"
                                            "\"items\":{\"anyOf\":[" NUMBER_SCHEMA "]}}]"};

/* 3.0 and 1e3 are integers too, as they are to JSON Schema. */
bool cyn_read_integer(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    double value;
    if (!cyn_expect_number(l, shape, node, &value)) return false;
    if (!(value >= shape->min && value <= shape->max) || value != (double)(int)value)
        return cyn_report_expected(l, shape->expected, node);
    int integer = (int)value;
    memcpy(out, &integer, sizeof integer);
    return true;
}
