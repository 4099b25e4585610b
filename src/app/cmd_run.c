#include "app/adhoc.h"
#include "app/commands.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SCRIPT_BYTES_MAX (256 * 1024)

/* The script's text; "-" is standard input. */
static cyn_code read_script(const char *path, cyn_buf *out, cyn_err *err)
{
    bool input = strcmp(path, "-") == 0;
    FILE *f = input ? stdin : fopen(path, "rbe");
    if (!f) return cyn_fail_errno(err, "cannot open", path);
    char piece[8192];
    size_t n;
    while (out->len <= SCRIPT_BYTES_MAX && (n = fread(piece, 1, sizeof piece, f)) > 0)
        cyn_buf_add(out, piece, n);
    cyn_code rc = ferror(f) ? cyn_fail_errno(err, "cannot read", path) : cyn_buf_check(out, err);
    if (!input) fclose(f);
    if (rc == CYN_OK && out->len > SCRIPT_BYTES_MAX)
        rc = cyn_fail_at(err, CYN_E_LIMIT, path, 0, 0, "the script is larger than %d KiB",
                         SCRIPT_BYTES_MAX / 1024);
    return rc;
}

/* Errors about the script show its lines, as those about the project's own do. */
static bool show_lines(cyn_session *s, const char *name, const cyn_buf *text)
{
    cyn_project *p = s->project;
    cyn_project_script *all = CYN_NEW_ARRAY(s->arena, p->nscripts + 1, cyn_project_script);
    if (!all) return false;
    for (size_t i = 0; i < p->nscripts; i++)
        all[i] = p->scripts[i];
    all[p->nscripts] = (cyn_project_script){.name = name, .text = text->data, .size = text->len};
    p->scripts = all;
    p->nscripts++;
    return true;
}

static int run(cyn_session *s, const cyn_args *args, const char *path, const cyn_buf *text,
               cyn_format format)
{
    cyn_err err = {0};
    cyn_adhoc_host host;
    bool more;
    cyn_adhoc_chunk chunk = {.name = strcmp(path, "-") == 0 ? "stdin" : path,
                             .text = text->data ? text->data : "",
                             .size = text->len,
                             .args = args->positional + 1,
                             .nargs = args->npositional - 1};
    if (text->data && !show_lines(s, chunk.name, text)) return cyn_nomem(&err), cyn_fail_exit(&err);
    cyn_adhoc_host_init(&host, s, args, format);
    cyn_conversation conversation = cyn_adhoc_host_conversation(&host);
    if (cyn_script_run(s->script, &chunk, &conversation, &more, &err) != CYN_OK)
        return cyn_fail_exit(&err);
    return host.failed > 0 || s->findings.count > 0 ? CYN_EXIT_FAILED : CYN_EXIT_OK;
}

int cyn_cmd_run(const cyn_args *args)
{
    cyn_session s;
    cyn_err err = {0};
    cyn_buf text = {0};
    cyn_format format = CYN_FORMAT_TABLE;
    const char *word = cyn_arg(args, "json") ? "json" : cyn_arg(args, "format");
    if (args->npositional == 0) return cyn_usage_error(args, "expected a script: FILE.lua, or -");
    const char *path = args->positional[0];
    cyn_code rc = word ? cyn_parse_output_format(word, &format, &err) : CYN_OK;
    if (rc == CYN_OK && format == CYN_FORMAT_CSV)
        rc = cyn_fail(&err, CYN_E_USAGE, "--format csv: a script may show several tables");
    if (rc == CYN_OK) rc = read_script(path, &text, &err);
    if (rc != CYN_OK) {
        cyn_buf_clear(&text);
        return cyn_fail_exit(&err);
    }
    int exit_code = cyn_session_open(&s, args, false);
    if (exit_code == CYN_EXIT_OK) exit_code = run(&s, args, path, &text, format);
    cyn_session_close(&s);
    cyn_buf_clear(&text);
    return exit_code;
}
