#include "store/repair.h"
#include "base/time.h"
#include "store/store_impl.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define PATIENCE_MS 5000

static bool is_damage(int code)
{
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

/* The first line of what SQLite says of the whole file; "ok" where nothing is wrong with it. */
static cyn_code quick_check(sqlite3 *db, const char *path, cyn_arena *arena, const char **says,
                            cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    cyn_code rc = CYN_OK;
    int code = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &q, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(q);
    if (code == SQLITE_ROW) {
        *says = cyn_store_text(q, 0, arena);
        if (!*says) rc = cyn_nomem(err);
    } else if (is_damage(code)) {
        *says = cyn_strdup(arena, sqlite3_errmsg(db));
        if (!*says) rc = cyn_nomem(err);
    } else {
        rc = cyn_store_fail(db, path, "examine", err);
    }
    sqlite3_finalize(q);
    return rc;
}

cyn_code cyn_store_examine(const char *path, cyn_arena *arena, const char **damage, cyn_err *err)
{
    sqlite3 *db = NULL;
    const char *says = "ok";
    cyn_code rc = CYN_OK;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        *damage = NULL;
        return CYN_OK;
    }
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(db, PATIENCE_MS);
        rc = quick_check(db, path, arena, &says, err);
    } else {
        rc = db ? cyn_store_fail(db, path, "examine", err) : cyn_nomem(err);
    }
    sqlite3_close(db);
    if (rc == CYN_OK) *damage = strcmp(says, "ok") == 0 ? NULL : says;
    return rc;
}

/* "…/state.db.corrupt-20261122T091500Z", and a number where that is taken. */
static const char *new_name(const char *path, int64_t now, cyn_arena *arena)
{
    cyn_civil c = cyn_tz_civil(NULL, now);
    const char *name = NULL;
    for (int i = 1; i <= 1000; i++) {
        char number[16] = "";
        if (i > 1) snprintf(number, sizeof number, "-%d", i);
        name = cyn_sprintf(arena, "%s.corrupt-%04d%02d%02dT%02d%02d%02dZ%s", path, c.year, c.month,
                           c.day, c.hour, c.minute, c.second, number);
        if (!name || access(name, F_OK) != 0) return name;
    }
    return name;
}

/* The journal goes first: beside a new file it would be taken for the new file's. */
static cyn_code move(const char *path, const char *to, cyn_err *err)
{
    static const char *const ends[] = {"-journal", "-wal", "-shm", ""};
    char from[4096], target[4096];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        int n = snprintf(from, sizeof from, "%s%s", path, ends[i]);
        int m = snprintf(target, sizeof target, "%s%s", to, ends[i]);
        if (n < 0 || m < 0 || (size_t)n >= sizeof from || (size_t)m >= sizeof target)
            return cyn_fail(err, CYN_E_RANGE, "the path of the state is too long: %s", path);
        if (rename(from, target) != 0 && errno != ENOENT)
            return cyn_fail_errno(err, "cannot move aside", from);
    }
    return CYN_OK;
}

/* Held while it is moved: whoever opens a store holds it, too (open.c). */
static int lock_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int n = slash ? snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path)
                  : snprintf(folder, sizeof folder, ".");
    if (n < 0 || (size_t)n >= sizeof folder) return -1;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) flock(fd, LOCK_EX);
    return fd;
}

cyn_code cyn_store_set_aside(const char *path, int64_t now, cyn_arena *arena, const char **kept,
                             cyn_err *err)
{
    const char *damage = NULL, *to = NULL;
    cyn_code rc = CYN_OK;
    int lock = lock_folder(path);
    CYN_GOTO(
        cyn_store_examine(path, arena, &damage, err)); /* another process may have come first */
    if (damage) {
        to = new_name(path, now, arena);
        rc = to ? move(path, to, err) : cyn_nomem(err);
    }
    if (rc == CYN_OK) *kept = to;
done:
    if (lock >= 0) close(lock);
    return rc;
}

/* Connections to the file that is gone may have its index mapped still, and write to it. */
void cyn_store_drop_leftovers(const char *path)
{
    static const char *const ends[] = {"-journal", "-wal", "-shm"};
    char name[4096];
    int lock = lock_folder(path);
    const bool gone = access(path, F_OK) != 0 && errno == ENOENT;
    for (size_t i = 0; gone && lock >= 0 && i < sizeof ends / sizeof *ends; i++) {
        int n = snprintf(name, sizeof name, "%s%s", path, ends[i]);
        if (n > 0 && (size_t)n < sizeof name) (void)unlink(name);
    }
    if (lock >= 0) close(lock);
}
