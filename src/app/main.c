/* cynosure: the command line. Starts the script zygote before anything else, so that the processes
 * that run scripts hold no file, no data and no secret of this one. */
#include "app/cli.h"
#include "app/session.h"
#include "base/time.h"
#include "script/script.h"
#include <locale.h>
#include <signal.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    cyn_err err = {0};
    cyn_code rc = cyn_zygote_start(&err);
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    cyn_args args;
    bool done;
    int exit_code = cyn_cli_parse(argc, argv, &args, &done);
    if (exit_code == CYN_EXIT_OK && !done) {
        if (rc == CYN_OK) rc = cyn_check_now(&err);
        if (rc == CYN_OK) {
            cyn_catch_interrupt();
            exit_code = cyn_limit_memory(&args);
            if (exit_code == CYN_EXIT_OK) exit_code = args.command->run(&args);
        } else {
            exit_code = cyn_fail_exit(&err);
        }
    }
    cyn_zygote_stop();
    if (exit_code == CYN_EXIT_OK && fflush(stdout) != 0) exit_code = CYN_EXIT_FAILED;
    return exit_code;
}
