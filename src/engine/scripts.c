#include "engine/scripts.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SCRIPT_BYTES_MAX (256 * 1024)
#define FOLDERS_DEEP     8 /* below lib/ */

typedef struct listing {
    cyn_arena *arena;
    const char *dir;
    cyn_project_script *items;
    size_t count, capacity;
    cyn_err_list *errs;
} listing;

/* ---- One file ---- */

static cyn_code read_file(listing *l, cyn_project_script *script, cyn_err *err)
{
    const char *path = cyn_sprintf(l->arena, "%s/%s", l->dir, script->name);
    char *text = cyn_malloc(SCRIPT_BYTES_MAX + 1);
    FILE *f = path && text ? fopen(path, "rbe") : NULL;
    cyn_code rc = CYN_OK;
    size_t n = f ? fread(text, 1, SCRIPT_BYTES_MAX + 1, f) : 0;
    if (!path || !text)
        rc = cyn_nomem(err);
    else if (!f)
        rc = cyn_fail_errno(err, "cannot open", script->name);
    else if (ferror(f))
        rc = cyn_fail_errno(err, "cannot read", script->name);
    else if (n > SCRIPT_BYTES_MAX)
        rc = cyn_fail_at(err, CYN_E_LIMIT, script->name, 0, 0,
                         "the script is larger than %d KiB; split it into several files",
                         SCRIPT_BYTES_MAX / 1024);
    else if (!(script->text = cyn_strndup(l->arena, text, n)))
        rc = cyn_nomem(err);
    script->size = n;
    if (f) fclose(f);
    cyn_free(text);
    return rc;
}

static cyn_code add_file(listing *l, cyn_project_script script)
{
    cyn_err err = {0};
    cyn_project_script *more = cyn_grown(l->arena, l->items, l->count, &l->capacity, sizeof *more);
    if (!more) return CYN_E_NOMEM;
    l->items = more;
    cyn_code rc = read_file(l, &script, &err);
    if (rc == CYN_E_NOMEM) return rc;
    if (rc == CYN_OK)
        l->items[l->count++] = script;
    else
        cyn_err_list_add(l->errs, &err);
    return CYN_OK;
}

/* ---- Folders ---- */

static int is_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static bool is_lua(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".lua") == 0;
}

/* The kind of what has this name, 0 where there is nothing. */
static mode_t kind_of(const listing *l, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s/%s", l->dir, name);
    if (n < 0 || (size_t)n >= sizeof path || stat(path, &st) != 0) return 0;
    return st.st_mode & S_IFMT;
}

/* What require can name. */
static bool is_module_name(const char *s)
{
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
              *s == '_' || *s == '-'))
            return false;
    return true;
}

static void report(listing *l, cyn_code code, const char *file, const char *message)
{
    cyn_err err = {0};
    (void)cyn_fail_at(&err, code, file, 0, 0, "%s", message);
    cyn_err_list_add(l->errs, &err);
}

static void refuse_name(listing *l, const char *file)
{
    report(l, CYN_E_NAME, file,
           "what require finds is named with letters, digits, '_' and '-' only");
}

typedef cyn_code visit(listing *l, const char *folder, const char *name, void *context);

/* Visits the entries in the order of their names; a folder that is not there has none. */
static cyn_code each_entry(listing *l, const char *folder, visit *each, void *context)
{
    const char *path = cyn_sprintf(l->arena, "%s/%s", l->dir, folder);
    struct dirent **entries = NULL;
    if (!path) return CYN_E_NOMEM;
    int n = scandir(path, &entries, is_visible, alphasort);
    if (n < 0 && errno == ENOENT) return CYN_OK;
    if (n < 0) {
        cyn_err err = {0};
        cyn_code rc = cyn_fail_errno(&err, "cannot list", folder);
        cyn_err_list_add(l->errs, &err);
        return rc;
    }
    cyn_code rc = CYN_OK;
    for (int i = 0; i < n; i++) {
        if (rc == CYN_OK) rc = each(l, folder, entries[i]->d_name, context);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

/* ---- What stands where ---- */

/* `kind` is the script but for its name and text. */
static cyn_code visit_script(listing *l, const char *folder, const char *name, void *kind)
{
    cyn_project_script script = *(const cyn_project_script *)kind;
    if (!is_lua(name)) return CYN_OK;
    script.name = cyn_sprintf(l->arena, "%s/%s", folder, name);
    if (!script.name) return CYN_E_NOMEM;
    return add_file(l, script);
}

/* The scripts below a project's or a pack's folder, which is "" or ends with a slash. */
static cyn_code add_scripts(listing *l, const char *root, const char *pack)
{
    static const char *const folders[] = {"metrics", "alerts", "tests"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        cyn_project_script kind = {.pack = pack, .test = strcmp(folders[i], "tests") == 0};
        const char *folder = cyn_sprintf(l->arena, "%s%s", root, folders[i]);
        if (!folder) return CYN_E_NOMEM;
        CYN_TRY(each_entry(l, folder, visit_script, &kind));
    }
    return CYN_OK;
}

typedef struct library {
    const char *pack, *prefix; /* of the modules' names: "growth." */
    int depth;
} library;

static cyn_code visit_module(listing *l, const char *folder, const char *name, void *context)
{
    const library *in = context;
    const char *path = cyn_sprintf(l->arena, "%s/%s", folder, name);
    if (!path) return CYN_E_NOMEM;
    if (kind_of(l, path) == S_IFDIR) {
        library below = {in->pack, cyn_sprintf(l->arena, "%s%s.", in->prefix, name), in->depth + 1};
        if (!below.prefix) return CYN_E_NOMEM;
        if (!is_module_name(name))
            refuse_name(l, path);
        else if (below.depth > FOLDERS_DEEP)
            report(l, CYN_E_LIMIT, path, "modules lie at most 8 folders deep");
        else
            return each_entry(l, path, visit_module, &below);
        return CYN_OK;
    }
    if (!is_lua(name)) return CYN_OK;
    const char *stem = cyn_strndup(l->arena, name, strlen(name) - strlen(".lua"));
    if (!stem) return CYN_E_NOMEM;
    if (!is_module_name(stem)) {
        refuse_name(l, path);
        return CYN_OK;
    }
    const char *module = cyn_sprintf(l->arena, "%s%s", in->prefix, stem);
    if (!module) return CYN_E_NOMEM;
    return add_file(l, (cyn_project_script){.name = path, .pack = in->pack, .module = module});
}

static cyn_code visit_pack(listing *l, const char *folder, const char *name, void *none)
{
    (void)none;
    char *pack = cyn_strdup(l->arena, name);
    const char *root = cyn_sprintf(l->arena, "%s/%s", folder, name);
    const char *below = cyn_sprintf(l->arena, "%s/", root);
    const char *modules = cyn_sprintf(l->arena, "%s/lib", root);
    const char *init = cyn_sprintf(l->arena, "%s/init.lua", root);
    library in = {pack, cyn_sprintf(l->arena, "%s.", name), 1};
    if (!pack || !root || !below || !modules || !init || !in.prefix) return CYN_E_NOMEM;
    if (kind_of(l, root) != S_IFDIR) return CYN_OK;
    if (!is_module_name(name)) {
        refuse_name(l, root);
        return CYN_OK;
    }
    if (kind_of(l, init) != 0)
        CYN_TRY(add_file(l, (cyn_project_script){.name = init, .pack = pack, .module = pack}));
    CYN_TRY(each_entry(l, modules, visit_module, &in));
    return add_scripts(l, below, pack);
}

/* ---- The whole ---- */

/* A project's module hides none of a pack, and none hides it. */
static void report_twice(listing *l)
{
    for (size_t i = 0; i < l->count; i++) {
        const cyn_project_script *a = &l->items[i];
        for (size_t k = 0; a->module && k < i; k++) {
            const cyn_project_script *b = &l->items[k];
            if (!b->module || strcmp(a->module, b->module) != 0) continue;
            cyn_err err = {0};
            (void)cyn_fail_at(&err, CYN_E_CONFLICT, a->name, 0, 0,
                              "module '%s' is both this file and %s", a->module, b->name);
            cyn_hint(&err, "rename one of them");
            cyn_err_list_add(l->errs, &err);
        }
    }
}

cyn_code cyn_project_scripts(cyn_arena *arena, const char *dir, const cyn_project_script **out,
                             size_t *count, cyn_err_list *errs)
{
    listing l = {.arena = arena, .dir = dir, .errs = errs};
    library own = {NULL, "", 1};
    CYN_TRY(add_scripts(&l, "", NULL));
    CYN_TRY(each_entry(&l, "lib", visit_module, &own));
    CYN_TRY(each_entry(&l, "packs", visit_pack, NULL));
    report_twice(&l);
    *out = l.items;
    *count = l.count;
    return CYN_OK;
}
