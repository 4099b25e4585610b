/* serve: the daemon. */
#include "app/commands.h"
#include "app/session.h"
#include "base/text.h"
#include "base/time.h"
#include "config/config.h"
#include "serve/daemon.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_MOST 4096

/* The first line of the file. */
static cyn_code read_token(const char *path, char out[TOKEN_MOST], cyn_err *err)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return cyn_fail(err, CYN_E_USAGE, "--token-file %s: cannot be opened: %s", path,
                        strerror(errno));
    bool any = fgets(out, TOKEN_MOST, f) != NULL;
    fclose(f);
    if (any) out[strcspn(out, "\r\n")] = '\0';
    const char *trouble = !any || !*out ? "the first line is empty; expected the token"
                                        : cyn_config_token_trouble(out);
    if (!trouble) return CYN_OK;
    cyn_fail(err, CYN_E_USAGE, "--token-file %s: %s", path, trouble);
    cyn_hint(err, "a good one: openssl rand -hex 32 > %s", path);
    return CYN_E_USAGE;
}

static cyn_code read_options(const cyn_args *args, cyn_daemon_options *o, char token[TOKEN_MOST],
                             cyn_err *err)
{
    const char *file = cyn_arg(args, "token-file"), *within = cyn_arg(args, "stop-within");
    o->listen = cyn_arg(args, "no-listen") ? "" : cyn_arg(args, "listen");
    o->send = !cyn_arg(args, "no-send");
    o->cache = !cyn_arg(args, "no-cache");
    o->once = cyn_arg(args, "once") != NULL;
    o->library = getenv("CYNOSURE_LUA");
    if (file) {
        CYN_TRY(read_token(file, token, err));
        o->token = token;
    }
    if (!within) return CYN_OK;
    if (cyn_parse_duration(within, strlen(within), &o->stop_within) && o->stop_within > 0)
        return CYN_OK;
    return cyn_fail(err, CYN_E_USAGE, "--stop-within %s: expected a duration such as 10s or 1m",
                    within);
}

int cyn_cmd_serve(const cyn_args *args)
{
    cyn_err err = {0};
    cyn_daemon_options options = {0};
    char token[TOKEN_MOST];
    if (args->npositional)
        return cyn_usage_error(args, "expected no argument, found '%s'", args->positional[0]);
    cyn_arena *arena = cyn_arena_new(0);
    cyn_code rc = arena ? read_options(args, &options, token, &err) : cyn_nomem(&err);
    if (rc == CYN_OK) {
        options.dir = cyn_find_project(args, arena);
        rc = cyn_daemon_run(&options, &err);
    }
    cyn_arena_free(arena);
    if (rc == CYN_OK) return CYN_EXIT_OK;
    int code = cyn_fail_exit(&err);
    return rc == CYN_E_DATA ? CYN_EXIT_PROJECT : code;
}
