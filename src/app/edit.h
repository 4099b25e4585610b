/* Reading lines from a person: editing, history and completion on a terminal, plain lines else, and
 * where libedit is not installed.
 *
 *     cyn_editor *e = cyn_editor_new(path, complete, self);
 *     while ((rc = cyn_editor_read(e, "> ", &line)) == CYN_EDIT_LINE) …   // line lives until the
 * next cyn_editor_free(e);                                                 // keeps the history
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef enum cyn_edit {
    CYN_EDIT_LINE,
    CYN_EDIT_INTERRUPTED, /* Ctrl-C: the line is given up */
    CYN_EDIT_END,         /* Ctrl-D, or the end of the input */
} cyn_edit;

/* What a completion fills: the text that all candidates go on with, and their list. */
typedef struct cyn_completion cyn_completion;
void cyn_completion_add(cyn_completion *c, const char *candidate);
/* Adds the candidates for what stands before the cursor, and returns how many bytes at its end they
 * would replace. */
typedef size_t (*cyn_complete)(void *self, const char *line, size_t cursor, cyn_completion *out);

typedef struct cyn_editor cyn_editor;
/* `history` may be NULL: none is kept. NULL when memory is exhausted. */
cyn_editor *cyn_editor_new(const char *history, cyn_complete complete, void *self);
void cyn_editor_free(cyn_editor *e);
/* The line without its line break. On no terminal nothing is prompted. */
cyn_edit cyn_editor_read(cyn_editor *e, const char *prompt, const char **line);
void cyn_editor_remember(cyn_editor *e, const char *line);
bool cyn_editor_is_terminal(const cyn_editor *e);
