/* The rows of each source as events of the dictionary.
 *
 * Which column names the event is said by the source (event: COLUMN), or found out: the text column
 * in which most of the source's events occur, the first of equals. A source with one event of its
 * own and no such column holds nothing else: each row is that event.
 */
#pragma once
#include "check/lint_impl.h"

#define CYN_NO_CODE UINT32_MAX

/* What a property of an event is in the data. */
typedef struct cyn_property_rows {
    const cyn_event *event;
    uint32_t code; /* of the event; 0 where every row is it */
    const cyn_property *property;
    const cyn_column *column; /* NULL: the source has none of this name */
    int64_t rows, missing;    /* of the event; of these, without a value */
    int64_t misfits;          /* values that are not of the property's type */
    size_t example;           /* the row of the first */
} cyn_property_rows;

typedef struct cyn_event_rows {
    const cyn_config_source *source;
    const cyn_event *const *events; /* of the dictionary, that this source may hold; by name */
    size_t nevents;
    const char *name;       /* the column's; NULL: there is none */
    const cyn_table *table; /* NULL: not loaded; then there is nothing below either */
    const cyn_column *column;
    const int64_t *counts; /* [code of column] */
    const uint32_t *codes; /* [event]: its code, or CYN_NO_CODE: it does not occur */
    const cyn_event *only; /* without a column: what every row is */
    const cyn_property_rows *properties;
    size_t nproperties;
} cyn_event_rows;

CYN_NODISCARD cyn_code cyn_lint_prepare_events(cyn_lint_run *run);
/* The dictionary's event of this name that the source may hold, or NULL. */
const cyn_event *cyn_event_find(const cyn_event_rows *rows, const char *name, size_t n);
/* How many rows are events[which]. */
int64_t cyn_event_count(const cyn_event_rows *rows, size_t which);
/* Fills `properties`. */
CYN_NODISCARD cyn_code cyn_lint_prepare_properties(cyn_lint_run *run, cyn_event_rows *rows);
