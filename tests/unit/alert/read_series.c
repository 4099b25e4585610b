/* Readings of series of days, for test_readings.py: a line of standard input is a reading and a
 * segment's values, oldest first, `nan` where one is missing; its answer is a line, what is read at
 * the last day. */
#include "series_rows.h"

#define MOST_VALUES 512

static double answer(const char *name, const double *values, size_t n, const cyn_tz *tz)
{
    rows r;
    rows_init(&r, tz, (cyn_grain){CYN_DAILY, 1}, 20000 * CYN_DAY, n, 1);
    for (size_t i = 0; i < n; i++)
        *rows_value(&r, i, 0) = values[i];
    double out = read_last(&r, name);
    rows_clear(&r);
    return out;
}

int main(void)
{
    static char line[32768];
    static double values[MOST_VALUES];
    cyn_tz *tz;
    if (cyn_tz_load("UTC", &tz, NULL) != CYN_OK) return 1;
    while (fgets(line, sizeof line, stdin)) {
        char *from = strchr(line, ' '), *at;
        size_t n = 0;
        if (!from) return 1;
        *from++ = '\0';
        for (double x = strtod(from, &at); at != from && n < MOST_VALUES; x = strtod(from, &at)) {
            values[n++] = x;
            from = at;
        }
        printf("%.17g\n", answer(line, values, n, tz));
    }
    cyn_tz_free(tz);
    return test_failed_here;
}
