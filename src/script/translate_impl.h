/* The parts of the translator; private to it.
 *
 *   translate.c         the whole
 *   translate_run.c     the run through a function: jumps, joins, returns
 *   translate_code.c    what each instruction does
 *   translate_value.c   what registers hold, and what is read from Lua's own values
 *   translate_call.c    calls: library functions, patterns, membership
 *   translate_reading.c calls of readings, in conditions of alert rules
 *   translate_steps.c   steps: folded, simplified, each made once
 *   translate_guard.c   conditions under which code runs, as decision diagrams
 *   translate_finish.c  what must be evaluated, and the result as a Lua table
 *
 * Whoever cannot go on calls refuse(), once is enough: from then on everything gives harmless
 * values, and the run ends at the next instruction.
 */
#pragma once
#include "base/arena.h"
#include "plan/translation.h"
#include "script/dump.h"
#include "script/translate.h"

/* ---- Guards: boolean functions of steps' truth, ordered and shared ---- */

typedef uint32_t guard;
#define NEVER  0u
#define ALWAYS 1u

typedef struct guard_node {
    uint32_t step; /* whose truth decides */
    guard yes, no;
    uint32_t made; /* the step that computes this guard; CYN_NO_STEP until asked for */
} guard_node;

/* What was computed of guards lately; a lost entry is computed again. */
typedef struct memo {
    guard a, b, c, result;
    bool restricting, used;
} memo;

/* ---- Values: what a register holds; immutable, but for what EITHER remembers ---- */

typedef enum value_kind {
    VALUE_UNKNOWN, /* nothing, or what no use of it can follow */
    VALUE_STEP,    /* one value per row */
    VALUE_ROW,     /* the row, or what stands under a path in it; read when it is used */
    VALUE_READING, /* a reading that takes arguments, before it is called; its name is the path */
    VALUE_NAMES,   /* the environment of a text expression */
    VALUE_LUA,     /* a function or table of the script */
    VALUE_LIST,    /* a table made in the expression: items 1 … n */
    VALUE_EITHER,  /* yes where the guard holds, else no; chosen when it is used */
} value_kind;

typedef struct value value;
struct value {
    value_kind kind;
    uint32_t step;    /* STEP */
    const char *path; /* ROW: "" is the row itself; READING */
    int line;         /* ROW: where the path was written */
    const char *file;
    int lua;             /* LUA: its number in the table of values */
    bool globals;        /* LUA: the globals of a script file */
    const value **items; /* LIST */
    size_t nitems;
    guard when; /* EITHER */
    const value *yes, *no;
    uint32_t *chosen; /* its step, CYN_NO_STEP until it is used */
    uint32_t depth;
};

typedef struct values {
    const value **list;
    size_t n;
    bool open_ended; /* there may be more: of a call whose number of results is not known */
} values;

/* ---- The translator ---- */

/* Steps while at work, of which most are dropped again, and guards; powers of two. Room for many is
 * slow to make, so it is made only for code that has met the lesser limits. */
#define FEW_STEPS        512
#define MAX_STEPS        16384
#define GUARDS_PER_STEP  2
#define MAX_INSTRUCTIONS 65536 /* visited, in all functions together */
#define MAX_INLINED      8
#define MAX_EITHER       1000
#define MAX_SMALL_TABLE  32
#define TRANSLATOR_BYTES ((size_t)64 << 20)

/* A step that may escape, and when it is evaluated. */
typedef struct event {
    uint32_t step;
    guard when;
} event;

typedef struct input {
    uint32_t step;
    const char *file;
    int line;
} input;

typedef struct translator {
    lua_State *L;
    cyn_arena *arena;
    int options, kept, touched; /* stack indices: the options; Lua values by number; paths */
    int nkept;
    bool text, condition;
    bool failed, full; /* full: because of max_steps */
    cyn_err fault;     /* of a condition: what can never work, and is an error of its author's */
    uint32_t max_steps, max_guards;
    char why[200];
    const char *file, *root_file; /* of the instruction being run; of the expression */
    int line, text_line;
    uint32_t instructions;

    cyn_step *steps;
    uint32_t nsteps;
    uint32_t *step_slots; /* hash table of steps */
    bool *booleans;       /* by step: whether it gives nothing else */
    guard *truths;        /* by step: the guard it computes; NEVER: none is known */
    uint32_t *event_last; /* by step: number + 1 of its latest event */

    guard_node *guards;
    uint32_t nguards;
    uint32_t *guard_slots;
    memo *memos;
    uint32_t *variable; /* by step: its place in the order of decisions, from 1 */
    uint32_t nvariables;

    event *events;
    uint32_t nevents;
    input *inputs; /* first place of each INPUT */
    uint32_t ninputs;
    guard when; /* under which the present instruction runs */
} translator;

/* Notes the reason, with the present line, unless there is one already. */
void refuse(translator *t, const char *fmt, ...) CYN_PRINTF(2, 3);
/* The same because the code is wrong: for cyn_err's place, the present line. */
void refuse_fault(translator *t, cyn_err *fault);
/* The same because there is no more room. */
void refuse_full(translator *t, const char *why);
void *translator_alloc(translator *t, size_t count, size_t size);

/* ---- Steps ---- */

bool steps_init(translator *t);
uint32_t step_const(translator *t, cyn_const c);
uint32_t step_integer(translator *t, int64_t i);
uint32_t step_boolean(translator *t, bool b);
uint32_t step_nil(translator *t);
uint32_t step_text(translator *t, const char *s, size_t n);
uint32_t step_input(translator *t, const value *row);
uint32_t step_one_of(translator *t, uint32_t a, const cyn_const *list, size_t n);
/* Any other operation; operands that it does not have are CYN_NO_STEP. */
uint32_t step_op(translator *t, cyn_step_op op, uint32_t a, uint32_t b, uint32_t c);
uint32_t step_select(translator *t, uint32_t a, uint32_t b, uint32_t c);
/* SELECT as it is, for the sake of evaluating a even where b and c are one. */
uint32_t step_sequence(translator *t, uint32_t a, uint32_t b, uint32_t c);
const cyn_const *constant_of(const translator *t, uint32_t step); /* NULL: it is none */
bool is_boolean(const translator *t, uint32_t step);
bool may_escape(cyn_step_op op);

/* ---- Guards ---- */

bool guards_init(translator *t);
guard guard_of(translator *t, uint32_t step); /* where the step is true */
guard guard_not(translator *t, guard a);
guard guard_and(translator *t, guard a, guard b);
guard guard_or(translator *t, guard a, guard b);
/* A simpler guard that is the same wherever `care` holds. */
guard guard_within(translator *t, guard a, guard care);
/* Whether it holds where all that it asks for is true; of a guard and its opposite one is so. */
bool guard_is_positive(const translator *t, guard a);
/* A step whose truth is the guard. */
uint32_t guard_step(translator *t, guard a);

/* ---- Values ---- */

const value *value_unknown(void);
const value *value_of_step(translator *t, uint32_t step);
const value *value_row(translator *t, const char *path);
/* The same LUA as the globals of a script. */
const value *value_globals(translator *t, const value *v);
/* The Lua value on top of the stack, which it pops. */
const value *value_pop(translator *t);
const value *value_either(translator *t, guard when, const value *yes, const value *no);
uint32_t value_step(translator *t, const value *v);
/* Where the value is true. */
guard value_truth(translator *t, const value *v);
const value *value_index(translator *t, const value *object, const value *key);
/* The method of the value, which must be a text. */
const value *value_method(translator *t, const value *key);
/* Pushes the value of a LUA. */
void value_push(translator *t, const value *v);
void constant_push(lua_State *L, const cyn_const *c);
/* What the sandbox calls the LUA, in the arena; NULL when it is the script's own. */
const char *value_name(translator *t, const value *v);

/* ---- Calls ---- */

values call_value(translator *t, const value *function, values args, int depth);
/* The text expression, whose function is on top of the stack, which it pops. */
values run_text(translator *t);
/* ---- Readings ---- */

/* The reading of that name before its call, where it takes arguments; else NULL. */
const value *value_reading(translator *t, const char *name);
/* The method of a series. */
const value *reading_method(translator *t, const value *key);
/* The column of what a call asks for. */
values call_reading(translator *t, const value *reading, values args);
/* What is no reading with arguments has been called. */
void refuse_call(translator *t, const char *name);

/* Follows into a Lua function. */
values run_function(translator *t, const value *function, values args, int depth);

/* ---- The end ---- */

/* Pushes the finished translation; false when it is refused at last. */
bool push_translation(translator *t, uint32_t result);
