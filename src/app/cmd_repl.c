/* The prompt: a line is an expression, whose values are shown, or statements; a line that begins
 * with a colon is a command of the prompt itself. */
#include "app/adhoc.h"
#include "app/commands.h"
#include "app/edit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct prompt {
    cyn_session session;
    const cyn_args *args;
    cyn_adhoc_host host;
    cyn_editor *editor;
    cyn_buf chunk; /* the lines of what is being typed */
    bool quit;
    int failed;
} prompt;

/* ---- Completion ---- */

static const char *const commands[] = {":help", ":metrics", ":quit", ":reload", ":sources", NULL};

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

static void add_matching(cyn_completion *out, const char *name, const char *begun, size_t n)
{
    if (strncmp(name, begun, n) == 0) cyn_completion_add(out, name);
}

static void add_list(cyn_completion *out, const char *const *names, const char *begun, size_t n)
{
    for (; names && *names; names++)
        add_matching(out, *names, begun, n);
}

static void add_metrics(const prompt *p, cyn_completion *out, const char *begun, size_t n)
{
    for (size_t i = 0; i < p->session.project->nmetrics; i++)
        add_matching(out, p->session.project->metrics[i]->name, begun, n);
}

/* Columns are known of sources that have been loaded. */
static void add_columns(const prompt *p, cyn_completion *out, const char *begun, size_t n)
{
    const cyn_dataset *d = p->session.data;
    for (size_t i = 0; i < p->session.project->config->nsources; i++) {
        const cyn_load_report *r = d->sources[i].report;
        for (size_t k = 0; r && k < r->ncolumns; k++)
            add_matching(out, r->columns[k].name, begun, n);
    }
}

/* Whether the cursor stands within a text: after an odd number of its quotes. */
static bool within_text(const char *line, size_t cursor)
{
    char open = 0;
    for (size_t i = 0; i < cursor; i++) {
        if (open && line[i] == '\\')
            i++;
        else if (open ? line[i] == open : line[i] == '"' || line[i] == '\'')
            open = open ? 0 : line[i];
    }
    return open != 0;
}

/* What stands before a word says what it can be: a source, a metric, a method, a column. */
static size_t complete(void *self, const char *line, size_t cursor, cyn_completion *out)
{
    prompt *p = self;
    size_t from = cursor;
    while (from > 0 && is_word(line[from - 1]))
        from--;
    const char *begun = line + from;
    size_t n = cursor - from;
    if (from == 1 && line[0] == ':') {
        add_list(out, commands, line, cursor);
        return cursor;
    }
    if (from >= 8 && strncmp(line + from - 8, "source \"", 8) == 0) {
        for (size_t i = 0; i < p->session.project->config->nsources; i++)
            add_matching(out, p->session.project->config->sources[i].name, begun, n);
    } else if (from >= 7 && strncmp(line + from - 7, "metric.", 7) == 0) {
        add_metrics(p, out, begun, n);
    } else if (within_text(line, from)) {
        add_columns(p, out, begun, n);
    } else if (from > 0 && line[from - 1] == ':') {
        add_list(out, p->host.methods, begun, n);
    } else if (from == 0 || line[from - 1] != '.') {
        add_list(out, p->host.names, begun, n);
    }
    return n;
}

/* ---- Commands ---- */

static void print_help(void)
{
    fputs("An expression shows its values:\n"
          "  source \"events\":count()                 a formula, for the last period that has "
          "ended\n"
          "  metric.NAME                              a metric, with its target and status\n"
          "  source \"events\":where \"amount > 10\"      rows\n"
          "  show(FORMULA, { by = \"channel\", last = 8, grain = \"month\" })\n"
          "  values(FORMULA, { … })                   the same as a Lua table\n"
          "Statements run; a name that is assigned stays, a local does not outlive its line.\n"
          ":sources  :metrics  :reload (the project's files)  :quit, or Ctrl-D\n",
          stdout);
}

static void print_names(const prompt *p, bool metrics)
{
    const cyn_project *project = p->session.project;
    cyn_buf out = {0};
    cyn_text_table *t = cyn_text_table_new(2);
    cyn_text_table_column(t, 0, metrics ? "METRIC" : "SOURCE", CYN_LEFT, 0, false);
    cyn_text_table_column(t, 1, metrics ? "WHY" : "TYPE", CYN_LEFT, 1, true);
    for (size_t i = 0; metrics && i < project->nmetrics; i++)
        cyn_text_table_row(
            t, (const char *const[]){project->metrics[i]->name, project->metrics[i]->sheet.why});
    for (size_t i = 0; !metrics && i < project->config->nsources; i++)
        cyn_text_table_row(t, (const char *const[]){project->config->sources[i].name,
                                                    project->config->sources[i].type});
    cyn_text_table_write(t, p->host.report.width, p->host.report.colour, false, &out);
    cyn_text_table_free(t);
    cyn_print(&out);
}

static int open_session(prompt *p)
{
    int rc = cyn_session_open(&p->session, p->args, false);
    if (rc == CYN_EXIT_OK)
        cyn_adhoc_host_init(&p->host, &p->session, p->args, p->host.report.format);
    return rc;
}

/* The files are read anew; where that fails the project stays as it was. */
static void reload(prompt *p)
{
    prompt before = *p;
    if (open_session(p) == CYN_EXIT_OK) {
        cyn_session_close(&before.session);
        printf("%zu metrics; names assigned here are gone\n", p->session.project->nmetrics);
        return;
    }
    cyn_session_close(&p->session);
    p->session = before.session;
    cyn_adhoc_host_init(&p->host, &p->session, p->args, before.host.report.format);
    fputs("the project stays as it was\n", stdout);
}

static void run_command(prompt *p, const char *line)
{
    if (!strcmp(line, ":q") || !strcmp(line, ":quit"))
        p->quit = true;
    else if (!strcmp(line, ":help"))
        print_help();
    else if (!strcmp(line, ":sources") || !strcmp(line, ":metrics"))
        print_names(p, line[1] == 'm');
    else if (!strcmp(line, ":reload"))
        reload(p);
    else
        fprintf(stderr, "error: there is no command '%s'\n  hint: ':help' lists them\n", line);
}

/* ---- Lines ---- */

static void run_chunk(prompt *p)
{
    cyn_err err = {0};
    bool more = false;
    cyn_adhoc_chunk chunk = {
        .name = "line", .text = p->chunk.data, .size = p->chunk.len, .line = true};
    cyn_conversation conversation = cyn_adhoc_host_conversation(&p->host);
    atomic_store(&cyn_interrupted, false);
    cyn_catch_interrupt();
    cyn_code rc = cyn_script_run(p->session.script, &chunk, &conversation, &more, &err);
    fflush(stdout);
    if (rc == CYN_OK && more) return;
    cyn_editor_remember(p->editor, p->chunk.data);
    cyn_buf_reset(&p->chunk);
    if (rc != CYN_OK) {
        cyn_fail_exit(&err);
        p->failed++;
    }
    atomic_store(&cyn_interrupted, false);
}

static void take_line(prompt *p, const char *line)
{
    if (p->chunk.len == 0 && line[0] == ':') {
        run_command(p, line);
        return;
    }
    if (p->chunk.len == 0 && line[strspn(line, " \t")] == '\0') return;
    if (p->chunk.len > 0) cyn_buf_putc(&p->chunk, '\n');
    cyn_buf_puts(&p->chunk, line);
    if (p->chunk.failed) {
        cyn_buf_clear(&p->chunk);
        fputs("error: out of memory\n", stderr);
        return;
    }
    run_chunk(p);
}

static void read_lines(prompt *p)
{
    const char *line;
    while (!p->quit) {
        cyn_catch_interrupt();
        cyn_edit rc = cyn_editor_read(p->editor, p->chunk.len > 0 ? "… " : "> ", &line);
        atomic_store(&cyn_interrupted, false);
        if (rc == CYN_EDIT_END) break;
        if (rc == CYN_EDIT_INTERRUPTED) {
            cyn_buf_reset(&p->chunk);
            fputs("\n", stdout);
            continue;
        }
        take_line(p, line);
    }
    if (p->chunk.len > 0) {
        fputs("error: the input ends in the middle of an expression\n", stderr);
        p->failed++;
    }
    if (cyn_editor_is_terminal(p->editor) && !p->quit) fputs("\n", stdout);
}

/* $XDG_STATE_HOME/cynosure/history, which is made if need be; NULL where there is no home. */
static const char *history_path(cyn_arena *arena)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (!(state && state[0] == '/') && !(home && home[0] == '/')) return NULL;
    const char *base = state && state[0] == '/' ? cyn_strdup(arena, state)
                                                : cyn_sprintf(arena, "%s/.local/state", home);
    const char *folder = base ? cyn_sprintf(arena, "%s/cynosure", base) : NULL;
    if (!folder) return NULL;
    char *path = cyn_sprintf(arena, "%s/history", folder);
    for (char *slash = path ? strchr(path + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700); /* where that fails there is no history, which is no reason to stop */
        *slash = '/';
    }
    return path;
}

static void greet(const prompt *p)
{
    if (!cyn_editor_is_terminal(p->editor)) return;
    size_t metrics = p->session.project->nmetrics, sources = p->session.project->config->nsources;
    printf("Cynosure %s, project %s: %zu metric%s, %zu source%s. :help says what to type.\n",
           CYN_VERSION, p->session.project->config->name, metrics, metrics == 1 ? "" : "s", sources,
           sources == 1 ? "" : "s");
}

int cyn_cmd_repl(const cyn_args *args)
{
    prompt p = {.args = args};
    p.host.report.format = cyn_arg(args, "json") ? CYN_FORMAT_JSON : CYN_FORMAT_TABLE;
    int exit_code = open_session(&p);
    if (exit_code == CYN_EXIT_OK) {
        cyn_arena *arena = cyn_arena_new(0);
        p.editor = arena ? cyn_editor_new(history_path(arena), complete, &p) : NULL;
        cyn_arena_free(arena);
        if (p.editor) {
            greet(&p);
            read_lines(&p);
            if (!cyn_editor_is_terminal(p.editor) && p.failed > 0) exit_code = CYN_EXIT_FAILED;
        } else {
            fputs("error: out of memory\n", stderr);
            exit_code = CYN_EXIT_FAILED;
        }
        cyn_editor_free(p.editor);
    }
    cyn_buf_clear(&p.chunk);
    cyn_session_close(&p.session);
    return exit_code;
}
