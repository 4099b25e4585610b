/* What the tables of fields share (private to fields*.c). */
#pragma once
#include "config/fields.h"
#include "config/leaf.h"
#include <assert.h>
#include <stddef.h>

#define FIELDS(table) .fields = (table), .nfields = sizeof(table) / sizeof *(table)

/* A list or a map is written as a pointer with its count right behind it. */
#define ASSERT_SLICE(type, pointer, count)                                                         \
    static_assert(offsetof(type, count) == offsetof(type, pointer) + sizeof(void *),               \
                  #type "." #count " follows " #pointer)

/* One `item` where a list of them may stand: the list of that one. */
cyn_read_fn cyn_read_single;

extern const cyn_shape cyn_shape_lines;     /* const char **, size_t: one text or several */
extern const cyn_shape cyn_shape_label;     /* cyn_label */
extern const cyn_shape cyn_shape_direction; /* cyn_direction */
extern const cyn_shape cyn_shape_silences;  /* cyn_silence *, size_t */

/* Of fields_alerts.c: lists of cyn_config_channel, _calendar, _maintenance, _inhibition,
 * _escalation. */
extern const cyn_shape cyn_shape_channels, cyn_shape_calendars, cyn_shape_maintenance,
    cyn_shape_inhibitions, cyn_shape_escalations;
/* Of fields_serve.c: cyn_config_schedule, cyn_config_serve, a list of cyn_annotation. */
extern const cyn_shape cyn_shape_schedule, cyn_shape_serve, cyn_shape_annotations;
