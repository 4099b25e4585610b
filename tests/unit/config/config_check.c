/* What the loader says about files, for the tests that hold it against the JSON Schemas.
 *
 *     config_check KIND FILE…       each FILE: its findings, then "FILE: ok" or "FILE: failed"
 *     config_check --schema KIND    the JSON Schema on standard output
 *
 * KIND is cynosure, kpis, dictionary or okrs. Exits 1 when a file fails, 2 when called wrongly.
 */
#include "config/load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_schema(const char *which)
{
    cyn_buf out = {0};
    cyn_err err = {0};
    cyn_code rc = cyn_config_schema(which, &out, &err);
    if (rc == CYN_OK)
        fwrite(out.data, 1, out.len, stdout);
    else
        fprintf(stderr, "%s\n", err.message);
    cyn_buf_clear(&out);
    return rc == CYN_OK ? 0 : 2;
}

static bool check_file(const cyn_file_kind *kind, const char *path)
{
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) abort();
    cyn_err_list errs;
    cyn_err_list_init(&errs, arena);
    void *root = NULL;
    char text[2048];
    bool ok = cyn_load_file(kind, path, kind->file, arena, &root, &errs) == CYN_OK;
    for (size_t i = 0; i < errs.count; i++) {
        cyn_err_format(&errs.items[i], text, sizeof text);
        printf("%s\n", text);
    }
    printf("%s: %s\n", path, ok ? "ok" : "failed");
    cyn_arena_free(arena);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--schema") == 0) return print_schema(argv[2]);
    const cyn_file_kind *kind = argc > 2 ? cyn_file_kind_find(argv[1]) : NULL;
    if (!kind) {
        fprintf(stderr, "usage: config_check KIND FILE… | config_check --schema KIND\n");
        return 2;
    }
    bool ok = true;
    for (int i = 2; i < argc; i++)
        ok = check_file(kind, argv[i]) && ok;
    return ok ? 0 : 1;
}
