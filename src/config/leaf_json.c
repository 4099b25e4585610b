/* Free mappings, kept as one line of JSON. */
#include "config/leaf_impl.h"
#include <string.h>

static bool write_json(cyn_loading *l, const cyn_node *node, cyn_buf *b);

static bool write_json_scalar(cyn_loading *l, const cyn_node *node, cyn_buf *b)
{
    static const cyn_shape number = {.expected = "a number"};
    cyn_scalar class = cyn_scalar_of(node);
    double value;
    switch (class) {
    case CYN_SCALAR_NULL: cyn_buf_puts(b, "null"); return true;
    case CYN_SCALAR_BOOLEAN:
        cyn_buf_puts(b, strchr("tT", *node->text) ? "true" : "false");
        return true;
    case CYN_SCALAR_INTEGER: /* as long as it is: digits are not lost to a double */
    case CYN_SCALAR_REAL:
        if (!cyn_expect_number(l, &number, node, &value)) return false;
        if (class == CYN_SCALAR_INTEGER)
            cyn_buf_puts(b, node->text + (*node->text == '+'));
        else
            cyn_buf_real(b, value);
        return true;
    default: break;
    }
    if (cyn_scalar_is_old_boolean(node)) {
        cyn_report(l, CYN_E_TYPE, node, "%s is a boolean to some readers of YAML, a text to others",
                   node->text);
        cyn_finding_hint(l->findings, "Write true or false, or '%s' in quotes.", node->text);
        return false;
    }
    cyn_buf_json_string(b, node->text, node->length);
    return true;
}

static bool write_json_items(cyn_loading *l, const cyn_node *node, cyn_buf *b)
{
    bool ok = true, mapping = node->kind == CYN_NODE_MAPPING;
    cyn_buf_putc(b, mapping ? '{' : '[');
    for (size_t i = 0; i < node->count; i++) {
        if (i) cyn_buf_putc(b, ',');
        if (mapping) {
            cyn_buf_json_string(b, node->keys[i]->text, node->keys[i]->length);
            cyn_buf_putc(b, ':');
        }
        ok = write_json(l, node->items[i], b) && ok;
    }
    cyn_buf_putc(b, mapping ? '}' : ']');
    return ok;
}

/* As deep as the tree may be, CYN_TREE_DEPTH. */
static bool write_json(cyn_loading *l, const cyn_node *node, cyn_buf *b)
{
    if (node->kind == CYN_NODE_BROKEN) return false;
    if (node->kind == CYN_NODE_SCALAR) return write_json_scalar(l, node, b);
    return write_json_items(l, node, b);
}

static bool read_example(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    if (node->kind != CYN_NODE_MAPPING) return cyn_report_expected(l, shape->expected, node);
    cyn_buf b = {0};
    bool ok = write_json(l, node, &b);
    char *text = ok && !b.failed ? cyn_strndup(l->arena, b.data, b.len) : NULL;
    cyn_buf_clear(&b);
    if (ok && !text) return cyn_out_of_memory(l);
    if (ok) memcpy(out, &text, sizeof text);
    return ok;
}

const cyn_shape cyn_leaf_example = {
    .expected = "a mapping", .read = read_example, .schema = "\"type\":\"object\""};
