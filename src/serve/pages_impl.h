/* What the files of the pages share. Private to src/serve. */
#pragma once
#include "serve/site.h"

/* One page for one request: what it shows, and where it reads that. */
typedef struct pages_visit {
    cyn_site *site;
    const cyn_request *request;
    cyn_reply *reply;
    const cyn_overview *view; /* NULL: nothing was evaluated yet */
    cyn_store *store;         /* NULL: the state cannot be read; the page's notice says so */
    cyn_page_site page;
    cyn_page_data data;
    const cyn_page_fact *facts; /* what the daemon knows of itself, in the reader's language */
    size_t nfacts;
    char csrf[65];
} pages_visit;

/* The language, where the address asks for it: "?lang=ja"; NULL. */
const char *pages_asked(const cyn_request *r);

/* What the state says of the metric beside its values: which of them said something else before.
 * `out` is a copy of the overview's. */
CYN_NODISCARD cyn_code pages_restated(const pages_visit *v, cyn_page_metric *out, cyn_err *err);

/* The forms of /alerts: pages_act.c. */
cyn_code pages_ack(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err);
cyn_code pages_silence(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err);
cyn_code pages_unsilence(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err);
