/* The line of a script that an error is about, with a mark under its column:
 *
 *       12 | metric "m" { value = events:sum "amuont" }
 *          |                                 ^
 */
#pragma once
#include "engine/project.h"

/* Adds nothing where the error's file is none of the project's scripts. */
void cyn_add_frame(const cyn_project *p, const cyn_err *err, cyn_buf *out);

/* A line of one of the project's scripts, from 1, without its end; false when there is none, or it
 * is not UTF-8. */
bool cyn_script_line(const cyn_project *p, const char *file, int number, const char **out,
                     size_t *size);
