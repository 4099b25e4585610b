/* How texts, labels and notices lie in columns. */
#include "store/alerts_impl.h"
#include <math.h>
#include <string.h>

void cyn_store_bind_text(sqlite3_stmt *q, int i, const char *s)
{
    if (s)
        sqlite3_bind_text(q, i, s, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(q, i);
}

void cyn_store_bind_real(sqlite3_stmt *q, int i, double x)
{
    if (isnan(x))
        sqlite3_bind_null(q, i);
    else
        sqlite3_bind_double(q, i, x);
}

const char *cyn_store_copy_text(sqlite3_stmt *q, int i, cyn_arena *arena, bool *ok)
{
    if (sqlite3_column_type(q, i) == SQLITE_NULL) return NULL;
    const char *text = (const char *)sqlite3_column_text(q, i);
    const char *copy = text ? cyn_strdup(arena, text) : NULL;
    if (!copy) *ok = false;
    return copy;
}

double cyn_store_real(sqlite3_stmt *q, int i)
{
    return sqlite3_column_type(q, i) == SQLITE_NULL ? NAN : sqlite3_column_double(q, i);
}

int cyn_store_word(sqlite3_stmt *q, int i, const char *const *words, size_t n)
{
    const char *text = (const char *)sqlite3_column_text(q, i);
    for (size_t w = 0; text && w < n && words[w]; w++)
        if (!strcmp(words[w], text)) return (int)w;
    return -1;
}

/* ---- labels ---- */

static void add_labels(cyn_buf *b, const cyn_alert_label *labels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cyn_buf_add(b, labels[i].name, strlen(labels[i].name) + 1);
        cyn_buf_putc(b, labels[i].value ? '=' : '-');
        if (labels[i].value) cyn_buf_puts(b, labels[i].value);
        cyn_buf_putc(b, '\0');
    }
}

cyn_code cyn_store_bind_labels(cyn_store *st, sqlite3_stmt *q, int i, const cyn_alert_label *labels,
                               size_t n, cyn_err *err)
{
    cyn_buf_reset(&st->text);
    add_labels(&st->text, labels, n);
    CYN_TRY(cyn_buf_check(&st->text, err));
    sqlite3_bind_blob(q, i, n ? st->text.data : "", (int)st->text.len, SQLITE_STATIC);
    return CYN_OK;
}

/* Over a copy of the bytes that ends with a NUL of its own, so that each text ends in it. */
static bool split_labels(const char *at, const char *end, cyn_alert_label *out, size_t *n)
{
    for (*n = 0; at < end; ++*n) {
        const char *value = at + strlen(at) + 1;
        if (value >= end || (*value != '=' && *value != '-')) return false;
        out[*n] = (cyn_alert_label){.name = at, .value = *value == '=' ? value + 1 : NULL};
        at = value + strlen(value) + 1;
    }
    return true;
}

bool cyn_store_read_labels(sqlite3_stmt *q, int i, cyn_arena *arena, const cyn_alert_label **out,
                           size_t *n)
{
    const char *bytes = sqlite3_column_blob(q, i);
    size_t size = (size_t)sqlite3_column_bytes(q, i), zeros = 0;
    for (size_t b = 0; b < size; b++)
        zeros += !bytes[b];
    char *copy = cyn_alloc(arena, size + 1);
    cyn_alert_label *items = copy ? CYN_NEW_ARRAY(arena, zeros + 1, cyn_alert_label) : NULL;
    *out = items;
    if (!items) return false;
    if (size) memcpy(copy, bytes, size);
    return split_labels(copy, copy + size, items, n);
}

/* ---- notices ---- */

static void copy_key(sqlite3_stmt *q, int i, char out[CYN_ALERT_KEY])
{
    const char *text = (const char *)sqlite3_column_text(q, i);
    size_t n = text ? strnlen(text, CYN_ALERT_KEY - 1) : 0;
    if (n) memcpy(out, text, n);
    out[n] = '\0';
}

static int word_or_first(sqlite3_stmt *q, int i, const char *const *words, size_t n)
{
    int word = cyn_store_word(q, i, words, n);
    return word < 0 ? 0 : word;
}

bool cyn_store_read_notice(sqlite3_stmt *q, int at, cyn_arena *arena, cyn_notice *out)
{
    bool ok = true;
    *out = (cyn_notice){
        .rule = cyn_store_copy_text(q, at + 1, arena, &ok),
        .metric = cyn_store_copy_text(q, at + 2, arena, &ok),
        .identity = cyn_store_copy_text(q, at + 3, arena, &ok),
        .what = (cyn_alert_what)word_or_first(q, at + 7, cyn_alert_what_names, CYN_ALERT_ENDED + 1),
        .reason =
            (cyn_alert_reason)word_or_first(q, at + 8, cyn_alert_reason_names, CYN_ALERT_REASONS),
        .severity = (cyn_severity)word_or_first(q, at + 9, cyn_severity_names, CYN_CRITICAL + 1),
        .firing = sqlite3_column_int(q, at + 10) != 0,
        .at = sqlite3_column_int64(q, at + 11),
        .start = sqlite3_column_int64(q, at + 12),
        .ended = sqlite3_column_int64(q, at + 13),
        .value = cyn_store_real(q, at + 14),
        .target = cyn_store_real(q, at + 15),
        .unit = cyn_store_copy_text(q, at + 16, arena, &ok),
        .period = cyn_store_copy_text(q, at + 17, arena, &ok),
        .title = cyn_store_copy_text(q, at + 18, arena, &ok),
        .summary = cyn_store_copy_text(q, at + 19, arena, &ok),
        .description = cyn_store_copy_text(q, at + 20, arena, &ok),
        .runbook = cyn_store_copy_text(q, at + 21, arena, &ok),
        .owner = cyn_store_copy_text(q, at + 22, arena, &ok),
        .facts = cyn_store_copy_text(q, at + 23, arena, &ok),
    };
    copy_key(q, at, out->key);
    copy_key(q, at + 4, out->incident);
    copy_key(q, at + 5, out->alert);
    cyn_store_read_labels(q, at + 6, arena, &out->labels, &out->nlabels);
    return ok && out->labels;
}
