/* The catalog: everything that a project's scripts declare, frozen after loading.
 *
 * Each Lua state sends its part as one message in the wire encoding (catalog/wire.h), which is
 * checked as if it were hostile. Parts know each other's metrics by name only; a name that two of
 * them declare belongs to the first, and is an error of the other; so it is with rules. Handles say
 * which part they are
 * of. Owned by its arena; read-only afterwards.
 */
#pragma once
#include "alert/rule.h"
#include "base/arena.h"
#include "catalog/case.h"
#include "metric/metric.h"

typedef struct cyn_catalog {
    cyn_arena *arena;
    const cyn_agg *const *aggs;
    size_t naggs;
    const cyn_metric *const *metrics; /* in order of declaration */
    size_t nmetrics;
    const cyn_rule *const *rules; /* in order of declaration */
    size_t nrules;
    const cyn_case *const *cases; /* tests, likewise; only where they were loaded */
    size_t ncases;
    const cyn_err *errors; /* scripts and declarations that failed; the rest is usable */
    size_t nerrors;
} cyn_catalog;

/* A handle is the number of its part, then the one that the part's worker gave it. */
#define CYN_HANDLE_BITS        24
#define CYN_HANDLE_MOST        ((UINT32_C(1) << CYN_HANDLE_BITS) - 1)
#define CYN_HANDLE_PART(h)     ((size_t)((h) >> CYN_HANDLE_BITS))
#define CYN_HANDLE_LOCAL(h)    ((h)&CYN_HANDLE_MOST)
#define CYN_CATALOG_PARTS_MOST ((size_t)256)

typedef struct cyn_catalog_part {
    const uint8_t *data;
    size_t size;
    const char *pack; /* whose state it is; NULL: the project's own */
} cyn_catalog_part;

/* Decodes, checks and joins; CYN_E_WORKER when a message is not a well-formed catalog. */
CYN_NODISCARD cyn_code cyn_catalog_join(const cyn_catalog_part *parts, size_t n, cyn_catalog **out,
                                        cyn_err *err);
/* A catalog of one part. */
CYN_NODISCARD cyn_code cyn_catalog_read(const uint8_t *data, size_t n, cyn_catalog **out,
                                        cyn_err *err);
void cyn_catalog_free(cyn_catalog *c);
const cyn_metric *cyn_catalog_metric(const cyn_catalog *c, const char *name); /* NULL = none */
const cyn_rule *cyn_catalog_rule(const cyn_catalog *c, const char *name);     /* NULL = none */
