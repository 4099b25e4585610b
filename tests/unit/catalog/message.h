/* Messages of the worker, written as people read them: {kind: per, base: 1, steps: [{when: 2}]}.
 * A word is a text, but for true and false; a number with a point is a real. For tests only: the
 * notation is taken to be well-formed. */
#pragma once
#include "catalog/wire.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static inline const char *skip_blanks(const char *s)
{
    while (isspace((unsigned char)*s) || *s == ',')
        s++;
    return s;
}

/* The items of the map or array that begins at s. */
static inline size_t count_items(const char *s)
{
    size_t depth = 0, n = *skip_blanks(s + 1) != '}' && *skip_blanks(s + 1) != ']';
    for (; *s; s++) {
        if (*s == '{' || *s == '[') depth++;
        if ((*s == '}' || *s == ']') && --depth == 0) break;
        if (*s == ',' && depth == 1) n++;
    }
    return n;
}

static inline const char *put_value(cyn_buf *b, const char *s);

static inline const char *put_items(cyn_buf *b, const char *s, bool keys)
{
    for (s = skip_blanks(s + 1); *s != '}' && *s != ']'; s = skip_blanks(s)) {
        if (keys) s = put_value(b, s) + 1; /* behind the colon */
        s = put_value(b, skip_blanks(s));
    }
    return s + 1;
}

static inline const char *put_word(cyn_buf *b, const char *s)
{
    size_t n = strcspn(s, " :,]}");
    if (isdigit((unsigned char)*s) || *s == '-') {
        if (memchr(s, '.', n))
            cyn_wire_real(b, strtod(s, NULL));
        else
            cyn_wire_integer(b, strtoll(s, NULL, 10));
    } else if (n == 4 && !memcmp(s, "true", n)) {
        cyn_wire_boolean(b, true);
    } else if (n == 5 && !memcmp(s, "false", n)) {
        cyn_wire_boolean(b, false);
    } else {
        cyn_wire_text(b, s, n);
    }
    return s + n;
}

static inline const char *put_value(cyn_buf *b, const char *s)
{
    if (*s == '{') {
        cyn_wire_map(b, count_items(s));
        return put_items(b, s, true);
    }
    if (*s == '[') {
        cyn_wire_array(b, count_items(s));
        return put_items(b, s, false);
    }
    return put_word(b, s);
}
