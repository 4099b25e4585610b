#include "app/frame.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

#define WIDEST 96 /* cells of a line that are shown */
#define BEFORE 48 /* of them before the column, where the line is longer */

typedef struct line {
    const char *text;
    size_t size;
} line;

bool cyn_script_line(const cyn_project *p, const char *file, int number, const char **out,
                     size_t *size)
{
    for (size_t i = 0; p && file && number > 0 && i < p->nscripts; i++) {
        if (strcmp(p->scripts[i].name, file) != 0) continue;
        const char *at = p->scripts[i].text, *end = at + p->scripts[i].size;
        for (int n = 1; at && n < number; n++) {
            at = memchr(at, '\n', (size_t)(end - at));
            if (at) at++;
        }
        if (!at) return false;
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        *out = at;
        *size = (size_t)((stop ? stop : end) - at);
        if (*size > 0 && at[*size - 1] == '\r') --*size;
        return cyn_utf8_valid(at, *size) == *size;
    }
    return false;
}

static bool find_line(const cyn_project *p, const cyn_err *err, line *out)
{
    return cyn_script_line(p, err->file, err->line, &out->text, &out->size);
}

static size_t next_character(const line *l, size_t at)
{
    do
        at++;
    while (at < l->size && ((unsigned char)l->text[at] & 0xC0) == 0x80);
    return at;
}

/* The byte at which the column begins. */
static size_t offset_of(const line *l, int column)
{
    size_t at = 0;
    for (int n = 1; n < column && at < l->size; n++)
        at = next_character(l, at);
    return at;
}

/* Control characters, tabs too, become blanks: they count as one cell, and move no cursor. */
static void add_clean(const char *text, size_t n, cyn_buf *out)
{
    for (size_t i = 0; i < n; i++)
        cyn_buf_putc(out, (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i]);
}

/* Drops as much of the beginning as leaves no more than BEFORE cells up to the byte `mark`. */
static size_t first_shown(const line *l, size_t mark)
{
    size_t from = 0;
    if (cyn_width(l->text, l->size) <= WIDEST) return 0;
    while (from < mark && cyn_width(l->text + from, mark - from) > BEFORE)
        from = next_character(l, from);
    return from;
}

void cyn_add_frame(const cyn_project *p, const cyn_err *err, cyn_buf *out)
{
    line l;
    cyn_buf clean = {0};
    if (!find_line(p, err, &l)) return;
    add_clean(l.text, l.size, &clean);
    if (clean.failed) return; /* the message itself matters more */
    l.text = clean.data ? clean.data : "";
    size_t mark = offset_of(&l, err->column), from = first_shown(&l, mark);
    size_t shown = cyn_width_prefix(l.text + from, l.size - from, WIDEST);
    cyn_buf_printf(out, "%7d | %s", err->line, from > 0 ? "…" : "");
    cyn_buf_add(out, l.text + from, shown);
    cyn_buf_puts(out, from + shown < l.size ? "…\n" : "\n");
    if (err->column > 0) {
        int blanks = (int)cyn_width(l.text + from, mark - from) + (from > 0);
        cyn_buf_printf(out, "        | %*s^\n", blanks, "");
    }
    cyn_buf_clear(&clean);
}
