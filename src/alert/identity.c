#include "alert/identity.h"
#include "base/buf.h"
#include "base/hash.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the canonical text ---- */

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

static void add_quoted(cyn_buf *b, const char *s)
{
    cyn_buf_putc(b, '"');
    for (; *s; s++) {
        if (is_control((unsigned char)*s)) {
            cyn_buf_printf(b, "\\x%02x", (unsigned char)*s);
            continue;
        }
        if (*s == '"' || *s == '\\') cyn_buf_putc(b, '\\');
        cyn_buf_putc(b, *s);
    }
    cyn_buf_putc(b, '"');
}

/* Plain where nothing in it could be taken for the text around it. */
static bool is_plain(const char *s)
{
    if (!*s) return false;
    for (; *s; s++)
        if (is_control((unsigned char)*s) || strchr(" \"\\{}=,", *s)) return false;
    return true;
}

static void add_name(cyn_buf *b, const char *s)
{
    if (is_plain(s))
        cyn_buf_puts(b, s);
    else
        add_quoted(b, s);
}

static void add_labels(cyn_buf *b, const cyn_alert_label *const *sorted, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cyn_buf_putc(b, i ? ',' : '{');
        add_name(b, sorted[i]->name);
        cyn_buf_putc(b, '=');
        if (sorted[i]->value)
            add_quoted(b, sorted[i]->value);
        else
            cyn_buf_puts(b, "nil");
    }
    if (n) cyn_buf_putc(b, '}');
}

static int by_name(const void *a, const void *b)
{
    const cyn_alert_label *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static cyn_code sort_labels(const char *rule, const cyn_alert_label *labels, size_t n,
                            cyn_arena *arena, const cyn_alert_label ***out, cyn_err *err)
{
    const cyn_alert_label **sorted = CYN_NEW_ARRAY(arena, n + 1, const cyn_alert_label *);
    if (!sorted) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &labels[i];
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 1; i < n; i++)
        if (!strcmp(sorted[i - 1]->name, sorted[i]->name))
            return cyn_fail(err, CYN_E_CONFLICT, "rule '%s': an alert has the label '%s' twice",
                            rule, sorted[i]->name);
    *out = sorted;
    return CYN_OK;
}

cyn_code cyn_alert_identity(const char *rule, const cyn_alert_label *labels, size_t n,
                            cyn_arena *arena, char **out, cyn_err *err)
{
    cyn_code rc = CYN_OK;
    const cyn_alert_label **sorted = NULL;
    cyn_buf b = {0};
    CYN_TRY(sort_labels(rule, labels, n, arena, &sorted, err));
    add_name(&b, rule);
    add_labels(&b, sorted, n);
    CYN_GOTO(cyn_buf_check(&b, err));
    char *text = cyn_strdup(arena, b.data);
    if (text)
        *out = text;
    else
        rc = cyn_nomem(err);
done:
    cyn_buf_clear(&b);
    return rc;
}

/* ---- keys ---- */

/* A hash of two hashes: no identity and tail can look like another identity and tail. */
static void make_key(const char *identity, const char *tail, char out[CYN_ALERT_KEY])
{
    cyn_sha256 parts[2] = {cyn_sha256_of(identity, strlen(identity)),
                           cyn_sha256_of(tail, strlen(tail))};
    cyn_sha256 whole = cyn_sha256_of(parts, sizeof parts);
    cyn_hex(whole.bytes, (CYN_ALERT_KEY - 1) / 2, out);
}

void cyn_alert_key(const char *identity, char out[CYN_ALERT_KEY])
{
    make_key(identity, "", out);
}

void cyn_alert_incident_key(const char *identity, int64_t start, char out[CYN_ALERT_KEY])
{
    char tail[48];
    snprintf(tail, sizeof tail, "incident %" PRId64, start);
    make_key(identity, tail, out);
}

void cyn_alert_event_key(const char *identity, const cyn_alert_event *event,
                         char out[CYN_ALERT_KEY])
{
    char tail[64];
    snprintf(tail, sizeof tail, "%s %" PRId64, cyn_alert_what_names[event->what], event->slot);
    make_key(identity, tail, out);
}
