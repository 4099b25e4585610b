/* What all tables of points show alike: statuses. */
#include "base/text.h"
#include "report/report_impl.h"

/* A status has a shape and a word beside its colour. */
const cyn_status_look cyn_status_looks[] = {
    [CYN_STATUS_NONE] = {"", "", "", ""},
    [CYN_GREEN] = {"●", "green", "緑", "32"},
    [CYN_YELLOW] = {"▲", "yellow", "黄", "33"},
    [CYN_RED] = {"■", "red", "赤", "31"},
};

void cyn_put_star(const cyn_metric *m, bool ascii, cyn_buf *out)
{
    if (m->sheet.role == CYN_NSM) cyn_buf_puts(out, ascii ? "* " : "★ ");
}

void cyn_put_status(cyn_status s, const char *language, bool ascii, cyn_buf *out)
{
    const cyn_status_look *l = &cyn_status_looks[s];
    if (s == CYN_STATUS_NONE) return;
    if (!ascii) cyn_buf_printf(out, "%s ", l->mark);
    cyn_buf_puts(out, cyn_is_japanese(language) ? l->ja : l->en);
}
