/* Translations: what a script expression computes, as steps over columns, free of Lua.
 *
 * The script worker reads the code that Lua compiled (script/translate.h) and sends these steps;
 * the executor runs them over whole vectors (exec/vector_impl.h). Steps are in static single
 * assignment: each stands for one value per row, made from values of earlier steps; the last one is
 * the result. Parts that an expression uses twice are one step. There are no jumps: `a and b or c`
 * and `if` have become SELECT.
 *
 *     amount > 100 and channel == 'ads'            0  INPUT 'amount'
 *                                                  1  CONST 100
 *                                                  2  LESS 1, 0
 *                                                  3  INPUT 'channel'
 *                                                  4  CONST 'ads'
 *                                                  5  EQUALS 3, 4
 *                                                  6  SELECT 2, 5, 2
 *
 * A value is what Lua would have there (docs/numerics.md, E-…): nil, a boolean, an integer, a
 * float, which may be NaN or infinite on the way, or a text; or an *escape*: what the interpreter
 * alone can say, an error among them. An escape spreads to whatever uses it; SELECT takes only that
 * of its condition and of the side chosen. A row whose result is an escape sends the whole
 * expression to the interpreter, so no step has to know all of Lua: whatever is rare or would raise
 * is an escape. What is no escape is bit for bit what Lua gives.
 *
 * Immutable; in the catalog's arena.
 */
#pragma once
#include "plan/plan.h"

typedef enum cyn_step_op {
    CYN_OP_INPUT,  /* the value of inputs[input] */
    CYN_OP_CONST,  /* value */
    CYN_OP_SELECT, /* a ? b : c, by a's truth (E-4): a and b is SELECT a, b, a; a or b SELECT a, a,
                      b */
    CYN_OP_NOT,
    /* Any nil gives nil (E-5). Numbers as Lua: integers wrap around, `/` and `^` are of floats. A
     * text or boolean is an escape, and so are an integer // or % by zero and bits of a float that
     * is no integer. */
    CYN_OP_ADD,
    CYN_OP_SUB,
    CYN_OP_MUL,
    CYN_OP_DIV,
    CYN_OP_MOD,
    CYN_OP_POW,
    CYN_OP_IDIV,
    CYN_OP_UNM,
    CYN_OP_BAND,
    CYN_OP_BOR,
    CYN_OP_BXOR,
    CYN_OP_SHL,
    CYN_OP_SHR,
    CYN_OP_BNOT,
    /* Booleans, never nil. */
    CYN_OP_EQUALS, /* E-3; of all kinds */
    CYN_OP_LESS,   /* false with a nil; two numbers, exactly; two texts, by bytes; else an escape */
    CYN_OP_LESS_EQUAL,
    CYN_OP_ONE_OF, /* whether a equals one of list */
    /* Of texts. CONCAT and LEN of a nil are nil; whatever else is no text is an escape, but CONCAT
     * takes numbers, too. */
    CYN_OP_CONCAT,
    CYN_OP_LEN,   /* bytes */
    CYN_OP_LOWER, /* ASCII letters only, as in Lua's C locale; so UPPER */
    CYN_OP_UPPER,
    CYN_OP_SUBTEXT, /* string.sub: a from b to c (integers; c may be CYN_NO_STEP) */
    CYN_OP_FIND, /* place (from 1) of text b in a from place c on (CYN_NO_STEP: 1), or nil; plain */
    CYN_OP_STARTS, /* whether a begins with text b; boolean; so ENDS */
    CYN_OP_ENDS,
    CYN_OP_TOSTRING, /* of any value; a text is itself */
    CYN_OP_TONUMBER, /* with one argument; a text that may be a number is an escape */
    CYN_OP_TYPE,     /* "nil", "boolean", "number", "string" */
    /* math.*: an argument that is no number is an escape. Results as in Lua 5.4: floor and ceil
     * give integers (a float that fits none is an escape), abs keeps the kind, max and min give one
     * of their arguments. */
    CYN_OP_FLOOR,
    CYN_OP_CEIL,
    CYN_OP_ABS,
    CYN_OP_MAX,
    CYN_OP_MIN,
    CYN_OP_SQRT,
    CYN_OP_EXP,
    CYN_OP_LOG, /* natural; with b to that base */
    CYN_OP_SIN,
    CYN_OP_COS,
    CYN_OP_TAN,
    CYN_OP_ASIN,
    CYN_OP_ACOS,
    CYN_OP_ATAN, /* atan2(a, b), b may be CYN_NO_STEP */
    CYN_OP_FMOD,
    CYN_OP_TOINTEGER, /* nil where there is none; a text is an escape */
    CYN_OP_MATH_TYPE, /* "integer", "float"; nil of other values, but an escape of nil */
    /* Parts of a time in the project's zone, as the calendar's functions give them
     * (script/helpers.c): of nil nil, of an integer (a date), of a float (seconds since 1970); else
     * an escape. */
    CYN_OP_YEAR,
    CYN_OP_MONTH,
    CYN_OP_DAY,
    CYN_OP_HOUR, /* of a date an escape; so MINUTE and SECOND */
    CYN_OP_MINUTE,
    CYN_OP_SECOND,
    CYN_OP_WEEK,
    CYN_OP_WEEKDAY,
    CYN_OP_DATE,
    CYN_OP_TIME,
    CYN_OPS
} cyn_step_op;
/* "input", "const", "select", …: in `explain`, on the wire and in tests; NULL at the end. */
extern const char *const cyn_step_op_names[];
/* How many of a, b and c an operation takes at least and at most. */
typedef struct cyn_step_arity {
    uint8_t least, most;
} cyn_step_arity;
extern const cyn_step_arity cyn_step_arities[CYN_OPS];

#define CYN_NO_STEP UINT32_MAX
/* Beyond so many an expression stays with the interpreter. */
#define CYN_TRANSLATION_STEPS 4096

typedef struct cyn_step {
    cyn_step_op op;
    uint32_t a, b, c;      /* earlier steps; CYN_NO_STEP where there is none */
    uint32_t input;        /* INPUT */
    cyn_const value;       /* CONST */
    const cyn_const *list; /* ONE_OF: the constants; no nil, no NaN */
    size_t nlist;
} cyn_step;

/* Whether a step gives a boolean wherever it is no escape; `boolean` says so of those before it. */
bool cyn_step_is_boolean(const cyn_step *s, const bool *boolean);

/* A column that is read: its name as the script knows it, and where it first stands. */
typedef struct cyn_translation_input {
    const char *name;
    cyn_place place; /* column 0 where only the line is known */
} cyn_translation_input;

typedef struct cyn_translation {
    const cyn_step *steps;
    size_t nsteps; /* at least 1 */
    const cyn_translation_input *inputs;
    size_t ninputs;
} cyn_translation;
