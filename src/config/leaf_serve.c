/* Times at which things run, and where `serve` listens and writes. */
#include "base/time.h"
#include "config/leaf_impl.h"
#include "sched/timetable.h"
#include <string.h>

/* ---- times; their zone is the project's, and does not matter to what is an expression at all ----
 */

static bool refuse(cyn_loading *l, const cyn_node *node, const cyn_err *err)
{
    cyn_report(l, err->code, node, "%s", err->message);
    if (*err->hint) cyn_finding_hint(l->findings, "%s", err->hint);
    return false;
}

static bool read_cron(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    cyn_cron cron;
    cyn_err err = {0};
    if (!cyn_shape_read(l, shape->item, node, out)) return false;
    if (cyn_cron_parse(node->text, node->length, NULL, &cron, &err) == CYN_OK) return true;
    return refuse(l, node, &err);
}

const cyn_shape cyn_leaf_cron = {.expected = "a cron expression such as '0 9 * * MON'",
                                 .read = read_cron,
                                 .item = &cyn_leaf_line};

static bool read_timetable(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    cyn_timetable timetable;
    cyn_err err = {0};
    if (!cyn_shape_read(l, shape->item, node, out)) return false;
    if (cyn_timetable_parse(node->text, NULL, 1, &timetable, &err) == CYN_OK) return true;
    return refuse(l, node, &err);
}

const cyn_shape cyn_leaf_timetable = {
    .expected = "a duration such as 1d, or a cron expression such as '0 9 * * MON'",
    .read = read_timetable,
    .item = &cyn_leaf_line};

/* ---- places ---- */

/* Whether one of the parts between slashes is of that name. */
static bool has_part(const char *path, const char *name)
{
    size_t n = strlen(name);
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, name, n) == 0 && (part[n] == '/' || !part[n])) return true;
    }
    return false;
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n > k && strcmp(text + n - k, end) == 0;
}

static bool has_other_braces(const char *path)
{
    for (const char *p = path; (p = strpbrk(p, "{}")); p += strlen("{date}"))
        if (strncmp(p, "{date}", strlen("{date}")) != 0) return true;
    return false;
}

static bool read_report_path(cyn_loading *l, const cyn_shape *shape, const cyn_node *node,
                             void *out)
{
    if (!cyn_shape_read(l, shape->item, node, out)) return false;
    const char *path = node->text;
    if (*path == '/' || has_part(path, ".."))
        return cyn_report(l, CYN_E_RANGE, node,
                          "expected a file inside the project, without '/' in front and without "
                          "'..'");
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (!*name || strcmp(name, ".") == 0)
        return cyn_report(l, CYN_E_TYPE, node, "expected a file inside the project, not a folder");
    if (has_part(path, ".cynosure"))
        return cyn_report(l, CYN_E_RANGE, node, "what is in .cynosure is written by nobody else");
    if (!ends_in(name, ".html") && !ends_in(name, ".htm"))
        return cyn_report(l, CYN_E_TYPE, node, "expected the name of a page, ending in .html");
    if (has_other_braces(path))
        return cyn_report(
            l, CYN_E_SYNTAX, node,
            "{date} is all that is replaced in the name of a file inside the project");
    return true;
}

const cyn_shape cyn_leaf_report_path = {.expected = "a file such as reports/{date}.html",
                                        .read = read_report_path,
                                        .item = &cyn_leaf_line};

/* The last colon and a port from 0 (any that is free) to 65535. */
static bool ends_in_port(const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    int port = 0;
    if (digits < 1 || digits > 5 || colon[1 + digits]) return false;
    for (size_t i = 1; i <= digits; i++)
        port = port * 10 + (colon[i] - '0');
    return port <= 65535;
}

/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080", "unix:/run/cynosure.sock". Whether one can
 * listen there is found out by doing so. */
static bool read_listen(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    if (!cyn_shape_read(l, shape->item, node, out)) return false;
    const char *text = node->text, *host_end = text + strcspn(text, ":");
    bool is_socket = strncmp(text, "unix:/", 6) == 0 && text[6];
    if (*text == '[') {
        host_end = text + strcspn(text, "]");
        host_end += *host_end == ']';
    }
    bool is_address = host_end > text && *host_end == ':' && ends_in_port(text) &&
                      strrchr(text, ':') == host_end && !strpbrk(text, " \t/");
    if (is_socket || is_address) return true;
    return cyn_report(l, CYN_E_SYNTAX, node, "expected %s, found '%s'", shape->expected, text);
}

const cyn_shape cyn_leaf_listen = {
    .expected = "an address and a port such as 127.0.0.1:8080, or unix:/run/cynosure.sock",
    .read = read_listen,
    .item = &cyn_leaf_line};
