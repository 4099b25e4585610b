#include "live/report_file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD 512 /* bytes at the beginning of a page, among which it says that it is ours */

typedef struct report {
    const cyn_overview *view;
    const cyn_report_file_options *options;
    cyn_page_site site;
    cyn_page_data data;
    cyn_arena *arena;
    const char *folder; /* NULL: one file */
    size_t done, all;
} report;

/* ---- files ---- */

/* Whether the file, which is closed, says that it is a report. */
static bool is_report(int fd)
{
    char head[HEAD + 1] = "";
    ssize_t n = read(fd, head, HEAD);
    close(fd);
    return n > 0 && strstr(head, CYN_PAGE_MARK);
}

/* What is there already is a report, too, or nothing. */
static cyn_code check_place(const char *path, cyn_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) return CYN_OK;
    if (fd < 0) return cyn_fail_errno(err, "cannot write", path);
    if (is_report(fd)) return CYN_OK;
    cyn_fail(err, CYN_E_CONFLICT, "'%s' is there already, and no report", path);
    cyn_hint(err, "name another file, or remove this one");
    return CYN_E_CONFLICT;
}

/* The innermost folder above the file that is there already, with links followed; to be freed. NULL
 * with errno: it cannot be told. */
static char *folder_above(const char *path, cyn_arena *arena)
{
    char *folder = cyn_sprintf(arena, "./%s", path), *real = NULL;
    if (folder && *path == '/') folder += 2;
    errno = ENOMEM;
    for (char *slash; !real && folder && (slash = strrchr(folder, '/'));) {
        slash[slash == folder] = '\0';
        real = realpath(folder, NULL);
        if (errno != ENOENT || slash == folder) break;
    }
    return real;
}

static bool is_within(const char *folder, const char *root)
{
    size_t n = strlen(root);
    if (n == 1) return true; /* "/" */
    return strncmp(folder, root, n) == 0 && (folder[n] == '/' || !folder[n]);
}

/* Folders that are still to be made lie in one that is there. */
static cyn_code check_within(const report *r, const char *path, cyn_err *err)
{
    const char *within = r->options->within;
    if (!within) return CYN_OK;
    char *root = realpath(within, NULL), *folder = root ? folder_above(path, r->arena) : NULL;
    cyn_code rc = CYN_OK;
    if (!folder)
        rc = cyn_fail_errno(err, "cannot find", root ? path : within);
    else if (!is_within(folder, root))
        rc = cyn_fail(err, CYN_E_CONFLICT, "'%s' would lie in '%s', outside of '%s'", path, folder,
                      root);
    free(folder);
    free(root);
    return rc;
}

static cyn_code make_folder(const char *path, cyn_err *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST) return CYN_OK;
    return cyn_fail_errno(err, "cannot create folder", path);
}

/* All folders that the path's last part lies in. */
static cyn_code make_folders(char *path, cyn_err *err)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        cyn_code rc = make_folder(path, err);
        *slash = '/';
        if (rc != CYN_OK) return rc;
    }
    return CYN_OK;
}

static cyn_code write_all(int fd, const cyn_buf *b, const char *path, cyn_err *err)
{
    for (size_t done = 0; done < b->len;) {
        ssize_t n = write(fd, b->data + done, b->len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return cyn_fail_errno(err, "cannot write", path);
        done += (size_t)n;
    }
    return fsync(fd) == 0 ? CYN_OK : cyn_fail_errno(err, "cannot write", path);
}

/* Under another name first: nobody sees half a page. The name is this process's own. */
static cyn_code write_file(report *r, const char *path, const cyn_buf *b, cyn_err *err)
{
    const char *part = cyn_sprintf(r->arena, "%s.%ld.part", path, (long)getpid());
    if (!part) return cyn_nomem(err);
    CYN_TRY(check_place(path, err));
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) return cyn_fail_errno(err, "cannot write", part);
    cyn_code rc = write_all(fd, b, part, err);
    if (close(fd) != 0 && rc == CYN_OK) rc = cyn_fail_errno(err, "cannot write", part);
    if (rc == CYN_OK && rename(part, path) != 0) rc = cyn_fail_errno(err, "cannot write", path);
    if (rc != CYN_OK) unlink(part);
    return rc;
}

/* ---- pages ---- */

/* One page of a folder. */
typedef cyn_code compose(const report *r, size_t which, cyn_buf *out, cyn_err *err);

static cyn_code compose_overview(const report *r, size_t which, cyn_buf *out, cyn_err *err)
{
    (void)which;
    return cyn_page_overview(&r->site, &r->data, out, err);
}

static cyn_code compose_metric(const report *r, size_t which, cyn_buf *out, cyn_err *err)
{
    return cyn_page_metric_of(&r->site, &r->data, &r->data.metrics[which], out, err);
}

static cyn_code compose_tree(const report *r, size_t which, cyn_buf *out, cyn_err *err)
{
    return cyn_page_tree(&r->site, &r->data, which, out, err);
}

static cyn_code compose_alerts(const report *r, size_t which, cyn_buf *out, cyn_err *err)
{
    (void)which;
    return cyn_page_alerts(&r->site, &r->data, out, err);
}

static cyn_code compose_schedule(const report *r, size_t which, cyn_buf *out, cyn_err *err)
{
    (void)which;
    return cyn_page_schedule(&r->site, &r->data, out, err);
}

static cyn_code compose_report(const report *r, size_t which, cyn_buf *out, cyn_err *err)
{
    (void)which;
    return cyn_page_report(&r->site, &r->data, out, err);
}

static cyn_code add(report *r, compose *page, size_t which, const char *path, cyn_err *err)
{
    cyn_buf html = {0};
    if (r->options->cancel && *r->options->cancel)
        return cyn_fail(err, CYN_E_CANCEL, "interrupted; the pages before this one are written");
    if (!path) return cyn_nomem(err);
    cyn_code rc = page(r, which, &html, err);
    if (rc == CYN_OK) rc = cyn_buf_check(&html, err);
    if (rc == CYN_OK) rc = write_file(r, path, &html, err);
    cyn_buf_clear(&html);
    if (rc != CYN_OK) return rc;
    r->done++;
    if (r->options->progress) r->options->progress(r->options->self, r->done, r->all);
    return CYN_OK;
}

static cyn_code add_page(report *r, cyn_page_kind kind, compose *page, size_t which, const char *of,
                         cyn_err *err)
{
    cyn_buf name = {0};
    cyn_page_file(kind, of, &name);
    const char *path = name.failed ? NULL : cyn_sprintf(r->arena, "%s/%s", r->folder, name.data);
    cyn_buf_clear(&name);
    return add(r, page, which, path, err);
}

/* A tree's first line is its root. */
static const char *root_of(const cyn_tree_view *v)
{
    return v->items[0].node ? v->items[0].node->metric->name : "";
}

/* The overview last: it leads to pages that are there. */
static cyn_code add_pages(report *r, cyn_err *err)
{
    const cyn_page_data *d = &r->data;
    bool alerts = d->alerts != NULL, schedule = d->nagenda > 0;
    r->all = d->nmetrics + d->ntrees + alerts + schedule + 1;
    for (size_t i = 0; i < d->nmetrics; i++)
        CYN_TRY(add_page(r, CYN_PAGE_METRIC, compose_metric, i, d->metrics[i].metric->name, err));
    for (size_t i = 0; i < d->ntrees; i++)
        CYN_TRY(add_page(r, CYN_PAGE_TREE, compose_tree, i, root_of(d->trees[i]), err));
    if (alerts) CYN_TRY(add_page(r, CYN_PAGE_ALERTS, compose_alerts, 0, NULL, err));
    if (schedule) CYN_TRY(add_page(r, CYN_PAGE_SCHEDULE, compose_schedule, 0, NULL, err));
    return add_page(r, CYN_PAGE_OVERVIEW, compose_overview, 0, NULL, err);
}

/* ---- pages of before ---- */

/* "metric-revenue.html" → "revenue", where that is what the name begins with. */
static const char *page_of(report *r, cyn_page_kind kind, const char *file)
{
    cyn_buf begins = {0};
    cyn_page_file(kind, NULL, &begins);
    size_t n = begins.len, all = strlen(file), tail = strlen(".html");
    bool is = !begins.failed && all > n + tail && strncmp(file, begins.data, n) == 0 &&
              strcmp(file + all - tail, ".html") == 0;
    cyn_buf_clear(&begins);
    return is ? cyn_strndup(r->arena, file + n, all - n - tail) : NULL;
}

static bool is_file(cyn_page_kind kind, const char *file)
{
    cyn_buf name = {0};
    cyn_page_file(kind, NULL, &name);
    bool is = !name.failed && strcmp(file, name.data) == 0;
    cyn_buf_clear(&name);
    return is;
}

static bool has_tree(const report *r, const char *root)
{
    for (size_t i = 0; i < r->data.ntrees; i++)
        if (strcmp(root_of(r->data.trees[i]), root) == 0) return true;
    return false;
}

/* A page by its name that this report does not have. */
static bool is_gone(report *r, const char *file)
{
    const char *metric = page_of(r, CYN_PAGE_METRIC, file);
    const char *root = page_of(r, CYN_PAGE_TREE, file);
    if (metric) return !cyn_overview_metric(r->view, metric);
    if (root) return !has_tree(r, root);
    return (is_file(CYN_PAGE_ALERTS, file) && !r->data.alerts) ||
           (is_file(CYN_PAGE_SCHEDULE, file) && r->data.nagenda == 0);
}

/* What an earlier report left: of metrics that are no more. Nothing that is not a page of ours. */
static cyn_code remove_gone(report *r, cyn_err *err)
{
    DIR *folder = opendir(r->folder);
    if (!folder) return cyn_fail_errno(err, "cannot read folder", r->folder);
    cyn_code rc = CYN_OK;
    for (const struct dirent *e; rc == CYN_OK && (e = readdir(folder));) {
        if (!is_gone(r, e->d_name)) continue;
        int fd = openat(dirfd(folder), e->d_name,
                        O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
        if (fd < 0 || !is_report(fd)) continue;
        if (unlinkat(dirfd(folder), e->d_name, 0) != 0 && errno != ENOENT)
            rc = cyn_fail_errno(err, "cannot remove", e->d_name);
    }
    closedir(folder);
    return rc;
}

/* ---- reports ---- */

static cyn_code begin(report *r, cyn_store *st, cyn_err *err)
{
    const cyn_overview *v = r->view;
    const cyn_project *p = v->opened->project;
    const char *language = r->options->language;
    r->site = (cyn_page_site){.name = p->config->name,
                              .description = p->config->description,
                              .language = language ? language : p->config->language,
                              .calendar = &p->calendar,
                              .now = r->options->now,
                              .as_of = v->as_of,
                              .made = v->made};
    r->data = v->data;
    if (!st) return CYN_OK;
    return cyn_overview_now(v, st, r->options->now, CYN_NOW_RULES | CYN_NOW_AGENDA,
                            r->site.language, r->arena, &r->data, err);
}

static cyn_code write_report(report *r, cyn_store *st, const char *path, cyn_err *err)
{
    char *copy = cyn_strdup(r->arena, path);
    if (!copy) return cyn_nomem(err);
    CYN_TRY(begin(r, st, err));
    CYN_TRY(check_within(r, path, err));
    CYN_TRY(make_folders(copy, err));
    if (!r->folder) {
        r->all = 1;
        return add(r, compose_report, 0, path, err);
    }
    r->site.folder = true;
    CYN_TRY(make_folder(path, err));
    CYN_TRY(add_pages(r, err));
    return remove_gone(r, err);
}

static cyn_code run(report *r, cyn_store *st, const char *path, cyn_err *err)
{
    r->arena = cyn_arena_new(0);
    if (!r->arena) return cyn_nomem(err);
    cyn_code rc = write_report(r, st, path, err);
    cyn_arena_free(r->arena);
    return rc;
}

cyn_code cyn_report_file(const cyn_overview *v, cyn_store *st,
                         const cyn_report_file_options *options, const char *path, cyn_err *err)
{
    return run(&(report){.view = v, .options = options}, st, path, err);
}

cyn_code cyn_report_folder(const cyn_overview *v, cyn_store *st,
                           const cyn_report_file_options *options, const char *path, cyn_err *err)
{
    return run(&(report){.view = v, .options = options, .folder = path}, st, path, err);
}
