/* What a script worker may send: a frame's header, then a message. Values that were read are
 * written as the same bytes; the message is also taken for a catalog, for an error, for what
 * functions of points, or decompositions, replied, and for what a condition wants.
 */
#include "catalog/wire.h"
#include "alert/reading.h"
#include "catalog/catalog.h"
#include "catalog/change.h"
#include "catalog/free.h"
#include "catalog/wanted.h"
#include "promise.h"
#include "sched/slots.h"
#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_value(cyn_buf *b, const cyn_value *v)
{
    switch (v->kind) {
    case CYN_VALUE_NIL: cyn_wire_nil(b); break;
    case CYN_VALUE_BOOLEAN: cyn_wire_boolean(b, v->i != 0); break;
    case CYN_VALUE_INTEGER: cyn_wire_integer(b, v->i); break;
    case CYN_VALUE_REAL: cyn_wire_real(b, v->r); break;
    case CYN_VALUE_TEXT: cyn_wire_text(b, v->s, v->n); break;
    case CYN_VALUE_ARRAY: cyn_wire_array(b, v->n); break;
    case CYN_VALUE_MAP: cyn_wire_map(b, v->n); break;
    }
    for (size_t i = 0; (v->kind == CYN_VALUE_ARRAY || v->kind == CYN_VALUE_MAP) && i < v->n; i++) {
        if (v->kind == CYN_VALUE_MAP) {
            cyn_wire_key(b, v->keys[i]);
            PROMISE(cyn_value_get(v, v->keys[i]) == &v->items[i]);
        }
        write_value(b, &v->items[i]);
    }
}

static void try_value(const uint8_t *data, size_t size)
{
    const cyn_value *v;
    cyn_err err, told;
    cyn_buf b = {0};
    cyn_arena *arena = cyn_arena_new(0);
    if (arena && cyn_wire_read(data, size, arena, &v, &err) == CYN_OK) {
        write_value(&b, v);
        PROMISE(b.failed || (b.len == size && memcmp(b.data, data, size) == 0));
        if (cyn_value_error(v, &told))
            PROMISE(told.code != CYN_OK && told.code <= CYN_E_UNSUPPORTED);
    }
    cyn_buf_clear(&b);
    cyn_arena_free(arena);
}

static void check_rule(const cyn_catalog *catalog, const cyn_rule *r)
{
    cyn_slots slots;
    cyn_err err;
    PROMISE(cyn_catalog_rule(catalog, r->name) == r);
    PROMISE(r->nlevels > 0 && strlen(r->definition) == 64);
    PROMISE(cyn_alert_check_policy(&r->policy, &err) == CYN_OK);
    PROMISE(r->every == 0 || cyn_slots_init(r->every, r->at, NULL, 1, &slots, &err) == CYN_OK);
    PROMISE(!r->when || r->when->kind == CYN_EXPR_SCRIPT);
    for (size_t i = 0; i < r->nlevels; i++) {
        PROMISE(r->when || r->levels[i].when);
        PROMISE(i == 0 || r->levels[i - 1].severity < r->levels[i].severity);
    }
}

static void try_catalog(const uint8_t *data, size_t size)
{
    cyn_catalog *catalog;
    cyn_err err;
    if (cyn_catalog_read(data, size, &catalog, &err) != CYN_OK) {
        PROMISE(err.message[0] != '\0');
        return;
    }
    for (size_t i = 0; i < catalog->nmetrics; i++) {
        const cyn_metric *m = catalog->metrics[i];
        PROMISE(cyn_catalog_metric(catalog, m->name));
        PROMISE(!m->identity == !m->identity_text);
        PROMISE((m->decompose == CYN_METHOD_SCRIPT) == (m->decomposer != NULL));
    }
    for (size_t i = 0; i < catalog->nrules; i++)
        check_rule(catalog, catalog->rules[i]);
    cyn_catalog_free(catalog);
}

/* To a request of two points and one question. */
static void try_reply(const uint8_t *data, size_t size)
{
    static const cyn_question questions[1];
    static const cyn_free_point points[2];
    const cyn_free_request request = {
        .questions = questions, .nquestions = 1, .points = points, .npoints = 2};
    cyn_free_reply *reply;
    cyn_err err;
    cyn_arena *arena = cyn_arena_new(0);
    if (arena && cyn_free_reply_read(data, size, &request, arena, &reply, &err) == CYN_OK) {
        for (size_t i = 0; i < request.npoints; i++) {
            const cyn_free_result *r = &reply->results[i];
            PROMISE(r->done || r->nasked > 0);
            for (size_t k = 0; k < r->nasked; k++)
                PROMISE(r->asked[k] < request.nquestions + reply->nquestions);
        }
    }
    cyn_arena_free(arena);
}

/* About two changes, of two inputs and of one. */
static void try_changes(const uint8_t *data, size_t size)
{
    static const cyn_change changes[] = {{.ninputs = 2}, {.ninputs = 1}};
    const double *const *parts;
    const cyn_err *const *errors;
    cyn_err err;
    cyn_arena *arena = cyn_arena_new(0);
    if (arena && cyn_changes_read(data, size, changes, 2, arena, &parts, &errors, &err) == CYN_OK) {
        for (size_t i = 0; i < 2; i++) {
            PROMISE((parts[i] != NULL) == (errors[i] == NULL));
            for (size_t k = 0; parts[i] && k < changes[i].ninputs; k++)
                PROMISE(isfinite(parts[i][k]));
        }
    }
    cyn_arena_free(arena);
}

static void try_wanted(const uint8_t *data, size_t size)
{
    const cyn_value *list;
    cyn_reading r;
    cyn_err err;
    cyn_arena *arena = cyn_arena_new(0);
    if (arena && cyn_wanted_read(data, size, arena, &list, &err) == CYN_OK)
        for (size_t i = 0; i < list->n; i++)
            PROMISE(cyn_reading_parse(list->items[i].s, list->items[i].n, &r, &err) == CYN_OK);
    cyn_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t limit = 1 << 20;
    cyn_frame frame;
    cyn_err err;
    uint8_t header[CYN_FRAME_SIZE];
    if (size >= sizeof header && cyn_frame_read(data, limit, &frame, &err) == CYN_OK) {
        PROMISE(frame.length <= limit);
        cyn_frame_write(frame, header);
        PROMISE(memcmp(header, data, sizeof header) == 0);
        data += sizeof header;
        size -= sizeof header;
    }
    try_value(data, size);
    try_catalog(data, size);
    try_reply(data, size);
    try_changes(data, size);
    try_wanted(data, size);
    return 0;
}
