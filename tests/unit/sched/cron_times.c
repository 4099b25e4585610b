/* The times of cron expressions, for tests/golden/cron/agree.py to hold against others.
 *
 * Reads lines "zone|from|until|expression" from standard input, seconds since 1970, and answers
 * each with a line: the times in [from, until) as the search forwards finds them, a bar, and the
 * same as the search backwards does, oldest first; or "error: …". At most MOST of each.
 */
#include "sched/cron.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 100000

static int64_t found[MOST];

static void print_from(const cyn_cron *c, int64_t from, int64_t until)
{
    int64_t t = cyn_cron_after(c, from - 1);
    for (int n = 0; t < until && n < MOST; n++, t = cyn_cron_after(c, t))
        printf("%lld ", (long long)(t / CYN_SECOND));
}

static void print_to(const cyn_cron *c, int64_t from, int64_t until)
{
    int n = 0;
    int64_t t = cyn_cron_at(c, until - 1);
    for (; t >= from && n < MOST; t = cyn_cron_at(c, t - 1))
        found[n++] = t;
    while (n-- > 0)
        printf(" %lld", (long long)(found[n] / CYN_SECOND));
}

static void answer(const char *zone, int64_t from, int64_t until, const char *expression)
{
    cyn_tz *tz = NULL;
    cyn_cron c;
    cyn_err err = {0};
    cyn_code rc = cyn_tz_load(zone, &tz, &err);
    if (rc == CYN_OK) rc = cyn_cron_parse(expression, strlen(expression), tz, &c, &err);
    if (rc == CYN_OK) {
        print_from(&c, from * CYN_SECOND, until * CYN_SECOND);
        putchar('|');
        print_to(&c, from * CYN_SECOND, until * CYN_SECOND);
        putchar('\n');
    } else {
        printf("error: %s\n", err.message);
    }
    cyn_tz_free(tz);
}

int main(void)
{
    char line[1024];
    while (fgets(line, sizeof line, stdin)) {
        char *save = NULL, *zone = strtok_r(line, "|\n", &save);
        char *from = strtok_r(NULL, "|", &save), *until = strtok_r(NULL, "|", &save);
        char *expression = strtok_r(NULL, "\n", &save);
        if (!zone || !from || !until || !expression) return 2;
        answer(zone, atoll(from), atoll(until), expression);
        fflush(stdout);
    }
    return 0;
}
