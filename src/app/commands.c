#include "app/commands.h"

static const cyn_cli_option eval_options[] = {
    {"at", 0, "PERIOD", "one period: 2026-W45, 2026-10, 2026-Q3, 2026, or a date in it"},
    {"from", 0, "PERIOD", "first period of a range"},
    {"to", 0, "PERIOD", "last period of the range (the running one unless given)"},
    {"last", 'n', "N", "the last N periods that have ended"},
    {"grain", 'g', "GRAIN", "hour, day, week, month, quarter, year, all, or minutes (5m)"},
    {"by", 'b', "DIM[,DIM…]", "one row for each value of these dimensions"},
    {"format", 'f', "FORMAT", "table, json (one object per line), csv or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {"no-record", 0, NULL, "do not record the values in .cynosure/state.db"},
    {0},
};

static const cyn_cli_option load_options[] = {
    {"json", 'j', NULL, "one JSON object per source"},
    {"bad-rows", 0, "N", "show at most N bad rows of each source (20; JSON: all that were kept)"},
    {0},
};

static const cyn_cli_option check_options[] = {
    {"json", 'j', NULL, "one JSON object per finding"},
    {"no-data", 0, NULL, "do not load the sources (columns are then not checked)"},
    {0},
};

static const cyn_cli_option init_options[] = {
    {"force", 0, NULL, "write over files that are there"},
    {0},
};

static const cyn_cli_option help_options[] = {
    {"as", 0, "FORM", "man, bash, zsh or fish: write the man page or a completion"},
    {0},
};

static const cyn_cli_option no_options[] = {{0}};

const cyn_command cyn_commands[] = {
    {"init", "[KIND] [DIR]", "write a new project that runs at once",
     "Writes a small project with data, a definition sheet and scripts to learn from. KIND is\n"
     "attention, transaction, productivity or subscription (the default), after what the product\n"
     "lives from; DIR is the folder (the current one unless given).\n",
     "  cynosure init subscription shop\n"
     "      a subscription business in the folder shop\n"
     "  cynosure -C shop eval\n"
     "      its metrics\n",
     init_options, cyn_cmd_init},
    {"eval", "[METRIC…]", "evaluate metrics and compare them",
     "Shows each metric's value for the last period that has ended, beside the previous period,\n"
     "last year, the target and its status; the North Star Metric first, then leading before\n"
     "lagging ones. Values are recorded in .cynosure/state.db. A metric that fails is reported\n"
     "beside the others' values, and the exit code is 1.\n",
     "  cynosure eval\n"
     "      all metrics, last ended period\n"
     "  cynosure eval revenue --by channel --last 4\n"
     "      four periods for each channel\n"
     "  cynosure eval --from 2026-01 --to 2026-06 --grain month --json\n"
     "      half a year for a machine\n",
     eval_options, cyn_cmd_eval},
    {"load", "[SOURCE…]", "load the sources and report what was found",
     "Reads every source (or those named) and shows files, rows, time span, the type of each\n"
     "column and why it was chosen, and the rows that could not be used, with position and "
     "reason.\n",
     "  cynosure load\n"
     "      all sources\n"
     "  cynosure load events --bad-rows 100\n"
     "      one source, more of its bad rows\n",
     load_options, cyn_cmd_load},
    {"check", "", "check the project's files, scripts and columns",
     "Checks the YAML files, runs the scripts, loads the sources, and looks up every column that "
     "a\n"
     "metric uses. Says which metric lacks a row in kpis.yaml and which row lacks a metric. Every\n"
     "finding has file:line. The exit code is 1 when there are errors, 0 when only notes.\n",
     "  cynosure check\n"
     "      everything\n"
     "  cynosure check --no-data --json\n"
     "      for an editor or CI\n",
     check_options, cyn_cmd_check},
    {"schema", "cynosure|kpis|dictionary", "print the JSON Schema of a project file",
     "Prints the JSON Schema (draft-07) that the loader follows, for an editor's YAML support.\n",
     "  cynosure schema kpis > kpis.schema.json\n"
     "      for your editor\n",
     no_options, cyn_cmd_schema},
    {"help", "[COMMAND]", "show help on a command",
     "Shows the commands, or one command's options and examples.\n",
     "  cynosure help eval\n"
     "      options and examples of eval\n"
     "  cynosure help --as bash > cynosure.bash\n"
     "      shell completion\n",
     help_options, cyn_cmd_help},
    {"version", "", "show the version", "Shows the version.\n", NULL, no_options, cyn_cmd_version},
    {0},
};
