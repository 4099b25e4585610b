#include "plan/expr.h"
#include "store/store_impl.h"
#include <string.h>

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
        cyn_const_json(&p->keys[i], out);
    }
    cyn_buf_putc(out, '}');
}
