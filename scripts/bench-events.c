/* Makes the event log of scripts/bench, or texts that are all different.
 *
 *     bench-events ROWS > events.csv
 *     bench-events ROWS ndjson > events.ndjson
 *     bench-events ROWS ids > ids.csv
 *
 * One year of an app's events (2025-11-17 … 2026-11-15, UTC), in the order of time, twelve columns.
 * Every fortieth row is a signup; the other rows belong to somebody who signed up before, most
 * often lately. Integers only, so the same bytes on every machine.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS       (52 * 7 * 86400)
#define ROWS_PER_USER 40

static const struct {
    const char *name;
    bool quoted; /* in JSON */
} fields[] = {{"time", true},    {"user_id", true}, {"event", true},     {"channel", true},
              {"plan", true},    {"country", true}, {"platform", true},  {"version", true},
              {"session", true}, {"amount", false}, {"duration", false}, {"text", true}};
#define NFIELDS (sizeof fields / sizeof *fields)
static const char *const channels[] = {"organic", "ads", "friend", "school"};
static const char *const plans[] = {"free", "free", "free", "monthly", "yearly"};
static const char *const countries[] = {"JP", "JP", "JP", "JP", "TW", "KR", "US", "DE"};
static const char *const platforms[] = {"ios", "android", "web"};
static const struct {
    const char *csv, *json;
} texts[] = {[0] = {"ok", "ok"},
             [3] = {"next one", "next one"},
             [5] = {"\"so, again\"", "so, again"},
             [7] = {"done", "done"},
             [10] = {"\"a \"\"quoted\"\" word\"", "a \\\"quoted\\\" word"},
             [14] = {"well", "well"},
             [15] = {0}};
static bool json;
static const struct {
    const char *name;
    uint32_t percent; /* of the rows that are no signup, with those before it */
} kinds[] = {{"lesson_start", 38}, {"lesson_done", 70}, {"view", 88},
             {"share", 93},        {"aha_action", 97},  {"purchase", 100}};

/* PCG32, as in pcg32.py. */
static uint64_t state;

static uint32_t next(void)
{
    uint64_t old = state;
    state = old * 6364136223846793005u + 1442695040888963407u;
    uint32_t mixed = (uint32_t)((old >> 18 ^ old) >> 27), turn = (uint32_t)(old >> 59);
    return mixed >> turn | mixed << (-turn & 31);
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)((uint64_t)next() * n >> 32);
}

/* Somebody among `users`: with x even in [0, 1), the one at x³ from the newest to the oldest. */
static uint32_t somebody(uint32_t users)
{
    uint64_t x = next(), cube = (x * x >> 32) * x >> 32;
    return users - 1 - (uint32_t)(cube * users >> 32);
}

static char *put(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

static char *digits(char *at, uint64_t value, int width)
{
    for (int i = width; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + width;
}

/* What stands before the value of a field, and behind it. */
static char *open_field(char *at, size_t field)
{
    if (!json) return field > 0 ? put(at, ",") : at;
    at = put(put(put(at, field > 0 ? ",\"" : "{\""), fields[field].name), "\":");
    return fields[field].quoted ? put(at, "\"") : at;
}

static char *close_field(char *at, size_t field)
{
    return json && fields[field].quoted ? put(at, "\"") : at;
}

static char *put_field(char *at, size_t field, const char *value)
{
    return close_field(put(open_field(at, field), value), field);
}

/* An empty cell, or no member at all. */
static char *skip_field(char *at)
{
    return json ? at : put(at, ",");
}

static char *number(char *at, uint64_t value)
{
    int width = 1;
    for (uint64_t rest = value; rest >= 10; rest /= 10)
        width++;
    return digits(at, value, width);
}

/* 2025-11-17 and the seconds after it; days are walked, as they only go up. */
static char *put_time(char *at, uint32_t seconds)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static uint32_t days, year = 2025, month = 11, day = 17;
    for (; days < seconds / 86400; days++)
        if (day++ == lengths[month - 1]) {
            day = 1;
            if (month++ == 12) month = 1, year++;
        }
    uint32_t second = seconds % 86400;
    at = put(digits(at, year, 4), "-");
    at = put(digits(at, month, 2), "-");
    at = put(digits(at, day, 2), " ");
    at = put(digits(at, second / 3600, 2), ":");
    at = put(digits(at, second / 60 % 60, 2), ":");
    return digits(at, second % 60, 2);
}

static char *put_row(char *at, uint64_t row, uint64_t rows, uint32_t *users)
{
    bool signup = row % ROWS_PER_USER == 0;
    uint32_t user = signup ? (*users)++ : somebody(*users);
    uint32_t traits = user * 2654435761u; /* what never changes about somebody */
    uint32_t dice = below(100);
    size_t kind = 0;
    while (dice >= kinds[kind].percent)
        kind++;
    bool purchase = !signup && strcmp(kinds[kind].name, "purchase") == 0;

    at = put_time(open_field(at, 0), (uint32_t)(row * SECONDS / rows));
    at = close_field(at, 0);
    at = close_field(digits(put(open_field(at, 1), "u"), user, 8), 1);
    at = put_field(at, 2, signup ? "signup" : kinds[kind].name);
    at = put_field(at, 3, channels[traits >> 8 & 3]);
    at = put_field(at, 4, plans[(traits >> 12 & 255) % 5]);
    at = put_field(at, 5, countries[traits >> 20 & 7]);
    at = put_field(at, 6, platforms[(traits >> 24 & 63) % 3]);
    at = number(put(open_field(at, 7), "4."), row * 12 / rows);
    at = close_field(number(put(at, "."), dice & 3), 7);
    at = close_field(digits(put(open_field(at, 8), "s"), row / 7, 8), 8);
    if (purchase) {
        uint32_t cents = 300 + below(9000);
        at = digits(put(number(open_field(at, 9), cents / 100), "."), cents % 100, 2);
    } else {
        at = skip_field(at);
    }
    if (!signup) { /* up to an hour, most of them short */
        uint32_t ms = (uint32_t)((uint64_t)below(60000) * below(60000) / 1000);
        at = digits(put(number(open_field(at, 10), ms / 1000), "."), ms % 1000, 3);
    } else {
        at = skip_field(at);
    }
    size_t text = next() >> 28;
    if (texts[text].csv)
        at = put_field(at, 11, json ? texts[text].json : texts[text].csv);
    else
        at = skip_field(at);
    return put(at, json ? "}\n" : "\n");
}

/* Multiplying by an odd number never gives one result twice. */
static char *put_id(char *at, uint64_t row)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t mixed = row * UINT64_C(0x9e3779b97f4a7c15);
    for (int shift = 60; shift >= 0; shift -= 4)
        *at++ = hex[mixed >> shift & 15];
    return put(at, "\n");
}

static char *put_header(char *at, bool ids)
{
    if (ids) return put(at, "id\n");
    for (size_t i = 0; i < NFIELDS && !json; i++)
        at = put(put(at, i > 0 ? "," : ""), fields[i].name);
    return json ? at : put(at, "\n");
}

int main(int argc, char **argv)
{
    static char buffer[1 << 16];
    uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    bool ids = argc == 3 && strcmp(argv[2], "ids") == 0;
    json = argc == 3 && strcmp(argv[2], "ndjson") == 0;
    if (rows == 0 || rows / ROWS_PER_USER > 99999999 || argc > 3 || (argc == 3 && !ids && !json)) {
        fprintf(stderr, "usage: bench-events ROWS [ndjson | ids]\n");
        return 2;
    }
    state = rows;
    uint32_t users = 0;
    char *at = put_header(buffer, ids);
    for (uint64_t row = 0; row < rows; row++) {
        at = ids ? put_id(at, row) : put_row(at, row, rows, &users);
        if (at - buffer < (ptrdiff_t)(sizeof buffer - 512)) continue;
        if (fwrite(buffer, 1, (size_t)(at - buffer), stdout) != (size_t)(at - buffer)) return 1;
        at = buffer;
    }
    bool written = fwrite(buffer, 1, (size_t)(at - buffer), stdout) == (size_t)(at - buffer);
    return written && fflush(stdout) == 0 ? 0 : 1;
}
