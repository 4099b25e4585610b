/* The single values of the YAML files: text, numbers, words, dates, grains (private to config).
 *
 * Each shape below joins the function that reads a value with the JSON Schema that describes it;
 * the comment says what is written at `out`.
 */
#pragma once
#include "config/shape.h"

extern const cyn_shape cyn_leaf_line;     /* const char *: one line, not empty */
extern const cyn_shape cyn_leaf_text;     /* const char *: lines; trailing line breaks are cut */
extern const cyn_shape cyn_leaf_any_text; /* const char *: one line, may be empty */
extern const cyn_shape cyn_leaf_zone; /* const char *: an IANA time zone of the system's tzdata */
extern const cyn_shape cyn_leaf_path; /* const char *: a line, ${VAR} expanded */
extern const cyn_shape cyn_leaf_boolean;         /* bool */
extern const cyn_shape cyn_leaf_number;          /* double; "45%" is 0.45 */
extern const cyn_shape cyn_leaf_distance;        /* double: a number that is not negative */
extern const cyn_shape cyn_leaf_bound;           /* cyn_bound: number or [lo, hi] */
extern const cyn_shape cyn_leaf_date;            /* int64_t days */
extern const cyn_shape cyn_leaf_as_of;           /* const char *: data, date or instant */
extern const cyn_shape cyn_leaf_grain;           /* cyn_grain */
extern const cyn_shape cyn_leaf_cadence;         /* cyn_grain: hourly … yearly */
extern const cyn_shape cyn_leaf_month;           /* int 1…12, from a number or a name */
extern const cyn_shape cyn_leaf_fiscal_calendar; /* int: 445, 454, 544; 0 for calendar */
extern const cyn_shape cyn_leaf_year_end;        /* cyn_config: fiscal_end, fiscal_end_nearest */
extern const cyn_shape cyn_leaf_delimiter;       /* const char *: the character */
extern const cyn_shape cyn_leaf_format;          /* const char *: what cyn_check_format accepts */
extern const cyn_shape cyn_leaf_bad_rows;        /* cyn_config_source: bad_limit, bad_share */
extern const cyn_shape cyn_leaf_column;          /* cyn_config_column: has_type, type, scale */
extern const cyn_shape cyn_leaf_property;        /* cyn_property: has_type, type */
extern const cyn_shape cyn_leaf_time_limit;      /* cyn_config_limit: microseconds */
extern const cyn_shape cyn_leaf_size_limit;      /* cyn_config_limit: bytes */
extern const cyn_shape cyn_leaf_count_limit;     /* cyn_config_limit */
extern const cyn_shape cyn_leaf_lazy;            /* const char *: a line; cyn_expand_lazily() */
extern const cyn_shape cyn_leaf_duration;        /* int64_t microseconds; a second to ten years */
extern const cyn_shape cyn_leaf_wait;            /* int64_t microseconds; from 0s */
extern const cyn_shape cyn_leaf_patience;        /* int64_t microseconds; 0s to ten years */
extern const cyn_shape cyn_leaf_timeout;         /* int64_t microseconds; a second to ten minutes */
extern const cyn_shape cyn_leaf_repeat;          /* int64_t microseconds; never: 0 */
extern const cyn_shape cyn_leaf_rate;            /* cyn_config_channel: rate, rate_per */
extern const cyn_shape cyn_leaf_days;            /* unsigned: Monday is bit 0 */
extern const cyn_shape cyn_leaf_hours;           /* const char *: 09:00-18:00 */
extern const cyn_shape cyn_leaf_moment;          /* int64_t: as if in UTC; cyn_read_moment() */
extern const cyn_shape cyn_leaf_cron;            /* const char *: cyn_cron_parse() accepts it */
extern const cyn_shape cyn_leaf_timetable;       /* const char *: cyn_timetable_parse() does */
extern const cyn_shape cyn_leaf_report_path;     /* const char *: a file within the project */
extern const cyn_shape cyn_leaf_listen;          /* const char *: an address and a port */
extern const cyn_shape cyn_leaf_example;         /* const char *: a mapping as one line of JSON */

/* Readers for shapes that bring their own words or limits. */
cyn_read_fn cyn_read_word;      /* const char *: the word */
cyn_read_fn cyn_read_word_enum; /* int: the word's index in `words` */
cyn_read_fn cyn_read_integer;   /* int, min…max */
