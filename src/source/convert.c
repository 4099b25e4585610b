#include "source/convert.h"
#include "base/num.h"
#include "source/number.h"
#include "source/text.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Longer numbers than this are not exact in 64 bits in any case. */
enum { PLAIN_MAX = 100 };

/* Years -9999 … 9999, which the calendar knows. */
static const int64_t first_instant = INT64_C(-377705116800) * CYN_SECOND;
static const int64_t last_instant = INT64_C(253402300800) * CYN_SECOND - 1;

/* "1.25e-3" becomes "0.00125": exponents only move the point, so the value stays exact. */
static bool write_plain(const cyn_number *d, char out[PLAIN_MAX], size_t *n)
{
    long point = (long)d->nwhole + d->exponent; /* behind this many digits */
    long digits = (long)(d->nwhole + d->nfraction);
    long from = point < 0 ? point : 0, to = point > digits ? point : digits;
    if (to - from + 4 > PLAIN_MAX) return false;
    char *p = out;
    if (d->negative) *p++ = '-';
    for (long i = from; i < to; i++) {
        if (i == point) *p++ = '.';
        bool whole = i >= 0 && i < (long)d->nwhole;
        *p++ = i < 0 || i >= digits ? '0' : whole ? d->whole[i] : d->fraction[i - (long)d->nwhole];
    }
    *n = (size_t)(p - out);
    return true;
}

/* Mantissa and scale of a number; decimals beyond `most` are cut off, or must be 0 when exact. */
static bool read_decimal(const char *s, size_t n, size_t most, bool exact, int64_t *mantissa,
                         int *scale)
{
    char plain[PLAIN_MAX];
    cyn_number d;
    if (!cyn_number_scan(s, n, &d)) return false;
    if (d.has_exponent) {
        if (!write_plain(&d, plain, &n) || !cyn_number_scan(plain, n, &d)) return false;
        s = plain;
    }
    for (; d.nfraction > most; d.nfraction--, n--)
        if (exact && d.fraction[d.nfraction - 1] != '0') return false;
    return cyn_parse_decimal(s, n, mantissa, scale);
}

static bool to_decimal(const char *s, size_t n, int scale, int64_t *out)
{
    const int64_t limit = INT64_C(1000000000000000000); /* 18 digits */
    int64_t m;
    int found;
    if (!read_decimal(s, n, (size_t)scale, true, &m, &found)) return false;
    if (!cyn_rescale(m, found, scale, &m) || m <= -limit || m >= limit) return false;
    *out = m;
    return true;
}

static bool to_integer(const char *s, size_t n, int64_t *out)
{
    return cyn_parse_integer(s, n, out) || to_decimal(s, n, 0, out);
}

static bool to_boolean(const char *s, size_t n, int64_t *out)
{
    static const char *const words[] = {"false", "true", "0", "1", "no", "yes", "f", "t", "n", "y"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) != n || strncasecmp(words[i], s, n) != 0) continue;
        *out = i & 1;
        return true;
    }
    return false;
}

static bool from_epoch(const char *s, size_t n, cyn_epoch epoch, int64_t *out)
{
    int decimals = epoch == CYN_EPOCH_S ? 6 : epoch == CYN_EPOCH_MS ? 3 : 0, scale;
    int64_t m;
    if (!read_decimal(s, n, (size_t)decimals, false, &m, &scale)) return false;
    return cyn_rescale(m, scale, decimals, out);
}

static bool to_timestamp(const cyn_conversion *how, const char *s, size_t n, int64_t *out)
{
    int64_t at;
    bool ok = how->epoch    ? from_epoch(s, n, how->epoch, &at)
              : how->format ? cyn_parse_format(s, n, how->format, how->tz, &at)
                            : cyn_parse_instant(s, n, how->tz, &at);
    if (!ok || at < first_instant || at > last_instant) return false;
    *out = at;
    return true;
}

/* A timestamp in a column declared as date is its date in the zone of the source. */
static bool to_date(const cyn_conversion *how, const char *s, size_t n, int64_t *out)
{
    int64_t at;
    if (!how->format && !how->epoch && cyn_parse_date(s, n, out)) return true;
    if (!to_timestamp(how, s, n, &at)) return false;
    *out = cyn_tz_date(how->tz, at);
    return true;
}

bool cyn_convert(const cyn_conversion *how, const char *s, size_t n, cyn_source_value *out)
{
    switch (how->type) {
    case CYN_INTEGER: return to_integer(s, n, &out->i);
    case CYN_REAL: return cyn_parse_real(s, n, &out->r);
    case CYN_DECIMAL: return to_decimal(s, n, how->scale, &out->i);
    case CYN_BOOLEAN: return to_boolean(s, n, &out->i);
    case CYN_TIMESTAMP: return to_timestamp(how, s, n, &out->i);
    case CYN_DATE: return to_date(how, s, n, &out->i);
    case CYN_TEXT: break;
    }
    return false;
}

/* A number that fails for other reasons than its form deserves to hear which. */
static bool number_reason(const cyn_conversion *how, const char *s, size_t n, const char *shown,
                          char *out, size_t size)
{
    cyn_number d;
    double r;
    if (!cyn_number_scan(s, n, &d)) return false;
    switch (how->type) {
    case CYN_INTEGER:
        if (d.point && !d.has_exponent) return false;
        break;
    case CYN_DECIMAL:
        if (cyn_parse_real(s, n, &r) && d.nfraction > how->scale && !d.has_exponent) {
            snprintf(out, size, "more than %d decimals: '%s'", how->scale, shown);
            return true;
        }
        break;
    case CYN_REAL: break;
    case CYN_TIMESTAMP:
        if (how->epoch) break;
        if (how->format) return false;
        snprintf(out, size, "not a timestamp: '%s'; for numbers declare epoch: s, ms or us", shown);
        return true;
    case CYN_TEXT:
    case CYN_BOOLEAN:
    case CYN_DATE: return false;
    }
    snprintf(out, size, "out of range for type %s: '%s'", cyn_type_name(how->type), shown);
    return true;
}

void cyn_convert_reason(const cyn_conversion *how, const char *s, size_t n, char *out, size_t size)
{
    enum { SHOWN_MAX = 60 };
    static const char *const units[] = {"", "seconds", "milliseconds", "microseconds"};
    char shown[SHOWN_MAX + 8];
    size_t cut = cyn_utf8_cut(s, n, SHOWN_MAX);
    snprintf(shown, sizeof shown, "%.*s%s", (int)cut, s, cut < n ? "…" : "");
    if (number_reason(how, s, n, shown, out, size)) return;
    if (how->format)
        snprintf(out, size, "not a %s like %s: '%s'", cyn_type_name(how->type), how->format, shown);
    else if (how->epoch)
        snprintf(out, size, "not a number of %s since 1970: '%s'", units[how->epoch], shown);
    else
        snprintf(out, size, "not %s %s: '%s'", how->type == CYN_INTEGER ? "an" : "a",
                 cyn_type_name(how->type), shown);
}
