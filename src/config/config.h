/* The project's YAML: cynosure.yaml, kpis.yaml, dictionary.yaml, okrs.yaml; strict, with places.
 *
 * One table of fields (config/fields*.c) drives the loader and the JSON Schemas, so that they
 * cannot disagree. Everything lives in the caller's arena. All findings of a file are collected,
 * not only the first: `errs` is a growing list, and the call fails when it is not empty.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/sheet.h"
#include "base/type.h"
#include "sched/timetable.h"
#include <stdbool.h>

typedef struct cyn_err_list {
    cyn_arena *arena;
    cyn_err *items;
    size_t count, capacity;
} cyn_err_list;

typedef struct cyn_config_column {
    const char *name, *from; /* from NULL: same name */
    bool has_type;
    cyn_type type;
    int scale;          /* -1 not given */
    const char *format; /* strptime subset, or NULL */
    const char *epoch;  /* "s", "ms", "us" or NULL */
} cyn_config_column;

typedef struct cyn_config_source {
    const char *name;
    int line, column;
    const char *type; /* "csv", "ndjson", "sqlite" */
    const char *const *paths;
    size_t npaths;
    const char *delimiter, *encoding; /* NULL: found out, UTF-8 */
    const char *table, *query;
    const char *time, *entity, *timezone; /* NULL: none, none, the project's */
    const char *event; /* the column with the dictionary's names; NULL: not said */
    const char *const *dimensions;
    size_t ndimensions;
    const cyn_config_column *columns;
    size_t ncolumns;
    const char *const *missing;
    size_t nmissing;
    int64_t bad_limit; /* -1 = no limit */
    double bad_share;  /* -1 = no limit */
    int64_t poll;      /* how often `serve` looks at the files; 0: as the schedule says */
    bool watch;        /* … and whenever the system says that they changed */
} cyn_config_source;

/* A budget of the scripts. */
typedef struct cyn_config_limit {
    int64_t value; /* microseconds, bytes or a number */
    int line;      /* of cynosure.yaml; 0: not set */
} cyn_config_limit;

typedef struct cyn_config_limits {
    cyn_config_limit time, call_time, instructions, memory, output;
} cyn_config_limits;

/* Where messages go. */
typedef enum cyn_channel_type {
    CYN_CHANNEL_SLACK,        /* incoming webhook, Slack's or compatible */
    CYN_CHANNEL_WEBHOOK,      /* JSON of our own, signed where there is a secret */
    CYN_CHANNEL_EMAIL,        /* SMTP */
    CYN_CHANNEL_COMMAND,      /* JSON on its standard input */
    CYN_CHANNEL_FILE,         /* a line of JSON for each message */
    CYN_CHANNEL_STDOUT,       /* text */
    CYN_CHANNEL_ALERTMANAGER, /* /api/v2/alerts */
} cyn_channel_type;
extern const char *const cyn_channel_names[]; /* "slack", "webhook", "email", …; NULL */

typedef struct cyn_config_channel {
    const char *name;
    int line, column;
    cyn_channel_type type;
    const char *url;    /* SLACK, WEBHOOK, ALERTMANAGER: http(s); EMAIL: smtp(s)://host:port */
    const char *secret; /* WEBHOOK: key of the HMAC; NULL: unsigned */
    const char *user, *password; /* EMAIL, and basic authentication; NULL: none */
    const char *token;           /* bearer; NULL: none */
    const char *from;            /* EMAIL */
    const char *const *to;       /* EMAIL */
    size_t nto;
    const char *path;           /* FILE */
    const char *const *command; /* COMMAND: program and arguments; no shell */
    size_t ncommand;
    const char *ca;              /* file of certificates to trust in place of the system's; NULL */
    int64_t timeout;             /* of one attempt, microseconds; 10 s unless said */
    const char *const *group_by; /* labels; "rule" unless said */
    size_t ngroup_by;
    int64_t group_wait, group_interval; /* 0 and 5 min unless said */
    int64_t remind; /* `repeat`: says again what still fires; 0: never; 24 h unless said */
    bool resolved;  /* ends are told; true unless said */
    int rate;       /* messages in rate_per, at most; 0: no limit */
    int64_t rate_per;
    int64_t give_up; /* a message that was not delivered for so long is dead; 24 h unless said */
    /* Why nothing can be sent over it here ("the environment variable SLACK_URL is not set"); NULL:
     * it can. The project is evaluated all the same; texts are as written then. */
    const char *unusable;
} cyn_config_channel;

/* When somebody is on duty. */
typedef struct cyn_config_calendar {
    const char *name;
    int line, column;
    unsigned days;            /* Monday is bit 0 */
    const char *const *hours; /* "09:00-18:00", checked */
    size_t nhours;
    const int64_t *holidays; /* dates, days since 1970, ascending */
    size_t nholidays;
} cyn_config_calendar;

/* Matchers as texts, checked when the project is opened (alert/mute.h). */
typedef struct cyn_config_maintenance {
    int line, column;
    const char *const *match;
    size_t nmatch;
    int64_t from, until;  /* instants, in the project's zone */
    const char *calendar; /* in place of from and until: whenever it holds; NULL */
    const char *why;
} cyn_config_maintenance;

typedef struct cyn_config_inhibition {
    int line, column;
    const char *const *source;
    size_t nsource;
    const char *const *target;
    size_t ntarget;
    const char *const *equal;
    size_t nequal;
} cyn_config_inhibition;

/* Who else is told of an incident that nobody acknowledged. */
typedef struct cyn_config_escalation {
    int line, column;
    const char *const *match;
    size_t nmatch;
    int64_t after;         /* microseconds since it was first told */
    const char *const *to; /* channels */
    size_t nto;
} cyn_config_escalation;

/* When the metrics of one grain are evaluated by `serve`. */
typedef struct cyn_config_duty {
    cyn_grain grain;
    int line, column;
    int64_t lateness; /* after its end a period waits so long for late data; -1: as the schedule */
    int64_t restate;  /* so long after its end changed data restate it; -1: as the schedule */
    const char *cron; /* … and then until the next of these times; NULL: at once */
} cyn_config_duty;

/* A report that is written by itself. */
typedef struct cyn_config_report {
    const char *name;
    int line, column;
    const char *when; /* "1d" or a cron expression */
    const char *to;   /* file, within the project; {date} is the day that it is made for */
    cyn_overrun overrun;
} cyn_config_report;

typedef struct cyn_config_schedule {
    int64_t poll;     /* of sources; 1 min unless said */
    int64_t lateness; /* 0 unless said */
    int64_t restate;  /* 35 d unless said */
    int64_t spread;   /* metrics are evaluated up to so much later, each by its name; 0 */
    int catch_up;     /* periods of a metric that are caught up after a stop, at most; 400 */
    const char *const
        *by; /* dimensions by which values are recorded, too, where a metric has them */
    size_t nby;
    const cyn_config_duty *metrics;
    size_t nmetrics;
    const cyn_config_report *reports;
    size_t nreports;
} cyn_config_schedule;

typedef struct cyn_config_serve {
    const char *listen;            /* "127.0.0.1:8080" unless said */
    const char *token;             /* NULL: none */
    bool public_read;              /* reading needs no token even where there is one */
    const char *certificate, *key; /* NULL: plain HTTP */
    /* Why the token, or TLS, cannot be had ("token: the environment variable … is not set"); NULL:
     * it can. */
    const char *unusable, *tls_unusable;
} cyn_config_serve;

/* What is wrong with the token; NULL: nothing. */
const char *cyn_config_token_trouble(const char *token);

/* What somebody wants to be remembered at a time of a chart. */
typedef struct cyn_annotation {
    int line, column;
    int64_t at; /* date, days */
    cyn_label text;
    const char *const *metrics; /* none: all */
    size_t nmetrics;
} cyn_annotation;

typedef struct cyn_config {
    const char *name;
    const char *description; /* may be NULL */
    const char *timezone;
    int week_start, fiscal_month; /* ISO weekday; 1…12 */
    int fiscal_name;              /* 1: a fiscal year is called by its end, 2: by its start */
    int fiscal_pattern;           /* months of whole weeks: 445, 454, 544; 0: the calendar's */
    int fiscal_end;          /* with a pattern: the ISO weekday on which fiscal years end … */
    bool fiscal_end_nearest; /* … the nearest to the month's end; else its last */
    const char *language;    /* "en" or "ja" */
    cyn_grain grain;         /* for metrics that name none; week unless said */
    const char *as_of; /* NULL: the clock; "data": the end of the data; else a date or instant */
    cyn_config_limits limits;
    const cyn_silence *silences; /* findings of `check` that are wanted nowhere */
    size_t nsilences;
    const cyn_config_source *sources;
    size_t nsources;
    const cyn_config_channel *channels;
    size_t nchannels;
    const cyn_config_calendar *calendars;
    size_t ncalendars;
    const cyn_config_maintenance *maintenance;
    size_t nmaintenance;
    const cyn_config_inhibition *inhibit;
    size_t ninhibit;
    const cyn_config_escalation *escalate;
    size_t nescalate;
    cyn_config_schedule schedule;
    cyn_config_serve serve;
    const cyn_annotation *annotations;
    size_t nannotations;
} cyn_config;

/* okrs.yaml: what shall be reached, and the metrics that say whether it is. */
typedef struct cyn_key_result {
    const char *metric;
    int line, column;
    cyn_label title; /* else the metric's */
    bool has_from, has_to, has_since, has_by;
    double from, to;         /* to: else the metric's target */
    int64_t since, by;       /* dates, days; else the objective's */
    cyn_direction direction; /* else the metric's */
    const char *owner;       /* else the objective's */
} cyn_key_result;

typedef struct cyn_objective {
    const char *name; /* its key in the file */
    int line, column;
    cyn_label title;
    const char *why, *owner, *department;
    const char *supports; /* a metric or another objective; NULL: nothing above it */
    bool has_since, has_by;
    int64_t since, by;
    const cyn_key_result *results;
    size_t nresults;
} cyn_objective;

typedef struct cyn_okrs {
    const cyn_objective *items;
    size_t count;
} cyn_okrs;

typedef struct cyn_property {
    const char *name;
    bool has_type;
    cyn_type type;
    bool required;
    const char *description;
} cyn_property;

typedef struct cyn_event {
    const char *name;
    int line, column;
    cyn_label title;
    const char *when, *grain, *source, *description, *owner;
    const char *const *key;
    size_t nkey;
    const cyn_property *properties;
    size_t nproperties;
    const char *example; /* the YAML mapping as one line of JSON; NULL = none */
} cyn_event;

typedef struct cyn_dictionary {
    const cyn_event *events;
    size_t nevents;
} cyn_dictionary;

typedef struct cyn_sheets {
    const cyn_sheet *items;
    size_t count;
} cyn_sheets;

void cyn_err_list_init(cyn_err_list *l, cyn_arena *arena);
void cyn_err_list_add(cyn_err_list *l, const cyn_err *err);

/* `path` is opened; `shown` is the name in messages ("kpis.yaml"). */
CYN_NODISCARD cyn_code cyn_config_load(const char *path, const char *shown, cyn_arena *arena,
                                       cyn_config **out, cyn_err_list *errs);
CYN_NODISCARD cyn_code cyn_sheets_load(const char *path, const char *shown, cyn_arena *arena,
                                       cyn_sheets **out, cyn_err_list *errs);
CYN_NODISCARD cyn_code cyn_dictionary_load(const char *path, const char *shown, cyn_arena *arena,
                                           cyn_dictionary **out, cyn_err_list *errs);
/* A file that is not there is an empty one. */
CYN_NODISCARD cyn_code cyn_okrs_load(const char *path, const char *shown, cyn_arena *arena,
                                     cyn_okrs **out, cyn_err_list *errs);
/* The JSON Schema (draft-07, which YAML language servers read) of "cynosure", "kpis", "dictionary"
 * or "okrs". */
CYN_NODISCARD cyn_code cyn_config_schema(const char *which, cyn_buf *out, cyn_err *err);
