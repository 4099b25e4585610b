/* Help, man page and completions, all written from the table of commands. */
#include "app/cli.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

static void option_list(const cyn_cli_option *options, cyn_buf *out)
{
    for (const cyn_cli_option *o = options; o && o->name; o++) {
        char flag[96];
        snprintf(flag, sizeof flag, "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name, o->arg ? " " : "",
                 o->arg ? o->arg : "");
        int wide = (int)cyn_width(flag, strlen(flag)); /* printf counts bytes */
        cyn_buf_printf(out, "  %s%*s %s\n", flag, wide < 26 ? 26 - wide : 0, "", o->help);
    }
}

void cyn_help_overview(cyn_buf *out)
{
    cyn_buf_puts(out, "Cynosure " CYN_VERSION
                      ": metrics as Lua scripts, computed exactly over files and databases.\n\n"
                      "Usage: cynosure [-C DIR] COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n");
    for (const cyn_command *c = cyn_commands; c->name; c++)
        cyn_buf_printf(out, "  %-10s %s\n", c->name, c->summary);
    cyn_buf_puts(out, "\nOptions of every command:\n");
    option_list(cyn_global_options, out);
    cyn_buf_puts(out, "\nStart here:\n"
                      "  cynosure init subscription shop    write a project that runs at once\n"
                      "  cynosure -C shop eval              its metrics for the last period\n"
                      "  cynosure -C shop tree              what moved the result\n"
                      "  cynosure help eval                 options and examples of a command\n");
}

static void subcommand_list(const cyn_command *c, cyn_buf *out)
{
    if (!c->commands) return;
    cyn_buf_puts(out, "Commands:\n");
    for (const cyn_command *sub = c->commands; sub->name; sub++)
        cyn_buf_printf(out, "  %-18s %s\n", sub->name, sub->summary);
    cyn_buf_printf(out, "\n'cynosure help %s' and one of them shows its options and examples.\n\n",
                   c->name);
}

void cyn_help_command(const cyn_command *c, cyn_buf *out)
{
    cyn_buf_printf(out, "Usage: cynosure %s%s%s%s\n\n%s\n", c->name,
                   c->options && c->options->name ? " [OPTIONS]" : "", *c->args ? " " : "", c->args,
                   c->description);
    subcommand_list(c, out);
    if (c->options && c->options->name) {
        cyn_buf_puts(out, "Options:\n");
        option_list(c->options, out);
        cyn_buf_puts(out, "\n");
    }
    cyn_buf_puts(out, "Options of every command:\n");
    option_list(cyn_global_options, out);
    if (c->examples) cyn_buf_printf(out, "\nExamples:\n%s", c->examples);
}

/* mdoc: a leading dot or quote would be a request, a backslash an escape. */
static void man_text(const char *s, cyn_buf *out)
{
    bool line_start = true;
    for (; *s; s++) {
        if (line_start && (*s == '.' || *s == '\'')) cyn_buf_puts(out, "\\&");
        line_start = *s == '\n';
        if (*s == '\\')
            cyn_buf_puts(out, "\\e");
        else if (*s == '-')
            cyn_buf_puts(out, "\\-");
        else
            cyn_buf_putc(out, *s);
    }
}

static void man_options(const cyn_cli_option *options, cyn_buf *out)
{
    cyn_buf_puts(out, ".Bl -tag -width Ds\n");
    for (const cyn_cli_option *o = options; o && o->name; o++) {
        cyn_buf_puts(out, ".It ");
        if (o->letter) cyn_buf_printf(out, "Fl %c , ", o->letter);
        cyn_buf_printf(out, "Fl Fl %s", o->name);
        if (o->arg) cyn_buf_printf(out, " Ar %s", o->arg);
        cyn_buf_puts(out, "\n");
        man_text(o->help, out);
        cyn_buf_puts(out, "\n");
    }
    cyn_buf_puts(out, ".El\n");
}

static void man_literal(const char *s, cyn_buf *out)
{
    cyn_buf_puts(out, ".Bd -literal -offset indent\n");
    man_text(s, out);
    cyn_buf_puts(out, ".Ed\n");
}

static void man_commands(const cyn_command *commands, cyn_buf *out)
{
    for (const cyn_command *c = commands; c && c->name; c++) {
        cyn_buf_printf(out, ".Ss %s %s\n", c->name, c->args);
        man_text(c->description, out);
        man_options(c->options, out);
        if (c->examples) man_literal(c->examples, out);
        if (c->commands) man_commands(c->commands, out);
    }
}

void cyn_help_man(cyn_buf *out)
{
    cyn_buf_puts(out, ".Dd $Mdocdate$\n.Dt CYNOSURE 1\n.Os\n.Sh NAME\n.Nm cynosure\n"
                      ".Nd metrics as Lua scripts, computed exactly over files and databases\n"
                      ".Sh SYNOPSIS\n.Nm\n.Op Fl C Ar DIR\n.Ar COMMAND\n.Op Ar OPTIONS\n"
                      ".Op Ar ARGUMENTS\n.Sh DESCRIPTION\n"
                      "Evaluates the metrics of a project folder: cynosure.yaml names the sources, "
                      "kpis.yaml holds the definition sheet, metrics/*.lua the formulas.\n"
                      ".Sh OPTIONS OF EVERY COMMAND\n");
    man_options(cyn_global_options, out);
    cyn_buf_puts(out, ".Sh COMMANDS\n");
    man_commands(cyn_commands, out);
    cyn_buf_puts(
        out,
        ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
        ".It Ev CYNOSURE_NOW\nAn ISO 8601 instant that stands for the clock.\n"
        ".It Ev CYNOSURE_LUA\nA folder to load the Lua library from, in place of the built\\-in "
        "one.\n"
        ".It Ev NO_COLOR\nNo colour, whatever the terminal can do.\n"
        ".It Ev COLUMNS\nThe width of tables when the output is no terminal.\n.El\n"
        ".Sh EXIT STATUS\n.Bl -tag -width Ds\n"
        ".It 0\nEverything asked for was done.\n"
        ".It 1\nSomething failed (a metric, a source, a finding of check); the rest ran.\n"
        ".It 2\nThe command line is wrong.\n"
        ".It 3\nThe project cannot be loaded.\n"
        ".It 4\nSomething fires (alerts --exit-code).\n"
        ".It 130\nInterrupted.\n.El\n"
        ".Sh FILES\n.Bl -tag -width Ds\n"
        ".It Pa cynosure.yaml\nName, time zone, calendar, sources.\n"
        ".It Pa kpis.yaml\nThe definition sheet.\n"
        ".It Pa dictionary.yaml\nThe event dictionary.\n"
        ".It Pa metrics/*.lua\nFormulas.\n"
        ".It Pa alerts/*.lua\nAlert rules.\n"
        ".It Pa .cynosure/state.db\nWhat was evaluated (SQLite).\n.El\n");
}

static void words(const cyn_cli_option *options, cyn_buf *out)
{
    for (const cyn_cli_option *o = options; o && o->name; o++)
        cyn_buf_printf(out, " --%s", o->name);
}

static void subcommand_words(const cyn_command *c, cyn_buf *out)
{
    for (const cyn_command *sub = c->commands; sub && sub->name; sub++)
        cyn_buf_printf(out, " %s", sub->name + strlen(c->name) + 1);
}

/* A completion does not look for the sub-command: it offers the options of all of them, each once.
 */
static bool is_first_to_have(const cyn_command *of, const cyn_command *sub, const char *option)
{
    const cyn_command *c = of;
    while (c != sub) {
        for (const cyn_cli_option *o = c->options; o && o->name; o++)
            if (strcmp(o->name, option) == 0) return false;
        c = c == of ? of->commands : c + 1;
    }
    return true;
}

#define OPTIONS_MOST 64
static void all_options(const cyn_command *c, cyn_cli_option out[OPTIONS_MOST])
{
    size_t n = 0;
    for (const cyn_cli_option *o = c->options; o && o->name && n + 1 < OPTIONS_MOST; o++)
        out[n++] = *o;
    for (const cyn_command *sub = c->commands; sub && sub->name; sub++)
        for (const cyn_cli_option *o = sub->options; o && o->name && n + 1 < OPTIONS_MOST; o++)
            if (is_first_to_have(c, sub, o->name)) out[n++] = *o;
    out[n] = (cyn_cli_option){0};
}

void cyn_help_bash(cyn_buf *out)
{
    cyn_buf_puts(out, "# bash completion for cynosure\n_cynosure() {\n"
                      "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
                      "word cmd=\n"
                      "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                      "        case $word in\n            ");
    for (const cyn_command *c = cyn_commands; c->name; c++)
        cyn_buf_printf(out, "%s%s", c == cyn_commands ? "" : "|", c->name);
    cyn_buf_puts(out,
                 ") cmd=$word; break ;;\n        esac\n    done\n"
                 "    case $prev in\n"
                 "        -C|--project) COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n"
                 "        --format) COMPREPLY=($(compgen -W 'table json csv markdown' -- "
                 "\"$cur\")); return ;;\n"
                 "        --grain) COMPREPLY=($(compgen -W 'hour day week month quarter year "
                 "all' -- \"$cur\")); return ;;\n"
                 "        --color) COMPREPLY=($(compgen -W 'auto always never' -- \"$cur\")); "
                 "return ;;\n    esac\n    case $cmd in\n        '') COMPREPLY=($(compgen -W '");
    for (const cyn_command *c = cyn_commands; c->name; c++)
        cyn_buf_printf(out, "%s ", c->name);
    words(cyn_global_options, out);
    cyn_buf_puts(out, "' -- \"$cur\")) ;;\n");
    for (const cyn_command *c = cyn_commands; c->name; c++) {
        cyn_cli_option options[OPTIONS_MOST];
        all_options(c, options);
        cyn_buf_printf(out, "        %s) COMPREPLY=($(compgen -W '", c->name);
        subcommand_words(c, out);
        words(options, out);
        words(cyn_global_options, out);
        cyn_buf_puts(out, "' -- \"$cur\")) ;;\n");
    }
    cyn_buf_puts(out, "    esac\n}\ncomplete -o default -F _cynosure cynosure\n");
}

/* zsh and fish quote with single quotes; none of the help texts may hold one. */
static void shell_text(const char *s, cyn_buf *out)
{
    for (; *s; s++) {
        if (*s == '\'')
            cyn_buf_puts(out, "’");
        else if (*s == '[' || *s == ']' || *s == ':')
            cyn_buf_printf(out, "\\%c", *s);
        else
            cyn_buf_putc(out, *s);
    }
}

static void zsh_options(const cyn_cli_option *options, cyn_buf *out)
{
    for (const cyn_cli_option *o = options; o && o->name; o++) {
        cyn_buf_printf(out, " \\\n                '--%s%s[", o->name, o->arg ? "=" : "");
        shell_text(o->help, out);
        cyn_buf_printf(out, "]%s%s%s'", o->arg ? ":" : "", o->arg ? o->arg : "",
                       o->arg && strcmp(o->arg, "DIR") == 0 ? ":_files -/"
                       : o->arg                             ? ":"
                                                            : "");
    }
}

void cyn_help_zsh(cyn_buf *out)
{
    cyn_buf_puts(out, "#compdef cynosure\n_cynosure() {\n    local -a commands=(\n");
    for (const cyn_command *c = cyn_commands; c->name; c++) {
        cyn_buf_printf(out, "        '%s:", c->name);
        shell_text(c->summary, out);
        cyn_buf_puts(out, "'\n");
    }
    cyn_buf_puts(out, "    )\n    local cmd=${words[(r)(");
    for (const cyn_command *c = cyn_commands; c->name; c++)
        cyn_buf_printf(out, "%s%s", c == cyn_commands ? "" : "|", c->name);
    cyn_buf_puts(out, ")]}\n    case $cmd in\n        '') _describe command commands");
    cyn_buf_puts(out, " ;;\n");
    for (const cyn_command *c = cyn_commands; c->name; c++) {
        cyn_cli_option options[OPTIONS_MOST];
        all_options(c, options);
        cyn_buf_printf(out, "        %s)\n            _arguments", c->name);
        zsh_options(options, out);
        zsh_options(cyn_global_options, out);
        cyn_buf_puts(out, " \\\n");
        if (c->commands) {
            cyn_buf_puts(out, "                '2:command:(");
            subcommand_words(c, out);
            cyn_buf_puts(out, ")' \\\n");
        }
        cyn_buf_puts(out, "                '*:argument:_files' ;;\n");
    }
    cyn_buf_puts(out, "    esac\n}\n_cynosure \"$@\"\n");
}

static void fish_options(const cyn_cli_option *options, const char *condition, cyn_buf *out)
{
    for (const cyn_cli_option *o = options; o && o->name; o++) {
        cyn_buf_printf(out, "complete -c cynosure%s -l %s", condition, o->name);
        if (o->letter) cyn_buf_printf(out, " -s %c", o->letter);
        if (o->arg) cyn_buf_puts(out, " -r");
        cyn_buf_puts(out, " -d '");
        for (const char *s = o->help; *s; s++)
            cyn_buf_puts(out, *s == '\'' ? "’" : (char[]){*s, 0});
        cyn_buf_puts(out, "'\n");
    }
}

void cyn_help_fish(cyn_buf *out)
{
    cyn_buf_puts(out, "# fish completion for cynosure\n");
    for (const cyn_command *c = cyn_commands; c->name; c++) {
        cyn_buf_printf(out, "complete -c cynosure -n __fish_use_subcommand -f -a %s -d '", c->name);
        for (const char *s = c->summary; *s; s++)
            cyn_buf_puts(out, *s == '\'' ? "’" : (char[]){*s, 0});
        cyn_buf_puts(out, "'\n");
        char condition[96];
        snprintf(condition, sizeof condition, " -n '__fish_seen_subcommand_from %s'", c->name);
        cyn_cli_option options[OPTIONS_MOST];
        all_options(c, options);
        fish_options(options, condition, out);
        if (!c->commands) continue;
        cyn_buf_printf(out, "complete -c cynosure%s -f -a '", condition);
        subcommand_words(c, out);
        cyn_buf_puts(out, "'\n");
    }
    fish_options(cyn_global_options, "", out);
}
