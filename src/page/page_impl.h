/* How pages are written: text that is escaped, words in two languages, the frame of a document.
 * Private to src/page.
 *
 *     cyn_html h;
 *     cyn_html_open(&h, site, data, out);
 *     cyn_html_head(&h, CYN_PAGE_ALERTS, "Alerts");
 *     cyn_html_raw(&h, "<h1>");
 *     cyn_html_text(&h, title);                  // whatever is in it
 *     cyn_html_raw(&h, "</h1>\n");
 *     cyn_html_tail(&h);
 *     return cyn_html_close(&h, err);            // memory is asked for once, here
 */
#pragma once
#include "page/page.h"
#include "report/words.h"

#define CYN_HTML_COLUMNS 12 /* of a table, at most */

typedef struct cyn_html {
    const cyn_page_site *site;
    const cyn_page_data *data; /* NULL: of a message */
    cyn_report_options look;
    bool ja;
    cyn_buf *out;
    cyn_buf text; /* what report's functions compose; cyn_html_take() writes it */
    int ids;      /* made for this document so far */
    size_t table; /* where the one that is open begins in `out` */
    const char *columns[CYN_HTML_COLUMNS]; /* … and what its columns are called */
    size_t ncolumns;
    int deeper; /* headings are so much lower than on a page of their own */
    bool brief; /* among many: charts of a year, and their numbers as a list */
} cyn_html;

/* ---- html.c: text ---- */

void cyn_html_open(cyn_html *h, const cyn_page_site *site, const cyn_page_data *data, cyn_buf *out);
CYN_NODISCARD cyn_code cyn_html_close(cyn_html *h, cyn_err *err);

/* Ours, as it is. */
void cyn_html_raw(cyn_html *h, const char *markup);
/* Anybody's: markup is escaped, what is no character or turns lines around is replaced. NULL is
 * nothing. Line ends stay. */
void cyn_html_text(cyn_html *h, const char *s);
void cyn_html_bytes(cyn_html *h, const char *s, size_t n);
/* Writes what h->text holds as text, and empties it. Returns whether there was something. */
bool cyn_html_take(cyn_html *h);
/* Ours, in the page's language. */
const char *cyn_html_words(const cyn_html *h, const char *en, const char *ja);
void cyn_html_say(cyn_html *h, const char *en, const char *ja);
void cyn_html_number(cyn_html *h, long long n);
/* `<td class="class">text</td>`; class may be NULL. */
void cyn_html_element(cyn_html *h, const char *tag, const char *class, const char *text);
/* A cell of a table's head, in words. */
void cyn_html_column(cyn_html *h, const char *class, const char *en, const char *ja);
/* A column that needs no head. */
void cyn_html_no_column(cyn_html *h, const char *class);

/* <h1>, <h2>, <h3>, or lower where the part stands in a longer document. id may be NULL. */
void cyn_html_open_heading(cyn_html *h, int level, const char *id);
void cyn_html_close_heading(cyn_html *h, int level);
void cyn_html_heading(cyn_html *h, int level, const char *id, const char *text);
/* A section that a heading of level 2 names; `</section>` ends it. class may be NULL. */
void cyn_html_section(cyn_html *h, const char *class, const char *id, const char *title);
/* A section with a table that scrolls by itself where it is too wide: up to the first column's
 * head; and from the last row on. */
void cyn_html_open_table(cyn_html *h, const char *id, const char *en, const char *ja);
void cyn_html_close_table(cyn_html *h);

/* "metrics/aha.lua:12:3", as far as it is known. */
void cyn_html_place(cyn_html *h, const cyn_err *e);

/* ---- html.c: what values look like ---- */

void cyn_html_value(cyn_html *h, cyn_num n, const char *unit);
/* "2026-10-05 09:00", as an element that says so to programs; "–" where it never was. */
void cyn_html_moment(cyn_html *h, int64_t at);
void cyn_html_length(cyn_html *h, int64_t micros);
void cyn_html_period(cyn_html *h, cyn_period p);
/* Shape, word and colour; nothing for none. */
void cyn_html_status(cyn_html *h, cyn_status s);
/* A look of report's, with a class for its colour. */
void cyn_html_look(cyn_html *h, const char *class, const cyn_alert_look *look);
/* A change, coloured by whether it is good; "–" where there is none. */
void cyn_html_change(cyn_html *h, const cyn_metric *m, cyn_num from, cyn_num to);
/* The title of a metric, with the star of the NSM. */
const char *cyn_html_title(const cyn_html *h, const cyn_metric *m);

/* ---- frame.c: documents and links ---- */

/* "?lang=ja" where somebody asked for it: at the end of each address of the daemon. */
void cyn_html_query(cyn_html *h);
/* Where a page is: an address of the daemon, a file, or a place in this one. */
void cyn_html_href(cyn_html *h, cyn_page_kind kind, const char *of);
/* `<a href=…>text</a>`, the text alone where the page is not to be had. */
void cyn_html_link(cyn_html *h, cyn_page_kind kind, const char *of, const char *text);
/* A link to a metric by its name: its title, and the name alone where no page shows it. */
void cyn_html_link_metric(cyn_html *h, const char *name);
/* NULL: no metric of that name is shown. */
const cyn_page_metric *cyn_html_find(const cyn_html *h, const char *name);

/* From the doctype to the beginning of <main>; `title` is what it is about. */
void cyn_html_head(cyn_html *h, cyn_page_kind kind, const char *title);
void cyn_html_tail(cyn_html *h);
/* A page of one part: `body` between head and tail. */
CYN_NODISCARD cyn_code cyn_html_page(const cyn_page_site *site, const cyn_page_data *data,
                                     cyn_page_kind kind, const char *en, const char *ja,
                                     void (*body)(cyn_html *h), cyn_buf *out, cyn_err *err);

/* ---- standing.c: how a metric stands ---- */

/* The last period that has ended; where none has, a point without a value. */
cyn_point cyn_html_ended(const cyn_page_metric *m);
/* The value of a point, or that it failed, or that it is not mature. */
void cyn_html_point(cyn_html *h, const cyn_point *p);
void cyn_html_target(cyn_html *h, const cyn_point *p);
/* "2026-W47 so far: 1,203"; nothing where no period runs. */
void cyn_html_running(cyn_html *h, const cyn_page_metric *m);
/* All of it: value, status, changes, target. */
void cyn_html_standing(cyn_html *h, const cyn_page_metric *m);

/* ---- lines.c, chart.c ---- */

/* A line as small as a word; values oldest first. */
void cyn_html_sparkline(cyn_html *h, const cyn_page_metric *m);
/* A chart with axes, target, thresholds, events, the running period; and its numbers as a table. */
void cyn_html_chart(cyn_html *h, const cyn_page_metric *m);

/* ---- parts of pages, without their frame ---- */

void cyn_html_overview(cyn_html *h);
void cyn_html_metric(cyn_html *h, const cyn_page_metric *m);
CYN_NODISCARD cyn_code cyn_html_tree(cyn_html *h, const cyn_tree_view *v, cyn_err *err);
void cyn_html_firing(cyn_html *h);
void cyn_html_alerts(cyn_html *h);
void cyn_html_schedule(cyn_html *h);
