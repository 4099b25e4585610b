#include "store/store_impl.h"
#include <string.h>

static void put_key(cyn_buf *b, const cyn_const *k)
{
    switch (k->kind) {
    case CYN_CONST_NIL: cyn_buf_puts(b, "null"); break;
    case CYN_CONST_BOOLEAN: cyn_buf_puts(b, k->i ? "true" : "false"); break;
    case CYN_CONST_INTEGER: cyn_buf_num(b, cyn_num_integer(k->i)); break;
    case CYN_CONST_REAL: cyn_buf_real(b, k->r); break;
    case CYN_CONST_TEXT: cyn_buf_json_string(b, k->s, k->n); break;
    }
}

/* The dimension that follows `last` in byte order, or nkeys. Dimensions are few: no need to sort.
 */
static size_t next_dim(const cyn_point *p, const char *last)
{
    size_t best = p->nkeys;
    for (size_t i = 0; i < p->nkeys; i++) {
        bool after = !last || strcmp(p->dims[i], last) > 0;
        if (after && (best == p->nkeys || strcmp(p->dims[i], p->dims[best]) < 0)) best = i;
    }
    return best;
}

void cyn_store_segment(const cyn_point *p, cyn_buf *out)
{
    const char *last = NULL;
    cyn_buf_putc(out, '{');
    for (size_t i; (i = next_dim(p, last)) < p->nkeys; last = p->dims[i]) {
        if (last) cyn_buf_putc(out, ',');
        cyn_buf_json_string(out, p->dims[i], strlen(p->dims[i]));
        cyn_buf_putc(out, ':');
        put_key(out, &p->keys[i]);
    }
    cyn_buf_putc(out, '}');
}
