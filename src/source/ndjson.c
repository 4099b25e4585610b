/* NDJSON: one JSON object per line, as RFC 8259 has it, flattened to dotted paths.
 *
 * {"a": {"b": 1, "c": [2, 3]}, "d": null} has the fields a.b = 1 and c's length, a.c.length = 2;
 * a null is a missing value. Strings and keys are unescaped, numbers keep their text. The parser
 * checks everything, also what is not kept (the elements of arrays), so that a line is either taken
 * whole or bad. A key that comes twice makes the line bad: which of the two would be right?
 */
#include "source/ndjson_line.h"
#include <string.h>

typedef struct ndjson_reader {
    cyn_reader reader;
    cyn_read_window window;
    cyn_ndjson parser;
    int64_t line;
} ndjson_reader;

/* Finds the next line that is not blank. A line longer than the window may be is bad. */
static cyn_code next_line(ndjson_reader *r, cyn_source_row *row, bool *more, cyn_err *err)
{
    cyn_read_window *w = &r->window;
    for (;;) {
        char *s = w->data + w->begin;
        char *feed = memchr(s, '\n', w->end - w->begin);
        if (!feed && !w->eof && !cyn_window_full(w)) {
            CYN_TRY(cyn_window_more(w, err));
            continue;
        }
        *more = w->begin < w->end;
        if (!*more) return CYN_OK;
        *row = (cyn_source_row){.text = s, .line = r->line++};
        if (!feed && !w->eof) {
            row->bad = "a line longer than 16 MiB";
            return CYN_OK;
        }
        row->length = feed ? (size_t)(feed - s) : w->end - w->begin;
        w->begin += row->length + (feed != NULL);
        if (cyn_ndjson_trim(row)) return CYN_OK;
    }
}

static cyn_code ndjson_next(cyn_reader *reader, cyn_source_row *row, bool *more, cyn_err *err)
{
    ndjson_reader *r = (ndjson_reader *)reader;
    CYN_TRY(next_line(r, row, more, err));
    if (!*more) return CYN_OK;
    if (row->bad) {
        row->text = "";
        return cyn_window_skip_line(&r->window, err);
    }
    return cyn_ndjson_read(&r->parser, row, false, err);
}

static int64_t ndjson_position(const cyn_reader *r)
{
    return cyn_input_position(((const ndjson_reader *)r)->window.input);
}

static void ndjson_close(cyn_reader *reader)
{
    ndjson_reader *r = (ndjson_reader *)reader;
    cyn_window_clear(&r->window);
    cyn_ndjson_clear(&r->parser);
    cyn_free(r);
}

cyn_code cyn_ndjson_open(const cyn_source_file *file, cyn_input *input, cyn_schema *schema,
                         cyn_reader **out, cyn_err *err)
{
    ndjson_reader *r = cyn_calloc(1, sizeof *r);
    if (!r) {
        cyn_input_close(input);
        return cyn_nomem(err);
    }
    r->reader = (cyn_reader){.next = ndjson_next,
                             .position = ndjson_position,
                             .close = ndjson_close,
                             .window = &r->window};
    r->parser.schema = schema;
    r->line = 1;
    cyn_code rc = cyn_window_init(&r->window, input, file->shown, err);
    if (rc == CYN_OK && file->spec->from > 0) {
        rc = cyn_window_restart(&r->window, file->spec->from, err);
        r->line = file->spec->from_line;
    }
    if (rc != CYN_OK) {
        ndjson_close(&r->reader);
        return rc;
    }
    *out = &r->reader;
    return CYN_OK;
}
