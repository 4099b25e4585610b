#include "source/window.h"
#include "base/arena.h"
#include <string.h>

enum { FIRST_CAPACITY = 64 * 1024, SMALLEST_READ = 16 };

bool cyn_window_full(const cyn_read_window *w)
{
    return w->end - w->begin >= CYN_ROW_MAX;
}

/* Room for at least half of the window behind the unread bytes. */
static cyn_code make_room(cyn_read_window *w, cyn_err *err)
{
    size_t unread = w->end - w->begin;
    if (w->begin > 0) {
        memmove(w->data, w->data + w->begin, unread);
        w->begin = 0;
        w->end = unread;
    }
    if (w->data && unread <= w->capacity / 2) return CYN_OK;
    size_t capacity = w->data ? w->capacity * 2 : FIRST_CAPACITY;
    char *data = cyn_realloc(w->data, capacity + 1);
    if (!data) return cyn_nomem(err);
    w->data = data;
    w->capacity = capacity;
    return CYN_OK;
}

cyn_code cyn_window_more(cyn_read_window *w, cyn_err *err)
{
    if (w->eof) return CYN_OK;
    CYN_TRY(make_room(w, err));
    while (!w->eof && w->capacity - w->end >= SMALLEST_READ) {
        size_t got;
        CYN_TRY(cyn_input_read(w->input, w->data + w->end, w->capacity - w->end, &got, err));
        w->end += got;
        w->eof = got == 0;
    }
    w->data[w->end] = 0;
    return CYN_OK;
}

static bool starts_with(const cyn_read_window *w, const char *mark, size_t n)
{
    return w->end - w->begin >= n && memcmp(w->data + w->begin, mark, n) == 0;
}

static cyn_code check_mark(cyn_read_window *w, const char *path, cyn_err *err)
{
    if (starts_with(w, "\xEF\xBB\xBF", 3)) w->begin += 3;
    if (!starts_with(w, "\xFF\xFE", 2) && !starts_with(w, "\xFE\xFF", 2)) return CYN_OK;
    cyn_fail_at(err, CYN_E_DATA, path, 1, 1, "the text is UTF-16, expected UTF-8");
    cyn_hint(err, "declare 'encoding: UTF-16' for this source");
    return CYN_E_DATA;
}

cyn_code cyn_window_init(cyn_read_window *w, cyn_input *input, const char *path, cyn_err *err)
{
    cyn_code rc;
    *w = (cyn_read_window){.input = input};
    CYN_GOTO(cyn_window_more(w, err));
    CYN_GOTO(check_mark(w, path, err));
done:
    if (rc != CYN_OK) cyn_window_clear(w);
    return rc;
}

void cyn_window_clear(cyn_read_window *w)
{
    cyn_input_close(w->input);
    cyn_free(w->data);
    *w = (cyn_read_window){0};
}

cyn_code cyn_window_take(cyn_read_window *w, char *to, size_t size, size_t *got, cyn_err *err)
{
    size_t n = w->end - w->begin;
    if (n == 0) {
        *got = 0;
        return w->eof ? CYN_OK : cyn_input_read(w->input, to, size, got, err);
    }
    *got = n < size ? n : size;
    memcpy(to, w->data + w->begin, *got);
    w->begin += *got;
    return CYN_OK;
}

cyn_code cyn_window_restart(cyn_read_window *w, int64_t at, cyn_err *err)
{
    CYN_TRY(cyn_input_seek(w->input, at, err));
    w->begin = w->end = 0;
    w->data[0] = 0;
    w->eof = false;
    return CYN_OK;
}

cyn_code cyn_window_skip_line(cyn_read_window *w, cyn_err *err)
{
    for (;;) {
        char *feed = memchr(w->data + w->begin, '\n', w->end - w->begin);
        if (feed) {
            w->begin = (size_t)(feed - w->data) + 1;
            return CYN_OK;
        }
        w->begin = w->end;
        if (w->eof) return CYN_OK;
        CYN_TRY(cyn_window_more(w, err));
    }
}
