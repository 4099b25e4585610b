/* schedule: what runs by itself, when it does next and when it did last. */
#include "app/alerts.h"
#include "app/commands.h"
#include "base/text.h"
#include "live/agenda.h"
#include <string.h>

typedef struct request {
    int kind;         /* -1: all */
    const char *name; /* NULL: all */
    int64_t ahead;    /* all that comes within so long; 0: what is next of each */
} request;

static int kind_of(const char *word)
{
    for (int i = 0; cyn_agenda_kind_names[i]; i++)
        if (strcmp(cyn_agenda_kind_names[i], word) == 0) return i;
    return -1;
}

static cyn_code read_request(const cyn_args *args, request *out, cyn_err *err)
{
    const char *kind = cyn_arg(args, "kind"), *ahead = cyn_arg(args, "next");
    *out = (request){.kind = -1};
    if (args->npositional > 1)
        return cyn_fail(err, CYN_E_USAGE, "expected one name, found '%s' too", args->positional[1]);
    if (args->npositional == 1) out->name = args->positional[0];
    if (kind) out->kind = kind_of(kind);
    if (kind && out->kind < 0)
        return cyn_fail(err, CYN_E_USAGE, "--kind %s: expected source, metric, rule or report",
                        kind);
    return ahead ? cyn_alerts_duration("next", ahead, &out->ahead, err) : CYN_OK;
}

/* CYN_E_NAME with the nearest one, unless something of the kind has that name. */
static cyn_code check_name(const request *r, const cyn_agenda_item *items, size_t n,
                           cyn_arena *arena, cyn_err *err)
{
    const char **names = CYN_NEW_ARRAY(arena, n + 1, const char *);
    size_t count = 0;
    if (!r->name) return CYN_OK;
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (r->kind >= 0 && (int)items[i].kind != r->kind) continue;
        if (strcmp(items[i].name, r->name) == 0) return CYN_OK;
        names[count++] = items[i].name;
    }
    cyn_fail(err, CYN_E_NAME, "no %s is called '%s'",
             r->kind < 0 ? "source, metric, rule or report" : cyn_agenda_kind_names[r->kind],
             r->name);
    const char *near = cyn_nearest(r->name, names, count);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    return CYN_E_NAME;
}

/* Those that were asked for, in the order that they have. */
static cyn_code choose(const request *r, const cyn_agenda_item **items, size_t *n, cyn_arena *arena,
                       cyn_err *err)
{
    cyn_agenda_item *kept = CYN_NEW_ARRAY(arena, *n + 1, cyn_agenda_item);
    size_t count = 0;
    if (!kept) return cyn_nomem(err);
    for (size_t i = 0; i < *n; i++) {
        const cyn_agenda_item *item = &(*items)[i];
        if (r->kind >= 0 && (int)item->kind != r->kind) continue;
        if (!r->name || strcmp(item->name, r->name) == 0) kept[count++] = *item;
    }
    *items = kept;
    *n = count;
    return CYN_OK;
}

static cyn_code collect(cyn_alerts *a, const request *r, const cyn_agenda_item **items, size_t *n,
                        cyn_err *err)
{
    const cyn_project *p = a->session.project;
    cyn_arena *arena = a->session.arena;
    CYN_TRY(cyn_agenda(p, a->store, a->clock, arena, items, n, err));
    CYN_TRY(check_name(r, *items, *n, arena, err));
    if (!r->ahead) return choose(r, items, n, arena, err);
    return cyn_agenda_until(p, a->store, a->clock, a->clock + r->ahead, r->kind, r->name, arena,
                            items, n, err);
}

static int show(cyn_alerts *a, const request *r)
{
    cyn_err err = {0};
    cyn_buf out = {0};
    const cyn_agenda_item *items = NULL;
    size_t n = 0;
    cyn_code rc = collect(a, r, &items, &n, &err);
    if (rc == CYN_OK) rc = cyn_report_agenda(items, n, a->clock, &a->report, &out, &err);
    if (rc == CYN_OK) return cyn_print(&out);
    cyn_buf_clear(&out);
    return cyn_fail_exit(&err);
}

int cyn_cmd_schedule(const cyn_args *args)
{
    cyn_alerts a;
    request r;
    cyn_err err = {0};
    if (read_request(args, &r, &err) != CYN_OK) return cyn_fail_exit(&err);
    int rc = cyn_alerts_open(&a, args);
    if (rc == CYN_EXIT_OK) rc = show(&a, &r);
    if (rc == CYN_EXIT_OK && a.session.findings.count > 0) rc = CYN_EXIT_FAILED;
    cyn_alerts_close(&a);
    return rc;
}
