/* What is wrong with a row of CSV, and what its quoted fields say. */
#pragma once
#include "source/csv_scan.h"
#include "source/reader.h"

enum { CYN_CSV_REASON = 160 };

/* A row of one field that is empty or blank: an empty line. */
bool cyn_csv_is_blank(const cyn_csv_scan *scan, const char *row);
/* Sets row->bad when the row holds NULs or bytes that are no UTF-8. */
void cyn_csv_check_text(cyn_source_row *row, char reason[CYN_CSV_REASON]);
/* Sets row->bad when the row is wider or narrower than the header. */
void cyn_csv_check_width(const cyn_csv_scan *scan, size_t width, cyn_source_row *row,
                         char reason[CYN_CSV_REASON]);
/* Sets row->bad to what the scanner found to be wrong with the quotes. */
void cyn_csv_describe_quote(const cyn_csv_scan *scan, cyn_csv_result result, cyn_source_row *row,
                            char reason[CYN_CSV_REASON]);
/* Doubled quotes become single ones; returns the bytes written to `to`, n at most. */
size_t cyn_csv_unquote(const char *s, size_t n, char *to);
