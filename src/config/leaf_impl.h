/* What the readers of single values share (private to leaf*.c). */
#pragma once
#include "config/leaf.h"

bool cyn_node_is_text(const cyn_node *node);
/* The number at a scalar; false after reporting. */
bool cyn_expect_number(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, double *out);
/* "45%" → 0.45, by moving the decimal point, so that no digit is rounded twice. */
bool cyn_parse_percent(const char *text, size_t n, double *out);
/* Moves *s past what matches: 'd' stands for a digit, all else for itself. */
bool cyn_skip_form(const char **s, const char *form);
/* A date, or a date and a time with or without offset. */
bool cyn_is_instant_form(const char *s);

#define NOT_EMPTY   "\"type\":\"string\",\"minLength\":1"
#define NO_CONTROLS "\"not\":{\"pattern\":\"[\\\\x00-\\\\x1f\\\\x7f-\\\\x9f]\"}"
