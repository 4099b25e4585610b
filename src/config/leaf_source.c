/* What the columns and files of a source are declared with. */
#include "base/text.h"
#include "base/time.h"
#include "config/leaf_impl.h"
#include <string.h>

static bool read_bad_rows(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    cyn_config_source *source = out;
    double value;
    if (cyn_node_is_text(node) && strcmp(node->text, "none") == 0) {
        source->bad_limit = -1;
        source->bad_share = -1;
    } else if (cyn_node_is_text(node) && cyn_parse_percent(node->text, node->length, &value) &&
               !strchr("+-", *node->text) && value <= 1) {
        source->bad_limit = -1;
        source->bad_share = value;
    } else if (node->kind == CYN_NODE_SCALAR && cyn_scalar_number(node, &value) && value >= 0 &&
               value <= 1e15 && value == (double)(int64_t)value) {
        source->bad_limit = (int64_t)value;
        source->bad_share = -1;
    } else {
        return cyn_report_expected(l, shape->expected, node);
    }
    return true;
}

const cyn_shape cyn_leaf_bad_rows = {
    .expected = "a number of rows, a share up to 100% such as 1.5%, or none",
    .read = read_bad_rows,
    .schema = "\"anyOf\":[{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000000000000000},"
              "{\"const\":\"none\"},{\"type\":\"string\",\"maxLength\":40,\"pattern\":"
              "\"^(0*100(\\\\.0*)?|0*[0-9]{1,2}(\\\\.[0-9]*)?|\\\\.[0-9]+)%$\"}]"};

static bool read_delimiter(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    static const struct {
        const char *word, *character;
    } words[] = {{"tab", "\t"}, {"comma", ","}, {"semicolon", ";"}, {"pipe", "|"}};
    const char *character = NULL;
    for (size_t i = 0; cyn_node_is_text(node) && i < sizeof words / sizeof *words; i++)
        if (strcmp(node->text, words[i].word) == 0) character = words[i].character;
    if (cyn_node_is_text(node) && node->length == 1 && *node->text != '"' &&
        ((*node->text >= ' ' && *node->text <= '~') || *node->text == '\t'))
        character = node->text;
    if (!character) return cyn_report_expected(l, shape->expected, node);
    memcpy(out, &character, sizeof character);
    return true;
}

const cyn_shape cyn_leaf_delimiter = {
    .expected = "tab, comma, semicolon, pipe, or one ASCII character that is no quote",
    .read = read_delimiter,
    .schema = "\"type\":\"string\",\"pattern\":\"^(tab|comma|semicolon|pipe|[\\\\t !#-~])$\""};

static bool read_format(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    if (!cyn_shape_read(l, &cyn_leaf_line, node, out)) return false;
    (void)shape;
    cyn_err err = {0};
    if (cyn_check_format(node->text, &err) == CYN_OK) return true;
    cyn_report(l, CYN_E_SYNTAX, node, "%s", err.message);
    if (*err.hint) cyn_finding_hint(l->findings, "%s", err.hint);
    return false;
}

const cyn_shape cyn_leaf_format = {.expected = "a text such as '%d/%m/%Y %H:%M'",
                                   .read = read_format,
                                   .schema = NOT_EMPTY "," NO_CONTROLS};

#define TYPE_WORDS "\"text\",\"integer\",\"real\",\"decimal\",\"boolean\",\"timestamp\",\"date\""
#define TYPE_LIST  "text, integer, real, decimal, boolean, timestamp, date"

static bool read_type_word(cyn_loading *l, const cyn_shape *shape, const cyn_node *node,
                           cyn_type *out)
{
    if (cyn_node_is_text(node) && cyn_parse_type(node->text, out, NULL) == CYN_OK) return true;
    cyn_report_expected(l, shape->expected, node);
    const char *names[CYN_TYPE_COUNT];
    for (int i = 0; i < CYN_TYPE_COUNT; i++)
        names[i] = cyn_type_name((cyn_type)i);
    const char *near =
        cyn_node_is_text(node) ? cyn_nearest(node->text, names, CYN_TYPE_COUNT) : NULL;
    if (near) cyn_finding_hint(l->findings, "did you mean '%s'?", near);
    return false;
}

/* "decimal(0)" to "decimal(18)". */
static bool read_scaled(const char *text, int *scale)
{
    static const char prefix[] = "decimal(";
    if (strncmp(text, prefix, sizeof prefix - 1) != 0) return false;
    const char *p = text + sizeof prefix - 1;
    if (*p < '0' || *p > '9') return false;
    int value = *p++ - '0';
    if (value == 1 && *p >= '0' && *p <= '8') value = 10 + (*p++ - '0');
    if (strcmp(p, ")") != 0) return false;
    *scale = value;
    return true;
}

static bool read_column(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    cyn_config_column *column = out;
    if (cyn_node_is_text(node) && read_scaled(node->text, &column->scale))
        column->type = CYN_DECIMAL;
    else if (!read_type_word(l, shape, node, &column->type))
        return false;
    column->has_type = true;
    return true;
}

const cyn_shape cyn_leaf_column = {.expected = "a type (" TYPE_LIST ", decimal(0) to decimal(18))",
                                   .read = read_column,
                                   .schema = "\"anyOf\":[{\"enum\":[" TYPE_WORDS
                                             "]},{\"type\":\"string\",\"pattern\":"
                                             "\"^decimal\\\\(([0-9]|1[0-8])\\\\)$\"}]"};

static bool read_property(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    cyn_property *property = out;
    property->has_type = read_type_word(l, shape, node, &property->type);
    return property->has_type;
}

const cyn_shape cyn_leaf_property = {.expected = "a type (" TYPE_LIST ")",
                                     .read = read_property,
                                     .schema = "\"enum\":[" TYPE_WORDS "]"};
