#include "script/kept.h"
#include "base/hash.h"
#include "base/library.h"
#include "base/stamp.h"
#include "base/time.h"
#include "catalog/wire.h"
#include <string.h>

/* ---- The key ---- */

/* A file as it is now: another build, or another version, is another file. */
static bool put_file(cyn_buf *b, const char *path)
{
    cyn_file_stamp stamp = {0};
    if (!cyn_stamp_take(path, &stamp)) return false;
    cyn_stamp_describe(&stamp, b);
    return true;
}

/* The program, and what scripts run on where that is not part of it. */
static bool put_build(cyn_buf *b)
{
    static const char *const functions[] = {"lua_newstate", "pow"};
    bool ok = put_file(b, "/proc/self/exe");
    cyn_wire_string(b, CYN_VERSION);
    for (size_t i = 0; ok && i < sizeof functions / sizeof *functions; i++) {
        const char *library = cyn_library_of(functions[i]);
        if (library) ok = put_file(b, library); /* else it is part of the program */
    }
    return ok;
}

static bool put_zone(cyn_buf *b, const char *name)
{
    cyn_tz *tz = NULL;
    if (cyn_tz_load(name, &tz, NULL) != CYN_OK) return false;
    cyn_tz_describe(tz, b);
    cyn_tz_free(tz);
    return true;
}

bool cyn_kept_key(const cyn_program *programs, size_t n, char out[CYN_KEPT_KEY])
{
    cyn_buf b = {0};
    bool ok = put_build(&b) && put_zone(&b, programs[0].settings->timezone);
    for (size_t i = 0; i < n; i++)
        cyn_program_describe(&programs[i], &b);
    ok = ok && !b.failed;
    if (ok) {
        cyn_sha256 sum = cyn_sha256_of(b.data, b.len);
        cyn_hex(sum.bytes, sizeof sum.bytes, out);
    }
    cyn_buf_clear(&b);
    return ok;
}

/* ---- The messages: a list of texts, one for each program ---- */

static void drop_messages(cyn_program *programs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cyn_program_unload(&programs[i]);
}

static bool take_messages(const cyn_value *list, cyn_program *programs, size_t n)
{
    if (list->kind != CYN_VALUE_ARRAY || list->n != n) return false;
    for (size_t i = 0; i < n; i++) {
        const cyn_value *text = &list->items[i];
        if (text->kind != CYN_VALUE_TEXT) return false;
        if (cyn_program_recall(&programs[i], text->s, text->n, NULL) != CYN_OK) return false;
    }
    return true;
}

bool cyn_kept_find(const cyn_script_keep *keep, const char *key, cyn_program *programs, size_t n)
{
    const cyn_value *list = NULL;
    const void *data = NULL;
    size_t size = 0;
    cyn_arena *arena = cyn_arena_new(0);
    bool found = arena && keep->find(keep->self, key, arena, &data, &size) &&
                 cyn_wire_read(data, size, arena, &list, NULL) == CYN_OK &&
                 take_messages(list, programs, n);
    if (!found) drop_messages(programs, n);
    cyn_arena_free(arena);
    return found;
}

void cyn_kept_add(const cyn_script_keep *keep, const char *key, const cyn_program *programs,
                  size_t n)
{
    cyn_buf b = {0};
    cyn_wire_array(&b, n);
    for (size_t i = 0; i < n; i++)
        cyn_wire_text(&b, (const char *)programs[i].message, programs[i].message_size);
    if (!b.failed) keep->keep(keep->self, key, b.data, b.len);
    cyn_buf_clear(&b);
}
