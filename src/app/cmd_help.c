#include "app/commands.h"
#include "app/session.h"
#include "config/config.h"
#include <stdio.h>
#include <string.h>

static int help_as(const cyn_args *args, const char *form)
{
    static const struct {
        const char *name;
        void (*write)(cyn_buf *out);
    } forms[] = {{"man", cyn_help_man},
                 {"bash", cyn_help_bash},
                 {"zsh", cyn_help_zsh},
                 {"fish", cyn_help_fish}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (strcmp(forms[i].name, form) != 0) continue;
        cyn_buf out = {0};
        forms[i].write(&out);
        return cyn_print(&out);
    }
    return cyn_usage_error(args, "--as %s: expected man, bash, zsh or fish", form);
}

int cyn_cmd_help(const cyn_args *args)
{
    const char *form = cyn_arg(args, "as");
    if (form) return help_as(args, form);
    cyn_buf out = {0};
    if (args->npositional == 0) {
        cyn_help_overview(&out);
        return cyn_print(&out);
    }
    const cyn_command *c = cyn_find_command(args->positional[0]);
    if (!c) return cyn_usage_error(NULL, "unknown command '%s'", args->positional[0]);
    if (args->npositional > 1 && c->commands) {
        const cyn_command *sub = cyn_find_subcommand(c, args->positional[1]);
        if (!sub) return cyn_unknown_subcommand(c, args->positional[1]);
        c = sub;
    }
    cyn_help_command(c, &out);
    return cyn_print(&out);
}

int cyn_cmd_version(const cyn_args *args)
{
    (void)args;
    puts("cynosure " CYN_VERSION);
    return CYN_EXIT_OK;
}

int cyn_cmd_schema(const cyn_args *args)
{
    if (args->npositional != 1)
        return cyn_usage_error(args, "expected one of cynosure, kpis, dictionary");
    cyn_buf out = {0};
    cyn_err err = {0};
    cyn_code rc = cyn_config_schema(args->positional[0], &out, &err);
    if (rc == CYN_OK) return cyn_print(&out);
    cyn_buf_clear(&out);
    return cyn_fail_exit(&err);
}
