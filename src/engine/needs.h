/* Needs: the columns of a source that a project's scripts and YAML can read, so that a load
 * need not look into the others; and those of a relation, so that they need not be made.
 *
 * Columns with a declared type are among them: a value that is not of it makes its row bad.
 *
 * A name that the data lack is an error which lists the columns that there are; so where one is
 * missing, the source has to be loaded whole before anything is said about it.
 *
 *     CYN_TRY(cyn_needs_find(project, source, by, nby, arena, &needs, err));
 *     spec.wanted = needs.names, spec.nwanted = needs.count;        // unless needs.all
 *     … load …
 *     if (!cyn_needs_are_met(&needs, report)) …                     // load again without `wanted`
 */
#pragma once
#include "engine/project.h"
#include "plan/relation.h"

typedef struct cyn_needs {
    bool all; /* some function reads what it likes */
    const char **names;
    size_t count, capacity;
    size_t nstrict; /* the first of them are read by expressions: they have to be there */
} cyn_needs;

/* `more`: further names, such as the dimensions asked for; those that the source lacks are no
 * matter. */
CYN_NODISCARD cyn_code cyn_needs_find(const cyn_project *p, size_t source, const char *const *more,
                                      size_t nmore, cyn_arena *arena, cyn_needs *out, cyn_err *err);
/* Adds what is read of a relation's rows: by aggregates, and by the relations made of them. */
CYN_NODISCARD cyn_code cyn_needs_add_relation(const cyn_project *p, const cyn_relation *r,
                                              cyn_arena *arena, cyn_needs *needs, cyn_err *err);
/* Adds names that are not among them yet. */
CYN_NODISCARD cyn_code cyn_needs_add(cyn_needs *needs, const char *const *names, size_t n,
                                     cyn_arena *arena, cyn_err *err);
/* Whether everything that expressions read is among the columns that were loaded. */
bool cyn_needs_are_met(const cyn_needs *needs, const cyn_load_report *report);
