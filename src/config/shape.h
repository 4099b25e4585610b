/* Shapes: what a value of a YAML file must look like, and where it goes (private to config).
 *
 * A shape is data. The one description in fields*.c is walked twice: by cyn_shape_read(), which
 * checks a node and writes C structs, and by schema.c, which writes the same as JSON Schema. A leaf
 * has a function that reads it and the schema text that says the same; tests/golden/config/agree.py
 * holds them against each other.
 *
 * Outputs are plain memory: a leaf writes its value at `out`, an object its fields at their offsets
 * from `out`, a list or a map a pointer followed by a size_t count. What is not given stays zero,
 * or takes the field's `fallback`, which is read like a plain scalar of the file.
 */
#pragma once
#include "config/scalar.h"

/* Where in the file the walk stands: "sources.events.path". */
typedef struct cyn_trail {
    const struct cyn_trail *up;
    const char *key;
} cyn_trail;

typedef struct cyn_loading {
    cyn_arena *arena;
    cyn_findings *findings;
    const cyn_trail *trail;
    const char *problem; /* the first that cyn_leaf_lazy met since somebody set it to NULL */
} cyn_loading;

typedef enum cyn_shape_kind {
    CYN_SHAPE_LEAF,
    CYN_SHAPE_LIST,   /* of `item` */
    CYN_SHAPE_OBJECT, /* a mapping with known keys */
    CYN_SHAPE_MAP,    /* a mapping with keys of the person's own, each an `item` */
    CYN_SHAPE_EITHER, /* scalar, list or mapping, told apart by the node's kind */
} cyn_shape_kind;

typedef struct cyn_shape cyn_shape;
typedef struct cyn_field cyn_field;
typedef bool cyn_read_fn(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out);

struct cyn_shape {
    cyn_shape_kind kind;
    const char *expected; /* "a number": what messages and the reference call it */

    /* leaf */
    cyn_read_fn *read;
    const char *schema;       /* members of its JSON Schema; NULL: that of `words`, or of `item` */
    const char *const *words; /* NULL-terminated; words[0] is "" (none) */
    int min, max;             /* integers */
    bool expand;              /* ${VAR} is replaced from the environment */

    /* object */
    const cyn_field *fields;
    size_t nfields;
    bool not_empty; /* at least one key must be given */
    /* Called before the fields are read; key is the map's key, or NULL. */
    void (*begin)(cyn_loading *l, const cyn_node *key, void *out);
    /* What fields say about each other; reports on its own. Fields that failed are unset. */
    void (*check)(cyn_loading *l, const cyn_node *node, void *out);
    const char *rules; /* as much of `check` as JSON Schema can say: members */

    /* list, map */
    const cyn_shape *item;
    size_t item_size, min_items;
    bool repeats;     /* list: the same text may stand twice */
    bool identifiers; /* map: keys are Lua names */

    /* either; NULL where not allowed */
    const cyn_shape *scalar, *sequence, *mapping;
};

#define CYN_NO_FLAG ((size_t)-1)

struct cyn_field {
    const char *name;
    const cyn_shape *shape;
    size_t offset;
    size_t flag; /* offset of a bool that says "given", or CYN_NO_FLAG */
    bool required;
    const char *doc;
    const char *fallback; /* as written in YAML */
    const char *example;  /* JSON */
};

/* Checks the node and writes it to out; false after reporting what is wrong below it. */
bool cyn_shape_read(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out);

/* Reports at a node, naming the trail: "sources.events.time: …". Returns false. */
bool cyn_report(cyn_loading *l, cyn_code code, const cyn_node *at, const char *fmt, ...)
    CYN_PRINTF(4, 5);
/* "expected a number, found the text 'abc'". Returns false. */
bool cyn_report_expected(cyn_loading *l, const char *expected, const cyn_node *found);
/* The same below a key of the present mapping: "….scale: …". */
bool cyn_report_key(cyn_loading *l, cyn_code code, const cyn_node *mapping, const char *key,
                    const char *fmt, ...) CYN_PRINTF(5, 6);
bool cyn_out_of_memory(cyn_loading *l);
