#include "base/err.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Formats into out. A text that does not fit ends in "…", never in half a character. */
static void CYN_PRINTF(3, 0) compose(char *out, size_t size, const char *fmt, va_list args)
{
    static const char ellipsis[] = "…";
    int n = vsnprintf(out, size, fmt, args);
    if (n < 0) out[0] = '\0';
    if (n < 0 || (size_t)n < size) return;
    size_t end = size - sizeof ellipsis;
    while (end > 0 && ((unsigned char)out[end] & 0xC0) == 0x80)
        end--;
    memcpy(out + end, ellipsis, sizeof ellipsis);
}

/* The arguments may point into *err itself, so the new text is complete before err changes. */
static void CYN_PRINTF(6, 0) set(cyn_err *err, cyn_code code, const char *file, int line,
                                 int column, const char *fmt, va_list args)
{
    if (!err) return;
    cyn_err next = {.code = code, .line = line, .column = column};
    if (file) snprintf(next.file, sizeof next.file, "%s", file);
    compose(next.message, sizeof next.message, fmt, args);
    *err = next;
}

cyn_code cyn_fail(cyn_err *err, cyn_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set(err, code, NULL, 0, 0, fmt, args);
    va_end(args);
    return code;
}

cyn_code cyn_fail_at(cyn_err *err, cyn_code code, const char *file, int line, int column,
                     const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set(err, code, file, line, column, fmt, args);
    va_end(args);
    return code;
}

cyn_code cyn_nomem(cyn_err *err)
{
    return cyn_fail(err, CYN_E_NOMEM, "memory is exhausted");
}

cyn_code cyn_fail_errno(cyn_err *err, const char *what, const char *path)
{
    char text[128];
    const char *reason = strerror_r(errno, text, sizeof text);
    if (!path) return cyn_fail(err, CYN_E_IO, "%s: %s", what, reason);
    return cyn_fail(err, CYN_E_IO, "%s '%s': %s", what, path, reason);
}

/* compose() for callers whose arguments are already a list of their own. */
static void CYN_PRINTF(3, 4) compose_args(char *out, size_t size, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    compose(out, size, fmt, args);
    va_end(args);
}

void cyn_context(cyn_err *err, const char *fmt, ...)
{
    if (!err) return;
    char prefix[sizeof err->message], message[sizeof err->message];
    va_list args;
    va_start(args, fmt);
    compose(prefix, sizeof prefix, fmt, args);
    va_end(args);
    compose_args(message, sizeof message, "%s: %s", prefix, err->message);
    memcpy(err->message, message, sizeof message);
}

void cyn_hint(cyn_err *err, const char *fmt, ...)
{
    if (!err) return;
    char hint[sizeof err->hint];
    va_list args;
    va_start(args, fmt);
    compose(hint, sizeof hint, fmt, args);
    va_end(args);
    memcpy(err->hint, hint, sizeof hint);
}

void cyn_err_format(const cyn_err *err, char *out, size_t size)
{
    if (size == 0) return;
    char place[sizeof err->file + 32] = "";
    if (err->file[0] && err->line > 0 && err->column > 0)
        snprintf(place, sizeof place, "%s:%d:%d: ", err->file, err->line, err->column);
    else if (err->file[0] && err->line > 0)
        snprintf(place, sizeof place, "%s:%d: ", err->file, err->line);
    else if (err->file[0])
        snprintf(place, sizeof place, "%s: ", err->file);
    else if (err->line > 0)
        snprintf(place, sizeof place, "line %d: ", err->line);
    snprintf(out, size, "%s%s%s%s", place, err->message, err->hint[0] ? "\nhint: " : "", err->hint);
}

const char *cyn_code_name(cyn_code code)
{
    switch (code) {
    case CYN_OK: return "ok";
    case CYN_E_NOMEM: return "nomem";
    case CYN_E_LIMIT: return "limit";
    case CYN_E_IO: return "io";
    case CYN_E_SYNTAX: return "syntax";
    case CYN_E_TYPE: return "type";
    case CYN_E_RANGE: return "range";
    case CYN_E_NAME: return "name";
    case CYN_E_CONFLICT: return "conflict";
    case CYN_E_SCRIPT: return "script";
    case CYN_E_DATA: return "data";
    case CYN_E_STATE: return "state";
    case CYN_E_WORKER: return "worker";
    case CYN_E_CANCEL: return "cancel";
    case CYN_E_USAGE: return "usage";
    case CYN_E_UNSUPPORTED: return "unsupported";
    case CYN_E_ESCAPE: return "escape";
    }
    return "unknown";
}
