/* The catalog: everything that a project's scripts declare, frozen after loading.
 *
 * A script worker sends it as one message in the wire encoding (catalog/wire.h); cyn_catalog_read()
 * checks every part of it as if it were hostile. Owned by its arena; read-only afterwards.
 */
#pragma once
#include "base/arena.h"
#include "metric/metric.h"

typedef struct cyn_catalog {
    cyn_arena *arena;
    const cyn_agg *const *aggs;
    size_t naggs;
    const cyn_metric *const *metrics; /* in order of declaration */
    size_t nmetrics;
    const cyn_err *errors; /* scripts and declarations that failed; the rest is usable */
    size_t nerrors;
} cyn_catalog;

/* Decodes and checks; CYN_E_WORKER when the message is not a well-formed catalog. */
CYN_NODISCARD cyn_code cyn_catalog_read(const uint8_t *data, size_t n, cyn_catalog **out,
                                        cyn_err *err);
void cyn_catalog_free(cyn_catalog *c);
const cyn_metric *cyn_catalog_metric(const cyn_catalog *c, const char *name); /* NULL = none */
