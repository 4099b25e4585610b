/* CSV as RFC 4180 has it, and as people have it.
 *
 * The reader (here) turns the window into rows; csv_scan.c finds the fields of one row and knows
 * nothing else. Most rows are read in blocks instead (block.h), which say the same or leave the
 * file to this reader: its rules are the rules. Two things need care:
 *
 * - A quote that is never closed, or is followed by text, would swallow rows that are fine. So only
 *   the line on which such a row began is bad, and reading goes on with the next line. What is read
 *   again that way is bounded by RESCAN_BUDGET.
 * - A file's fields are matched by the names of its header, so files of one source may differ in
 *   the order and number of their columns.
 */
#include "source/csv.h"
#include "base/buf.h"
#include <stdio.h>
#include <string.h>

enum { RESCAN_BUDGET = 64 << 20, DETECT_ROWS = 100, DETECT_BYTES = 512 << 10 };

typedef struct csv_reader {
    cyn_reader reader;
    const cyn_source_file *file;
    cyn_schema *schema;
    cyn_read_window window;
    cyn_csv_scan scan;
    uint32_t *numbers;      /* of the header's fields in the schema */
    size_t width;           /* of the header */
    cyn_source_cell *cells; /* width */
    cyn_buf plain;          /* fields without their doubled quotes */
    int64_t line;           /* where the window begins */
    size_t rescanned;
    char reason[CYN_CSV_REASON];
} csv_reader;

static csv_reader *csv_of(cyn_reader *r)
{
    return (csv_reader *)r;
}

/* Scans the row at the front of the window, with as much text as it takes. CYN_CSV_MORE remains
 * only for a row that is longer than a window may be. */
static cyn_code scan_row(csv_reader *c, cyn_csv_result *result, cyn_err *err)
{
    cyn_read_window *w = &c->window;
    for (;;) {
        *result = cyn_csv_scan_row(&c->scan, w->data + w->begin, w->end - w->begin, w->eof);
        if (*result == CYN_CSV_NOMEM) return cyn_nomem(err);
        if (*result != CYN_CSV_MORE || cyn_window_full(w)) return CYN_OK;
        CYN_TRY(cyn_window_more(w, err));
    }
}

static size_t first_line_length(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] != '\n' && s[i] != '\r')
        i++;
    return i;
}

/* The row's first line is bad; the next row begins on the next line, if that can be afforded. */
static void give_up_line(csv_reader *c, const cyn_source_row *row)
{
    cyn_read_window *w = &c->window;
    const char *s = row->text;
    size_t n = row->length, first = first_line_length(s, n), left = w->end - w->begin;
    c->rescanned += n - first;
    if (c->rescanned <= RESCAN_BUDGET) {
        n = first;
        if (n < left && s[n] == '\r') n++;
        if (n < left && s[n] == '\n') n++;
    }
    c->line += cyn_count_breaks(s, n);
    w->begin += n;
}

static cyn_code give_up_long_row(csv_reader *c, cyn_source_row *row, cyn_err *err)
{
    cyn_read_window *w = &c->window;
    row->length = w->end - w->begin;
    row->bad = "a row longer than 16 MiB: is a quote missing?";
    if (first_line_length(row->text, row->length) < row->length) {
        give_up_line(c, row);
        return CYN_OK;
    }
    /* Skipping reuses the window, so that the text shown has to be saved first. */
    cyn_buf_reset(&c->plain);
    cyn_buf_add(&c->plain, row->text, 400);
    if (c->plain.failed) return cyn_nomem(err);
    row->text = c->plain.data;
    row->length = c->plain.len;
    c->line++;
    return cyn_window_skip_line(w, err);
}

static size_t plain_room(const cyn_csv_scan *scan)
{
    size_t room = 0;
    for (size_t i = 0; i < scan->count; i++)
        if (scan->fields[i].doubled) room += scan->fields[i].length;
    return room;
}

/* Doubled quotes become single ones, in memory of the reader: the row stays as found. */
static cyn_source_cell take_field(csv_reader *c, const char *row, const cyn_csv_field *f)
{
    cyn_source_cell cell = {.s = row + f->at, .n = f->length, .at = f->at};
    if (!f->doubled) return cell;
    char *to = c->plain.data + c->plain.len;
    cell.n = (uint32_t)cyn_csv_unquote(cell.s, cell.n, to);
    cell.s = to;
    c->plain.len += cell.n;
    return cell;
}

static cyn_code take_fields(csv_reader *c, cyn_source_row *row, cyn_err *err)
{
    cyn_buf_reset(&c->plain);
    if (!cyn_buf_reserve(&c->plain, plain_room(&c->scan) + 1)) return cyn_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < c->width; i++) {
        const cyn_csv_field *f = &c->scan.fields[i];
        if (f->length == 0) continue;
        c->cells[n] = take_field(c, row->text, f);
        c->cells[n++].field = c->numbers[i];
    }
    row->cells = c->cells;
    row->ncells = n;
    return CYN_OK;
}

/* The next row that is not blank; bad when its quotes are. */
static cyn_code next_row(csv_reader *c, cyn_source_row *row, bool *more, cyn_err *err)
{
    cyn_read_window *w = &c->window;
    cyn_csv_result result;
    for (;;) {
        CYN_TRY(scan_row(c, &result, err));
        *more = w->begin < w->end;
        if (!*more) return CYN_OK;
        if (result != CYN_CSV_ROW || !cyn_csv_is_blank(&c->scan, w->data + w->begin)) break;
        w->begin += c->scan.used;
        c->line++;
    }
    *row = (cyn_source_row){.text = w->data + w->begin, .length = c->scan.length, .line = c->line};
    if (result == CYN_CSV_MORE) return give_up_long_row(c, row, err);
    if (result != CYN_CSV_ROW) {
        cyn_csv_describe_quote(&c->scan, result, row, c->reason);
        give_up_line(c, row);
        return CYN_OK;
    }
    c->line += c->scan.quoted ? cyn_count_breaks(row->text, row->length) + 1 : 1;
    w->begin += c->scan.used;
    cyn_csv_check_text(row, c->reason);
    return CYN_OK;
}

static cyn_code csv_next(cyn_reader *r, cyn_source_row *row, bool *more, cyn_err *err)
{
    csv_reader *c = csv_of(r);
    CYN_TRY(next_row(c, row, more, err));
    if (!*more || row->bad) return CYN_OK;
    cyn_csv_check_width(&c->scan, c->width, row, c->reason);
    return row->bad ? CYN_OK : take_fields(c, row, err);
}

/* How well a delimiter explains the first rows: the share of them that are as wide as the first.
 * *cut_off becomes true where the window has not that many. */
static double try_delimiter(csv_reader *c, char delimiter, size_t *width, bool *cut_off,
                            cyn_err *err)
{
    const cyn_read_window *w = &c->window;
    size_t at = w->begin, rows = 0, same = 0;
    cyn_csv_scan_delimiter(&c->scan, delimiter);
    while (rows < DETECT_ROWS && at < w->end) {
        cyn_csv_result result = cyn_csv_scan_row(&c->scan, w->data + at, w->end - at, w->eof);
        if (result == CYN_CSV_NOMEM) return cyn_nomem(err), -1;
        if (result == CYN_CSV_MORE) break;
        bool blank = result == CYN_CSV_ROW && cyn_csv_is_blank(&c->scan, w->data + at);
        at += c->scan.used;
        if (blank) continue;
        if (rows++ == 0) *width = c->scan.count;
        same += result == CYN_CSV_ROW && c->scan.count == *width;
    }
    if (rows < DETECT_ROWS && !w->eof) *cut_off = true;
    return rows ? (double)same / (double)rows : 0;
}

/* The delimiter that gives rows of the same width, of two fields at least; the more the better. */
static cyn_code try_delimiters(csv_reader *c, bool *cut_off, cyn_err *err)
{
    static const char candidates[] = {',', '\t', ';', '|'};
    double best_score = 0;
    size_t best_width = 1;
    char best = ',';
    for (size_t i = 0; i < sizeof candidates; i++) {
        size_t width = 0;
        double score = try_delimiter(c, candidates[i], &width, cut_off, err);
        if (score < 0) return CYN_E_NOMEM;
        if (width < 2 || score < best_score || (score == best_score && width <= best_width))
            continue;
        best = candidates[i];
        best_score = score;
        best_width = width;
    }
    c->reader.delimiter = best;
    cyn_csv_scan_delimiter(&c->scan, best);
    return CYN_OK;
}

/* In as much text as it takes, up to a limit. */
static cyn_code find_delimiter(csv_reader *c, cyn_err *err)
{
    for (bool cut_off = true; cut_off;) {
        cut_off = false;
        CYN_TRY(try_delimiters(c, &cut_off, err));
        if (c->window.capacity >= DETECT_BYTES) return CYN_OK;
        if (cut_off) CYN_TRY(cyn_window_more(&c->window, err));
    }
    return CYN_OK;
}

static cyn_code header_error(const csv_reader *c, const cyn_source_row *row, size_t at,
                             cyn_err *err, const char *what)
{
    int64_t line, column;
    cyn_row_place(row, at, &line, &column);
    return cyn_fail_at(err, CYN_E_DATA, c->file->shown, (int)line, (int)column, "%s", what);
}

static cyn_code add_name(csv_reader *c, const cyn_source_row *row, size_t i, cyn_err *err)
{
    const cyn_csv_field *f = &c->scan.fields[i];
    cyn_source_cell cell = take_field(c, row->text, f);
    const char *name = cell.s;
    size_t n = cell.n;
    char what[300];
    cyn_trim(&name, &n);
    if (n == 0) {
        snprintf(what, sizeof what, "field %zu of %zu in the header is empty, expected a name",
                 i + 1, c->width);
        return header_error(c, row, f->at, err, what);
    }
    CYN_TRY(cyn_schema_field(c->schema, name, n, &c->numbers[i], err));
    cyn_source_field *field = &c->schema->fields[c->numbers[i]];
    if (field->stamp == c->schema->stamp) {
        snprintf(what, sizeof what, "the header has '%.200s' twice, expected different names",
                 field->name);
        return header_error(c, row, f->at, err, what);
    }
    field->stamp = c->schema->stamp;
    field->seen = CYN_SEEN_VALUE;
    return CYN_OK;
}

static cyn_code read_header(csv_reader *c, cyn_err *err)
{
    cyn_source_row row;
    bool more;
    CYN_TRY(next_row(c, &row, &more, err));
    if (!more)
        return cyn_fail_at(err, CYN_E_DATA, c->file->shown, 1, 0,
                           "the file is empty, expected a header line with the columns' names");
    if (row.bad) return header_error(c, &row, row.bad_at, err, row.bad);
    c->width = c->scan.count;
    c->numbers = cyn_calloc(c->width, sizeof *c->numbers);
    c->cells = cyn_calloc(c->width, sizeof *c->cells);
    cyn_buf_reset(&c->plain);
    if (!c->numbers || !c->cells || !cyn_buf_reserve(&c->plain, plain_room(&c->scan) + 1))
        return cyn_nomem(err);
    c->schema->stamp++;
    for (size_t i = 0; i < c->width; i++)
        CYN_TRY(add_name(c, &row, i, err));
    return CYN_OK;
}

void cyn_csv_layout(const cyn_reader *r, cyn_block_layout *out)
{
    const csv_reader *c = (const csv_reader *)r;
    out->delimiter = r->delimiter;
    out->width = c->width;
    out->numbers = c->numbers;
    out->line = c->line;
}

static int64_t csv_position(const cyn_reader *r)
{
    return cyn_input_position(((const csv_reader *)r)->window.input);
}

static void csv_close(cyn_reader *r)
{
    csv_reader *c = csv_of(r);
    cyn_window_clear(&c->window);
    cyn_csv_scan_clear(&c->scan);
    cyn_buf_clear(&c->plain);
    cyn_free(c->numbers);
    cyn_free(c->cells);
    cyn_free(c);
}

cyn_code cyn_csv_open(const cyn_source_file *file, cyn_input *input, cyn_schema *schema,
                      cyn_reader **out, cyn_err *err)
{
    cyn_code rc;
    csv_reader *c = cyn_calloc(1, sizeof *c);
    if (!c) {
        cyn_input_close(input);
        return cyn_nomem(err);
    }
    c->reader = (cyn_reader){.next = csv_next, .position = csv_position, .close = csv_close};
    c->reader.window = &c->window;
    c->file = file;
    c->schema = schema;
    c->line = 1;
    CYN_GOTO(cyn_window_init(&c->window, input, file->shown, err));
    c->reader.delimiter = file->spec->delimiter;
    if (c->reader.delimiter)
        cyn_csv_scan_delimiter(&c->scan, c->reader.delimiter);
    else
        CYN_GOTO(find_delimiter(c, err));
    CYN_GOTO(read_header(c, err));
    if (file->spec->from > 0) {
        CYN_GOTO(cyn_window_restart(&c->window, file->spec->from, err));
        c->line = file->spec->from_line;
    }
    *out = &c->reader;
    c = NULL;
done:
    if (c) csv_close(&c->reader);
    return rc;
}
