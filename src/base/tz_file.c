/* Time zones from the system: finding a zone by name, and reading TZif (RFC 9636).
 *
 * A zone's name comes from a project's YAML and becomes part of a path, so it is checked first; a
 * file's content is checked before anything of it is used.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/time_impl.h"
#include "base/tz_impl.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define SYSTEM_FOLDER "/usr/share/zoneinfo"
#define NAME_MAX_SIZE 128
#define FILE_MAX_SIZE (1 << 20) /* the largest zones take some 4 KiB; tzdata.zi takes 110 */
#define HEADER_SIZE   44

/* --- TZif ---------------------------------------------------------------------------------- */

typedef struct tzif_header {
    uint32_t ut_flags, std_flags, leaps, times, types, chars;
} tzif_header;

static uint32_t read_u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static int64_t read_i64(const unsigned char *p)
{
    return (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
}

static bool read_header(const unsigned char *p, size_t size, tzif_header *h)
{
    if (size < HEADER_SIZE || memcmp(p, "TZif", 4) != 0) return false;
    *h = (tzif_header){read_u32(p + 20), read_u32(p + 24), read_u32(p + 28),
                       read_u32(p + 32), read_u32(p + 36), read_u32(p + 40)};
    return true;
}

/* Counts have 32 bits and records at most 12 bytes, so 64 bits hold the sum. */
static uint64_t block_size(const tzif_header *h, unsigned time_size)
{
    return (uint64_t)h->times * (time_size + 1) + (uint64_t)h->types * 6 + h->chars +
           (uint64_t)h->leaps * (time_size + 4) + h->std_flags + h->ut_flags;
}

/* The version 2+ data block: fills at[] and offset[]. Returns what is wrong, or NULL. */
static const char *read_block(const unsigned char *p, const tzif_header *h, cyn_tz *tz)
{
    const unsigned char *type_of = p + (size_t)h->times * 8;
    const unsigned char *types = type_of + h->times;
    /* RFC 9636: before the first transition the first type holds. */
    for (size_t i = 0; i <= h->times; i++) {
        unsigned type = i ? type_of[i - 1] : 0;
        if (type >= h->types) return "a transition names a type that does not exist";
        int64_t offset = (int32_t)read_u32(types + (size_t)type * 6);
        if (offset > TZ_OFFSET_MAX || offset < -TZ_OFFSET_MAX) return "an offset is too large";
        tz->offset[i] = (int)offset;
    }
    for (size_t i = 0; i < h->times; i++) {
        tz->at[i] = read_i64(p + i * 8);
        if (i && tz->at[i] <= tz->at[i - 1]) return "its transitions are out of order";
        if (tz->at[i] > INT64_MAX / 4 || tz->at[i] < INT64_MIN / 4)
            return "a transition is out of range";
    }
    return NULL;
}

/* The footer "\n<rule>\n"; an empty rule means that the last offset holds for ever. */
static const char *read_footer(const unsigned char *p, size_t size, cyn_tz *tz)
{
    const char *text = (const char *)p + 1;
    const char *end = size > 1 && p[0] == '\n' ? memchr(text, '\n', size - 1) : NULL;
    if (!end) return "its footer is missing";
    if (end == text) return NULL;
    if (!cyn_tz_rule_parse(text, (size_t)(end - text), &tz->rule)) return "its rule is malformed";
    tz->has_rule = true;
    return NULL;
}

cyn_code cyn_tz_decode(const char *name, const unsigned char *data, size_t size, cyn_tz **out,
                       cyn_err *err)
{
    tzif_header h;
    if (!read_header(data, size, &h)) return cyn_fail(err, CYN_E_DATA, "not a time zone file");
    if (data[4] < '2')
        return cyn_fail(err, CYN_E_DATA, "an old time zone file without 64-bit times");
    uint64_t skip = HEADER_SIZE + block_size(&h, 4);
    if (skip > size || !read_header(data + skip, size - skip, &h) || h.types == 0 ||
        block_size(&h, 8) > size - skip - HEADER_SIZE)
        return cyn_fail(err, CYN_E_DATA, "a damaged time zone file: it ends too early");
    if (h.leaps > 0)
        return cyn_fail(err, CYN_E_UNSUPPORTED, "a time zone that counts leap seconds");

    cyn_tz *tz = cyn_tz_new(name, h.times);
    if (!tz) return cyn_nomem(err);
    const unsigned char *block = data + skip + HEADER_SIZE;
    const unsigned char *footer = block + block_size(&h, 8);
    const char *wrong = read_block(block, &h, tz);
    if (!wrong) wrong = read_footer(footer, (size_t)(data + size - footer), tz);
    if (wrong) {
        cyn_tz_free(tz);
        return cyn_fail(err, CYN_E_DATA, "a damaged time zone file: %s", wrong);
    }
    *out = tz;
    return CYN_OK;
}

/* --- Finding ------------------------------------------------------------------------------- */

/* The folders in which zones are looked for, $TZDIR first. */
static size_t zone_folders(const char *folders[2])
{
    size_t count = 0;
    const char *chosen = getenv("TZDIR");
    if (chosen && *chosen) folders[count++] = chosen;
    folders[count++] = SYSTEM_FOLDER;
    return count;
}

/* Reads folder/name. CYN_E_NAME, without a message, when there is no such file. */
static cyn_code read_file(const char *folder, const char *name, cyn_buf *out, cyn_err *err)
{
    char path[4096], chunk[4096];
    struct stat st;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return CYN_E_NAME;
    FILE *f = fopen(path, "rbe");
    if (!f && (errno == ENOENT || errno == ENOTDIR)) return CYN_E_NAME;
    if (!f) return cyn_fail_errno(err, "cannot open", path);

    cyn_code rc;
    if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode)) {
        rc = CYN_E_NAME; /* "America" is a folder, and no zone */
    } else if (st.st_size > FILE_MAX_SIZE) {
        rc = cyn_fail(err, CYN_E_DATA, "'%s' is too large for a time zone", path);
    } else {
        for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
            cyn_buf_add(out, chunk, n);
        rc = ferror(f) ? cyn_fail_errno(err, "cannot read", path) : cyn_buf_check(out, err);
    }
    fclose(f);
    return rc;
}

/* A path below the folder of zones, and no way out of it. */
static bool is_zone_name(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > NAME_MAX_SIZE || name[0] == '/' || name[n - 1] == '/') return false;
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_+-/";
    return strspn(name, letters) == n && !strstr(name, "//");
}

/* --- The nearest name ---------------------------------------------------------------------- */

typedef struct name_list {
    const char **names;
    size_t count, cap;
} name_list;

static bool name_list_add(name_list *list, const char *name)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 512;
        const char **grown = cyn_realloc(list->names, cap * sizeof *grown);
        if (!grown) return false;
        list->names = grown;
        list->cap = cap;
    }
    list->names[list->count++] = name;
    return true;
}

/* tzdata.zi names zones as "Z <name> …" and aliases as "L <target> <name>". Cuts `text` up. */
static void list_names(char *text, name_list *list)
{
    char *lines, *words;
    for (char *line = strtok_r(text, "\n", &lines); line; line = strtok_r(NULL, "\n", &lines)) {
        char kind = line[0];
        if ((kind != 'Z' && kind != 'L') || line[1] != ' ') continue;
        char *word = strtok_r(line + 2, " ", &words);
        if (word && kind == 'L') word = strtok_r(NULL, " ", &words);
        if (word && !name_list_add(list, word)) return;
    }
}

/* The zone that a person probably meant; people also say just "Tokyo", or "New York". */
static const char *nearest_zone(const char *name, const name_list *list)
{
    char city[NAME_MAX_SIZE + 1];
    snprintf(city, sizeof city, "%s", name);
    for (char *c = city; *c; c++)
        if (*c == ' ') *c = '_';
    for (size_t i = 0; i < list->count; i++) {
        const char *slash = strrchr(list->names[i], '/');
        if (slash && strcasecmp(slash + 1, city) == 0) return list->names[i];
    }
    /* "JST" is an abbreviation, and not a slip of "EST". */
    return strlen(city) > 4 ? cyn_nearest(city, list->names, list->count) : NULL;
}

/* Hints are a kindness: when the list cannot be read, there is just none. */
static void hint_zone(const char *name, cyn_err *err)
{
    const char *folders[2], *nearest = NULL;
    size_t count = zone_folders(folders);
    cyn_buf text = {0};
    name_list list = {0};
    for (size_t i = 0; i < count && text.len == 0; i++)
        if (read_file(folders[i], "tzdata.zi", &text, NULL) != CYN_OK) cyn_buf_reset(&text);
    if (text.len > 0) {
        list_names(text.data, &list);
        nearest = nearest_zone(name, &list);
    }
    if (nearest)
        cyn_hint(err, "did you mean '%s'?", nearest);
    else
        cyn_hint(err,
                 "Zones are named like 'Asia/Tokyo'; 'timedatectl list-timezones' lists them.");
    cyn_free(list.names);
    cyn_buf_clear(&text);
}

static cyn_code fail_unknown(const char *name, cyn_err *err)
{
    const char *folders[2];
    size_t count = zone_folders(folders);
    struct stat st;
    for (size_t i = 0; i < count; i++) {
        if (stat(folders[i], &st) != 0) continue;
        cyn_fail(err, CYN_E_NAME, "unknown time zone '%s'", name);
        hint_zone(name, err);
        return CYN_E_NAME;
    }
    cyn_fail(err, CYN_E_UNSUPPORTED, "time zone '%s': this system has no time zone data (%s)", name,
             folders[0]);
    cyn_hint(err, "Install tzdata: apt-get install tzdata");
    return CYN_E_UNSUPPORTED;
}

cyn_code cyn_tz_load(const char *name, cyn_tz **out, cyn_err *err)
{
    if (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0) {
        cyn_tz *utc = cyn_tz_new(name, 0);
        if (!utc) return cyn_nomem(err);
        *out = utc;
        return CYN_OK;
    }
    if (!is_zone_name(name)) return fail_unknown(name, err);

    const char *folders[2];
    size_t count = zone_folders(folders);
    cyn_buf data = {0};
    cyn_code rc = CYN_E_NAME;
    for (size_t i = 0; i < count && rc == CYN_E_NAME; i++)
        rc = read_file(folders[i], name, &data, err);
    if (rc == CYN_E_NAME) {
        cyn_buf_clear(&data);
        return fail_unknown(name, err);
    }
    if (rc == CYN_OK) {
        rc = cyn_tz_decode(name, (const unsigned char *)data.data, data.len, out, err);
        if (rc == CYN_E_DATA) cyn_hint(err, "Reinstall tzdata, or set TZDIR to its folder.");
        if (rc == CYN_E_UNSUPPORTED) cyn_hint(err, "Use the zone without 'right/'.");
    }
    if (rc != CYN_OK && rc != CYN_E_NOMEM) cyn_context(err, "time zone '%s'", name);
    cyn_buf_clear(&data);
    return rc;
}
