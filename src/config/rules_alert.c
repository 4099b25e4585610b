/* What fields of channels, calendars, maintenance, inhibition and escalation say about each other.
 */
#include "base/text.h"
#include "config/leaf_alert.h"
#include "config/rules.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_given(const cyn_node *node, const char *key)
{
    return cyn_node_find(node, key) != NULL;
}

/* Channels: which key goes with which type */

#define BIT(type) (1u << (type))
#define SLACK     BIT(CYN_CHANNEL_SLACK)
#define WEBHOOK   BIT(CYN_CHANNEL_WEBHOOK)
#define EMAIL     BIT(CYN_CHANNEL_EMAIL)
#define COMMAND   BIT(CYN_CHANNEL_COMMAND)
#define FILE_     BIT(CYN_CHANNEL_FILE)
#define STDOUT    BIT(CYN_CHANNEL_STDOUT)
#define MANAGER   BIT(CYN_CHANNEL_ALERTMANAGER)
#define OVER_HTTP (SLACK | WEBHOOK | MANAGER)

static const struct {
    const char *key;
    unsigned needed, known; /* by channels of these types */
} keys[] = {
    {"url", OVER_HTTP | EMAIL, OVER_HTTP | EMAIL},
    {"secret", 0, WEBHOOK},
    {"user", 0, WEBHOOK | MANAGER | EMAIL},
    {"password", 0, WEBHOOK | MANAGER | EMAIL},
    {"token", 0, WEBHOOK | MANAGER},
    {"from", EMAIL, EMAIL},
    {"to", EMAIL, EMAIL},
    {"path", FILE_, FILE_},
    {"command", COMMAND, COMMAND},
    {"ca", 0, OVER_HTTP | EMAIL},
    {"timeout", 0, OVER_HTTP | EMAIL | COMMAND},
    {"resolved", 0, ~MANAGER},
};

static void check_keys(cyn_loading *l, const cyn_node *node, cyn_channel_type type)
{
    const char *name = cyn_channel_names[type];
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        bool given = is_given(node, keys[i].key);
        if (!given && (keys[i].needed & BIT(type)))
            cyn_report(l, CYN_E_NAME, node, "a channel of type %s needs the key '%s'", name,
                       keys[i].key);
        if (given && !(keys[i].known & BIT(type)))
            cyn_report_key(l, CYN_E_CONFLICT, node, keys[i].key,
                           "has no meaning for a channel of type %s", name);
    }
}

static void check_login(cyn_loading *l, const cyn_node *node)
{
    bool user = is_given(node, "user"), password = is_given(node, "password");
    if (user != password)
        cyn_report_key(l, CYN_E_CONFLICT, node, user ? "user" : "password", "needs %s beside it",
                       user ? "a password" : "a user");
    if (user && is_given(node, "token"))
        cyn_report_key(l, CYN_E_CONFLICT, node, "token", "given beside user; keep one of the two");
}

/* Channels: what the environment has to say. A value that came from there is not the file's fault,
 * and no reason not to evaluate: the channel is unusable, and says so when it is used. */

/* A value that cannot be used: a finding where the file has it, later where the environment has. */
static void report_value(cyn_loading *l, cyn_config_channel *channel, const cyn_node *at,
                         const char *key, const char *problem)
{
    if (!strstr(at->text, "${")) {
        cyn_trail here = {l->trail, key};
        l->trail = &here;
        cyn_report(l, CYN_E_SYNTAX, at, "%s", problem);
        l->trail = here.up;
        return;
    }
    channel->unusable = cyn_sprintf(l->arena, "%s: %s", key, problem);
    if (!channel->unusable) cyn_out_of_memory(l);
}

/* scheme://host…; everything else of it is libcurl's to judge. */
static bool has_scheme(const char *url, const char *scheme)
{
    size_t n = strlen(scheme);
    return strncasecmp(url, scheme, n) == 0 && strncmp(url + n, "://", 3) == 0 &&
           !strpbrk(url, " \t") && strcspn(url + n + 3, "/?#") > 0;
}

static void check_url(cyn_loading *l, const cyn_node *node, cyn_config_channel *channel)
{
    bool mail = channel->type == CYN_CHANNEL_EMAIL;
    const char *a = mail ? "smtp" : "http", *b = mail ? "smtps" : "https";
    if (channel->url && !has_scheme(channel->url, a) && !has_scheme(channel->url, b))
        report_value(l, channel, cyn_node_find(node, "url"), "url",
                     mail ? "expected smtp:// or smtps:// and a host"
                          : "expected http:// or https:// and a host");
}

/* "a@b" or "Somebody <a@b>": what may stand in a header and an envelope. */
static bool is_address(const char *text)
{
    const char *open = strchr(text, '<'), *at = open ? open + 1 : text;
    size_t n = open ? strcspn(at, ">") : strlen(at);
    if (open && (at[n] != '>' || at[n + 1])) return false;
    const char *sign = memchr(at, '@', n);
    if (!sign || sign == at || sign + 1 == at + n) return false;
    for (size_t i = 0; i < n; i++)
        if (strchr(" \t<>()[]\\,;:\"", at[i])) return false;
    return !memchr(sign + 1, '@', (size_t)(at + n - sign - 1));
}

static void check_address(cyn_loading *l, cyn_config_channel *channel, const cyn_node *node,
                          const char *key, const char *text)
{
    if (node && text && !is_address(text))
        report_value(l, channel, node, key,
                     "expected an e-mail address such as a@example.com or Name <a@example.com>");
}

static void check_addresses(cyn_loading *l, const cyn_node *node, cyn_config_channel *channel)
{
    const cyn_node *to = cyn_node_find(node, "to");
    check_address(l, channel, cyn_node_find(node, "from"), "from", channel->from);
    for (size_t i = 0; to && i < channel->nto; i++)
        check_address(l, channel, to->kind == CYN_NODE_SEQUENCE ? to->items[i] : to, "to",
                      channel->to[i]);
}

void cyn_rules_channel(cyn_loading *l, const cyn_node *node, void *object)
{
    cyn_config_channel *channel = object;
    check_login(l, node);
    channel->unusable = l->problem;
    const cyn_node *type = cyn_node_find(node, "type");
    if (!type || type->kind != CYN_NODE_SCALAR ||
        strcmp(type->text, cyn_channel_names[channel->type]) != 0)
        return; /* reported already */
    check_keys(l, node, channel->type);
    if (channel->unusable) return;
    check_url(l, node, channel);
    if (channel->type == CYN_CHANNEL_EMAIL) check_addresses(l, node, channel);
}

/* Calendars */

void cyn_rules_calendar(cyn_loading *l, const cyn_node *node, void *object)
{
    (void)node;
    cyn_config_calendar *calendar = object;
    if (calendar->nholidays == 0) return;
    int64_t *sorted = CYN_NEW_ARRAY(l->arena, calendar->nholidays, int64_t);
    if (!sorted) {
        cyn_out_of_memory(l);
        return;
    }
    memcpy(sorted, calendar->holidays, calendar->nholidays * sizeof *sorted);
    qsort(sorted, calendar->nholidays, sizeof *sorted, cyn_compare_times);
    calendar->holidays = sorted;
}

/* Lists of mappings */

void cyn_rules_maintenance(cyn_loading *l, const cyn_node *node, void *object)
{
    cyn_config_maintenance *m = object;
    m->line = node->line;
    m->column = node->column;
    bool from = is_given(node, "from"), until = is_given(node, "until");
    if (is_given(node, "calendar") && (from || until))
        cyn_report_key(l, CYN_E_CONFLICT, node, "calendar",
                       "given beside from or until; keep one of the two");
    else if (!is_given(node, "calendar") && !(from && until))
        cyn_report(l, CYN_E_NAME, node, "expected from and until, or a calendar");
}

void cyn_rules_inhibition(cyn_loading *l, const cyn_node *node, void *object)
{
    (void)l;
    cyn_config_inhibition *i = object;
    i->line = node->line;
    i->column = node->column;
}

void cyn_rules_escalation(cyn_loading *l, const cyn_node *node, void *object)
{
    (void)l;
    cyn_config_escalation *e = object;
    e->line = node->line;
    e->column = node->column;
}

/* The whole file: names and zones */

static const char *channel_name(const cyn_config *c, size_t i)
{
    return c->channels[i].name;
}

static const char *calendar_name(const cyn_config *c, size_t i)
{
    return c->calendars[i].name;
}

/* Reports a name at a node that none of the n has. */
static void check_name(cyn_loading *l, const cyn_config *c, const cyn_node *at, const char *name,
                       const char *what, const char *(*name_of)(const cyn_config *, size_t),
                       size_t n)
{
    char shown[CYN_SHOWN_SIZE];
    const char **names = CYN_NEW_ARRAY(l->arena, n + 1, const char *);
    if (!names) {
        cyn_out_of_memory(l);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = name_of(c, i);
        if (strcmp(names[i], name) == 0) return;
    }
    cyn_report(l, CYN_E_NAME, at, "no %s is called '%s'", what,
               cyn_shown(name, strlen(name), shown));
    const char *near = cyn_nearest(name, names, n);
    if (near) cyn_finding_hint(l->findings, "did you mean '%s'?", near);
}

/* Moments were read as if in UTC; here they become those of the project's zone. */
static void place_maintenance(cyn_loading *l, const cyn_node *node, const cyn_tz *tz,
                              cyn_config_maintenance *m)
{
    const cyn_node *from = cyn_node_find(node, "from"), *until = cyn_node_find(node, "until");
    if (!from || !until || !cyn_read_moment(from, tz, &m->from) ||
        !cyn_read_moment(until, tz, &m->until))
        return;
    if (m->from >= m->until)
        cyn_report_key(l, CYN_E_RANGE, node, "until", "not after the moment of `from`");
}

/* The items of a key's list, and the trail to them; NULL where it failed on its own. */
static const cyn_node *list_of(const cyn_node *root, const char *key, size_t count)
{
    const cyn_node *list = cyn_node_find(root, key);
    return list && list->kind == CYN_NODE_SEQUENCE && list->count == count ? list : NULL;
}

static void check_maintenance(cyn_loading *l, const cyn_node *root, cyn_config *c)
{
    const cyn_node *list = list_of(root, "maintenance", c->nmaintenance);
    cyn_tz *tz = NULL;
    if (!list || !c->timezone || cyn_tz_load(c->timezone, &tz, NULL) != CYN_OK) return;
    cyn_config_maintenance *placed =
        CYN_NEW_ARRAY(l->arena, c->nmaintenance + 1, cyn_config_maintenance);
    cyn_trail here = {l->trail, "maintenance"};
    l->trail = &here;
    if (!placed) cyn_out_of_memory(l);
    for (size_t i = 0; placed && i < c->nmaintenance; i++) {
        placed[i] = c->maintenance[i];
        place_maintenance(l, list->items[i], tz, &placed[i]);
        if (placed[i].calendar)
            check_name(l, c, cyn_node_find(list->items[i], "calendar"), placed[i].calendar,
                       "calendar", calendar_name, c->ncalendars);
    }
    if (placed) c->maintenance = placed;
    l->trail = here.up;
    cyn_tz_free(tz);
}

static void check_escalations(cyn_loading *l, const cyn_node *root, const cyn_config *c)
{
    const cyn_node *list = list_of(root, "escalate", c->nescalate);
    if (!list) return;
    cyn_trail here = {l->trail, "escalate"};
    l->trail = &here;
    for (size_t i = 0; i < c->nescalate; i++) {
        const cyn_node *to = cyn_node_find(list->items[i], "to");
        for (size_t j = 0; j < c->escalate[i].nto; j++)
            check_name(l, c, to->kind == CYN_NODE_SEQUENCE ? to->items[j] : to,
                       c->escalate[i].to[j], "channel", channel_name, c->nchannels);
    }
    l->trail = here.up;
}

void cyn_rules_alerts(cyn_loading *l, const cyn_node *root, cyn_config *config)
{
    check_maintenance(l, root, config);
    check_escalations(l, root, config);
}
