#include "config/shape.h"
#include "base/text.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Reports */

bool cyn_out_of_memory(cyn_loading *l)
{
    l->findings->nomem = true;
    return false;
}

static void print_trail(const cyn_trail *trail, char *out, size_t size)
{
    if (!trail) return;
    print_trail(trail->up, out, size);
    size_t used = strlen(out);
    char key[CYN_SHOWN_SIZE];
    snprintf(out + used, size - used, "%s%s", used ? "." : "",
             cyn_shown(trail->key, strlen(trail->key), key));
}

__attribute__((format(printf, 4, 0))) static bool
report_args(cyn_loading *l, cyn_code code, const cyn_node *at, const char *fmt, va_list args)
{
    char message[640], place[256] = "";
    vsnprintf(message, sizeof message, fmt, args);
    print_trail(l->trail, place, sizeof place);
    cyn_finding(l->findings, code, at->line, at->column, "%s%s%s", place, *place ? ": " : "",
                message);
    return false;
}

bool cyn_report(cyn_loading *l, cyn_code code, const cyn_node *at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    report_args(l, code, at, fmt, args);
    va_end(args);
    return false;
}

bool cyn_report_key(cyn_loading *l, cyn_code code, const cyn_node *mapping, const char *key,
                    const char *fmt, ...)
{
    const cyn_node *at = mapping;
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i]->text, key) == 0) at = mapping->keys[i];
    cyn_trail here = {l->trail, key};
    l->trail = &here;
    va_list args;
    va_start(args, fmt);
    report_args(l, code, at, fmt, args);
    va_end(args);
    l->trail = here.up;
    return false;
}

bool cyn_report_expected(cyn_loading *l, const char *expected, const cyn_node *found)
{
    char text[CYN_SHOWN_SIZE];
    return cyn_report(l, CYN_E_TYPE, found, "expected %s, found %s", expected,
                      cyn_node_found(found, text));
}

/* Objects */

static const cyn_field *find_field(const cyn_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->nfields; i++)
        if (strcmp(shape->fields[i].name, name) == 0) return &shape->fields[i];
    return NULL;
}

static void report_unknown_key(cyn_loading *l, const cyn_shape *shape, const cyn_node *key)
{
    char text[CYN_SHOWN_SIZE], place[256] = "", known[384] = "";
    const char *names[32];
    size_t used = 0;
    for (size_t i = 0; i < shape->nfields; i++) {
        names[i] = shape->fields[i].name;
        used +=
            (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", names[i]);
    }
    print_trail(l->trail, place, sizeof place);
    cyn_finding(l->findings, CYN_E_NAME, key->line, key->column, "unknown key '%s' in %s",
                cyn_shown(key->text, key->length, text), *place ? place : l->findings->file);
    const char *near = cyn_nearest(key->text, names, shape->nfields);
    if (near)
        cyn_finding_hint(l->findings, "did you mean '%s'?", near);
    else
        cyn_finding_hint(l->findings, "Known keys: %s.", known);
}

static bool report_missing_key(cyn_loading *l, const cyn_field *field, const cyn_node *node)
{
    cyn_report(l, CYN_E_NAME, node, "the key '%s' is missing", field->name);
    cyn_finding_hint(l->findings, "%s: %s", field->name, field->doc);
    return false;
}

static bool read_field(cyn_loading *l, const cyn_field *field, const cyn_node *node, char *object)
{
    cyn_trail here = {l->trail, field->name};
    l->trail = &here;
    bool ok = cyn_shape_read(l, field->shape, node, object + field->offset);
    l->trail = here.up;
    if (ok && field->flag != CYN_NO_FLAG) {
        bool given = true;
        memcpy(object + field->flag, &given, sizeof given);
    }
    return ok;
}

static bool read_object(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, char *object)
{
    bool ok = true;
    for (size_t i = 0; i < shape->nfields; i++) {
        const cyn_field *field = &shape->fields[i];
        if (field->fallback) {
            cyn_node plain = {.plain = true, .text = field->fallback};
            plain.length = strlen(plain.text);
            ok = cyn_shape_read(l, field->shape, &plain, object + field->offset) && ok;
        }
        if (field->required && !cyn_node_find(node, field->name))
            ok = report_missing_key(l, field, node);
    }
    for (size_t i = 0; i < node->count; i++) {
        const cyn_field *field = find_field(shape, node->keys[i]->text);
        if (!field) {
            report_unknown_key(l, shape, node->keys[i]);
            ok = false;
            continue;
        }
        ok = read_field(l, field, node->items[i], object) && ok;
    }
    if (node->count == 0 && shape->not_empty)
        ok =
            cyn_report(l, CYN_E_TYPE, node, "expected %s, found an empty mapping", shape->expected);
    if (shape->check) shape->check(l, node, object);
    return ok;
}

/* Lists and maps */

static void write_slice(void *out, void *items, size_t count)
{
    memcpy(out, &items, sizeof items);
    memcpy((char *)out + sizeof items, &count, sizeof count);
}

static bool same_item(const cyn_node *a, const cyn_node *b)
{
    return a->kind == CYN_NODE_SCALAR && b->kind == CYN_NODE_SCALAR && a->length == b->length &&
           memcmp(a->text, b->text, a->length) == 0;
}

#define LIST_MAX 1000 /* keeps the search for repetitions short */

static bool read_list(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    char text[CYN_SHOWN_SIZE];
    if (node->count < shape->min_items)
        return cyn_report(l, CYN_E_TYPE, node, "expected %s, found an empty list", shape->expected);
    if (node->count > LIST_MAX)
        return cyn_report(l, CYN_E_LIMIT, node, "a list of %zu; at most %d are read", node->count,
                          LIST_MAX);
    char *items = cyn_alloc_array(l->arena, node->count + 1, shape->item_size);
    if (!items) return cyn_out_of_memory(l);
    bool ok = true;
    for (size_t i = 0; i < node->count; i++) {
        const cyn_node *item = node->items[i];
        ok = cyn_shape_read(l, shape->item, item, items + i * shape->item_size) && ok;
        for (size_t j = 0; j < i && !shape->repeats; j++) {
            if (!same_item(node->items[j], item)) continue;
            ok = cyn_report(l, CYN_E_CONFLICT, item, "%s stands twice in the list",
                            cyn_node_found(item, text));
            break;
        }
    }
    if (ok) write_slice(out, items, node->count);
    return ok;
}

static bool check_map_key(cyn_loading *l, const cyn_shape *shape, const cyn_node *key)
{
    char text[CYN_SHOWN_SIZE];
    if (shape->identifiers && !cyn_is_identifier(key->text))
        return cyn_report(l, CYN_E_NAME, key,
                          "'%s' cannot be a name: expected letters, digits and _, not beginning "
                          "with a digit, and no word of Lua's own",
                          cyn_shown(key->text, key->length, text));
    for (size_t i = 0; i < key->length; i++)
        if (cyn_control_size(key->text + i, key->length - i))
            return cyn_report(l, CYN_E_NAME, key, "a control character in the name '%s'",
                              cyn_shown(key->text, key->length, text));
    return true;
}

/* Items that fail stay in the array half-filled, so that checks of the whole see every name. */
static bool read_map(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    char *items = cyn_alloc_array(l->arena, node->count + 1, shape->item_size);
    if (!items) return cyn_out_of_memory(l);
    bool ok = true;
    for (size_t i = 0; i < node->count; i++) {
        char *item = items + i * shape->item_size;
        ok = check_map_key(l, shape, node->keys[i]) && ok;
        cyn_trail here = {l->trail, node->keys[i]->text};
        l->trail = &here;
        shape->begin(l, node->keys[i], item);
        ok = cyn_shape_read(l, shape->item, node->items[i], item) && ok;
        l->trail = here.up;
    }
    write_slice(out, items, node->count);
    return ok;
}

/* The walk */

static const cyn_shape *alternative(const cyn_shape *shape, const cyn_node *node)
{
    switch (node->kind) {
    case CYN_NODE_SEQUENCE: return shape->sequence;
    case CYN_NODE_MAPPING: return shape->mapping;
    default: /* "nothing" fits none of the alternatives, and is reported with all of them */
        return cyn_scalar_of(node) == CYN_SCALAR_NULL ? NULL : shape->scalar;
    }
}

static bool kind_fits(const cyn_shape *shape, const cyn_node *node)
{
    if (shape->kind == CYN_SHAPE_LEAF) return true; /* its reader decides */
    return node->kind == (shape->kind == CYN_SHAPE_LIST ? CYN_NODE_SEQUENCE : CYN_NODE_MAPPING);
}

bool cyn_shape_read(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    if (node->kind == CYN_NODE_BROKEN) return false; /* reported already */
    if (shape->kind == CYN_SHAPE_EITHER) {
        const cyn_shape *chosen = alternative(shape, node);
        if (!chosen) return cyn_report_expected(l, shape->expected, node);
        return cyn_shape_read(l, chosen, node, out);
    }
    if (!kind_fits(shape, node)) return cyn_report_expected(l, shape->expected, node);
    switch (shape->kind) {
    case CYN_SHAPE_LIST: return read_list(l, shape, node, out);
    case CYN_SHAPE_MAP: return read_map(l, shape, node, out);
    case CYN_SHAPE_OBJECT: return read_object(l, shape, node, out);
    default: return shape->read(l, shape, node, out);
    }
}
