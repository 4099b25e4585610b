/* Cron expressions and durations, as they stand in YAML: "INSTANT\nTEXT". What is accepted has its
 * times in order, the same in both directions, and none between two neighbours. */
#include "base/period.h"
#include "promise.h"
#include "sched/timetable.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const zones[] = {"Australia/Lord_Howe", "America/New_York", "Pacific/Apia"};
#define NZONES (sizeof zones / sizeof *zones)

static const cyn_tz *zone(size_t i)
{
    static cyn_tz *loaded[NZONES]; /* for as long as the process runs */
    cyn_err err;
    if (i >= NZONES) return NULL;
    if (!loaded[i] && cyn_tz_load(zones[i], &loaded[i], &err) != CYN_OK) return NULL;
    return loaded[i];
}

static void walk(const cyn_timetable *t, int64_t instant)
{
    int64_t before = cyn_timetable_at(t, instant);
    PROMISE(before <= instant);
    for (int i = 0; i < 20; i++) {
        int64_t next = cyn_timetable_after(t, instant);
        PROMISE(next > instant && (before == CYN_SLOT_NONE || next > before));
        if (next == CYN_SLOT_END) return;
        PROMISE(cyn_timetable_at(t, next) == next);
        PROMISE(cyn_timetable_at(t, next - 1) == before);
        PROMISE(t->kind != CYN_TIMETABLE_CRON || next % CYN_SECOND == 0);
        before = instant = next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *end;
    int64_t instant = 0;
    if (!text) return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    end = memchr(text, '\n', size);
    if (end) *end = '\0';
    if (!cyn_parse_instant(text, strlen(text), NULL, &instant)) instant = 0;
    for (size_t i = 0; i <= NZONES; i++) {
        cyn_timetable t;
        cyn_err err = {0};
        if (cyn_timetable_parse(end ? end + 1 : text, zone(i), 1, &t, &err) == CYN_OK)
            walk(&t, instant);
        else
            PROMISE(err.message[0] != '\0');
    }
    free(text);
    return 0;
}
