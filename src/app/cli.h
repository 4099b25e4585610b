/* The command line: commands and options as data, one parser, one help.
 *
 * Help, man page and shell completions are all written from the table in commands.c, so that they
 * cannot differ from what is parsed.
 */
#pragma once
#include "base/buf.h"
#include <stdbool.h>
#include <stddef.h>

/* Exit codes; documented in docs/reference/cli.md and the man page. */
enum {
    CYN_EXIT_OK = 0,
    CYN_EXIT_FAILED = 1,  /* something failed; the rest ran */
    CYN_EXIT_USAGE = 2,   /* the command line is wrong */
    CYN_EXIT_PROJECT = 3, /* the project cannot be loaded */
    CYN_EXIT_FIRING = 4,  /* alerts --exit-code: something fires */
    CYN_EXIT_CANCELLED = 130,
};

typedef struct cyn_cli_option {
    const char *name; /* without dashes; NULL ends a list */
    char letter;      /* 0: none */
    const char *arg;  /* placeholder of its value; NULL: a switch */
    const char *help;
} cyn_cli_option;

#define CYN_ARGS_MAX 256

#define CYN_GIVEN_MAX 64

/* An option as it was given. */
typedef struct cyn_given {
    const cyn_cli_option *option;
    const char *value;
} cyn_given;

/* A parsed command line. Values are looked up by option name. */
typedef struct cyn_args {
    const struct cyn_command *command;
    const char *values[32]; /* by the option's place in the command's list; "" for a switch */
    const char *globals[8];
    const char *positional[CYN_ARGS_MAX];
    size_t npositional;
    cyn_given given[CYN_GIVEN_MAX]; /* in order, for those that may come more than once */
    size_t ngiven;
} cyn_args;

typedef struct cyn_command {
    const char *name; /* of a sub-command with its command's: "alerts run" */
    const char *args; /* "[METRIC…]" */
    const char *summary;
    const char *description; /* paragraphs; lines end with \n */
    const char *examples;    /* lines "command\n  what it does" */
    const cyn_cli_option *options;
    int (*run)(const cyn_args *args);
    const struct cyn_command *commands; /* sub-commands, in place of arguments; NULL: none */
} cyn_command;

extern const cyn_command cyn_commands[]; /* ends with a NULL name */
extern const cyn_cli_option cyn_global_options[];

/* Fills args; on a mistake prints it with the nearest name and returns CYN_EXIT_USAGE. When only
 * help or the version was asked for, prints it and sets *done. */
int cyn_cli_parse(int argc, char **argv, cyn_args *args, bool *done);
/* The value of an option of the command or a global one; NULL when it was not given. */
const char *cyn_arg(const cyn_args *args, const char *option);
/* The same for one that may be given more than once: its next value; NULL: there are no more. *at
 * is 0 at first. */
const char *cyn_arg_next(const cyn_args *args, const char *option, size_t *at);
const cyn_command *cyn_find_command(const char *name);
/* By its last word. */
const cyn_command *cyn_find_subcommand(const cyn_command *of, const char *word);
/* "did you mean 'alerts run'?" where a word of a command line was meant to be one. */
int cyn_unknown_subcommand(const cyn_command *of, const char *word);
/* Says what is wrong with the command line, and how to get help; returns CYN_EXIT_USAGE. */
int cyn_usage_error(const cyn_args *args, const char *fmt, ...) CYN_PRINTF(2, 3);

void cyn_help_overview(cyn_buf *out);
void cyn_help_command(const cyn_command *c, cyn_buf *out);
/* The man page (mdoc) and completions for bash, zsh and fish. */
void cyn_help_man(cyn_buf *out);
void cyn_help_bash(cyn_buf *out);
void cyn_help_zsh(cyn_buf *out);
void cyn_help_fish(cyn_buf *out);
