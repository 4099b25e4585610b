#include "exec/pairs_impl.h"
#include "exec/relation_impl.h"
#include <stdint.h>
#include <string.h>

static cyn_numbers numbers_in(const uint32_t *of, uint32_t count)
{
    return (cyn_numbers){.of = {.type = CYN_TEXT, .v = {.code = of}}, .count = count};
}

/* Any values: by a hash table. */
static cyn_code number_values(const cyn_relation_run *run, const cyn_column *c, uint32_t *of,
                              uint32_t *count, cyn_err *err)
{
    cyn_pairs values = {0};
    bool ok = true;
    for (size_t row = 0; ok && row < run->rows; row++) {
        if (!cyn_column_has(c, row)) continue;
        of[row] = cyn_pairs_add(&values, 0, cyn_cell_bits(c, row));
        ok = of[row] != CYN_NO_PAIR;
    }
    *count = values.count;
    cyn_pairs_clear(&values);
    return ok ? CYN_OK : cyn_nomem(err);
}

/* The least of a column of integers and the like, and how many there can be from there to the
 * greatest; 0 when no value is known, or when they lie too far apart for an array. */
static size_t find_span(const cyn_relation_run *run, const cyn_column *c, int64_t *least)
{
    int64_t greatest;
    if (c->type == CYN_REAL || c->type == CYN_BOOLEAN) return 0;
    if (!cyn_column_known_range(c, 0, run->rows, least, &greatest)) return 0;
    uint64_t span = (uint64_t)greatest - (uint64_t)*least;
    return span < 2 * (uint64_t)run->rows ? (size_t)span + 1 : 0;
}

/* Values close together find their numbers in an array. */
static cyn_code number_near_values(const cyn_relation_run *run, const cyn_column *c, int64_t least,
                                   size_t span, uint32_t *of, uint32_t *count, cyn_err *err)
{
    uint32_t *known = cyn_calloc(span, sizeof *known); /* [value - least]: its number + 1 */
    if (!known) return cyn_nomem(err);
    for (size_t row = 0; row < run->rows; row++) {
        if (!cyn_column_has(c, row)) continue;
        uint32_t *number = &known[(uint64_t)cyn_column_integer(c, row) - (uint64_t)least];
        if (*number == 0) *number = ++*count;
        of[row] = *number - 1;
    }
    cyn_free(known);
    return CYN_OK;
}

cyn_code cyn_relation_number(cyn_relation_run *run, const cyn_column *c, cyn_numbers *out,
                             cyn_err *err)
{
    int64_t least = 0;
    uint32_t count = 0;
    if (c->type == CYN_TEXT) { /* a dictionary has numbered them already */
        *out = (cyn_numbers){.of = *c, .count = c->dict->count};
        return CYN_OK;
    }
    uint32_t *of = CYN_NEW_ARRAY(run->arena, run->rows + 1, uint32_t);
    if (!of) return cyn_nomem(err);
    size_t span = find_span(run, c, &least);
    CYN_TRY(span ? number_near_values(run, c, least, span, of, &count, err)
                 : number_values(run, c, of, &count, err));
    *out = numbers_in(of, count);
    return CYN_OK;
}

/* Splits each number so far by the values of one more column. */
static cyn_code split_members(const cyn_column *c, const cyn_row_list *rows, uint32_t *of,
                              uint32_t *count, cyn_err *err)
{
    cyn_pairs pairs = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < rows->n; i++) {
        uint32_t row = rows->row[i];
        bool known = cyn_column_has(c, row);
        /* Pairs number fewer than 2^31, so twice a number and one more still fit. */
        of[row] = cyn_pairs_add(&pairs, of[row] * 2 + !known, known ? cyn_cell_bits(c, row) : 0);
        ok = of[row] != CYN_NO_PAIR;
    }
    *count = pairs.count;
    cyn_pairs_clear(&pairs);
    return ok ? CYN_OK : cyn_nomem(err);
}

cyn_code cyn_relation_members(cyn_relation_run *run, const cyn_numbers *who,
                              const cyn_row_list *rows, cyn_numbers *out, cyn_err *err)
{
    const cyn_column *column;
    cyn_program p = {.table = run->table, .source = run->source, .arena = run->arena};
    if (run->in->ngroups == 0) {
        *out = *who;
        return CYN_OK;
    }
    uint32_t *of = CYN_NEW_ARRAY(run->arena, run->rows + 1, uint32_t), count = who->count;
    if (!of) return cyn_nomem(err);
    for (size_t i = 0; i < rows->n; i++)
        of[rows->row[i]] = cyn_number(who, rows->row[i]);
    for (size_t j = 0; j < run->in->ngroups; j++) {
        CYN_TRY(cyn_program_column(&p, run->in->groups[j], NULL, &column, err));
        CYN_TRY(split_members(column, rows, of, &count, err));
    }
    *out = numbers_in(of, count);
    return CYN_OK;
}
