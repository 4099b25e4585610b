/* Objectives and key results, as the overview has them. */
#include "report/okr.h"
#include "serve/api_impl.h"
#include "serve/discreet.h"

static cyn_code put_okrs(api_call *c, const char *name, const cyn_okr_view *view, cyn_err *err)
{
    cyn_buf lines = {0};
    cyn_code rc = cyn_report_okrs(view, &c->look, &lines, err);
    if (rc == CYN_OK) api_put_lines(c->out, name, &lines);
    cyn_buf_clear(&lines);
    return rc;
}

cyn_code api_show_okrs(api_call *c, cyn_err *err)
{
    static const cyn_okr_view none = {0};
    const cyn_okr_view *all = c->view->okrs ? c->view->okrs : &none;
    const cyn_tz *tz = c->project->calendar.tz;
    CYN_TRY(cyn_discreet_okrs(c->request, &all, err));
    cyn_okr_view items = *all, loose = *all;
    items.nloose = 0;
    loose.count = 0;
    cyn_buf_printf(c->out, "{\"count\":%zu", c->project->okrs->count);
    CYN_TRY(put_okrs(c, "items", &items, err));
    CYN_TRY(put_okrs(c, "loose", &loose, err));
    cyn_json_time(c->out, "as_of", c->view->as_of, tz);
    cyn_json_time(c->out, "made", c->view->made, tz);
    cyn_buf_putc(c->out, '}');
    return CYN_OK;
}
