#include "column/numbered.h"
#include "base/arena.h"

enum {
    DIGITS_LEAST = 2,
    DIGITS_MOST = 8,
    SPARSE = 4,        /* there is room for so many numbers for each text of the dictionary */
    ROOM_FIRST = 4096, /* and for so many at least */
    MISSES = 4096,     /* beyond one for each text: may be too far away, or look otherwise */
};

void cyn_numbered_free(cyn_numbered *x)
{
    if (!x) return;
    for (size_t n = 0; n < CYN_NUMBERED_LENGTH; n++)
        cyn_free(x->shapes[n].code1);
    cyn_free(x);
}

/* All ones in the lowest n bytes. */
static uint64_t low_bytes(size_t n)
{
    return n >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * n) - 1;
}

static void learn(cyn_numbered_shape *shape, const char *s, size_t n)
{
    size_t digits = 0;
    while (digits < n && digits < DIGITS_MOST && s[n - digits - 1] >= '0' &&
           s[n - digits - 1] <= '9')
        digits++;
    const size_t letters = n - digits;
    *shape = (cyn_numbered_shape){
        .are_letters = {low_bytes(letters), letters > 8 ? low_bytes(letters - 8) : 0},
        .are_digits = ~low_bytes(8 - digits),
        .known = true,
        .whole = true,
        .closed = digits < DIGITS_LEAST,
    };
    shape->letters[0] = cyn_load8(s) & shape->are_letters[0];
    shape->letters[1] = cyn_load8(s + 8) & shape->are_letters[1];
}

/* Room for a number, if it is not too far away. */
static bool make_room(cyn_numbered_shape *shape, uint64_t number, uint32_t count)
{
    size_t room = shape->room ? shape->room : ROOM_FIRST;
    if (number < shape->room) return true;
    if (number >= ROOM_FIRST + (uint64_t)SPARSE * count) return false;
    while (room <= number)
        room *= 2;
    uint32_t *code1 = cyn_realloc(shape->code1, room * sizeof *code1);
    if (!code1) return false;
    memset(code1 + shape->room, 0, (room - shape->room) * sizeof *code1);
    shape->code1 = code1;
    shape->room = room;
    return true;
}

bool cyn_numbered_note(cyn_numbered *x, const char *s, size_t n, uint32_t code, uint32_t count)
{
    uint64_t number;
    if (n == 0 || n >= CYN_NUMBERED_LENGTH) return false;
    cyn_numbered_shape *shape = &x->shapes[n];
    if (!shape->known) learn(shape, s, n);
    const bool alike = cyn_numbered_has_shape(shape, s, n, &number);
    if (!shape->closed && alike && make_room(shape, number, count)) {
        shape->code1[number] = code + 1;
        return true;
    }
    shape->whole = shape->whole && !alike;
    shape->closed = shape->closed || ++shape->missed > (size_t)count + MISSES;
    return false;
}
