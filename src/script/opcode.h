/* Instructions of Lua 5.4 and their fields; private to this folder. cyn_dump_is_known tells whether
 * the Lua that runs has the same. */
#pragma once
#include <stdint.h>

typedef enum opcode {
    OP_MOVE,
    OP_LOADI,
    OP_LOADF,
    OP_LOADK,
    OP_LOADKX,
    OP_LOADFALSE,
    OP_LFALSESKIP,
    OP_LOADTRUE,
    OP_LOADNIL,
    OP_GETUPVAL,
    OP_SETUPVAL,
    OP_GETTABUP,
    OP_GETTABLE,
    OP_GETI,
    OP_GETFIELD,
    OP_SETTABUP,
    OP_SETTABLE,
    OP_SETI,
    OP_SETFIELD,
    OP_NEWTABLE,
    OP_SELF,
    OP_ADDI,
    OP_ADDK,
    OP_SUBK,
    OP_MULK,
    OP_MODK,
    OP_POWK,
    OP_DIVK,
    OP_IDIVK,
    OP_BANDK,
    OP_BORK,
    OP_BXORK,
    OP_SHRI,
    OP_SHLI,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_MOD,
    OP_POW,
    OP_DIV,
    OP_IDIV,
    OP_BAND,
    OP_BOR,
    OP_BXOR,
    OP_SHL,
    OP_SHR,
    OP_MMBIN,
    OP_MMBINI,
    OP_MMBINK,
    OP_UNM,
    OP_BNOT,
    OP_NOT,
    OP_LEN,
    OP_CONCAT,
    OP_CLOSE,
    OP_TBC,
    OP_JMP,
    OP_EQ,
    OP_LT,
    OP_LE,
    OP_EQK,
    OP_EQI,
    OP_LTI,
    OP_LEI,
    OP_GTI,
    OP_GEI,
    OP_TEST,
    OP_TESTSET,
    OP_CALL,
    OP_TAILCALL,
    OP_RETURN,
    OP_RETURN0,
    OP_RETURN1,
    OP_FORLOOP,
    OP_FORPREP,
    OP_TFORPREP,
    OP_TFORCALL,
    OP_TFORLOOP,
    OP_SETLIST,
    OP_CLOSURE,
    OP_VARARG,
    OP_VARARGPREP,
    OP_EXTRAARG,
    OPCODES
} opcode;

/* From the low bits up: operation 7, A 8, k 1, B 8, C 8; or Bx 17; or Ax and sJ 25. */
static inline opcode op_of(uint32_t i)
{
    return (opcode)(i & 0x7f);
}

static inline unsigned a_of(uint32_t i)
{
    return i >> 7 & 0xff;
}

static inline unsigned k_of(uint32_t i)
{
    return i >> 15 & 1;
}

static inline unsigned b_of(uint32_t i)
{
    return i >> 16 & 0xff;
}

static inline unsigned c_of(uint32_t i)
{
    return i >> 24;
}

static inline int sb_of(uint32_t i)
{
    return (int)b_of(i) - 127;
}

static inline int sc_of(uint32_t i)
{
    return (int)c_of(i) - 127;
}

static inline unsigned bx_of(uint32_t i)
{
    return i >> 15;
}

static inline int sbx_of(uint32_t i)
{
    return (int)bx_of(i) - 65535;
}

static inline unsigned ax_of(uint32_t i)
{
    return i >> 7;
}

static inline int sj_of(uint32_t i)
{
    return (int)ax_of(i) - 16777215;
}
