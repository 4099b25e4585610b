#include "base/length.h"
#include "base/time.h"

void cyn_length_put(int64_t micros, cyn_length_look look, bool ja, cyn_buf *out)
{
    static const struct {
        int64_t size;
        const char *en[3], *ja;
    } units[] = {{CYN_DAY, {"d", "d", " d"}, "日"},
                 {CYN_HOUR, {"h", "h", " h"}, "時間"},
                 {CYN_MINUTE, {"m", "m", " min"}, "分"},
                 {CYN_SECOND, {"s", "s", " s"}, "秒"}};
    enum { UNITS = sizeof units / sizeof *units };
    const bool whole = look == CYN_LENGTH_WHOLE;
    size_t first = 0;
    if (micros < 0) micros = 0;
    while (first + 1 < UNITS && micros < units[first].size)
        first++;
    const size_t end = whole || first + 2 > UNITS ? UNITS : first + 2;
    for (size_t i = first; i < end; i++) {
        const int64_t n = micros / units[i].size;
        micros %= units[i].size;
        if (i > first && n == 0) continue;
        cyn_buf_printf(out, "%s%lld%s", i > first && !whole && !ja ? " " : "", (long long)n,
                       ja ? units[i].ja : units[i].en[look]);
    }
}
