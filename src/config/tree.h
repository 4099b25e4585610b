/* A YAML document as a tree of nodes that know their places (private to config).
 *
 * Built from libyaml's events, not from its document API, so that duplicate keys, aliases and tags
 * are seen where they stand. What YAML allows and a project file does not (merge keys, custom tags,
 * several documents, keys that are no scalars) becomes a finding; the tree is still built where
 * that makes sense, so that one run finds everything. A node that could not be understood is
 * CYN_NODE_BROKEN and has been reported.
 *
 * Limits: CYN_TREE_DEPTH levels, CYN_TREE_ANCHORS anchors, and aliases that together repeat at most
 * CYN_TREE_REPEATED nodes (an alias shares its target, so memory is bounded by the file's size, and
 * the walk over the tree by that plus CYN_TREE_REPEATED).
 *
 *     const cyn_node *root = cyn_tree_parse(text, size, arena, &findings);
 *     if (root && root->kind == CYN_NODE_MAPPING) …
 */
#pragma once
#include "config/findings.h"

#define CYN_TREE_DEPTH    32
#define CYN_TREE_ANCHORS  1000
#define CYN_TREE_REPEATED 10000

typedef enum cyn_node_kind {
    CYN_NODE_SCALAR,
    CYN_NODE_SEQUENCE,
    CYN_NODE_MAPPING,
    CYN_NODE_BROKEN,
} cyn_node_kind;

typedef struct cyn_node {
    cyn_node_kind kind;
    int line, column; /* 1-based, in characters */
    bool plain;       /* a scalar without quotes: it may be a number, a boolean or null */
    bool open;        /* its end has not been read yet; never seen by callers */
    int height;       /* levels below it: 0 for a scalar */
    size_t weight;    /* nodes in it, those behind aliases counted again */
    const char *text; /* scalars; without NUL inside */
    size_t length;
    const struct cyn_node **keys;  /* mappings: scalars, unique, not empty */
    const struct cyn_node **items; /* sequences: items; mappings: the keys' values */
    size_t count;
} cyn_node;

/* text must be valid UTF-8 without BOM. NULL when there is no tree; the findings say why. */
const cyn_node *cyn_tree_parse(const char *text, size_t size, cyn_arena *arena, cyn_findings *f);
/* The value of a key, or NULL. */
const cyn_node *cyn_node_find(const cyn_node *mapping, const char *key);
