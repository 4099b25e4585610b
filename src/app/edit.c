#include "app/edit.h"
#include "app/session.h"
#include "base/arena.h"
#include "base/library.h"
#include <errno.h>
#include <histedit.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define HISTORY_LINES 1000

struct cyn_completion {
    char **items;
    size_t count, capacity;
};

struct cyn_editor {
    EditLine *line;
    History *history;
    char *history_path;
    const char *prompt;
    cyn_complete complete;
    void *self;
    char *text; /* the line read last */
    size_t room;
};

/* ---- libedit, loaded when a person is at a terminal ---- */

#define LIBRARY "libedit.so.2" /* its interface, since 2007 */

#define EACH_FUNCTION(f)                                                                           \
    f(el_init) f(el_end) f(el_source) f(el_set) f(el_wset) f(el_get) f(el_gets) f(el_line)         \
        f(el_insertstr) f(history_init) f(history_end) f(history)

#define POINTER(name) __typeof__(name) *name;
#define SYMBOL(name)  {#name, offsetof(struct functions, name)},

struct functions {
    EACH_FUNCTION(POINTER)
};

static struct functions edit;

static bool load_library(void)
{
    static const cyn_symbol symbols[] = {EACH_FUNCTION(SYMBOL)};
    return cyn_library_load(LIBRARY, symbols, sizeof symbols / sizeof *symbols, &edit);
}

/* ---- Completion ---- */

void cyn_completion_add(cyn_completion *c, const char *candidate)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->items[i], candidate) == 0) return;
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? 2 * c->capacity : 32;
        char **items = cyn_realloc(c->items, capacity * sizeof *items);
        if (!items) return;
        c->items = items;
        c->capacity = capacity;
    }
    char *copy = strdup(candidate);
    if (copy) c->items[c->count++] = copy;
}

static void clear_completion(cyn_completion *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->items[i]);
    cyn_free(c->items);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* How many bytes all candidates begin with; no character is cut. */
static size_t common_prefix(const cyn_completion *c)
{
    size_t n = strlen(c->items[0]);
    for (size_t i = 1; i < c->count; i++) {
        size_t k = 0;
        while (k < n && c->items[i][k] == c->items[0][k])
            k++;
        n = k;
    }
    while (n > 0 && ((unsigned char)c->items[0][n] & 0xc0) == 0x80)
        n--;
    return n;
}

static void list_candidates(cyn_completion *c)
{
    qsort(c->items, c->count, sizeof *c->items, by_bytes);
    putchar('\n');
    for (size_t i = 0; i < c->count; i++)
        printf("%s%s", i ? "  " : "", c->items[i]);
    putchar('\n');
    fflush(stdout);
}

static unsigned char on_tab(EditLine *line, int key)
{
    cyn_editor *e;
    (void)key;
    if (edit.el_get(line, EL_CLIENTDATA, &e) != 0 || !e->complete) return CC_ERROR;
    const LineInfo *info = edit.el_line(line);
    size_t cursor = (size_t)(info->cursor - info->buffer);
    char *text = strndup(info->buffer, (size_t)(info->lastchar - info->buffer));
    cyn_completion found = {0};
    if (!text) return CC_ERROR;
    size_t given = e->complete(e->self, text, cursor, &found);
    unsigned char result = CC_ERROR;
    if (found.count > 0) {
        size_t common = common_prefix(&found);
        char *more = common > given ? strndup(found.items[0] + given, common - given) : NULL;
        result = CC_REFRESH;
        if (more)
            edit.el_insertstr(line, more);
        else if (found.count > 1)
            list_candidates(&found), result = CC_REDISPLAY;
        free(more);
    }
    clear_completion(&found);
    free(text);
    return result;
}

/* ---- Lines ---- */

/* Waits for a byte, false after an interrupt: one that came just before the wait is not missed. */
static bool wait_for_byte(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    sigset_t interrupts, before;
    int ready = 0;
    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupts, &before);
    while (ready <= 0 && !atomic_load(&cyn_interrupted))
        ready = ppoll(&input, 1, NULL, &before); /* other signals end it as well */
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (ready <= 0) errno = EINTR;
    return ready > 0;
}

/* The next character: 1, 0 at the end of the input, -1 after an interrupt. */
static int read_character(EditLine *line, wchar_t *out)
{
    mbstate_t state = {0};
    (void)line;
    for (;;) {
        char byte;
        if (!wait_for_byte()) return -1;
        ssize_t n = read(STDIN_FILENO, &byte, 1);
        if (n <= 0) return (int)n;
        if (byte == '\0')
            continue; /* a Ctrl-D of before the terminal was raw; and no text has it */
        size_t used = mbrtowc(out, &byte, 1, &state);
        if (used == (size_t)-2) continue;            /* the beginning of a character */
        if (used == (size_t)-1) *out = (wchar_t)'?'; /* none of this locale */
        return 1;
    }
}

static char *show_prompt(EditLine *line)
{
    static char text[32];
    cyn_editor *e;
    if (edit.el_get(line, EL_CLIENTDATA, &e) != 0) return text;
    snprintf(text, sizeof text, "%s", e->prompt);
    return text;
}

static void open_terminal(cyn_editor *e)
{
    HistEvent event;
    if (!load_library()) return;
    e->line = edit.el_init("cynosure", stdin, stdout, stderr);
    if (!e->line) return;
    edit.el_set(e->line, EL_CLIENTDATA, e);
    edit.el_set(e->line, EL_PROMPT, show_prompt);
    edit.el_set(e->line, EL_GETCFN, read_character);
    edit.el_set(e->line, EL_EDITOR, "emacs");
    /* The same with narrow characters keeps copies of the texts for ever. */
    edit.el_wset(e->line, EL_ADDFN, L"cyn-complete", L"completes names", on_tab);
    edit.el_set(e->line, EL_BIND, "^I", "cyn-complete", NULL);
    edit.el_set(e->line, EL_BIND, "^R", "em-inc-search-prev", NULL);
    edit.el_source(e->line, NULL);
    e->history = edit.history_init();
    if (!e->history) return;
    edit.history(e->history, &event, H_SETSIZE, HISTORY_LINES);
    edit.history(e->history, &event, H_SETUNIQUE, 1);
    if (e->history_path) edit.history(e->history, &event, H_LOAD, e->history_path);
    edit.el_set(e->line, EL_HIST, edit.history, e->history);
}

cyn_editor *cyn_editor_new(const char *history_path, cyn_complete complete, void *self)
{
    cyn_editor *e = cyn_calloc(1, sizeof *e);
    if (!e) return NULL;
    e->complete = complete;
    e->self = self;
    e->history_path = history_path ? strdup(history_path) : NULL;
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) open_terminal(e);
    return e;
}

void cyn_editor_free(cyn_editor *e)
{
    HistEvent event;
    if (!e) return;
    if (e->history) {
        if (e->history_path) edit.history(e->history, &event, H_SAVE, e->history_path);
        edit.history_end(e->history);
    }
    if (e->line) edit.el_end(e->line);
    free(e->history_path);
    free(e->text);
    cyn_free(e);
}

/* Keeps a copy without the line break. */
static cyn_edit keep(cyn_editor *e, const char *s, size_t n, const char **line)
{
    while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == '\r'))
        n--;
    if (n + 1 > e->room) {
        char *more = realloc(e->text, n + 1);
        if (!more) return CYN_EDIT_END;
        e->text = more;
        e->room = n + 1;
    }
    memmove(e->text, s, n);
    e->text[n] = '\0';
    *line = e->text;
    return CYN_EDIT_LINE;
}

cyn_edit cyn_editor_read(cyn_editor *e, const char *prompt, const char **line)
{
    e->prompt = prompt;
    if (e->line) {
        int n = 0;
        const char *s = edit.el_gets(e->line, &n);
        if (s && n > 0) return keep(e, s, (size_t)n, line);
        return atomic_load(&cyn_interrupted) ? CYN_EDIT_INTERRUPTED : CYN_EDIT_END;
    }
    ssize_t n = getline(&e->text, &e->room, stdin);
    if (n >= 0) return keep(e, e->text, (size_t)n, line);
    return atomic_load(&cyn_interrupted) ? CYN_EDIT_INTERRUPTED : CYN_EDIT_END;
}

void cyn_editor_remember(cyn_editor *e, const char *line)
{
    HistEvent event;
    if (e->history && line[strspn(line, " \t\n")]) edit.history(e->history, &event, H_ENTER, line);
}

bool cyn_editor_is_terminal(const cyn_editor *e)
{
    return e->line != NULL;
}
