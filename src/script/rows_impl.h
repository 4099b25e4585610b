/* Rows of a batch as Lua sees them: what rows.c, fold.c and judge.c share. */
#pragma once
#include "script/cell.h"
#include "script/rows.h"

/* One call; Lua reaches it through a userdata that outlives it, and is emptied afterwards. */
typedef struct cyn_row_run {
    const cyn_batch *batch;
    uint32_t handle;
    cyn_slice slice;
    size_t row;          /* of the batch */
    const void *present; /* the only object of a row that may be looked at; NULL: there is one */
    struct cyn_judge *judge; /* the rows are segments (script/judge.h); NULL: they are data */
    cyn_collector answers;
} cyn_row_run;

#define CYN_RUN_KEY "cynosure.run" /* registry: the userdata that leads to the present run */

/* Where a call keeps what on its Lua stack: the handle's record, the names of columns. */
enum { CYN_ROWS_RECORD = 1, CYN_ROWS_NAMES, CYN_ROWS_TOP = CYN_ROWS_NAMES };

/* On an empty stack; from then on nil has its metatable. */
void cyn_rows_begin(lua_State *L, cyn_row_run *r);
/* After a run, however it ended. Rows that a script has kept no longer lead to it. */
void cyn_rows_end(lua_State *L);
/* Pushes the row object, which is that of r->row whenever it is looked at. */
void cyn_rows_push(lua_State *L, const cyn_batch *b);
/* Raises for a name that is none; the table on top has those that are. */
int cyn_rows_unknown(lua_State *L, const char *what, const char *name);
/* For rows that are objects of their own: pushes the metatable of all, then the table of the
 * objects of their parts ("payload"), which only the present row has. */
void cyn_rows_push_common(lua_State *L, int row);
/* The error object on top as an error of the handle's declaration: "row 7: …, in: step of …". */
cyn_code cyn_rows_fail(cyn_state *s, uint32_t handle, const char *where, const char *part,
                       cyn_err *err);
/* What was collected of so many rows, as a block. */
cyn_code cyn_rows_write(const cyn_collector *c, size_t rows, cyn_buf *out, cyn_err *err);
