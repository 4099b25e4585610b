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
    {"interpret", 0, NULL, "compute every row expression in Lua: slower, for comparing"},
    {"no-record", 0, NULL, "do not record the values in .cynosure/state.db"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option load_options[] = {
    {"json", 'j', NULL, "one JSON object per source"},
    {"bad-rows", 0, "N", "show at most N bad rows of each source (20; JSON: all that were kept)"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option explain_options[] = {
    {"plan", 0, NULL, "evaluate it, and show its scans, who shares what, rows, bytes and time"},
    {"json", 'j', NULL, "one JSON object per metric, and one for the plan"},
    {0},
};

static const cyn_cli_option cohort_options[] = {
    {"grain", 'g', "GRAIN", "the cohorts' period: week, month …"},
    {"cohorts", 'n', "N", "the last N cohorts whose period has ended (12)"},
    {"offsets", 'o', "K", "offsets 0 to K, in days, weeks or months as the metric counts (8)"},
    {"format", 'f', "FORMAT", "table, json (one object per cohort), csv or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {0},
};

static const cyn_cli_option check_options[] = {
    {"json", 'j', NULL, "one JSON object per finding"},
    {"no-data", 0, NULL, "do not load the sources (columns are then not checked)"},
    {0},
};

static const cyn_cli_option run_options[] = {
    {"format", 'f', "FORMAT", "table, json (one object per line) or markdown"},
    {"json", 'j', NULL, "the same as --format json; what the script prints goes to standard error"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option repl_options[] = {
    {"json", 'j', NULL, "values as one JSON object per line"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option limits_options[] = {
    {"json", 'j', NULL, "one JSON object per limit, and one per script"},
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
    {"explain", "METRIC…", "say what a metric is and how it is computed",
     "Shows the metric's formula in words, numerator and denominator, sources, filters, period "
     "and\n"
     "calendar, its sheet and its definition. With --plan it is evaluated for the last period "
     "that\n"
     "has ended, and each scan is shown with rows, bytes and time; each expression with the place\n"
     "where it was written, whether it ran over whole vectors or row by row in the interpreter,\n"
     "and which aggregate it is shared with.\n",
     "  cynosure explain aha_rate\n"
     "      what it is\n"
     "  cynosure explain aha_rate d1 revenue --plan\n"
     "      what the three share when they are computed together\n",
     explain_options, cyn_cmd_explain},
    {"cohort", "METRIC", "show a retention metric at every offset, by cohort",
     "Shows the retention triangle: one row for each cohort, those who started in one period, "
     "with\n"
     "its size and the metric's value 0, 1, 2 … days, weeks or months after the start. Values "
     "that\n"
     "not all of a cohort can have reached are left blank and marked. The last row rolls up the\n"
     "others from their numerators and denominators.\n",
     "  cynosure cohort d1 --offsets 14\n"
     "      two weeks of daily retention for the last 12 cohorts\n"
     "  cynosure cohort m1 --grain month --cohorts 24 --format csv\n"
     "      two years of monthly cohorts, one line per cell\n",
     cohort_options, cyn_cmd_cohort},
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
    {"run", "FILE.lua [ARG…]", "run a script for an analysis of its own",
     "Runs a Lua script beside the project's own: it can name the project's metrics and sources, "
     "\n"
     "build formulas from them, show(…) values, rows and tables, and go on computing with what\n"
     "values(…) gives. Its arguments are in arg. Nothing is recorded. - is standard input.\n",
     "  cynosure run churn.lua 2026-10\n"
     "      with arg[1] = \"2026-10\"\n"
     "  echo 'show(source \"events\":count(), { by = \"channel\" })' | cynosure run -\n"
     "      one table\n",
     run_options, cyn_cmd_run},
    {"repl", "", "type expressions and see their values",
     "Reads lines: an expression shows its values, a statement runs, :help says more. Names of\n"
     "sources, metrics, columns and methods are completed with Tab; the history is kept in\n"
     "$XDG_STATE_HOME/cynosure/history. Ctrl-C stops what runs, Ctrl-D ends.\n",
     "  cynosure repl\n"
     "      on a terminal\n"
     "  echo 'metric.revenue' | cynosure repl --json\n"
     "      from a pipe\n",
     repl_options, cyn_cmd_repl},
    {"limits", "", "show what scripts may use, and what they used",
     "Shows each limit, its value and where it was set, and for every script the time and the "
     "memory\n"
     "that it took to load. Limits are set under limits: in cynosure.yaml.\n",
     "  cynosure limits\n"
     "      two tables\n",
     limits_options, cyn_cmd_limits},
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
