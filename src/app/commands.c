#include "app/commands.h"

static const cyn_cli_option eval_options[] = {
    {"at", 0, "PERIOD", "one period: 2026-W45, 2026-10, 2026-Q3, 2026, or a date in it"},
    {"from", 0, "PERIOD", "first period of a range"},
    {"to", 0, "PERIOD", "last period of the range (the running one unless given)"},
    {"last", 'n', "N", "the last N periods that have ended"},
    {"grain", 'g', "GRAIN", "hour, day, week, month, quarter, year, all, or minutes (5m)"},
    {"by", 'b', "DIM[,DIM…]", "one row for each value of these dimensions"},
    {"against", 0, "WHAT", "compare with previous, last-year, target, market or a period"},
    {"format", 'f', "FORMAT", "table, json (one object per line), csv or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {"interpret", 0, NULL, "compute every row expression in Lua: slower, for comparing"},
    {"no-record", 0, NULL, "do not record the values in .cynosure/state.db"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option backfill_options[] = {
    {"from", 0, "PERIOD", "the first period: 2026-W45, 2026-10, 2026-Q3, 2026, or a date in it"},
    {"to", 0, "PERIOD", "the last one (the last that has ended)"},
    {"grain", 'g', "GRAIN", "periods other than each metric's own: day, week, month …"},
    {"by", 'b', "DIM[,DIM…]", "the values of these dimensions, in place of the whole"},
    {"again", 0, NULL, "also what was evaluated before, of the same data and definition"},
    {"json", 'j', NULL, "one JSON object per batch, and one for each grain at the end"},
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
    {"no-data", 0, NULL, "only what the definitions say: load nothing, show no values"},
    {"plan", 0, NULL, "evaluate it, and show its scans, who shares what, rows, bytes and time"},
    {"json", 'j', NULL, "one JSON object per metric, and one for the plan"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option cohort_options[] = {
    {"grain", 'g', "GRAIN", "the cohorts' period: week, month …"},
    {"cohorts", 'n', "N", "the last N cohorts whose period has ended (12)"},
    {"offsets", 'o', "K", "offsets 0 to K, in days, weeks or months as the metric counts (8)"},
    {"format", 'f', "FORMAT", "table, json (one object per cohort), csv or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option identity_options[] = {
    {"at", 0, "PERIOD", "one period: 2026-W45, 2026-10, 2026-Q3, 2026, or a date in it"},
    {"from", 0, "PERIOD", "first period of a range"},
    {"to", 0, "PERIOD", "last period of the range (the running one unless given)"},
    {"last", 'n', "N", "the last N periods that have ended (12)"},
    {"grain", 'g', "GRAIN", "periods other than the metric's own: day, week, month …"},
    {"format", 'f', "FORMAT", "table, json (one object per metric and period), csv or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option schedule_options[] = {
    {"kind", 0, "KIND", "source, metric, rule or report; all unless given"},
    {"next", 0, "DURATION", "everything that comes within so long (24h, 7d), by time"},
    {"format", 'f', "FORMAT", "table, json (one object per entry) or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {0},
};
static const cyn_cli_option serve_options[] = {
    {"listen", 'l', "ADDRESS",
     "where the server listens: 127.0.0.1:8080, [::1]:0, unix:/run/c.sock"},
    {"no-listen", 0, NULL, "start no server"},
    {"token-file", 0, "FILE", "its first line is the token that changes need"},
    {"no-send", 0, NULL, "messages are made, but not sent"},
    {"once", 0, NULL, "do all that is due now, start no server, and end"},
    {"stop-within", 0, "TIME", "how long a stop may take at most (10s)"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option tree_options[] = {
    {"at", 0, "PERIOD", "the period (the last that has ended): 2026-W45, 2026-10, 2026-Q3 …"},
    {"against", 0, "WHAT", "previous (unless given), last-year, target, market or a period"},
    {"grain", 'g', "GRAIN", "periods other than the root's own: day, week, month …"},
    {"by", 'b', "DIM", "share the root out over the values of a dimension first"},
    {"depth", 'd', "N", "no more than N levels below the root"},
    {"format", 'f', "FORMAT", "table, json (one object per line), markdown, mermaid, dot or svg"},
    {"json", 'j', NULL, "the same as --format json"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option report_options[] = {
    {"out", 'o', "PATH", "FILE.html for one file, else a folder with a page for each metric"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {"lang", 0, "LANG", "en or ja, in place of the project's language"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option what_if_options[] = {
    {"at", 0, "PERIOD", "the period to start from (the last that has ended)"},
    {"target", 't', "VALUE", "what each part alone would have to become; sheet: the root's target"},
    {"grain", 'g', "GRAIN", "periods other than the root's own: day, week, month …"},
    {"format", 'f', "FORMAT", "table, json (one object per line) or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option drivers_options[] = {
    {"at", 0, "PERIOD", "the last period of the history (the last that has ended)"},
    {"last", 'n', "N", "so many periods of history, where the data reach so far (104)"},
    {"lags", 'k', "K", "drivers may come up to K periods before what they move (8)"},
    {"grain", 'g', "GRAIN", "periods other than the root's own: day, week, month …"},
    {"all", 'a', NULL, "rank every metric of the project, not only declared drivers"},
    {"format", 'f', "FORMAT", "table, json (one object per driver), csv or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option goals_options[] = {
    {"at", 0, "PERIOD", "as of this period: 2026-W45, 2026-10, or a date in it"},
    {"format", 'f', "FORMAT", "table, json (one object per line) or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option check_options[] = {
    {"format", 'f', "FORMAT", "table, json (one object per finding) or sarif (for CI)"},
    {"json", 'j', NULL, "the same as --format json"},
    {"strict", 0, NULL, "exit with 1 for warnings, too"},
    {"silenced", 0, NULL, "list also what is silenced, with the reason"},
    {"list", 0, NULL, "list everything that is looked for, with its id"},
    {"no-data", 0, NULL, "do not load the sources (nothing is held against the data then)"},
    {0},
};

static const cyn_cli_option alerts_options[] = {
    {"all", 'a', NULL, "also alerts that are well, and a table of all rules"},
    {"rule", 'r', "RULE", "only this rule's"},
    {"format", 'f', "FORMAT", "table, json (one object per line) or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {"exit-code", 0, NULL, "exit with 4 when something fires, and 1 when a rule fails"},
    {0},
};

static const cyn_cli_option test_options[] = {
    {"format", 'f', "FORMAT", "text, junit (XML for CI), tap or json (one object per line)"},
    {"json", 'j', NULL, "the same as --format json"},
    {"list", 0, NULL, "list the tests instead of running them"},
    {"coverage", 0, NULL, "also list all rules, and whether some test makes them fire"},
    {"strict", 0, NULL, "exit with 1 when there is a rule that no test makes fire, too"},
    {0},
};

static const cyn_cli_option backtest_options[] = {
    {"from", 0, "TIME", "the first evaluation: a date, a time, 2026-W45, 2026-10 (the data's)"},
    {"to", 0, "TIME", "the last one: a date and all of it, a time, 2026-10 (now)"},
    {"set", 0, "NAME=VALUE", "another value of a setting; a sweep with 1h,2h or 0.1..0.3:0.05"},
    {"incidents", 0, "FILE.csv", "known incidents (from,to,name,dimensions) to be held against"},
    {"tolerance", 0, "TIME", "how far from a known one a firing may start (a period of the rule)"},
    {"format", 'f', "FORMAT", "table, json (one object per line) or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {"as-of", 0, "TIME", "evaluate as if it were then: a date, a time, or data (the data's end)"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
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
     "      its metrics\n"
     "  cynosure -C shop tree\n"
     "      what moved its result\n",
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
     "  cynosure eval --at 2026-W45 --against 2026-W40\n"
     "      one week beside another one\n"
     "  cynosure eval --from 2026-01 --to 2026-06 --grain month --json\n"
     "      half a year for a machine\n",
     eval_options, cyn_cmd_eval},
    {"tree", "[ROOT]", "show what a metric is made of, and what moved it",
     "Shows the metrics that the root's identities make it of (the KGIs unless one is named,\n"
     "else the North Star Metric): value, comparison, change, status, and how much of the\n"
     "root's change each of them made, in the root's unit and in percent. The parts always\n"
     "add up to the change; what the identity does not explain has a line of its own, and the\n"
     "method is named. Drivers hang on dashed lines. The exit code is 1 when a metric could\n"
     "not be evaluated.\n",
     "  cynosure tree revenue\n"
     "      what moved revenue since the period before\n"
     "  cynosure tree revenue --against last-year --by channel\n"
     "      channel by channel, against the same period of last year\n"
     "  cynosure tree revenue --against target --format markdown\n"
     "      what the target lacks, to paste into a chat\n"
     "  cynosure tree revenue --format svg > revenue.svg\n"
     "      a drawing\n",
     tree_options, cyn_cmd_tree},
    {"report", "", "write the dashboard as one file, or as a folder of pages",
     "Evaluates all metrics and writes what `cynosure serve` shows: the overview, a page for each\n"
     "metric with its chart, its segments and its definition, the trees, the alerts and the\n"
     "schedule. One file is complete in itself, and can be sent by mail; a folder can be put on\n"
     "any web server. Nothing is recorded, and no file is overwritten but an earlier report. The\n"
     "exit code is 1 when a metric could not be evaluated.\n",
     "  cynosure report --out week.html\n"
     "      one file to be sent around\n"
     "  cynosure report --out site\n"
     "      a folder: index.html, metric-revenue.html …\n"
     "  cynosure report --out may.html --as-of 2026-06-01 --lang en\n"
     "      as it was at the end of May, in English\n",
     report_options, cyn_cmd_report},
    {"what-if", "ROOT [NAME=CHANGE…]", "compute a root with other values of its parts",
     "Shows what the root and all metrics between would become if some were others: NAME=4%\n"
     "and NAME=120 set a value, NAME=+500 and NAME=+0.5pt add to it, NAME=-10% is relative.\n"
     "Beside each metric stands by how much the root moves when it alone moves by 1 %. What\n"
     "an identity does not explain stays as it was measured. With --target it also says what\n"
     "each part alone would have to become for the root to get there.\n",
     "  cynosure what-if revenue cvr=+0.5pt price=-10%\n"
     "      two changes at once\n"
     "  cynosure what-if revenue --target 1000000\n"
     "      what each part would have to become\n"
     "  cynosure what-if revenue aov=36 --target sheet\n"
     "      the same, to the target of the sheet, if the order value were 36\n",
     what_if_options, cyn_cmd_what_if},
    {"targets", "[METRIC…]", "show how far the targets are, and where they are heading",
     "Shows for each metric with a target, or those named: the value of the last period that has\n"
     "ended, what it should be by now on the way to the target, progress, and whether it is "
     "ahead,\n"
     "behind, at risk (far enough today, but heading elsewhere), reached or missed; and the value\n"
     "that its trend and season lead to at the deadline, with a 95 % interval. The exit code is 1\n"
     "when a metric could not be evaluated.\n",
     "  cynosure targets\n"
     "      all targets\n"
     "  cynosure targets revenue --at 2026-10 --format markdown\n"
     "      one of them as it stood in October, for a chat\n",
     goals_options, cyn_cmd_targets},
    {"okr", "[OBJECTIVE…]", "show objectives and key results, hanging on the North Star Metric",
     "Draws the objectives of okrs.yaml as a tree: below the North Star Metric and the KGIs the\n"
     "departments, below these their objectives with key results and the objectives that support\n"
     "them, each with progress, pace and owner. At the end stands what hangs on nothing. With "
     "names,\n"
     "only these objectives.\n",
     "  cynosure okr\n"
     "      everything\n"
     "  cynosure okr learners_stay --json\n"
     "      one objective for a machine\n",
     goals_options, cyn_cmd_okr},
    {"drivers", "[ROOT]", "hold drivers against the history, and rank what moves the root",
     "Shows for each declared driver of the root (the North Star Metric unless named), and of all\n"
     "that its identities make it of, whether the history bears it out: the lag at which their\n"
     "changes go together best, how closely, the interval that is sure at 95 %, and whether the\n"
     "sign is the one expected. Then the candidates for key success factors of the root: those\n"
     "whose interval leaves out 0, leading before lagging ones. The exit code is 1 when a metric\n"
     "could not be evaluated.\n",
     "  cynosure drivers\n"
     "      of the North Star Metric\n"
     "  cynosure drivers revenue --all --lags 12\n"
     "      every metric, up to twelve periods ahead of revenue\n",
     drivers_options, cyn_cmd_drivers},
    {"identity", "[METRIC…]", "hold identities against the data",
     "Compares what was measured with what each identity makes of its parts, period by period.\n"
     "Where an identity is a sum of counts or sums over one source, it also says which rows the\n"
     "parts count twice, which are in none, and which only the parts have. A metric whose\n"
     "identity holds in every period is one line. The exit code is 1 when one does not hold.\n",
     "  cynosure identity\n"
     "      all identities, the last 12 periods\n"
     "  cynosure identity revenue --at 2026-10 --json\n"
     "      one month for a machine\n",
     identity_options, cyn_cmd_identity},
    {"explain", "METRIC…", "say what a metric is and how it is computed",
     "Shows the metric's formula in words and as the script has it, numerator and denominator,\n"
     "sources, filters, period and calendar, its sheet and its definition; what it is made of, "
     "what\n"
     "it feeds, its last values and what moved it between them. With --plan each scan is shown "
     "with\n"
     "rows, bytes and time; each expression with the place where it was written, whether it ran\n"
     "over whole vectors or row by row in the interpreter, and which aggregate it is shared "
     "with.\n",
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
    {"backfill", "METRIC…", "evaluate and record the past of metrics",
     "Evaluates metrics in all periods from one to another, oldest first, and records the values\n"
     "in .cynosure/state.db. What was recorded stays recorded when it is stopped, and the same\n"
     "command goes on from there; periods that were evaluated before, of the same data and\n"
     "definition, are not evaluated again. Only periods that have ended are recorded. The exit\n"
     "code is 1 when a metric failed in some period.\n",
     "  cynosure backfill revenue --from 2024-01 --to 2025-12\n"
     "      two years, in the metric's own grain\n"
     "  cynosure backfill revenue orders --from 2025-W01 --grain week --by channel\n"
     "      the weeks of each channel until now\n"
     "  cynosure backfill revenue --from 2024-01 --again\n"
     "      once more, whatever is known\n",
     backfill_options, cyn_cmd_backfill},
    {"load", "[SOURCE…]", "load the sources and report what was found",
     "Reads every source (or those named) and shows files, rows, time span, the type of each\n"
     "column and why it was chosen, and the rows that could not be used, with position and "
     "reason.\n",
     "  cynosure load\n"
     "      all sources\n"
     "  cynosure load events --bad-rows 100\n"
     "      one source, more of its bad rows\n",
     load_options, cyn_cmd_load},
    {"alerts", "[COMMAND]", "show what fires, and run, silence, acknowledge alerts",
     "Shows the alerts that fire now, worst first, those that are about to, and rules that\n"
     "could not be judged: since when, the value, who was told, and who has taken care of it.\n"
     "It reads what the last evaluation left behind; 'alerts run' evaluates, and belongs into\n"
     "a timer.\n",
     "  cynosure alerts\n"
     "      what fires\n"
     "  cynosure alerts run\n"
     "      one round, for cron: evaluate the rules that are due, and send messages\n"
     "  cynosure alerts why aha_drop\n"
     "      what decided\n"
     "  cynosure alerts --exit-code > /dev/null || echo trouble\n"
     "      for a script\n",
     alerts_options, cyn_cmd_alerts, cyn_alerts_commands},
    {"check", "", "check the project, and the quality of its definitions",
     "Checks the YAML files, runs the scripts, loads the sources, and looks up every column that "
     "a\n"
     "metric uses. Then it reviews the definitions: sheets without owner, target or deadline, a\n"
     "North Star that is a vanity metric, KPIs that lead to no goal, events that the dictionary\n"
     "does not know, identities that do not hold. Every finding has its place, an id, why it\n"
     "matters and how it is mended. One that you decide to live with is silenced by its id, with\n"
     "the reason: silence in kpis.yaml, or check: silence in cynosure.yaml. The exit code is 1\n"
     "when there are errors.\n",
     "  cynosure check\n"
     "      everything\n"
     "  cynosure check --strict --format sarif > check.sarif\n"
     "      for CI\n"
     "  cynosure check --no-data --json\n"
     "      for an editor\n",
     check_options, cyn_cmd_check},
    {"test", "[FILE|NAME…]", "run the tests of rules and metrics",
     "Runs the scripts of tests/: each test gives series of values, or rows, and says what rules\n"
     "and metrics make of them, under a false clock. Nothing is stored and nothing is sent. With\n"
     "arguments, only the tests of these files, and those with one of these words in their name.\n"
     "The exit code is 1 when a test fails.\n",
     "  cynosure test\n"
     "      all tests, and which rules none of them makes fire\n"
     "  cynosure test growth.lua \"ads fall\"\n"
     "      those of a file, and those with these words in their name\n"
     "  cynosure test --format junit > tests.xml\n"
     "      for a CI server\n",
     test_options, cyn_cmd_test},
    {"backtest", "RULE", "replay an alert rule over history",
     "Evaluates the rule at every slot of the past, through the same code as live, and shows when\n"
     "it would have fired and for how long, and how often it would have paged. Held against known\n"
     "incidents it says how many of them it found, how soon, and how many of its own were none.\n"
     "With several values of a setting (hold, keep, every, flapping, the rule's params …) each\n"
     "combination is a row. Nothing is stored and nothing is sent. The exit code is 1 when an\n"
     "evaluation failed.\n",
     "  cynosure backtest aha_drop --from 2026-01\n"
     "      the rule as it is, from January until now\n"
     "  cynosure backtest aha_drop --set hold=0s,1h,6h --set threshold=0.1..0.3:0.05\n"
     "      15 rows beside the rule as it is\n"
     "  cynosure backtest aha_drop --incidents incidents.csv --tolerance 2h\n"
     "      with precision, recall and delay\n",
     backtest_options, cyn_cmd_backtest},
    {"schedule", "[NAME]", "show what runs next, what ran last, how long and how late",
     "Lists all that `cynosure serve` does by itself: sources that it looks at, metrics whose\n"
     "periods it evaluates when they have ended, alert rules, reports; each with the time at\n"
     "which it is due next, and when it ran last, how long that took and how late it was. Below\n"
     "the table stands what failed, and what was missed for good. It is read from the project\n"
     "and its state, and so is the same whether the daemon runs or not. A source is looked at by\n"
     "the time shown at the latest.\n",
     "  cynosure schedule\n"
     "      everything\n"
     "  cynosure schedule revenue\n"
     "      one metric, rule, source or report\n"
     "  cynosure schedule --kind report --next 7d\n"
     "      all reports of the coming week, by time\n"
     "  cynosure schedule --json\n"
     "      for a machine\n",
     schedule_options, cyn_cmd_schedule},
    {"serve", "", "stay and do all of it: load, evaluate, alert, show",
     "Looks at the sources, evaluates each metric when a period has ended and again when its data\n"
     "or its definition changed, evaluates alert rules, sends messages, writes reports, and shows\n"
     "a dashboard, a JSON API and Prometheus's. Changes of the project are taken up while it "
     "runs,\n"
     "unless they are broken. It says what it does on standard error, one thing a line.\n"
     "SIGTERM and Ctrl-C end it in good order, SIGHUP has it read the project again.\n",
     "  cynosure serve\n"
     "      then look at http://127.0.0.1:8080\n"
     "  cynosure serve --listen 127.0.0.1:9000 --token-file token\n"
     "      elsewhere; with the token alerts can be acknowledged and silenced there\n"
     "  cynosure serve --once\n"
     "      from cron: what is due, and no server\n",
     serve_options, cyn_cmd_serve},
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
    {"schema", "cynosure|kpis|dictionary|okrs", "print the JSON Schema of a project file",
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
