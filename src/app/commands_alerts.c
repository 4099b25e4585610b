/* The sub-commands of `alerts`. */
#include "app/commands.h"

static const cyn_cli_option run_options[] = {
    {"for", 0, "DURATION", "go on for so long, from slot to slot and delivery to delivery: 10m"},
    {"no-send", 0, NULL, "evaluate and remember, but send nothing; the next run does"},
    {"json", 'j', NULL, "one JSON object for each event, rule and channel"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option history_options[] = {
    {"from", 0, "TIME", "events from this date or time on"},
    {"to", 0, "TIME", "events before this date or time"},
    {"last", 'n', "N", "the newest N events (30; with --from: all)"},
    {"all", 'a', NULL, "also incidents' renewals, which nobody is told of"},
    {"format", 'f', "FORMAT", "table, json (one object per line) or markdown"},
    {"json", 'j', NULL, "the same as --format json"},
    {0},
};

static const cyn_cli_option why_options[] = {
    {"last", 'n', "N", "so many values of the series (12)"},
    {"no-data", 0, NULL, "load nothing: only what was remembered"},
    {"json", 'j', NULL, "one JSON object per alert"},
    {"no-cache", 0, NULL, "read all files again, and keep nothing in .cynosure/segments"},
    {0},
};

static const cyn_cli_option ack_options[] = {
    {"who", 0, "NAME", "who takes care of it ($USER unless given)"},
    {"why", 0, "TEXT", "what is known, or done about it"},
    {"undo", 0, NULL, "take it back"},
    {0},
};

static const cyn_cli_option silence_options[] = {
    {"for", 0, "DURATION", "for so long: 30m, 2h, 1d"},
    {"until", 0, "TIME", "until this date or time, in the project's zone"},
    {"from", 0, "TIME", "from this date or time on (now)"},
    {"why", 0, "TEXT", "the reason: whoever wonders reads it"},
    {"who", 0, "NAME", "who says so ($USER unless given)"},
    {0},
};

static const cyn_cli_option silences_options[] = {
    {"all", 'a', NULL, "also those that have ended"},
    {"json", 'j', NULL, "one JSON object per silence"},
    {0},
};

static const cyn_cli_option test_options[] = {
    {"dry-run", 'n', NULL, "show what would be sent, and send nothing"},
    {0},
};

static const cyn_cli_option dead_options[] = {
    {"json", 'j', NULL, "one JSON object per message"},
    {0},
};

static const cyn_cli_option no_options[] = {{0}};

const cyn_command cyn_alerts_commands[] = {
    {"alerts run", "", "evaluate the rules that are due, and send messages",
     "One round: every rule whose slot has come is evaluated at that slot, what changed is\n"
     "shown and remembered in one transaction, and messages that are due are sent. It says\n"
     "nothing when nothing happened, so that cron stays quiet. A slot that was missed is\n"
     "counted, and not made up for. Two at once would tell everything twice: the second one\n"
     "says who is at work, and exits with 1. The exit code is 1, too, when a rule could not be\n"
     "evaluated, or names a channel or a word that there is not.\n",
     "  cynosure alerts run\n"
     "      from cron, every minute\n"
     "  cynosure alerts run --for 24h\n"
     "      from a service that is restarted every day\n"
     "  cynosure alerts run --no-send\n"
     "      to see what would fire before anybody is told\n",
     run_options, cyn_cmd_alerts_run},
    {"alerts history", "[RULE]", "show what happened, and who was told",
     "Shows what was recorded: what fired, rose, resolved, began to flap or was frozen, with\n"
     "its value and where it was delivered; the newest last.\n",
     "  cynosure alerts history --last 10\n"
     "      the last ten events\n"
     "  cynosure alerts history aha_drop --from 2026-11-01 --json\n"
     "      a month of one rule, for a machine\n",
     history_options, cyn_cmd_alerts_history},
    {"alerts why", "ALERT|RULE", "show the values and the condition that decided",
     "Shows the condition as it was written, each reading in it with its value, how far hold\n"
     "or keep has come, the rule's health, who is told and who is not and why, and the last\n"
     "values of the series. ALERT is one as 'cynosure alerts' shows it, a rule's name when it\n"
     "has one alert, or the beginning of its fingerprint.\n",
     "  cynosure alerts why 'aha_drop{channel=\"ads\"}'\n"
     "      one alert\n"
     "  cynosure alerts why aha_drop\n"
     "      all that this rule has\n",
     why_options, cyn_cmd_alerts_why},
    {"alerts ack", "ALERT…", "say that somebody takes care of it",
     "Acknowledges incidents that go on: they are neither repeated nor escalated any more;\n"
     "their end is told. A new incident of the same alert is news again.\n",
     "  cynosure alerts ack 'aha_drop{channel=\"ads\"}' --why \"campaign was switched off\"\n"
     "      by $USER\n",
     ack_options, cyn_cmd_alerts_ack},
    {"alerts silence", "MATCHER…", "tell nobody for a while",
     "Alerts that match are evaluated and shown as ever, but nobody is told. What still fires\n"
     "when the silence ends is told then. Matchers are a rule's name, or name=value,\n"
     "name!=value, name=~pattern, name!~pattern over the segment's values, the rule's labels,\n"
     "rule, severity, metric and owner; all of them have to match. With --for the silence ends\n"
     "with a whole minute: the time is rounded up.\n",
     "  cynosure alerts silence aha_drop channel=ads --for 2h --why \"planned campaign break\"\n"
     "      one segment of one rule\n"
     "  cynosure alerts silence 'severity=~info|warning' --until 2026-12-01 --why \"migration\"\n"
     "      all but critical ones\n",
     silence_options, cyn_cmd_alerts_silence},
    {"alerts silences", "", "list silences", "Shows who silenced what, until when, and why.\n",
     "  cynosure alerts silences\n"
     "      those that have not ended\n",
     silences_options, cyn_cmd_alerts_silences},
    {"alerts unsilence", "ID…", "end silences now", "Ends them; they stay listed with --all.\n",
     "  cynosure alerts unsilence 3\n"
     "      the third one\n",
     no_options, cyn_cmd_alerts_unsilence},
    {"alerts send-test", "CHANNEL", "send a test message through a channel",
     "Sends one message that says that it is a test, and shows what came back. Nothing is\n"
     "retried and nothing is recorded. The exit code is 1 when it was not delivered.\n",
     "  cynosure alerts send-test growth\n"
     "      does the webhook work?\n"
     "  cynosure alerts send-test mail --dry-run\n"
     "      the whole mail, for reading\n",
     test_options, cyn_cmd_alerts_send_test},
    {"alerts dead", "[resend ID…]", "list messages that were given up, or send them again",
     "Shows what could not be delivered and was given up, with what came back at last. A\n"
     "message that is sent again keeps its key; the next 'alerts run' tries it.\n",
     "  cynosure alerts dead\n"
     "      what nobody got\n"
     "  cynosure alerts dead resend 17\n"
     "      once the channel works again\n",
     dead_options, cyn_cmd_alerts_dead},
    {"alerts forget", "RULE…", "have a rule begin anew",
     "Drops what is remembered of the rule: its last slot, its counts, and its alerts, also those\n"
     "that fire. Their end is told to nobody. What was recorded (alerts history) stays. This is\n"
     "for a rule that was evaluated under a clock years ahead, and waits for it since.\n",
     "  cynosure alerts forget aha_drop\n"
     "      the next 'alerts run' evaluates it as a new one\n",
     no_options, cyn_cmd_alerts_forget},
    {0},
};
