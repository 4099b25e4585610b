/* What became of telling an event: one entry for each channel, as the store keeps them. */
#include "report/alerts_impl.h"
#include "report/json_read.h"
#include <math.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_word(cyn_json_span value, const char *word)
{
    return value.n == strlen(word) + 2 && *value.s == '"' &&
           memcmp(value.s + 1, word, value.n - 2) == 0;
}

/* ---- for people ---- */

/* "growth ✓", "mail ✗", "pager waiting". */
static void put_outcome(cyn_json_span state, const cyn_report_options *opts, cyn_buf *out)
{
    static const struct {
        const char *state, *mark, *en, *ja;
    } outcomes[] = {
        {"sent", "✓", "sent", "送信済み"},           {"dead", "✗", "given up", "断念"},
        {"waiting", NULL, "waiting", "待機中"},      {"held", NULL, "held", "見合わせ中"},
        {"muted", NULL, "muted", "通知停止"},        {"skipped", NULL, "skipped", "対象外"},
        {"retrying", NULL, "retrying", "再試行待ち"}};
    size_t i = 0;
    while (i < COUNT(outcomes) && !is_word(state, outcomes[i].state))
        i++;
    if (i == COUNT(outcomes))
        cyn_json_put_text(state, out);
    else if (outcomes[i].mark && !opts->ascii)
        cyn_buf_puts(out, outcomes[i].mark);
    else
        cyn_buf_puts(out, cyn_report_words(opts, outcomes[i].en, outcomes[i].ja));
}

/* What is stored is English; of what we say ourselves people see their own language. What a server
 * answered stays as it is. */
static void put_detail(cyn_json_span detail, const cyn_report_options *opts, cyn_buf *out)
{
    static const struct {
        const char *en, *ja;
    } known[] = {{"it was muted until it was over", "解消まで通知停止中だった"},
                 {"what followed it is told", "その後の状態を通知した"},
                 {"its beginning was not told", "発火を通知していない"},
                 {"there is no such channel", "その通知先はない"},
                 {"this channel does not tell ends", "この通知先は解消を知らせない"}};
    for (size_t i = 0; i < COUNT(known); i++)
        if (is_word(detail, known[i].en)) {
            cyn_buf_puts(out, cyn_report_words(opts, known[i].en, known[i].ja));
            return;
        }
    cyn_json_put_text(detail, out);
}

/* "sent" needs no detail; what holds a message is the note of the alert. */
static void put_delivery(const char *object, const cyn_report_options *opts, cyn_buf *out)
{
    cyn_json_span channel, state, detail;
    if (!cyn_json_find(object, "channel", &channel) || !cyn_json_find(object, "state", &state))
        return;
    cyn_json_put_text(channel, out);
    cyn_buf_putc(out, ' ');
    put_outcome(state, opts, out);
    if (is_word(state, "sent") || is_word(state, "held")) return;
    if (!cyn_json_find(object, "detail", &detail) || detail.n <= 2 || *detail.s != '"') return;
    cyn_buf_puts(out, " (");
    put_detail(detail, opts, out);
    cyn_buf_putc(out, ')');
}

void cyn_put_deliveries(const char *deliveries, const cyn_report_options *opts, cyn_buf *out)
{
    cyn_json_at at = cyn_json_open(deliveries);
    cyn_json_span key, value;
    for (size_t n = 0; cyn_json_next(&at, &key, &value); n++) {
        if (n) cyn_buf_puts(out, ", ");
        put_delivery(value.s, opts, out);
    }
}

/* ---- for programs ---- */

static void put_span(cyn_json_span span, cyn_buf *b)
{
    cyn_buf_add(b, span.s, span.n);
}

static void json_member(cyn_json_span key, cyn_json_span value, const cyn_report_options *opts,
                        cyn_buf *b)
{
    double micros;
    put_span(key, b);
    cyn_buf_putc(b, ':');
    if (is_word(key, "at") && cyn_json_real_of(value, &micros) && fabs(micros) < 1e18) {
        char iso[64];
        cyn_format_instant((int64_t)micros, opts->calendar->tz, iso, sizeof iso);
        cyn_buf_json_string(b, iso, strlen(iso));
    } else {
        put_span(value, b);
    }
}

static void json_delivery(const char *object, const cyn_report_options *opts, cyn_buf *b)
{
    cyn_json_at at = cyn_json_open(object);
    cyn_json_span key, value;
    cyn_buf_putc(b, '{');
    for (size_t n = 0; at.object && cyn_json_next(&at, &key, &value); n++) {
        if (n) cyn_buf_putc(b, ',');
        json_member(key, value, opts, b);
    }
    cyn_buf_putc(b, '}');
}

void cyn_json_deliveries(cyn_buf *b, const char *deliveries, const cyn_report_options *opts)
{
    cyn_json_at at = cyn_json_open(deliveries);
    cyn_json_span key, value;
    cyn_json_key(b, "deliveries");
    if (!at.s) {
        cyn_buf_puts(b, "null");
        return;
    }
    cyn_buf_putc(b, '[');
    for (size_t n = 0; cyn_json_next(&at, &key, &value); n++) {
        if (n) cyn_buf_putc(b, ',');
        json_delivery(value.s, opts, b);
    }
    cyn_buf_putc(b, ']');
}
