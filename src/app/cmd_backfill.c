/* backfill: the past of metrics, evaluated and recorded, however often it is interrupted. */
#include "app/ask.h"
#include "app/commands.h"
#include "base/text.h"
#include "live/intervals.h"
#include "report/words.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BY_MAX 8

typedef struct command {
    cyn_session *session;
    const cyn_args *args;
    cyn_store *store;
    const char *by[BY_MAX];
    size_t nby;
    bool json, terminal, shown;
    int64_t began, told; /* monotonic */
    size_t done, all;
    bool failed;
} command;

/* ---- while it runs ---- */

/* "  120 of 400 periods (30%), 45 a second, 6 s left" */
static void show_rate(command *c)
{
    const int64_t now = cyn_monotonic();
    const bool ja = cyn_is_japanese(c->session->project->config->language);
    if (!c->terminal || c->all == 0 || (now - c->told < 100 * 1000 && c->done < c->all)) return;
    double seconds = (double)(now - c->began) / 1e6;
    double rate = seconds > 0 ? (double)c->done / seconds : 0;
    c->told = now;
    c->shown = true;
    fprintf(stderr,
            ja ? "\r\033[K  %zu / %zu期間（%zu%%）" : "\r\033[K  %zu of %zu periods (%zu%%)",
            c->done, c->all, 100 * c->done / c->all);
    if (rate > 0)
        fprintf(stderr, ja ? "、毎秒%.0f、残り%.0f秒" : ", %.0f a second, %.0f s left", rate,
                (double)(c->all - c->done) / rate);
    fflush(stderr);
}

static void end_rate(command *c)
{
    if (c->shown) fputs("\r\033[K", stderr);
    c->shown = false;
}

static void put_text(const char *key, const char *value, cyn_buf *out)
{
    cyn_buf_printf(out, "\"%s\":", key);
    cyn_buf_json_string(out, value, strlen(value));
    cyn_buf_puts(out, ",");
}

static void put_counts(const command *c, const cyn_evaluation *e, cyn_buf *out)
{
    char grain[16], first[64] = "", last[64] = "";
    cyn_format_grain(e->grain, grain);
    cyn_buf_puts(out, "\"metrics\":[");
    for (size_t i = 0; i < e->nmetrics; i++) {
        if (i) cyn_buf_puts(out, ",");
        cyn_buf_json_string(out, e->metrics[i]->name, strlen(e->metrics[i]->name));
    }
    cyn_buf_puts(out, "],");
    put_text("grain", grain, out);
    put_text("by", e->by, out);
    if (e->run) {
        const cyn_calendar *cal = &c->session->project->calendar;
        cyn_period_label(cal, e->first, first, sizeof first);
        cyn_period_label(cal, e->last, last, sizeof last);
    }
    put_text("first", first, out);
    put_text("last", last, out);
    cyn_buf_printf(out,
                   "\"values\":%" PRId64 ",\"changed\":%" PRId64 ",\"restated\":%" PRId64
                   ",\"failed\":%" PRId64 ",\"done\":%zu,\"all\":%zu}\n",
                   e->points, e->changed, e->restated, e->failed, c->done, c->all);
}

static void on_batch(void *self, size_t done, size_t all, const cyn_evaluation *batch)
{
    command *c = self;
    c->done = done;
    c->all = all;
    show_rate(c);
    if (!c->json || !batch) return;
    cyn_buf out = {0};
    cyn_buf_puts(&out, "{\"batch\":true,");
    put_counts(c, batch, &out);
    if (cyn_print(&out) != CYN_EXIT_OK) c->failed = true;
}

/* ---- what is asked for ---- */

static cyn_code read_label(const command *c, const char *option, cyn_grain grain, cyn_period *out,
                           cyn_err *err)
{
    const char *label = cyn_arg(c->args, option);
    cyn_code rc = cyn_parse_period(&c->session->project->calendar, grain, label, out, err);
    if (rc == CYN_OK) return CYN_OK;
    cyn_context(err, "--%s", option);
    if (err) err->code = CYN_E_USAGE;
    return CYN_E_USAGE;
}

static cyn_code read_range(const command *c, cyn_backfill *b, cyn_err *err)
{
    cyn_period first, last;
    if (!cyn_arg(c->args, "from")) {
        cyn_fail(err, CYN_E_USAGE, "--from is missing");
        cyn_hint(err, "name the first period: --from 2026-01");
        return CYN_E_USAGE;
    }
    CYN_TRY(read_label(c, "from", b->grain, &first, err));
    b->from = first.start;
    b->to = CYN_TIME_MAX;
    if (!cyn_arg(c->args, "to")) return CYN_OK;
    CYN_TRY(read_label(c, "to", b->grain, &last, err));
    b->to = last.end;
    if (b->to > b->from) return CYN_OK;
    return cyn_fail(err, CYN_E_USAGE, "--from %s is after --to %s", cyn_arg(c->args, "from"),
                    cyn_arg(c->args, "to"));
}

/* The metrics of the command line that are evaluated in this grain, in the project's order; those
 * are taken off the list. */
static cyn_code take_grain(const command *c, bool *wanted, cyn_backfill *b, cyn_err *err)
{
    const cyn_project *p = c->session->project;
    cyn_eval_request own = {0};
    CYN_TRY(cyn_ask_grain(c->args, &own.has_grain, &own.grain, err));
    const cyn_metric **list = CYN_NEW_ARRAY(c->session->arena, p->nmetrics + 1, const cyn_metric *);
    if (!list) return cyn_nomem(err);
    b->nmetrics = 0;
    for (size_t m = 0; m < p->nmetrics; m++) {
        cyn_grain grain = cyn_request_grain(p, &own, p->metrics[m]);
        if (!wanted[m] || (b->nmetrics > 0 && !cyn_grain_equal(grain, b->grain))) continue;
        if (grain.unit == CYN_ALL) {
            cyn_fail(err, CYN_E_USAGE, "metric '%s' belongs to no period", p->metrics[m]->name);
            cyn_hint(err, "only metrics over sources with a time have a past");
            return CYN_E_USAGE;
        }
        wanted[m] = false;
        b->grain = grain;
        list[b->nmetrics++] = p->metrics[m];
    }
    b->metrics = list;
    return CYN_OK;
}

/* ---- what came of it ---- */

static int report(command *c, const cyn_evaluation *sum)
{
    cyn_buf out = {0};
    bool ja = cyn_is_japanese(c->session->project->config->language);
    char grain[16], first[64], last[64];
    cyn_grain_words(sum->grain, c->session->project->config->language, grain);
    for (size_t i = 0; i < sum->nmetrics; i++) {
        cyn_err why = sum->errors[i];
        if (why.code == CYN_OK) continue;
        cyn_context(&why, "metric '%s'", sum->metrics[i]->name);
        cyn_print_error(&why);
    }
    if (c->json) {
        cyn_buf_puts(&out, "{\"batch\":false,");
        put_counts(c, sum, &out);
        return cyn_print(&out);
    }
    if (sum->run == 0) {
        cyn_buf_printf(&out,
                       ja ? "%s：することはありません（記録済みか、まだ終わっていない期間です）\n"
                          : "%s: nothing to do; all of it is recorded, or has not ended\n",
                       grain);
        return cyn_print(&out);
    }
    const cyn_calendar *cal = &c->session->project->calendar;
    cyn_period_label(cal, sum->first, first, sizeof first);
    cyn_period_label(cal, sum->last, last, sizeof last);
    if (ja)
        cyn_buf_printf(
            &out, "%s：%s … %s、値%" PRId64 "件（新規・変更%" PRId64 "件、うち修正%" PRId64 "件）",
            grain, first, last, sum->points, sum->changed, sum->restated);
    else
        cyn_buf_printf(&out,
                       "%s: %s … %s, %" PRId64 " value%s: %" PRId64 " new or changed, %" PRId64
                       " of them restated",
                       grain, first, last, sum->points, sum->points == 1 ? "" : "s", sum->changed,
                       sum->restated);
    if (sum->failed)
        cyn_buf_printf(&out, ja ? "、失敗%" PRId64 "件" : "; %" PRId64 " failed", sum->failed);
    cyn_buf_puts(&out, "\n");
    return cyn_print(&out);
}

static int fill_grain(command *c, cyn_backfill *b)
{
    cyn_err err = {0};
    cyn_evaluation sum;
    const cyn_turn turn = {
        .data = c->session->data, .store = c->store, .now = cyn_now(), .cancel = &cyn_interrupted};
    if (read_range(c, b, &err) != CYN_OK) return cyn_fail_exit(&err);
    c->began = cyn_monotonic();
    cyn_code rc = cyn_backfill_run(c->session->project, b, &turn, &sum, &err);
    end_rate(c);
    if (rc == CYN_E_CANCEL)
        fputs("what was recorded stays; the same command goes on from there\n", stderr);
    if (rc != CYN_OK) return cyn_fail_exit(&err);
    if (sum.failed > 0) c->failed = true;
    return report(c, &sum);
}

static int fill(command *c)
{
    const cyn_project *p = c->session->project;
    cyn_err err = {0};
    bool *wanted = CYN_NEW_ARRAY(c->session->arena, p->nmetrics + 1, bool);
    cyn_code rc = wanted ? CYN_OK : cyn_nomem(&err);
    for (size_t i = 0; rc == CYN_OK && i < c->args->npositional; i++) {
        size_t m = 0;
        rc = cyn_project_need_metric(p, c->args->positional[i], &m, &err);
        if (rc == CYN_OK) wanted[m] = true;
    }
    int exit_code = CYN_EXIT_OK;
    while (rc == CYN_OK && exit_code == CYN_EXIT_OK) {
        cyn_backfill b = {.by = c->by,
                          .nby = c->nby,
                          .again = cyn_arg(c->args, "again") != NULL,
                          .progress = on_batch,
                          .self = c};
        rc = take_grain(c, wanted, &b, &err);
        if (rc != CYN_OK || b.nmetrics == 0) break;
        exit_code = fill_grain(c, &b);
    }
    if (rc != CYN_OK) return cyn_fail_exit(&err);
    return exit_code == CYN_EXIT_OK && c->failed ? CYN_EXIT_FAILED : exit_code;
}

static int open_and_fill(command *c)
{
    cyn_err err = {0};
    cyn_session *s = c->session;
    cyn_code rc = cyn_ask_names(c->args, "by", BY_MAX, s->arena, c->by, &c->nby, &err);
    if (rc != CYN_OK) return cyn_fail_exit(&err);
    cyn_ask_data(s, c->by, c->nby);
    const char *path = cyn_state_path(s->project->dir, s->arena);
    rc = path ? cyn_store_open(path, &c->store, &err) : cyn_nomem(&err);
    if (rc != CYN_OK) return cyn_fail_exit(&err);
    int exit_code = fill(c);
    cyn_store_close(c->store);
    cyn_ask_notes(s);
    return exit_code;
}

int cyn_cmd_backfill(const cyn_args *args)
{
    if (args->npositional == 0) return cyn_usage_error(args, "which metrics?");
    cyn_session s;
    int exit_code = cyn_session_open(&s, args, false);
    command c = {.session = &s,
                 .args = args,
                 .json = cyn_arg(args, "json") != NULL,
                 .terminal = isatty(STDERR_FILENO)};
    if (exit_code == CYN_EXIT_OK) exit_code = open_and_fill(&c);
    cyn_session_close(&s);
    return exit_code;
}
