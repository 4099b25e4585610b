/* What is remembered of texts: a step that reads one text and constants is computed once for each
 * text of the dictionary that some row has.
 */
#include "exec/vector_impl.h"
#include <string.h>

enum { MEMO_NIL, MEMO_ESCAPE, MEMO_TEXT }; /* places: [MEMO_TEXT + code] */

static bool reserve_memo(cyn_vectors *v, cyn_vector_memo *m, const cyn_vector *text)
{
    size_t texts = text->dict ? text->dict->count : v->pool.count, need = MEMO_TEXT + texts;
    if (need <= m->room) return true;
    size_t room = text->dict ? need : need + need / 2 + 64;
    uint8_t *kind = CYN_NEW_ARRAY(v->arena, room, uint8_t);
    uint64_t *bits = CYN_NEW_ARRAY(v->arena, room, uint64_t);
    if (!kind || !bits) return false;
    if (m->room) {
        memcpy(kind, m->kind, m->room);
        memcpy(bits, m->bits, m->room * sizeof *bits);
    }
    *m = (cyn_vector_memo){.kind = kind, .bits = bits, .room = room};
    return true;
}

static uint32_t memo_place(const cyn_vector *text, size_t row)
{
    if (!text->lack || !text->lack[row]) return MEMO_TEXT + text->v.code[row];
    return text->lack[row] == CYN_LACK_NIL ? MEMO_NIL : MEMO_ESCAPE;
}

/* Where each row's result is; computes those that are not known. */
static bool find_places(cyn_vectors *v, cyn_vector *x, size_t n, uint32_t *place)
{
    cyn_vector_memo *m = x->memo;
    const cyn_vector *text = &v->at[x->read];
    for (size_t i = 0; i < n; i++) {
        place[i] = memo_place(text, i);
        if (m->kind[place[i]]) continue;
        cyn_datum value = cyn_vector_compute(v, x, i);
        if (!cyn_datum_bits(v, &value, &m->bits[place[i]]) || v->context.room.failed) return false;
        m->kind[place[i]] = (uint8_t)(value.kind + 1);
    }
    return true;
}

bool cyn_vector_memo_run(cyn_vectors *v, cyn_vector *x, size_t n)
{
    uint32_t place[CYN_BATCH];
    static const uint8_t lack[] = {[CYN_DATUM_NIL + 1] = CYN_LACK_NIL,
                                   [CYN_DATUM_ESCAPE + 1] = CYN_LACK_ESCAPE};
    const cyn_vector_memo *m = x->memo;
    if (!reserve_memo(v, x->memo, &v->at[x->read]) || !find_places(v, x, n, place)) return false;
    if (x->shape == CYN_SHAPE_BOOLEAN) {
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)x->own)[i] = (uint8_t)m->bits[place[i]];
    } else if (x->shape == CYN_SHAPE_TEXT) {
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)x->own)[i] = (uint32_t)m->bits[place[i]];
    } else {
        for (size_t i = 0; i < n; i++)
            memcpy((char *)x->own + i * sizeof *m->bits, &m->bits[place[i]], sizeof *m->bits);
    }
    for (size_t i = 0; x->lack && i < n; i++)
        x->lack[i] = lack[m->kind[place[i]]];
    for (size_t i = 0; x->kind && i < n; i++)
        x->kind[i] = (uint8_t)(m->kind[place[i]] - 1);
    return true;
}
