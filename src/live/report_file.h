/* The dashboard as files: one to be sent around, or a folder of pages to be put on a web server.
 *
 *     CYN_TRY(cyn_report_file(view, store, &options, "week.html", err));
 *     CYN_TRY(cyn_report_folder(view, store, &options, "site", err));
 *
 * Each file appears as a whole or not at all, and takes the place of nothing but an earlier report.
 */
#pragma once
#include "live/overview.h"

typedef struct cyn_report_file_options {
    const char *language;      /* "en", "ja"; NULL: the project's */
    int64_t now;               /* of the alerts and the schedule */
    const atomic_bool *cancel; /* looked at between two files; NULL */
    const char *within;        /* a folder that the file has to lie in, wherever links lead; NULL */
    void (*progress)(void *self, size_t done, size_t all); /* after each file; NULL */
    void *self;
} cyn_report_file_options;

/* st: whose alerts and schedule are shown; NULL: values alone. Folders above the file are made.
 * CYN_E_CONFLICT: there is a file that is no report. In a folder, pages that an earlier report made
 * of what is no more are removed at the end. */
CYN_NODISCARD cyn_code cyn_report_file(const cyn_overview *v, cyn_store *st,
                                       const cyn_report_file_options *options, const char *path,
                                       cyn_err *err);
CYN_NODISCARD cyn_code cyn_report_folder(const cyn_overview *v, cyn_store *st,
                                         const cyn_report_file_options *options, const char *path,
                                         cyn_err *err);
