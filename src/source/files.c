#include "source/files.h"
#include "base/buf.h"
#include "base/text.h"
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct found {
    cyn_source_file file;
    dev_t device;
    ino_t inode;
} found;

typedef struct finding {
    const cyn_source_spec *spec;
    cyn_arena *arena;
    found *items;
    size_t count, capacity;
} finding;

static bool has_wildcard(const char *path)
{
    return strpbrk(path, "*?[") != NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The pattern below the base folder; the base itself is no pattern, whatever its name. */
static const char *full_pattern(const finding *f, const char *path, size_t *base_length)
{
    const char *base = path[0] == '/' || !f->spec->base ? "" : f->spec->base;
    cyn_buf b = {0};
    for (const char *s = base; *s; s++) {
        if (strchr("*?[\\", *s)) cyn_buf_putc(&b, '\\');
        cyn_buf_putc(&b, *s);
    }
    *base_length = *base ? strlen(base) + 1 : 0;
    if (*base) cyn_buf_putc(&b, '/');
    cyn_buf_puts(&b, path);
    const char *pattern = b.failed ? NULL : cyn_strdup(f->arena, b.data);
    cyn_buf_clear(&b);
    return pattern;
}

static cyn_code add_file(finding *f, const char *path, const char *shown, const struct stat *st,
                         cyn_err *err)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].device == st->st_dev && f->items[i].inode == st->st_ino) return CYN_OK;
    if (f->count == f->capacity) {
        size_t capacity = f->capacity ? f->capacity * 2 : 16;
        found *items = CYN_NEW_ARRAY(f->arena, capacity, found);
        if (!items) return cyn_nomem(err);
        if (f->count) memcpy(items, f->items, f->count * sizeof *items);
        f->items = items;
        f->capacity = capacity;
    }
    found *item = &f->items[f->count];
    *item = (found){.device = st->st_dev, .inode = st->st_ino};
    item->file = (cyn_source_file){.spec = f->spec, .bytes = st->st_size};
    item->file.path = cyn_strdup(f->arena, path);
    item->file.shown = cyn_strdup(f->arena, shown);
    if (!item->file.path || !item->file.shown) return cyn_nomem(err);
    f->count++;
    return CYN_OK;
}

/* Names of the folder, sorted, at most as many as fit. */
static size_t list_folder(cyn_arena *arena, const char *folder, const char **names, size_t most)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    if (!dir) return 0;
    struct dirent *e;
    while (count < most && (e = readdir(dir))) {
        if (e->d_name[0] == '.') continue;
        names[count] = cyn_strdup(arena, e->d_name);
        if (!names[count]) break;
        count++;
    }
    closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

/* Says which folder was searched, and what it has instead. */
static cyn_code no_match(finding *f, const char *path, cyn_err *err)
{
    enum { NAMES_MAX = 500, NAMES_SHOWN = 4 };
    const char **names = CYN_NEW_ARRAY(f->arena, NAMES_MAX, const char *);
    const char *slash = strrchr(path, '/'), *base = f->spec->base ? f->spec->base : ".";
    const char *folder = path[0] == '/' ? cyn_strndup(f->arena, path, (size_t)(slash - path) + 1)
                         : slash ? cyn_sprintf(f->arena, "%s/%.*s", base, (int)(slash - path), path)
                                 : cyn_strdup(f->arena, base);
    if (!names || !folder) return cyn_nomem(err);
    size_t count = list_folder(f->arena, folder, names, NAMES_MAX);
    const char *near = cyn_nearest(slash ? slash + 1 : path, names, count);
    cyn_fail(err, CYN_E_IO, "no file %s '%s' (looked in '%s')",
             has_wildcard(path) ? "matches" : "is named", path, folder);
    struct stat st;
    cyn_buf list = {0};
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
        cyn_buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
    if (count > NAMES_SHOWN) cyn_buf_puts(&list, ", …");
    if (has_wildcard(folder) || list.failed)
        cyn_hint(err, "'**' and '{a,b}' are not understood");
    else if (stat(folder, &st) != 0)
        cyn_hint(err, "the folder does not exist");
    else if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else if (count == 0)
        cyn_hint(err, "the folder is empty");
    else
        cyn_hint(err, "the folder has %s", list.data);
    cyn_buf_clear(&list);
    return CYN_E_IO;
}

static cyn_code add_matches(finding *f, const char *path, glob_t *matches, size_t base_length,
                            cyn_err *err)
{
    size_t before = f->count, regular = 0;
    qsort(matches->gl_pathv, matches->gl_pathc, sizeof *matches->gl_pathv, by_name);
    for (size_t i = 0; i < matches->gl_pathc; i++) {
        const char *match = matches->gl_pathv[i];
        struct stat st;
        if (stat(match, &st) != 0) return cyn_fail_errno(err, "cannot look at", match);
        if (!S_ISREG(st.st_mode)) continue;
        regular++;
        CYN_TRY(add_file(f, match, match + base_length, &st, err));
    }
    return f->count == before && regular == 0 ? no_match(f, path, err) : CYN_OK;
}

/* A folder that there is no room or descriptor to list is not one without matches. glob() hands
 * nothing on to who is told of it. */
static _Thread_local int lacking;

static int stop_for_want(const char *folder, int error)
{
    (void)folder;
    lacking = error == ENOMEM || error == EMFILE || error == ENFILE ? error : 0;
    return lacking;
}

static cyn_code add_glob(finding *f, const char *path, cyn_err *err)
{
    size_t base_length;
    cyn_code rc;
    const char *pattern = full_pattern(f, path, &base_length);
    if (!pattern) return cyn_nomem(err);
    glob_t matches = {0};
    lacking = 0;
    int failed = glob(pattern, GLOB_NOSORT, stop_for_want, &matches);
    if (failed == GLOB_NOSPACE || lacking == ENOMEM) {
        rc = cyn_nomem(err);
    } else if (lacking) {
        errno = lacking;
        rc = cyn_fail_errno(err, "cannot list the folder of", path);
    } else {
        rc = failed ? no_match(f, path, err) : add_matches(f, path, &matches, base_length, err);
    }
    globfree(&matches);
    return rc;
}

static cyn_code add_path(finding *f, const char *path, cyn_err *err)
{
    const char *full = path[0] == '/' || !f->spec->base
                           ? path
                           : cyn_sprintf(f->arena, "%s/%s", f->spec->base, path);
    struct stat st;
    if (!full) return cyn_nomem(err);
    if (stat(full, &st) != 0) {
        if (errno == ENOENT && has_wildcard(path)) return add_glob(f, path, err);
        return errno == ENOENT ? no_match(f, path, err) : cyn_fail_errno(err, "cannot open", full);
    }
    if (S_ISDIR(st.st_mode)) {
        cyn_fail(err, CYN_E_IO, "'%s' is a folder, expected a file", path);
        cyn_hint(err, "name the files in it: '%s/*'", path);
        return CYN_E_IO;
    }
    return add_file(f, full, path, &st, err);
}

cyn_code cyn_source_files(const cyn_source_spec *spec, cyn_arena *arena, cyn_source_file **out,
                          size_t *count, cyn_err *err)
{
    finding f = {.spec = spec, .arena = arena};
    for (size_t i = 0; i < spec->npaths; i++)
        CYN_TRY(add_path(&f, spec->paths[i], err));
    if (f.count == 0) return cyn_fail(err, CYN_E_DATA, "no path is given, expected a file or glob");
    cyn_source_file *files = CYN_NEW_ARRAY(arena, f.count, cyn_source_file);
    if (!files) return cyn_nomem(err);
    for (size_t i = 0; i < f.count; i++)
        files[i] = f.items[i].file;
    *out = files;
    *count = f.count;
    return CYN_OK;
}
