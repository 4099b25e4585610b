/* The budgets of scripts: durations, sizes, counts. */
#include "base/time.h"
#include "config/leaf_impl.h"
#include <string.h>

typedef struct unit {
    const char *name;
    int64_t factor;
} unit;

static bool set_limit(void *out, const cyn_node *node, int64_t value)
{
    *(cyn_config_limit *)out = (cyn_config_limit){.value = value, .line = node->line};
    return true;
}

/* One to six digits, the first of which is no zero, and a unit. */
static bool read_with_unit(cyn_loading *l, const cyn_shape *shape, const cyn_node *node,
                           const unit *units, void *out)
{
    int64_t value = 0;
    const char *at = cyn_node_is_text(node) ? node->text : "";
    size_t digits = strspn(at, "0123456789");
    for (size_t i = 0; i < digits && i < 6; i++)
        value = 10 * value + (at[i] - '0');
    if (digits >= 1 && digits <= 6 && at[0] != '0')
        for (; units->name; units++)
            if (strcmp(at + digits, units->name) == 0)
                return set_limit(out, node, value * units->factor);
    return cyn_report_expected(l, shape->expected, node);
}

static bool read_time(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    static const unit units[] = {
        {"ms", CYN_SECOND / 1000}, {"s", CYN_SECOND}, {"m", 60 * CYN_SECOND}, {NULL, 0}};
    return read_with_unit(l, shape, node, units, out);
}

const cyn_shape cyn_leaf_time_limit = {
    .expected = "a duration in ms, s or m, such as 10s",
    .read = read_time,
    .schema = "\"type\":\"string\",\"pattern\":\"^[1-9][0-9]{0,5}(ms|s|m)$\""};

static bool read_size(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    static const unit units[] = {{"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
    return read_with_unit(l, shape, node, units, out);
}

const cyn_shape cyn_leaf_size_limit = {
    .expected = "a size in M or G, such as 256M",
    .read = read_size,
    .schema = "\"type\":\"string\",\"pattern\":\"^[1-9][0-9]{0,5}[MG]$\""};

static bool read_count(cyn_loading *l, const cyn_shape *shape, const cyn_node *node, void *out)
{
    double value;
    if (node->kind == CYN_NODE_SCALAR && cyn_scalar_number(node, &value) && value >= 1 &&
        value <= 1e15 && value == (double)(int64_t)value)
        return set_limit(out, node, (int64_t)value);
    return cyn_report_expected(l, shape->expected, node);
}

const cyn_shape cyn_leaf_count_limit = {
    .expected = "a whole number from 1 to 1000000000000000",
    .read = read_count,
    .schema = "\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000000000000"};
