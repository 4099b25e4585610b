#include "config/tree.h"
#include "base/hash.h"
#include <string.h>
#include <yaml.h>

typedef struct frame {
    cyn_node *node;
    const cyn_node *key; /* of a mapping: read, its value not yet */
    size_t capacity;
} frame;

typedef struct anchor {
    const char *name;
    const cyn_node *node;
} anchor;

typedef struct builder {
    yaml_parser_t parser;
    const char *text;
    size_t size;
    cyn_arena *arena;
    cyn_findings *f;
    frame stack[CYN_TREE_DEPTH];
    int depth;
    cyn_node *root;
    anchor *anchors;
    size_t nanchors, repeated;
} builder;

static bool out_of_memory(builder *b)
{
    b->f->nomem = true;
    return false;
}

/* Node construction */

static cyn_node *new_node(builder *b, cyn_node_kind kind, yaml_mark_t at)
{
    cyn_node *node = CYN_NEW(b->arena, cyn_node);
    if (!node) {
        b->f->nomem = true;
        return NULL;
    }
    node->kind = kind;
    node->line = (int)at.line + 1;
    node->column = (int)at.column + 1;
    node->weight = 1;
    return node;
}

static bool grow(builder *b, frame *top)
{
    cyn_node *node = top->node;
    size_t capacity = top->capacity ? 2 * top->capacity : 8;
    const cyn_node **items = CYN_NEW_ARRAY(b->arena, capacity, const cyn_node *);
    if (!items) return out_of_memory(b);
    if (node->count) memcpy(items, node->items, node->count * sizeof *items);
    node->items = items;
    if (node->kind == CYN_NODE_MAPPING) {
        const cyn_node **keys = CYN_NEW_ARRAY(b->arena, capacity, const cyn_node *);
        if (!keys) return out_of_memory(b);
        if (node->count) memcpy(keys, node->keys, node->count * sizeof *keys);
        node->keys = keys;
    }
    top->capacity = capacity;
    return true;
}

/* Hangs a finished or just opened node below the innermost open one. */
static bool attach(builder *b, cyn_node *node)
{
    if (b->depth == 0) {
        b->root = node;
        return true;
    }
    frame *top = &b->stack[b->depth - 1];
    if (top->node->kind == CYN_NODE_MAPPING && !top->key) {
        top->key = node;
        return true;
    }
    if (top->node->count == top->capacity && !grow(b, top)) return false;
    size_t at = top->node->count++;
    top->node->items[at] = node;
    if (top->node->kind == CYN_NODE_MAPPING) {
        top->node->keys[at] = top->key;
        top->key = NULL;
    }
    return true;
}

static bool name_anchor(builder *b, const yaml_char_t *name, const cyn_node *node)
{
    if (!name) return true;
    if (b->nanchors == CYN_TREE_ANCHORS) {
        cyn_finding(b->f, CYN_E_LIMIT, node->line, node->column, "more than %d anchors",
                    CYN_TREE_ANCHORS);
        return false;
    }
    if (!b->anchors) b->anchors = CYN_NEW_ARRAY(b->arena, CYN_TREE_ANCHORS, anchor);
    char *copy = cyn_strdup(b->arena, (const char *)name);
    if (!b->anchors || !copy) return out_of_memory(b);
    b->anchors[b->nanchors++] = (anchor){copy, node};
    return true;
}

/* Tags */

static const char *core_tag(const yaml_char_t *tag)
{
    static const char prefix[] = "tag:yaml.org,2002:";
    const char *text = (const char *)tag;
    return strncmp(text, prefix, sizeof prefix - 1) == 0 ? text + sizeof prefix - 1 : "";
}

/* The tags that say no more than a project file knows anyway are let through. */
static void check_tag(builder *b, cyn_node *node, const yaml_char_t *tag)
{
    static const char *const scalars[] = {"str", "int", "float", "bool", "null"};
    if (!tag) return;
    const char *name = core_tag(tag);
    bool known = false;
    if (node->kind == CYN_NODE_MAPPING) known = strcmp(name, "map") == 0;
    if (node->kind == CYN_NODE_SEQUENCE) known = strcmp(name, "seq") == 0;
    for (size_t i = 0; node->kind == CYN_NODE_SCALAR && i < 5; i++)
        known = known || strcmp(name, scalars[i]) == 0;
    if (known) {
        node->plain = strcmp(name, "str") != 0;
        return;
    }
    cyn_finding(b->f, CYN_E_UNSUPPORTED, node->line, node->column,
                "the tag '%.80s' has no meaning here", (const char *)tag);
    cyn_finding_hint(b->f, "Remove the tag; the key says which type its value has.");
    if (node->kind == CYN_NODE_SCALAR) node->kind = CYN_NODE_BROKEN;
}

/* Events */

static bool add_scalar(builder *b, const yaml_event_t *e)
{
    cyn_node *node = new_node(b, CYN_NODE_SCALAR, e->start_mark);
    if (!node) return false;
    const char *value = (const char *)e->data.scalar.value;
    node->length = e->data.scalar.length;
    node->text = cyn_strndup(b->arena, value, node->length);
    if (!node->text) return out_of_memory(b);
    node->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    check_tag(b, node, e->data.scalar.tag);
    if (memchr(value, 0, node->length)) {
        cyn_finding(b->f, CYN_E_SYNTAX, node->line, node->column, "a NUL character in a text");
        node->kind = CYN_NODE_BROKEN;
    }
    return name_anchor(b, e->data.scalar.anchor, node) && attach(b, node);
}

static bool open_node(builder *b, cyn_node_kind kind, const yaml_event_t *e,
                      const yaml_char_t *anchor_name, const yaml_char_t *tag)
{
    cyn_node *node = new_node(b, kind, e->start_mark);
    if (!node) return false;
    if (b->depth == CYN_TREE_DEPTH) {
        cyn_finding(b->f, CYN_E_LIMIT, node->line, node->column, "nested more than %d levels deep",
                    CYN_TREE_DEPTH);
        return false;
    }
    node->open = true;
    check_tag(b, node, tag);
    if (!name_anchor(b, anchor_name, node) || !attach(b, node)) return false;
    b->stack[b->depth++] = (frame){.node = node};
    return true;
}

static const cyn_node *anchored(const builder *b, const char *name)
{
    for (size_t i = b->nanchors; i-- > 0;) /* the latest of that name counts */
        if (strcmp(b->anchors[i].name, name) == 0) return b->anchors[i].node;
    return NULL;
}

static bool add_alias(builder *b, const yaml_event_t *e)
{
    const char *name = (const char *)e->data.alias.anchor;
    cyn_node *node = new_node(b, CYN_NODE_BROKEN, e->start_mark);
    if (!node) return false;
    int line = node->line, column = node->column;
    const cyn_node *target = anchored(b, name);
    if (!target || target->open) {
        cyn_finding(b->f, CYN_E_NAME, line, column,
                    target ? "the alias '*%.60s' stands inside what it repeats"
                           : "the alias '*%.60s' has no anchor '&' before it",
                    name);
        return attach(b, node);
    }
    b->repeated += target->weight;
    if (b->repeated > CYN_TREE_REPEATED || b->depth + target->height > CYN_TREE_DEPTH) {
        cyn_finding(b->f, CYN_E_LIMIT, line, column,
                    "the alias '*%.60s' makes the file too large: aliases may repeat %d values, "
                    "%d levels deep",
                    name, CYN_TREE_REPEATED, CYN_TREE_DEPTH);
        return false;
    }
    *node = *target; /* shares what is below, but stands in its own place */
    node->line = line;
    node->column = column;
    return attach(b, node);
}

/* Mappings */

static bool key_is_usable(builder *b, const cyn_node *key)
{
    const char *problem = NULL;
    if (key->kind == CYN_NODE_BROKEN) return false; /* reported already */
    if (key->kind != CYN_NODE_SCALAR)
        problem = "a key must be a text, not a list or a mapping";
    else if (key->length == 0)
        problem = "a key is empty";
    else if (key->plain && strcmp(key->text, "<<") == 0)
        problem = "merge keys ('<<') are not supported: write the keys out";
    if (problem) cyn_finding(b->f, CYN_E_UNSUPPORTED, key->line, key->column, "%s", problem);
    return !problem;
}

static bool same_text(const cyn_node *a, const cyn_node *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* The slot of a key in an open-addressing table that is never more than half full. */
static size_t key_slot(const cyn_node *mapping, const size_t *table, size_t size,
                       const cyn_node *key)
{
    size_t slot = (size_t)cyn_hash64(key->text, key->length, 0) & (size - 1);
    while (table[slot] && !same_text(mapping->keys[table[slot] - 1], key))
        slot = (slot + 1) & (size - 1);
    return slot;
}

/* Leaves the usable, unique keys; hashing keeps a file of nothing but keys linear. */
static bool settle_keys(builder *b, cyn_node *mapping)
{
    size_t size = 16, kept = 0;
    while (size < 2 * mapping->count)
        size *= 2;
    size_t *table = cyn_calloc(size, sizeof *table); /* index + 1 of a key */
    if (!table) return out_of_memory(b);
    for (size_t i = 0; i < mapping->count; i++) {
        const cyn_node *key = mapping->keys[i];
        if (!key_is_usable(b, key)) continue;
        size_t slot = key_slot(mapping, table, size, key);
        if (table[slot]) {
            const cyn_node *first = mapping->keys[table[slot] - 1];
            cyn_finding(b->f, CYN_E_CONFLICT, key->line, key->column,
                        "duplicate key '%.80s'; it is first given at line %d, column %d", key->text,
                        first->line, first->column);
            continue;
        }
        mapping->keys[kept] = key;
        mapping->items[kept] = mapping->items[i];
        table[slot] = ++kept;
    }
    mapping->count = kept;
    cyn_free(table);
    return true;
}

static bool close_node(builder *b)
{
    cyn_node *node = b->stack[--b->depth].node;
    if (node->kind == CYN_NODE_MAPPING && !settle_keys(b, node)) return false;
    for (size_t i = 0; i < node->count; i++) {
        const cyn_node *item = node->items[i];
        node->weight += item->weight + (node->keys ? 1 : 0);
        if (item->height >= node->height) node->height = item->height + 1;
    }
    if (node->height == 0) node->height = 1;
    node->open = false;
    return true;
}

/* Syntax errors */

static char char_at(const builder *b, yaml_mark_t at)
{
    const char *p = b->text, *end = b->text + b->size;
    for (size_t line = 0; line < at.line && p < end; line++) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        p = nl ? nl + 1 : end;
    }
    for (size_t column = 0; column < at.column && p < end; column++) {
        p++;
        while (p < end && ((unsigned char)*p & 0xC0) == 0x80)
            p++;
    }
    return p < end ? *p : 0;
}

static const char *syntax_hint(const char *problem, char at)
{
    if (strstr(problem, "mapping values are not allowed"))
        return "A text that holds ': ' needs quotes; keys of one mapping are indented alike.";
    if (strstr(problem, "cannot start any token") && at)
        return "A text that begins with @, ` or % needs quotes.";
    if (strstr(problem, "expected <block end>") || strstr(problem, "could not find expected ':'"))
        return "Check the indentation and the quotes of this line and the one before.";
    return NULL;
}

static bool syntax_error(builder *b)
{
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_MEMORY_ERROR) return out_of_memory(b);
    const char *problem = p->problem ? p->problem : "malformed YAML";
    yaml_mark_t at = p->problem_mark;
    char found = char_at(b, at);
    int line = (int)at.line + 1, column = (int)at.column + 1;
    if (found == '\t') {
        cyn_finding(b->f, CYN_E_SYNTAX, line, column,
                    "a tab where YAML takes only spaces for indentation");
        cyn_finding_hint(b->f, "Replace it by spaces.");
        return false;
    }
    if (p->context)
        cyn_finding(b->f, CYN_E_SYNTAX, line, column, "not valid YAML: %s (%s at line %d)", problem,
                    p->context, (int)p->context_mark.line + 1);
    else
        cyn_finding(b->f, CYN_E_SYNTAX, line, column, "not valid YAML: %s", problem);
    const char *hint = syntax_hint(problem, found);
    if (hint) cyn_finding_hint(b->f, "%s", hint);
    return false;
}

/* True while there is more to read. */
static bool take(builder *b, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_STREAM_END_EVENT: return false;
    case YAML_DOCUMENT_START_EVENT:
        if (!b->root) return true;
        cyn_finding(b->f, CYN_E_UNSUPPORTED, (int)e->start_mark.line + 1,
                    (int)e->start_mark.column + 1, "a second document; a file holds one");
        return false;
    case YAML_SCALAR_EVENT: return add_scalar(b, e);
    case YAML_ALIAS_EVENT: return add_alias(b, e);
    case YAML_SEQUENCE_START_EVENT:
        return open_node(b, CYN_NODE_SEQUENCE, e, e->data.sequence_start.anchor,
                         e->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_node(b, CYN_NODE_MAPPING, e, e->data.mapping_start.anchor,
                         e->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return close_node(b);
    default: return true;
    }
}

const cyn_node *cyn_tree_parse(const char *text, size_t size, cyn_arena *arena, cyn_findings *f)
{
    builder b = {.text = text, .size = size, .arena = arena, .f = f};
    if (!yaml_parser_initialize(&b.parser)) {
        f->nomem = true;
        return NULL;
    }
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, size);
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&b.parser, &event)) {
            more = syntax_error(&b);
        } else {
            more = take(&b, &event);
            yaml_event_delete(&event);
        }
    }
    yaml_parser_delete(&b.parser);
    return b.depth == 0 ? b.root : NULL; /* what was cut off in the middle is no tree */
}

const cyn_node *cyn_node_find(const cyn_node *mapping, const char *key)
{
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i]->text, key) == 0) return mapping->items[i];
    return NULL;
}
