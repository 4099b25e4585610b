/* What the files of a watch share; private to this folder.
 *
 * watch.c finds what is due and runs it; watch_rule.c makes a rule ready once; watch_board.c has
 * the readings of a series as columns; watch_judge.c says what is seen of each segment;
 * watch_book.c holds the alerts; watch_step.c takes each a step; watch_notice.c words what came of
 * it; watch_bundle.c finds rules that belong together.
 */
#pragma once
#include "alert/calendar.h"
#include "alert/reading.h"
#include "base/buf.h"
#include "exec/condition.h"
#include "notify/template.h"
#include "rules/watch.h"
#include "sched/slots.h"

/* ---- rules, made ready ---- */

typedef enum watch_name_kind {
    WATCH_READING,
    WATCH_DIMENSION, /* index: of the rule's `by` */
    WATCH_LABEL,     /* index: of its labels; in templates */
    WATCH_PARAM,     /* index: of its parameters */
    WATCH_WORD,      /* index: into cyn_template_words; in templates */
    WATCH_UNKNOWN,
} watch_name_kind;

/* What a name in a condition or a template stands for. */
typedef struct watch_name {
    watch_name_kind kind;
    size_t index;
    cyn_reading reading;
} watch_name;

typedef struct watch_condition {
    const cyn_expr *expr;        /* NULL: there is none */
    const cyn_translation *code; /* over names; NULL: the interpreter's */
    const watch_name *names;     /* [input of the code], or what the script is known to read */
    size_t nnames;
    bool reads_more; /* what else it reads is not known before it runs */
} watch_condition;

typedef struct watch_text {
    const cyn_template *template; /* NULL: `text` as it is */
    const char *text;
    const watch_name *names; /* [name of the template] */
} watch_text;

typedef struct watch_instance watch_instance;
/* The alerts of a rule. */
typedef struct watch_book {
    watch_instance **items;
    size_t count, capacity;
    uint32_t *table; /* index + 1; 0 is free; NULL: so few that each is looked at */
    size_t ntable;   /* a power of two */
} watch_book;

typedef struct watch_rule {
    const cyn_rule *rule;
    const cyn_err *error; /* why it cannot be evaluated; NULL: it can */
    const cyn_metric *metric;
    cyn_grain grain;
    cyn_slots slots;
    bool has_calendar;
    cyn_alert_calendar calendar;
    uint64_t definition;
    int64_t retain; /* so long a resolved alert is remembered */
    watch_condition when, clear, *levels;
    watch_text summary, description;
    const char *title;
    bool needs_value; /* a segment without value cannot be judged */
    bool parts, rows; /* what it needs of the series beside values */
    size_t lookback;
    struct watch_rule *const *parents;
    size_t nparents;
    int64_t slot;     /* the last one evaluated */
    int64_t recorded; /* of a rule whose last one is not known: that of its last event */
    int64_t failed;   /* the last one that is to be tried again */
    uint64_t failure; /* a hash of its error */
    watch_book book;
    int mark; /* while rules are put in order */
} watch_rule;

/* ---- alerts ---- */

struct watch_instance {
    cyn_alert alert;
    uint64_t hash; /* of the labels */
    uint64_t run;  /* the last one that reported its segment */
    bool stored;   /* whoever keeps the state has it */
    bool drop;     /* it is forgotten */
    cyn_told told;
    double value;
    char period[48]; /* "": none */
    cyn_buf facts;
    const char *identity;
    const cyn_alert_label *labels;
    size_t nlabels;
};

/* An alert of a rule that is not there. */
typedef struct watch_orphan {
    const char *rule;
    watch_instance *instance;
} watch_orphan;

struct cyn_watch {
    const cyn_project *project;
    cyn_watch_options options;
    cyn_arena *arena;
    watch_rule *rules; /* in the order given */
    size_t nrules;
    watch_rule **by_name;  /* sorted */
    watch_rule **by_group; /* those that share a series and a timetable side by side */
    watch_rule **in_order; /* each after those that it depends on */
    size_t nordered;
    watch_orphan *orphans;
    size_t norphans, orphan_room;
    const char **gone; /* rules that were put back and are gone: for the next result */
    size_t ngone, gone_room;
    uint64_t runs;
};

/* ---- a run ---- */

/* The readings of a series at a slot, as columns with a row for each segment; made when they are
 * asked for. */
typedef struct board_column {
    const watch_name *name;
    const double *values; /* of a reading: [segment] */
} board_column;

typedef struct watch_board {
    const cyn_project *project;
    const cyn_series *series;
    const cyn_err *error; /* there is no series */
    int64_t slot;
    bool ready;
    size_t judged;
    const double *value; /* [segment] in the judged period */
    cyn_arena *arena;
    board_column *columns;
    cyn_column *columns_of_table; /* the same, as the executor reads them */
    size_t ncolumns, capacity, table_capacity;
} watch_board;

/* What was seen of a segment: a cyn_severity, or: */
enum { WATCH_FALSE = CYN_SEVERITY_NONE, WATCH_BETWEEN = 0xfe, WATCH_UNREPORTED = 0xff };

/* One rule's evaluation. */
typedef struct watch_outcome {
    watch_rule *rule;
    watch_board *board; /* NULL: it did not come so far */
    int64_t slot;
    uint64_t missed;
    cyn_alert_sight what; /* TRUE: see each segment; else of all: NO_DATA, ERROR, NOT_READY */
    const cyn_err *error; /* ERROR */
    uint8_t *seen;        /* [segment] */
    uint8_t *when, *clear, **levels; /* [segment] cyn_truth; NULL: no such condition */
    bool again;                      /* it needs more periods than there are */
    bool put_off, repeated;          /* as in cyn_watch_rule: again, repeated */
    const char *frozen_by;           /* the same */
    int64_t took;                    /* the same */
} watch_outcome;

typedef struct watch_events {
    cyn_watch_event *items;
    size_t count, capacity;
} watch_events;

typedef struct watch_changes {
    cyn_watch_alert *items;
    size_t count, capacity;
} watch_changes;

typedef struct watch_run {
    cyn_watch *watch;
    cyn_arena *arena;   /* of the result */
    cyn_arena *scratch; /* of the run */
    uint64_t number;
    watch_outcome *outcomes; /* [rule]; rule NULL: it was not due */
    watch_events *events;    /* [rule], and at the end those of orphans */
    watch_changes changes;
    cyn_buf text; /* room for what is being worded */
} watch_run;

/* ---- watch_rule.c ---- */

/* Makes the rule ready; what is wrong with it is its error. Fails for exhausted memory only. */
CYN_NODISCARD cyn_code watch_rule_init(cyn_watch *w, watch_rule *r, const cyn_rule *rule,
                                       cyn_err *err);
/* Its slots and calendar, by `rule` and `grain` alone. */
CYN_NODISCARD cyn_code watch_rule_times(const cyn_project *p, watch_rule *r, cyn_arena *arena,
                                        cyn_err *err);
/* The first slot after t at which it is evaluated; CYN_SLOT_END: never, or not in ten years. */
int64_t watch_next_slot(const watch_rule *r, int64_t t);
/* Finds what rules depend on, and the order in which they are stepped. */
CYN_NODISCARD cyn_code watch_order(cyn_watch *w, cyn_err *err);
watch_rule *watch_find_rule(const cyn_watch *w, const char *name);
/* Whether it is in some script of the project, be it in this watch or not. */
bool watch_is_declared(const cyn_watch *w, const char *rule);
/* What a name in a condition stands for; CYN_E_NAME with what it may have meant. */
CYN_NODISCARD cyn_code watch_name_find(const cyn_rule *rule, const char *name,
                                       const cyn_place *place, watch_name *out, cyn_err *err);

/* ---- watch_board.c ---- */

CYN_NODISCARD cyn_code board_new(const cyn_watch *w, const cyn_series_request *request,
                                 const cyn_series_reply *reply, cyn_arena *arena, watch_board **out,
                                 cyn_err *err);
/* The number of the column of a reading or dimension; the name must live as long as the board. */
CYN_NODISCARD cyn_code board_column_of(watch_board *b, const watch_name *name, size_t *out,
                                       cyn_err *err);

/* ---- watch_judge.c ---- */

/* Judges all outcomes of one board; those that fail have their error. */
CYN_NODISCARD cyn_code watch_judge(watch_run *run, watch_board *board, watch_outcome **outcomes,
                                   size_t n, cyn_err *err);

/* ---- watch_book.c ---- */

/* A segment's value as a label; NULL: missing. In the room, or the const's own text. */
const char *watch_label_text(const cyn_const *value, char room[32], size_t *n);
uint64_t watch_hash_labels(const cyn_alert_label *labels, size_t n);
watch_instance *book_find(const watch_book *b, uint64_t hash, const cyn_alert_label *labels,
                          size_t n);
CYN_NODISCARD cyn_code watch_instance_new(const char *rule, const cyn_alert_label *labels, size_t n,
                                          watch_instance **out, cyn_err *err);
void watch_instance_free(watch_instance *i);
CYN_NODISCARD cyn_code book_add(watch_book *b, watch_instance *i, cyn_err *err);
/* Frees those that are to be dropped. */
void book_sweep(watch_book *b);
void book_clear(watch_book *b);

/* ---- watch_step.c ---- */

CYN_NODISCARD cyn_code watch_step(watch_run *run, watch_outcome *o, cyn_err *err);
CYN_NODISCARD cyn_code watch_withdraw(watch_run *run, int64_t now, cyn_err *err);
/* The alert as others see it. */
CYN_NODISCARD cyn_code watch_alert_of(const watch_instance *i, const char *rule,
                                      const cyn_rule *declared, cyn_arena *arena,
                                      cyn_watch_alert *out, cyn_err *err);
/* Whether it was deleted; one whose script could not be read was not, as far as anybody knows. */
bool watch_is_gone(const cyn_watch *w, const char *rule);
/* Slots between two that the rule would have been evaluated at. */
uint64_t watch_missed(const watch_rule *r, int64_t from, int64_t to);

/* ---- watch_notice.c ---- */

#define WATCH_NO_SEGMENT ((size_t)-1)
/* What the alert's last evaluation saw, into instance->value, period and facts. */
CYN_NODISCARD cyn_code watch_note(watch_run *run, const watch_outcome *o, watch_instance *i,
                                  size_t segment, cyn_err *err);
/* The event as others see it. `o` is NULL of a rule that is gone. */
CYN_NODISCARD cyn_code watch_notice(watch_run *run, const watch_outcome *o, const char *rule,
                                    const watch_instance *i, size_t segment,
                                    const cyn_alert_event *event, cyn_notice *out, cyn_err *err);
