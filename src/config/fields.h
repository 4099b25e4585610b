/* The fields of cynosure.yaml, kpis.yaml, dictionary.yaml and okrs.yaml (private to config).
 *
 * The one description that the loader, the JSON Schemas and the messages share. To add a key: add
 * the member to the struct in config.h (or sheet.h), a row to the table in fields*.c, a line to
 * docs/reference/project.md and a document to tests/golden/config, and write the schemas again.
 */
#pragma once
#include "config/shape.h"

typedef struct cyn_file_kind {
    const char *name;  /* "cynosure": the schema's name */
    const char *file;  /* "cynosure.yaml" */
    const char *title; /* what the file is for */
    const cyn_shape *root;
    size_t size; /* of the struct that it fills */
} cyn_file_kind;

extern const cyn_file_kind cyn_file_cynosure;   /* cyn_config */
extern const cyn_file_kind cyn_file_kpis;       /* cyn_sheets */
extern const cyn_file_kind cyn_file_dictionary; /* cyn_dictionary */
extern const cyn_file_kind cyn_file_okrs;       /* cyn_okrs */
/* By name; NULL when there is none. */
const cyn_file_kind *cyn_file_kind_find(const char *name);
