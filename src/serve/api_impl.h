/* What the files of the API share: what a call stands on, what it was asked, how it answers.
 *
 *     api.c          the routes; what does not fit elsewhere
 *     api_metrics.c  metrics and trees, of the overview
 *     api_okr.c      objectives and key results, of the overview
 *     api_values.c   recorded values, of the state
 *     api_alerts.c   rules, alerts, events, silences
 *     api_act.c      what people say about alerts: the calls that write
 *     api_call.c     what all of them need
 *     api_json.c     bodies: JSON of strangers
 *
 * Objects have the members that the command line writes with --json, of the same names.
 *
 * Private to src/serve and its tests.
 */
#pragma once
#include "live/roster.h"
#include "report/json.h"
#include "serve/site.h"

enum api_need {
    API_PROJECT = 1, /* the project as it is loaded now */
    API_VIEW = 2,    /* what was evaluated last, and the project that it is of */
    API_TAG = 4,     /* nothing but that goes into the answer, which has the overview's tag */
    API_STATE = 8,   /* the state, for reading */
    API_ROSTER = 16, /* rules and alerts: of the project, out of the state */
    API_WRITE = 32,  /* the state for writing, in place of reading */
};

typedef struct api_call {
    cyn_site *site;
    const cyn_request *request;
    cyn_reply *reply;
    cyn_buf *out;     /* the reply's body */
    cyn_arena *arena; /* of the request */
    const cyn_opened *opened;
    const cyn_project *project;
    const cyn_overview *view;
    cyn_store *store;
    cyn_roster roster;
    cyn_report_options look; /* JSON */
    int64_t now;
} api_call;

typedef cyn_code api_answer(api_call *c, cyn_err *err);

/* Gets hold of what is needed, has it answered, and lets go. `query` are the parameters that there
 * are, NULL at the end; another one is a mistake that is told. */
CYN_NODISCARD cyn_code api_serve(cyn_site *site, const cyn_request *r, cyn_reply *reply,
                                 unsigned needs, const char *const *query, api_answer *answer,
                                 cyn_err *err);

/* ---- what was asked ---- */

/* `limit`, from 1 to `most`; `fallback` where it is not given. */
CYN_NODISCARD cyn_code api_limit(const api_call *c, size_t fallback, size_t most, size_t *out,
                                 cyn_err *err);
/* "true" or "1", "false" or "0"; false where it is not given. */
CYN_NODISCARD cyn_code api_flag(const api_call *c, const char *name, bool *out, cyn_err *err);
/* A date or time in the project's zone; untouched where it is not given. */
CYN_NODISCARD cyn_code api_time(const api_call *c, const char *name, const char *text, int64_t *out,
                                cyn_err *err);
/* The index of a word; CYN_E_RANGE with all of them. -1 where text is NULL. */
CYN_NODISCARD cyn_code api_word(const char *name, const char *const *words, const char *text,
                                int *out, cyn_err *err);

/* ---- answering ---- */

/* ,"name":[…] of JSON that is one object a line. */
void api_put_lines(cyn_buf *out, const char *name, const cyn_buf *lines);
/* The next line of such a text, without its end. */
bool api_next_line(const char **text, const char **line, size_t *n);
/* ,"name":["a","b"] */
void api_put_names(cyn_buf *out, const char *name, const char *const *items, size_t n);

/* ---- bodies ---- */

typedef enum api_kind {
    API_NULL,
    API_TEXT,
    API_NUMBER,
    API_BOOLEAN,
    API_TEXTS, /* an array of texts */
} api_kind;

typedef struct api_member {
    const char *name;
    api_kind kind;
    const char *text; /* TEXT: decoded; NUMBER, BOOLEAN: as it stands */
    const char *const *items;
    size_t nitems;
} api_member;

typedef struct api_object {
    const api_member *members; /* in the order given; names are different */
    size_t count;
} api_object;

/* An object whose members are texts, numbers, true, false, null or arrays of texts. Nothing but
 * JSON passes; CYN_E_SYNTAX says where. */
CYN_NODISCARD cyn_code api_parse_object(const char *text, size_t n, cyn_arena *arena,
                                        api_object *out, cyn_err *err);
const api_member *api_member_of(const api_object *o, const char *name); /* NULL: there is none */

/* ---- answers of the other files ---- */

api_answer api_list_metrics, api_show_metric, api_show_tree, api_show_okrs;
api_answer api_list_series, api_list_values;
api_answer api_list_alerts, api_list_events, api_list_rules, api_list_silences;
api_answer api_add_silence, api_end_silence, api_ack, api_unack;
