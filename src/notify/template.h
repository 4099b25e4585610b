/* Templates of messages: "Aha% in {channel} is {value}, {change_1w} against last week".
 *
 * Names in braces are looked up by whoever renders; {{ and }} are braces. Which names there are:
 * readings (alert/reading.h; {change_1w} is change("1w")), the rule's dimensions, labels and
 * parameters, and the words of cyn_template_words.
 *
 *     CYN_TRY(cyn_template_parse(text, arena, &t, err));       // err->column counts in the text
 *     for (size_t i = 0; i < t->nnames; i++) … fill[i] …
 *     cyn_template_render(t, fill, out);
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"

/* "rule", "severity", "period", "title", "metric", "owner", "runbook", "since", "duration",
 * "state"; NULL at the end. */
extern const char *const cyn_template_words[];

/* So many different names at most. */
#define CYN_TEMPLATE_NAMES 1000

typedef struct cyn_template_part {
    const char *text; /* as it is; NULL: a name */
    size_t n;
    size_t name; /* index into names */
} cyn_template_part;

typedef struct cyn_template {
    const cyn_template_part *parts;
    size_t nparts;
    const char *const *names; /* each once, in the order of their first occurrence */
    const int *columns;       /* [name] where it first stands, in characters from 1 */
    size_t nnames;
} cyn_template;

/* CYN_E_SYNTAX: a brace without its partner, an empty name. CYN_E_LIMIT: too many names. */
CYN_NODISCARD cyn_code cyn_template_parse(const char *text, cyn_arena *arena, cyn_template **out,
                                          cyn_err *err);
/* fill: a text for each name. */
void cyn_template_render(const cyn_template *t, const char *const *fill, cyn_buf *out);
