/* Lints about delivery: channels that nobody uses, and secrets that are written down. */
#include "check/lint_impl.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cyn_place place_of(int line, int column)
{
    return (cyn_place){"cynosure.yaml", line, column};
}

/* ---- channels ---- */

static bool is_named(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

static bool is_used(const cyn_project *p, const char *channel)
{
    for (size_t i = 0; i < p->catalog->nrules; i++)
        if (is_named(p->catalog->rules[i]->notify, p->catalog->rules[i]->nnotify, channel))
            return true;
    for (size_t i = 0; i < p->config->nescalate; i++)
        if (is_named(p->config->escalate[i].to, p->config->escalate[i].nto, channel)) return true;
    return false;
}

static void check_unused(cyn_lint_run *run, const cyn_lint *lint)
{
    const cyn_config *config = run->project->config;
    for (size_t i = 0; i < config->nchannels; i++) {
        const cyn_config_channel *c = &config->channels[i];
        if (is_used(run->project, c->name)) continue;
        cyn_lint_say_at(run, lint, place_of(c->line, c->column), NULL,
                        "no rule and no escalation uses the channel '%s'", c->name);
    }
}

/* ---- secrets ---- */

/* Where a key's value begins, in block or flow style; NULL where the line has no such key. */
static const char *value_of(const char *line, const char *key)
{
    size_t n = strlen(key);
    for (const char *at = strstr(line, key); at; at = strstr(at + 1, key)) {
        bool begins = at == line || strchr(" \t{,\"'", at[-1]);
        const char *end = at + n;
        if (*end == '"' || *end == '\'') end++;
        if (!begins || *end != ':') continue;
        return end + 1 + strspn(end + 1, " \t\"'");
    }
    return NULL;
}

static bool is_written_down(const char *value)
{
    return *value && !strchr("#,}\n", *value) && strncmp(value, "${", 2) != 0;
}

/* Slack's and its kin's addresses are secrets as they stand; others may hold a password. */
static bool is_secret_url(const char *url)
{
    if (!is_written_down(url)) return false;
    size_t n = strcspn(url, " \t\"',}\n");
    const char *host = memmem(url, n, "://", 3);
    if (!host) return false;
    host += 3;
    size_t rest = n - (size_t)(host - url);
    const char *user = memchr(host, '@', rest);
    const char *password = user ? memchr(host, ':', (size_t)(user - host)) : NULL;
    return memmem(host, rest, "hooks.slack.com/services/", 25) || (password && password[1] != '$');
}

static const char *secret_in(const char *line)
{
    static const char *const keys[] = {"secret", "password", "token"};
    const char *first = line + strspn(line, " \t");
    if (*first == '#') return NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = value_of(line, keys[i]);
        if (value && is_written_down(value)) return keys[i];
    }
    const char *url = value_of(line, "url");
    return url && is_secret_url(url) ? "url" : NULL;
}

/* The YAML as it was written: what was read has its ${VARIABLES} filled in. */
static void check_secrets(cyn_lint_run *run, const cyn_lint *lint)
{
    char *path = cyn_sprintf(run->arena, "%s/cynosure.yaml", run->project->dir), *line = NULL;
    FILE *file = path ? fopen(path, "re") : NULL;
    size_t room = 0;
    bool delivers = false;
    if (!file) return; /* it could be read a moment ago; what cannot be read now says nothing */
    for (int number = 1; getline(&line, &room, file) >= 0; number++) {
        if (isalpha((unsigned char)line[0]))
            delivers = strncmp(line, "channels:", 9) == 0 || strncmp(line, "serve:", 6) == 0;
        const char *key = delivers ? secret_in(line) : NULL;
        if (key)
            cyn_lint_say_at(run, lint, place_of(number, 1 + (int)strspn(line, " ")), NULL,
                            "the %s is written down in the file", key);
    }
    free(line);
    fclose(file);
}

const cyn_lint cyn_lints_delivery[] = {
    {.id = "channel-unused",
     .severity = CYN_LINT_WARNING,
     .why = "Either nobody is told what they wait for, or it is left over.",
     .how = "Name it in a rule's notify, or take it away.",
     .check = check_unused},
    {.id = "secret-written-down",
     .severity = CYN_LINT_WARNING,
     .why = "Whoever can read the repository can act in the team's name.",
     .how = "Put it into an environment variable: ${SLACK_URL}.",
     .check = check_secrets},
    {0},
};
