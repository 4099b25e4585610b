#include "config/expand.h"
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"

/* Reads "${…}" at p, adds its value to b, and returns what follows; NULL after reporting. */
static const char *expand_one(cyn_loading *l, const cyn_node *node, const char *p, cyn_buf *b)
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
        cyn_report(l, CYN_E_NAME, node, "the environment variable %s is not set", variable);
        cyn_finding_hint(l->findings, "Set it, or give a default: ${%s:-default}.", variable);
        return NULL;
    }
    return close + 1;
}

const char *cyn_expand(cyn_loading *l, const cyn_node *node)
{
    cyn_buf b = {0};
    const char *p = node->text;
    while (p && *p) {
        if (strncmp(p, "$${", 3) == 0) {
            cyn_buf_puts(&b, "${");
            p += 3;
        } else if (strncmp(p, "${", 2) == 0) {
            p = expand_one(l, node, p, &b);
        } else {
            cyn_buf_putc(&b, *p++);
        }
    }
    const char *out = NULL;
    if (p && b.len == 0) {
        cyn_report(l, CYN_E_RANGE, node, "empty once its variables are replaced");
    } else if (p) {
        out = b.failed ? NULL : cyn_strndup(l->arena, b.data, b.len);
        if (!out) cyn_out_of_memory(l);
    }
    cyn_buf_clear(&b);
    return out;
}
