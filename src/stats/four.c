#include "stats/four_impl.h"

#ifdef __x86_64__
#define BEFORE(m, k) __builtin_popcount((m) & ((1U << (k)) - 1))

/* Where the k-th of four goes: behind those that are chosen before it, or, if it is none, behind
 * all that are and those before it that are not. */
#define PLACE(m, k) ((m) >> (k)&1U ? BEFORE(m, k) : __builtin_popcount(m) + (k)-BEFORE(m, k))
/* Which one comes to a place. */
#define AT(m, place)                                                                               \
    (PLACE(m, 0) == (place) ? 0 : PLACE(m, 1) == (place) ? 1 : PLACE(m, 2) == (place) ? 2 : 3)
#define HALVES(m, place) 2 * AT(m, place), 2 * AT(m, place) + 1
#define ORDER(m)                                                                                   \
    {                                                                                              \
        HALVES(m, 0), HALVES(m, 1), HALVES(m, 2), HALVES(m, 3)                                     \
    }

const int32_t cyn_four_chosen[16][8] __attribute__((aligned(32))) = {
    ORDER(0U), ORDER(1U), ORDER(2U),  ORDER(3U),  ORDER(4U),  ORDER(5U),  ORDER(6U),  ORDER(7U),
    ORDER(8U), ORDER(9U), ORDER(10U), ORDER(11U), ORDER(12U), ORDER(13U), ORDER(14U), ORDER(15U),
};
#endif
