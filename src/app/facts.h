/* Things said about a metric, one after the other: as lines for people, or as one JSON object.
 *
 *     cyn_facts f = {.project = p, .json = json, .out = &out};
 *     cyn_say(&f, "owner", "growth");                    // nothing where the text is empty
 *     cyn_begin_list(&f, "drivers");
 *     cyn_say_item(&f, &text);                           // any number of times; clears the text
 *     cyn_end_list(&f);
 */
#pragma once
#include "base/buf.h"
#include "engine/project.h"

typedef struct cyn_facts {
    const cyn_project *project;
    bool json;
    size_t count;
    const char *list; /* the list being written */
    size_t items;
    cyn_buf *out;
} cyn_facts;

/* What is not known is not said. Blanks in names are underscores in JSON. */
void cyn_say(cyn_facts *f, const char *name, const char *text);
void cyn_say_buf(cyn_facts *f, const char *name, cyn_buf *text); /* clears it */
void cyn_say_place(cyn_facts *f, const char *name, const char *file, int line);
/* Several things under one name: begin, an item each, end. */
void cyn_begin_list(cyn_facts *f, const char *name);
void cyn_say_item(cyn_facts *f, cyn_buf *text);
void cyn_end_list(cyn_facts *f);
/* A value of another kind, in JSON only: `"name":` is written, the value is the caller's. */
void cyn_say_key(cyn_facts *f, const char *name);
