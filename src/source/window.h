/* Window: the part of an input that a reader looks at; it slides over the text.
 *
 * The bytes data[begin … end) are unread; data[end] is always 0, so that scanners need no bounds.
 * A reader takes rows from the front by moving `begin`; when a row reaches the end of the window it
 * asks for more and starts that row again. Rows are at most CYN_ROW_MAX bytes.
 */
#pragma once
#include "source/input.h"
#include <stdbool.h>

#define CYN_ROW_MAX (16u << 20)

typedef struct cyn_read_window {
    cyn_input *input;
    char *data;
    size_t begin, end, capacity;
    bool eof; /* nothing comes after data[end - 1] */
} cyn_read_window;

/* Takes over the input, also on failure. Skips a UTF-8 byte order mark; CYN_E_DATA with a hint when
 * the text is UTF-16 or UTF-32. */
CYN_NODISCARD cyn_code cyn_window_init(cyn_read_window *w, cyn_input *input, const char *path,
                                       cyn_err *err);
void cyn_window_clear(cyn_read_window *w);
/* Reads more behind the unread bytes; they may move. */
CYN_NODISCARD cyn_code cyn_window_more(cyn_read_window *w, cyn_err *err);
/* True when the unread bytes take all the room that there may be: the row is too long. */
bool cyn_window_full(const cyn_read_window *w);
/* The next unread bytes, for whoever takes text and not rows; *got is 0 only at the end. size is 16
 * or more. No rows can be read afterwards. */
CYN_NODISCARD cyn_code cyn_window_take(cyn_read_window *w, char *to, size_t size, size_t *got,
                                       cyn_err *err);
/* Forgets what it holds, and goes on at a byte of the file (cyn_input_seek). */
CYN_NODISCARD cyn_code cyn_window_restart(cyn_read_window *w, int64_t at, cyn_err *err);
/* Moves `begin` behind the next line feed, however far away it is. */
CYN_NODISCARD cyn_code cyn_window_skip_line(cyn_read_window *w, cyn_err *err);
