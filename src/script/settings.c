#include "script/settings.h"
#include "script/require.h"
#include "script/worker.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE_LIMIT ((size_t)4 << 20) /* bytes */

/* The module's text from a folder that stands in for the embedded library. */
static cyn_code read_module(cyn_arena *arena, const char *folder, const char *name,
                            cyn_library_module *out, cyn_err *err)
{
    char path[4096];
    struct stat st;
    cyn_code rc = CYN_OK;
    snprintf(path, sizeof path, "%s/cynosure/%s", folder, name);
    FILE *f = fopen(path, "rbe");
    if (!f) return cyn_fail_errno(err, "cannot open", path);
    char *text = NULL;
    if (fstat(fileno(f), &st) != 0)
        rc = cyn_fail_errno(err, "cannot read", path);
    else if (!S_ISREG(st.st_mode) || (size_t)st.st_size > MODULE_LIMIT)
        rc = cyn_fail(err, CYN_E_LIMIT, "%s is no file of at most 4 MiB", path);
    else if (!(text = cyn_alloc(arena, (size_t)st.st_size + 1)))
        rc = cyn_nomem(err);
    else if (fread(text, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
        rc = cyn_fail_errno(err, "cannot read", path);
    else
        *out = (cyn_library_module){out->name, text, (size_t)st.st_size};
    fclose(f);
    return rc;
}

static cyn_code read_library(cyn_settings *s, cyn_arena *arena, const char *folder, cyn_err *err)
{
    size_t n = 0;
    while (cyn_lua_library[n].name)
        n++;
    s->library = CYN_NEW_ARRAY(arena, n, cyn_library_module);
    if (!s->library) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const cyn_embedded *e = &cyn_lua_library[i];
        cyn_library_module *m = &s->library[i];
        m->name = cyn_strndup(arena, e->name, strlen(e->name) - strlen(".lua"));
        if (!m->name) return cyn_nomem(err);
        CYN_TRY(read_module(arena, folder, e->name, m, err));
    }
    s->nlibrary = n;
    return CYN_OK;
}

static size_t count_workers(size_t wanted)
{
    long cores = wanted ? (long)wanted : sysconf(_SC_NPROCESSORS_ONLN);
    if (cores < 1) return 1;
    return cores < CYN_WORKERS_MOST ? (size_t)cores : CYN_WORKERS_MOST;
}

cyn_code cyn_settings_make(cyn_arena *arena, const cyn_script_options *o, const cyn_settings **out,
                           cyn_err *err)
{
    cyn_settings *s = CYN_NEW(arena, cyn_settings);
    if (!s) return cyn_nomem(err);
    *s = (cyn_settings){
        .timezone = cyn_strdup(arena, o->timezone ? o->timezone : "UTC"),
        .sources = CYN_NEW_ARRAY(arena, o->nsources + 1, const char *),
        .nsources = o->nsources,
        .load_timeout = o->load_timeout ? o->load_timeout : CYN_LOAD_TIMEOUT,
        .call_timeout = o->call_timeout ? o->call_timeout : CYN_CALL_TIMEOUT,
        .memory_limit = o->memory_limit ? o->memory_limit : CYN_MEMORY_LIMIT,
        .instructions = o->instructions,
        .output_limit = o->output_limit ? o->output_limit : CYN_OUTPUT_LIMIT,
        .workers = count_workers(o->workers),
        .cancel = o->cancel,
    };
    if (!s->timezone || !s->sources) return cyn_nomem(err);
    for (size_t i = 0; i < o->nsources; i++)
        if (!(s->sources[i] = cyn_strdup(arena, o->sources[i]))) return cyn_nomem(err);
    if (o->library) CYN_TRY(read_library(s, arena, o->library, err));
    *out = s;
    return CYN_OK;
}
