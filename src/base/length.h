/* Lengths of time as people read them. */
#pragma once
#include "base/buf.h"
#include <stdint.h>

typedef enum cyn_length_look {
    CYN_LENGTH_WHOLE, /* "1d12h30m": all of it, to the second, as it is written in YAML */
    CYN_LENGTH_SHORT, /* "1d 12h": the two largest parts */
    CYN_LENGTH_LONG,  /* "1 d 12 h", "25 min": the same */
} cyn_length_look;

/* In Japanese "1日12時間". What is less than a second is 0 of them. */
void cyn_length_put(int64_t micros, cyn_length_look look, bool ja, cyn_buf *out);
