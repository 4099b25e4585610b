#include "app/cli.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cyn_cli_option cyn_global_options[] = {
    {"project", 'C', "DIR", "the project's folder (else the current one, or the nearest above it)"},
    {"color", 0, "WHEN", "auto, always or never (NO_COLOR is honoured)"},
    {"memory", 0, "SIZE", "private memory to use; the rest goes to a file: 512M, 2G (no limit)"},
    {"help", 'h', NULL, "show help"},
    {"version", 'V', NULL, "show the version"},
    {0},
};

const cyn_command *cyn_find_command(const char *name)
{
    for (const cyn_command *c = cyn_commands; c->name; c++)
        if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

/* The part of a sub-command's name that is typed after its command. */
static const char *last_word(const cyn_command *of, const cyn_command *sub)
{
    return sub->name + strlen(of->name) + 1;
}

const cyn_command *cyn_find_subcommand(const cyn_command *of, const char *word)
{
    for (const cyn_command *c = of->commands; c && c->name; c++)
        if (strcmp(last_word(of, c), word) == 0) return c;
    return NULL;
}

static const char *global_value(const cyn_args *args, const char *option)
{
    for (size_t i = 0; cyn_global_options[i].name; i++)
        if (strcmp(cyn_global_options[i].name, option) == 0) return args->globals[i];
    return NULL;
}

const char *cyn_arg(const cyn_args *args, const char *option)
{
    const cyn_cli_option *options = args->command ? args->command->options : NULL;
    for (size_t i = 0; options && options[i].name; i++)
        if (strcmp(options[i].name, option) == 0) return args->values[i];
    return global_value(args, option);
}

const char *cyn_arg_next(const cyn_args *args, const char *option, size_t *at)
{
    while (*at < args->ngiven) {
        const cyn_given *g = &args->given[(*at)++];
        if (strcmp(g->option->name, option) == 0) return g->value;
    }
    return NULL;
}

int cyn_usage_error(const cyn_args *args, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fprintf(stderr, "cynosure: %s\n", text);
    if (args && args->command)
        fprintf(stderr, "  hint: 'cynosure help %s' shows its options and examples\n",
                args->command->name);
    else
        fprintf(stderr, "  hint: 'cynosure help' lists the commands\n");
    return CYN_EXIT_USAGE;
}

/* Where an option's value goes: the command's list first, then the global one. */
static const cyn_cli_option *find_option(cyn_args *args, const char *name, size_t n, char letter,
                                         const char ***slot)
{
    const cyn_cli_option *lists[] = {args->command ? args->command->options : NULL,
                                     cyn_global_options};
    const char **values[] = {args->values, args->globals};
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; lists[k] && lists[k][i].name; i++) {
            const cyn_cli_option *o = &lists[k][i];
            bool same = letter ? o->letter == letter
                               : strlen(o->name) == n && strncmp(o->name, name, n) == 0;
            if (!same) continue;
            *slot = &values[k][i];
            return o;
        }
    }
    return NULL;
}

static int unknown_option(const cyn_args *args, const char *name)
{
    const char *names[64];
    size_t n = 0;
    const cyn_cli_option *lists[] = {args->command ? args->command->options : NULL,
                                     cyn_global_options};
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; lists[k] && lists[k][i].name && n < 64; i++)
            names[n++] = lists[k][i].name;
    const char *near = cyn_nearest(name, names, n);
    if (near)
        return cyn_usage_error(args, "unknown option '--%s'; did you mean '--%s'?", name, near);
    return cyn_usage_error(args, "unknown option '--%s'", name);
}

static int unknown_command(const char *name)
{
    const char *names[32];
    size_t n = 0;
    for (const cyn_command *c = cyn_commands; c->name && n < 32; c++)
        names[n++] = c->name;
    const char *near = cyn_nearest(name, names, n);
    if (near) return cyn_usage_error(NULL, "unknown command '%s'; did you mean '%s'?", name, near);
    return cyn_usage_error(NULL, "unknown command '%s'", name);
}

int cyn_unknown_subcommand(const cyn_command *of, const char *word)
{
    const char *names[32];
    size_t n = 0;
    cyn_args args = {.command = of};
    for (const cyn_command *c = of->commands; c->name && n < 32; c++)
        names[n++] = last_word(of, c);
    const char *near = cyn_nearest(word, names, n);
    if (near)
        return cyn_usage_error(&args, "unknown command '%s %s'; did you mean '%s %s'?", of->name,
                               word, of->name, near);
    return cyn_usage_error(&args, "unknown command '%s %s'", of->name, word);
}

/* From here on it is the sub-command's command line; options that stood before its word go along
 * where it has them. */
static int enter_subcommand(cyn_args *args, const cyn_command *sub)
{
    cyn_args before = *args;
    const cyn_cli_option *options = before.command->options;
    args->command = sub;
    memset(args->values, 0, sizeof args->values);
    for (size_t i = 0; options && options[i].name; i++) {
        const char **slot = NULL;
        if (!before.values[i]) continue;
        const cyn_cli_option *o =
            find_option(args, options[i].name, strlen(options[i].name), 0, &slot);
        if (!o || !o->arg != !options[i].arg) return unknown_option(args, options[i].name);
        *slot = before.values[i];
    }
    return CYN_EXIT_OK;
}

/* "--name", "--name=value", "--name value", "-x", "-x value", "-xvalue". Advances *i past a value.
 */
static int take_option(cyn_args *args, int argc, char **argv, int *i)
{
    const char *text = argv[*i], *inline_value = NULL;
    const char **slot = NULL;
    const cyn_cli_option *o;
    if (text[1] == '-') {
        const char *name = text + 2, *equals = strchr(name, '=');
        size_t n = equals ? (size_t)(equals - name) : strlen(name);
        inline_value = equals ? equals + 1 : NULL;
        o = find_option(args, name, n, 0, &slot);
        if (!o) {
            char shown[64];
            snprintf(shown, sizeof shown, "%.*s", (int)(n < 63 ? n : 63), name);
            return unknown_option(args, shown);
        }
    } else {
        o = find_option(args, NULL, 0, text[1], &slot);
        if (!o) return cyn_usage_error(args, "unknown option '-%c'", text[1]);
        inline_value = text[2] ? text + 2 : NULL;
    }
    if (!o->arg) {
        if (inline_value) return cyn_usage_error(args, "'--%s' takes no value", o->name);
        *slot = "";
        return CYN_EXIT_OK;
    }
    if (!inline_value && *i + 1 >= argc)
        return cyn_usage_error(args, "'--%s' needs a value: --%s %s", o->name, o->name, o->arg);
    *slot = inline_value ? inline_value : argv[++*i];
    if (args->ngiven == CYN_GIVEN_MAX)
        return cyn_usage_error(args, "more than %d options", CYN_GIVEN_MAX);
    args->given[args->ngiven++] = (cyn_given){o, *slot};
    return CYN_EXIT_OK;
}

static int take_word(cyn_args *args, const char *word)
{
    if (!args->command) {
        args->command = cyn_find_command(word);
        return args->command ? CYN_EXIT_OK : unknown_command(word);
    }
    if (args->command->commands) {
        const cyn_command *sub = cyn_find_subcommand(args->command, word);
        return sub ? enter_subcommand(args, sub) : cyn_unknown_subcommand(args->command, word);
    }
    if (args->npositional == CYN_ARGS_MAX)
        return cyn_usage_error(args, "more than %d arguments", CYN_ARGS_MAX);
    args->positional[args->npositional++] = word;
    return CYN_EXIT_OK;
}

static void print_buf(cyn_buf *b)
{
    if (b->data) fwrite(b->data, 1, b->len, stdout);
    cyn_buf_clear(b);
}

int cyn_cli_parse(int argc, char **argv, cyn_args *args, bool *done)
{
    memset(args, 0, sizeof *args);
    *done = false;
    bool options_end = false;
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        int rc;
        if (!options_end && strcmp(text, "--") == 0) {
            options_end = true;
            continue;
        }
        rc = !options_end && text[0] == '-' && text[1] ? take_option(args, argc, argv, &i)
                                                       : take_word(args, text);
        if (rc != CYN_EXIT_OK) return rc;
    }
    cyn_buf out = {0};
    if (global_value(args, "version")) {
        puts("cynosure " CYN_VERSION);
        *done = true;
    } else if (!args->command || global_value(args, "help")) {
        if (args->command)
            cyn_help_command(args->command, &out);
        else
            cyn_help_overview(&out);
        print_buf(&out);
        *done = true;
    }
    return CYN_EXIT_OK;
}
