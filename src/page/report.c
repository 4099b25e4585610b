/* A report to be sent around: the pages one below the other, in one document; without what is of
 * use to those alone who run the daemon. */
#include "page/page_impl.h"

static cyn_code put_parts(cyn_html *h, cyn_err *err)
{
    const cyn_page_data *d = h->data;
    cyn_html_overview(h);
    h->deeper = 1; /* one <h1>, that of the project */
    h->brief = true;
    for (size_t i = 0; i < d->ntrees; i++)
        CYN_TRY(cyn_html_tree(h, d->trees[i], err));
    if (d->alerts) cyn_html_alerts(h);
    for (size_t i = 0; i < d->nmetrics; i++)
        cyn_html_metric(h, &d->metrics[i]);
    return CYN_OK;
}

cyn_code cyn_page_report(const cyn_page_site *site, const cyn_page_data *data, cyn_buf *out,
                         cyn_err *err)
{
    cyn_page_site alone = *site;
    cyn_html h;
    alone.served = alone.folder = alone.may_write = false;
    cyn_html_open(&h, &alone, data, out);
    cyn_html_head(&h, CYN_PAGE_OVERVIEW, "");
    cyn_code rc = put_parts(&h, err);
    cyn_html_tail(&h);
    cyn_code closed = cyn_html_close(&h, rc == CYN_OK ? err : NULL);
    return rc != CYN_OK ? rc : closed;
}
