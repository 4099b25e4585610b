#include "report/report_impl.h"

#define LEVELS 8

static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const ascii_blocks[LEVELS] = {"_", ".", ",", "-", "~", "=", "*", "#"};

/* Eight equal bands between the least and the greatest value. Halves keep their difference finite.
 */
static int level(double x, double lo, double hi)
{
    double span = hi / 2 - lo / 2;
    if (!(span > 0)) return LEVELS / 2 - 1;
    int at = (int)((x / 2 - lo / 2) / span * LEVELS);
    return at < LEVELS ? at : LEVELS - 1;
}

void cyn_sparkline(const cyn_num *values, size_t n, bool ascii, cyn_buf *out)
{
    double lo = 0, hi = 0;
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (cyn_num_is_missing(values[i])) continue;
        double x = cyn_num_double(values[i]);
        lo = any && lo < x ? lo : x;
        hi = any && hi > x ? hi : x;
        any = true;
    }
    for (size_t i = 0; any && i < n; i++) {
        if (cyn_num_is_missing(values[i]))
            cyn_buf_putc(out, ' ');
        else
            cyn_buf_puts(out,
                         (ascii ? ascii_blocks : blocks)[level(cyn_num_double(values[i]), lo, hi)]);
    }
}
