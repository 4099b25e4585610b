/* Errors as values: a code, a place, a message, a hint.
 *
 * Every function that can fail returns cyn_code and takes `cyn_err *err` last; err may be NULL.
 * On failure the other outputs are untouched. Reporting never allocates: the text is cut to fit.
 * Callers add context outward with cyn_context(). Any thread; one cyn_err belongs to one caller.
 *
 *     if (n < 0) return cyn_fail(err, CYN_E_RANGE, "count is %d, expected 0 or more", n);
 *     CYN_TRY(cyn_tz_load("Asia/Tokyo", &tz, err));
 *
 * Printed by cyn_err_format() as "file:line:column: message" and, when set, a "hint: …" line.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef enum cyn_code {
    CYN_OK = 0,
    CYN_E_NOMEM,       /* memory is exhausted */
    CYN_E_LIMIT,       /* a configured limit was reached (arena, bad rows, nesting, budget) */
    CYN_E_IO,          /* the operating system said no (open, read, write, …) */
    CYN_E_SYNTAX,      /* malformed text: YAML, JSON, CSV, a number, a timestamp */
    CYN_E_TYPE,        /* well-formed, but of the wrong type */
    CYN_E_RANGE,       /* of the right type, but outside what is allowed; overflow */
    CYN_E_NAME,        /* an unknown name (key, column, metric, source, zone) */
    CYN_E_CONFLICT,    /* two things claim one name, or contradict each other */
    CYN_E_SCRIPT,      /* a Lua script raised an error */
    CYN_E_DATA,        /* a source's data cannot be used */
    CYN_E_STATE,       /* state.db is damaged, busy or of a newer version */
    CYN_E_WORKER,      /* the script worker died, hung or sent nonsense */
    CYN_E_CANCEL,      /* the user asked to stop */
    CYN_E_USAGE,       /* the command line is wrong */
    CYN_E_UNSUPPORTED, /* understood, but not possible in this build or on this system */
    CYN_E_ESCAPE,      /* a row of a translated expression is the interpreter's; nobody sees this */
} cyn_code;

#define CYN_NODISCARD          __attribute__((warn_unused_result))
#define CYN_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

typedef struct cyn_err {
    cyn_code code;
    int line;     /* 1-based; 0 = none */
    int column;   /* 1-based, in characters; 0 = none */
    bool overran; /* a script used up the time that one call of it has */
    char file[256];
    char message[768];
    char hint[384];
} cyn_err;

/* Sets the error and returns `code`. A NULL err is fine. */
cyn_code cyn_fail(cyn_err *err, cyn_code code, const char *fmt, ...) CYN_PRINTF(3, 4);
/* The same with a place; file may be NULL, line and column 0. */
cyn_code cyn_fail_at(cyn_err *err, cyn_code code, const char *file, int line, int column,
                     const char *fmt, ...) CYN_PRINTF(6, 7);
/* CYN_E_NOMEM with its fixed message. */
cyn_code cyn_nomem(cyn_err *err);
/* CYN_E_IO from errno: "<what> 'path': No such file or directory". */
cyn_code cyn_fail_errno(cyn_err *err, const char *what, const char *path);
/* Prefixes the message: "source 'events': <message>". Leaves code, place and hint. */
void cyn_context(cyn_err *err, const char *fmt, ...) CYN_PRINTF(2, 3);
/* Sets or replaces the hint ("did you mean 'amount'?"). */
void cyn_hint(cyn_err *err, const char *fmt, ...) CYN_PRINTF(2, 3);
/* "file:line:column: message\nhint: hint" without the parts that are absent. Always terminated. */
void cyn_err_format(const cyn_err *err, char *out, size_t size);
/* Short stable name of a code for JSON ("name", "syntax", …). */
const char *cyn_code_name(cyn_code code);

/* Errors that concern everything that is going on, and not only what met them: memory that is
 * exhausted, and Ctrl-C. */
static inline bool cyn_concerns_all(cyn_code code)
{
    return code == CYN_E_NOMEM || code == CYN_E_CANCEL;
}

#define CYN_TRY(call)                                                                              \
    do {                                                                                           \
        cyn_code cyn_try_code_ = (call);                                                           \
        if (cyn_try_code_ != CYN_OK) return cyn_try_code_;                                         \
    } while (0)

/* For functions that hold something: needs a local `cyn_code rc` and a label `done:`. */
#define CYN_GOTO(call)                                                                             \
    do {                                                                                           \
        rc = (call);                                                                               \
        if (rc != CYN_OK) goto done;                                                               \
    } while (0)
