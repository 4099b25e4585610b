#include "config/expand.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"

/* What is wrong with the environment: reported, or, where `problem` is given, kept for later. The
 * first one counts. Returns NULL. */
static const char *environment_fails(cyn_loading *l, const cyn_node *node, const char **problem,
                                     const char *message)
{
    if (!message) {
        cyn_out_of_memory(l);
    } else if (!problem) {
        cyn_report(l, CYN_E_NAME, node, "%s", message);
    } else if (!*problem) {
        *problem = message;
    }
    return NULL;
}

/* Reads "${…}" at p, adds its value to b, and returns what follows; NULL where there is none. */
static const char *expand_one(cyn_loading *l, const cyn_node *node, const char *p, cyn_buf *b,
                              const char **problem)
{
    const char *name = p + 2;
    size_t length = strspn(name, NAME_CHARS);
    const char *after = name + length, *close = strchr(after, '}');
    bool has_default = strncmp(after, ":-", 2) == 0;
    if (length == 0 || (*name >= '0' && *name <= '9') || !close ||
        (close != after && !has_default)) {
        cyn_report(l, CYN_E_SYNTAX, node, "a '${' that is no ${VAR} or ${VAR:-default}");
        cyn_finding_hint(l->findings, "Write '$${' for a literal '${'.");
        return NULL;
    }
    char *variable = cyn_strndup(l->arena, name, length);
    if (!variable) {
        cyn_out_of_memory(l);
        return NULL;
    }
    const char *value = getenv(variable);
    if (has_default && (!value || !*value)) {
        cyn_buf_add(b, after + 2, (size_t)(close - after) - 2);
    } else if (value) {
        cyn_buf_puts(b, value);
    } else {
        environment_fails(
            l, node, problem,
            cyn_sprintf(l->arena, "the environment variable %s is not set", variable));
        if (!problem)
            cyn_finding_hint(l->findings, "Set it, or give a default: ${%s:-default}.", variable);
        return NULL;
    }
    return close + 1;
}

static const char *expand(cyn_loading *l, const cyn_node *node, const char **problem)
{
    cyn_buf b = {0};
    const char *p = node->text;
    while (p && *p) {
        if (strncmp(p, "$${", 3) == 0) {
            cyn_buf_puts(&b, "${");
            p += 3;
        } else if (strncmp(p, "${", 2) == 0) {
            p = expand_one(l, node, p, &b, problem);
        } else {
            cyn_buf_putc(&b, *p++);
        }
    }
    const char *out = NULL;
    if (p && b.len == 0 && problem) {
        environment_fails(l, node, problem, "empty once its variables are replaced");
    } else if (p && b.len == 0) {
        cyn_report(l, CYN_E_RANGE, node, "empty once its variables are replaced");
    } else if (p) {
        out = b.failed ? NULL : cyn_strndup(l->arena, b.data, b.len);
        if (!out) cyn_out_of_memory(l);
    }
    cyn_buf_clear(&b);
    return out;
}

const char *cyn_expand(cyn_loading *l, const cyn_node *node)
{
    return expand(l, node, NULL);
}

const char *cyn_expand_lazily(cyn_loading *l, const cyn_node *node, const char **problem)
{
    const char *wrong = NULL, *out = expand(l, node, &wrong);
    for (const char *p = out; p && *p; p++)
        if (cyn_control_size(p, strlen(p)))
            wrong = "a control character once its variables are replaced";
    if (wrong && !*problem) *problem = wrong;
    return wrong ? node->text : out;
}
