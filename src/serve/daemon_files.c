/* Files that change: what a project is made of, and the data of sources that are to be watched. */
#include "serve/daemon_impl.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEEP   8 /* folders below lib/ and packs/ */
#define EVENTS (IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM)

typedef struct folder {
    int watch;
    bool project, data;
    bool root; /* of the project */
} folder;

static const char *const parts[] = {"metrics", "alerts", "lib", "packs"};

struct cyn_daemon_files {
    int fd;
    cyn_arena *arena;
    folder *folders;
    size_t count, capacity;
};

/* A folder that is watched for both has one watch. One that is not there is none. */
static cyn_code add(cyn_daemon_files *f, const char *path, bool data, cyn_err *err)
{
    int watch = inotify_add_watch(f->fd, path, EVENTS | IN_ONLYDIR);
    if (watch < 0 && (errno == ENOENT || errno == ENOTDIR)) return CYN_OK;
    if (watch < 0) return cyn_fail_errno(err, "cannot watch", path);
    size_t i = 0;
    while (i < f->count && f->folders[i].watch != watch)
        i++;
    if (i == f->count) {
        folder *more = cyn_grown(f->arena, f->folders, f->count, &f->capacity, sizeof *more);
        if (!more) return cyn_nomem(err);
        f->folders = more;
        f->folders[f->count++] = (folder){.watch = watch};
    }
    f->folders[i].project |= !data;
    f->folders[i].data |= data;
    return CYN_OK;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The folder and those below it. */
static cyn_code add_tree(cyn_daemon_files *f, const char *path, int deep, cyn_err *err)
{
    cyn_code rc = add(f, path, false, err);
    DIR *d = rc == CYN_OK && deep > 0 ? opendir(path) : NULL;
    const struct dirent *e;
    while (d && rc == CYN_OK && (e = readdir(d))) {
        const char *below =
            e->d_name[0] == '.' ? NULL : cyn_sprintf(f->arena, "%s/%s", path, e->d_name);
        if (below && is_folder(below)) rc = add_tree(f, below, deep - 1, err);
    }
    if (d) closedir(d);
    return rc;
}

/* The folder of a path or a glob: what comes before the last slash that no wildcard precedes. */
static cyn_code add_source(cyn_daemon_files *f, const cyn_project *p, const char *path,
                           cyn_err *err)
{
    size_t n = strcspn(path, "*?[");
    while (n > 0 && path[n - 1] != '/')
        n--;
    const char *base = path[0] == '/' ? "" : p->dir;
    const char *dir =
        cyn_sprintf(f->arena, "%s%s%.*s", base, path[0] == '/' ? "" : "/", (int)n, path);
    return dir ? add(f, dir, true, err) : cyn_nomem(err);
}

static cyn_code add_all(cyn_daemon_files *f, const cyn_project *p, cyn_err *err)
{
    CYN_TRY(add(f, p->dir, false, err));
    if (f->count > 0) f->folders[0].root = true;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *path = cyn_sprintf(f->arena, "%s/%s", p->dir, parts[i]);
        if (!path) return cyn_nomem(err);
        CYN_TRY(add_tree(f, path, DEEP, err));
    }
    for (size_t i = 0; i < p->config->nsources; i++)
        for (size_t k = 0; p->config->sources[i].watch && k < p->config->sources[i].npaths; k++)
            CYN_TRY(add_source(f, p, p->config->sources[i].paths[k], err));
    return CYN_OK;
}

cyn_code cyn_daemon_files_new(const cyn_project *p, cyn_daemon_files **out, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_daemon_files *f = arena ? CYN_NEW(arena, cyn_daemon_files) : NULL;
    if (!f) {
        cyn_arena_free(arena);
        return cyn_nomem(err);
    }
    *f = (cyn_daemon_files){.arena = arena, .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    cyn_code rc = f->fd < 0 ? cyn_fail_errno(err, "cannot watch", p->dir) : add_all(f, p, err);
    if (rc == CYN_OK)
        *out = f;
    else
        cyn_daemon_files_free(f);
    return rc;
}

void cyn_daemon_files_free(cyn_daemon_files *f)
{
    if (!f) return;
    if (f->fd >= 0) close(f->fd);
    cyn_arena_free(f->arena);
}

int cyn_daemon_files_fd(const cyn_daemon_files *f)
{
    return f->fd;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

static bool is_part(const char *name)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i], name) == 0) return true;
    return false;
}

/* Data and the reports of editors lie in the same folders; a new folder may hold scripts, but
 * beside those of the project it holds something else. */
static bool is_of_project(const folder *f, const struct inotify_event *e)
{
    if (e->mask & IN_ISDIR) return e->len > 0 && (f->root ? is_part(e->name) : e->name[0] != '.');
    return e->len > 0 && e->name[0] != '.' &&
           (ends_with(e->name, ".yaml") || ends_with(e->name, ".lua") ||
            ends_with(e->name, ".lock"));
}

static void note(const cyn_daemon_files *f, const struct inotify_event *e, cyn_daemon_news *news)
{
    if (e->mask & IN_Q_OVERFLOW) news->project = news->data = true;
    for (size_t i = 0; i < f->count; i++) {
        if (f->folders[i].watch != e->wd) continue;
        news->project |= f->folders[i].project && is_of_project(&f->folders[i], e);
        news->data |= f->folders[i].data;
    }
}

cyn_daemon_news cyn_daemon_files_read(cyn_daemon_files *f)
{
    union {
        char bytes[16384];
        struct inotify_event align;
    } room;
    cyn_daemon_news news = {0};
    ssize_t n;
    while ((n = read(f->fd, room.bytes, sizeof room.bytes)) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *e = (const void *)(room.bytes + at);
            note(f, e, &news);
            at += (ssize_t)(sizeof *e + e->len);
        }
    return news;
}
