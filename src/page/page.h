/* Pages: what the daemon shows in a browser, and what `cynosure report` writes into one file.
 *
 * Pure functions from data to HTML: complete documents, readable without JavaScript and without any
 * file beside them (style, script and drawings are inside); everything that comes from data or
 * scripts is escaped. Light and dark, narrow and wide, on paper; English or Japanese.
 *
 *     cyn_page_site site = {.name = "Learning app", .language = "ja", …};
 *     CYN_TRY(cyn_page_overview(&site, &data, &out, err));
 */
#pragma once
#include "report/agenda.h"
#include "report/alerts.h"
#include "report/tree.h"

/* What all pages have. */
typedef struct cyn_page_site {
    const char *name, *description; /* of the project; description NULL */
    const char *language;           /* "en" or "ja" */
    const cyn_calendar *calendar;
    int64_t now;         /* of whoever reads */
    int64_t as_of, made; /* of the values: what counted as now, and when they were computed */
    bool served;         /* links lead to pages of the daemon; else to places in the same file */
    bool folder;         /* not served: links lead to files beside this one (cyn_page_file()) */
    const char *asked;  /* served: the language that the address asks for, as links then do; NULL */
    bool may_write;     /* forms for acknowledging and silencing are shown */
    const char *csrf;   /* may_write: the token that forms carry */
    const char *nonce;  /* of the content security policy; NULL: none is sent */
    const char *login;  /* where a reader may log in to write; NULL */
    const char *notice; /* what whoever reads should know first; NULL */
    bool unwell;        /* the page of health says of something that it is not as it should be */
} cyn_page_site;

/* A definition that came into use, or an annotation of somebody: a line across the chart. */
typedef struct cyn_page_event {
    int64_t at;
    const char *text;
    enum { CYN_PAGE_SEAM, CYN_PAGE_NOTE, CYN_PAGE_FIRED } kind;
    const char *ja; /* the text in Japanese; NULL: there is but one */
} cyn_page_event;

/* A period of which something else was said before. */
typedef struct cyn_page_restated {
    const char *period; /* label */
    cyn_num before, after;
    int64_t at;
    bool redefined;    /* by a definition that changed; else by data that did */
    const char *until; /* redefined: label of the last of its periods, `period` being the first */
    size_t periods;    /* … and how many they are; the values are none of theirs then */
} cyn_page_restated;

typedef struct cyn_page_metric {
    const cyn_metric *metric;
    const cyn_point *ended;    /* the last period that has ended, with what it is compared with */
    const cyn_point *running;  /* the one that has not; NULL */
    const cyn_period *periods; /* of the chart, oldest first */
    const cyn_num *values;
    size_t nvalues;
    const cyn_point *segments; /* of the last ended period; by one dimension after the other */
    size_t nsegments;
    const cyn_page_event *events; /* oldest first */
    size_t nevents;
    const char *formula;        /* as text; NULL */
    const char *const *parents; /* metrics that stand on it */
    const char *const *parts;   /* … and that it stands on */
    size_t nparents, nparts;
    const cyn_page_restated *restated; /* the newest first */
    size_t nrestated;
    size_t all_restated; /* with those that are too many to be shown */
} cyn_page_metric;

/* What somebody said of an alert. */
typedef struct cyn_page_word {
    int64_t at;
    bool silenced;         /* else: takes care of it */
    const char *about;     /* the alert, or what is silenced */
    const char *who, *why; /* why NULL: nothing was said */
} cyn_page_word;

typedef struct cyn_page_data {
    const cyn_page_metric *metrics; /* in display order */
    size_t nmetrics;
    const size_t *by_name; /* their indices, sorted by name; NULL: they are looked through */
    const cyn_tree_view *const *trees; /* of the roots */
    size_t ntrees;
    const cyn_alerts_view *alerts; /* what fires first */
    const cyn_alert_silence *silences;
    const bool *refused; /* [silence]: a pattern of it is none any more, and it silences nothing */
    size_t nsilences;
    const cyn_history_item *history; /* the newest events */
    size_t nhistory;
    const cyn_page_word *words; /* the newest first */
    size_t nwords;
    size_t ill; /* rules that could not be evaluated last time */
    const cyn_agenda_item *agenda;
    size_t nagenda;
    const cyn_err *findings; /* of the project as it is loaded; and why a reload was refused */
    size_t nfindings;
} cyn_page_data;

/* What the daemon knows of itself: name, value as text, whether that is as it should be. */
typedef struct cyn_page_fact {
    const char *name, *value;
    enum { CYN_FACT_PLAIN, CYN_FACT_GOOD, CYN_FACT_BAD } kind;
} cyn_page_fact;

CYN_NODISCARD cyn_code cyn_page_overview(const cyn_page_site *site, const cyn_page_data *data,
                                         cyn_buf *out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_page_metric_of(const cyn_page_site *site, const cyn_page_data *data,
                                          const cyn_page_metric *metric, cyn_buf *out,
                                          cyn_err *err);
CYN_NODISCARD cyn_code cyn_page_tree(const cyn_page_site *site, const cyn_page_data *data,
                                     size_t tree, cyn_buf *out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_page_alerts(const cyn_page_site *site, const cyn_page_data *data,
                                       cyn_buf *out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_page_schedule(const cyn_page_site *site, const cyn_page_data *data,
                                         cyn_buf *out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_page_health(const cyn_page_site *site, const cyn_page_data *data,
                                       const cyn_page_fact *facts, size_t nfacts, cyn_buf *out,
                                       cyn_err *err);
/* "Not found" and its like. */
CYN_NODISCARD cyn_code cyn_page_message(const cyn_page_site *site, const char *title,
                                        const char *text, cyn_buf *out, cyn_err *err);
/* What stands in the first 512 bytes of every page, and tells it from files of others. */
#define CYN_PAGE_MARK "<meta name=\"generator\" content=\"Cynosure"
/* The name of a page's file in a folder: "index.html", "metric-revenue.html", "tree-revenue.html",
 * "alerts.html" …; `of` is NULL for pages that there is one of. */
typedef enum cyn_page_kind {
    CYN_PAGE_OVERVIEW,
    CYN_PAGE_METRIC,
    CYN_PAGE_TREE,
    CYN_PAGE_ALERTS,
    CYN_PAGE_SCHEDULE,
    CYN_PAGE_HEALTH,
    CYN_PAGE_MESSAGE,
} cyn_page_kind;
void cyn_page_file(cyn_page_kind kind, const char *of, cyn_buf *out);
/* All of it in one document, to be sent around. */
CYN_NODISCARD cyn_code cyn_page_report(const cyn_page_site *site, const cyn_page_data *data,
                                       cyn_buf *out, cyn_err *err);
