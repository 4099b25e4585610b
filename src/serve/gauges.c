#include "serve/gauges.h"
#include "base/arena.h"
#include "base/num.h"
#include "base/time.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Upper bounds in microseconds. One set for all: from a request (milliseconds) over an evaluation
 * (seconds) to lateness after a stop (hours), three steps or so per power of ten where most fall.
 */
static const int64_t bounds[] = {
    1000,
    2500,
    5000,
    10000,
    25000,
    50000,
    100000,
    250000,
    500000,
    CYN_SECOND,
    2500000,
    5 * CYN_SECOND,
    10 * CYN_SECOND,
    30 * CYN_SECOND,
    CYN_MINUTE,
    5 * CYN_MINUTE,
    15 * CYN_MINUTE,
    CYN_HOUR,
    4 * CYN_HOUR,
};
enum { BOUNDS = sizeof bounds / sizeof *bounds };

typedef struct histogram {
    atomic_uint_least64_t buckets[BOUNDS + 1]; /* not cumulative; the last: beyond all bounds */
    atomic_int_least64_t micros;               /* sum */
} histogram;

struct cyn_gauges {
    atomic_int_least64_t values[CYN_GAUGES];
    histogram histograms[CYN_HISTOGRAMS];
};

typedef struct family {
    const char *name, *help;
} family;

/* Counters come first in the enum; the type is told by the name. */
static const family families[CYN_GAUGES] = {
    [CYN_COUNT_EVALUATIONS] = {"cynosure_evaluations_total",
                               "Periods of metrics that were evaluated."},
    [CYN_COUNT_EVALUATION_FAILURES] = {"cynosure_evaluation_failures_total",
                                       "Evaluations of metrics that failed."},
    [CYN_COUNT_RULE_EVALUATIONS] = {"cynosure_rule_evaluations_total",
                                    "Evaluations of alert rules."},
    [CYN_COUNT_RULE_FAILURES] = {"cynosure_rule_evaluation_failures_total",
                                 "Evaluations of alert rules that failed."},
    [CYN_COUNT_RULE_MISSED] = {"cynosure_rule_slots_missed_total",
                               "Slots of alert rules that passed without an evaluation."},
    [CYN_COUNT_SCRIPT_ERRORS] = {"cynosure_script_errors_total",
                                 "Errors that scripts raised, budgets they overran included."},
    [CYN_COUNT_LOADS] = {"cynosure_loads_total", "Sources that were loaded."},
    [CYN_COUNT_LOAD_FAILURES] = {"cynosure_load_failures_total",
                                 "Sources that could not be loaded."},
    [CYN_COUNT_ROWS] = {"cynosure_loaded_rows_total", "Rows that were loaded."},
    [CYN_COUNT_BYTES] = {"cynosure_loaded_bytes_total", "Bytes of inputs that were loaded."},
    [CYN_COUNT_BAD_ROWS] = {"cynosure_rejected_rows_total",
                            "Rows that were rejected, with a line in the load report."},
    [CYN_COUNT_RESTATED] = {"cynosure_values_restated_total",
                            "Values that said something else before."},
    [CYN_COUNT_SENT] = {"cynosure_messages_sent_total", "Messages that were delivered."},
    [CYN_COUNT_SEND_FAILURES] = {"cynosure_message_failures_total",
                                 "Attempts to deliver a message that failed."},
    [CYN_COUNT_DEAD] = {"cynosure_messages_dead_total", "Messages that were given up."},
    [CYN_COUNT_RELOADS] = {"cynosure_reloads_total", "Reloads of the project."},
    [CYN_COUNT_RELOAD_FAILURES] = {"cynosure_reload_failures_total",
                                   "Reloads that were refused; the old project went on."},
    [CYN_COUNT_REQUESTS] = {"cynosure_http_requests_total", "Requests that were answered."},
    [CYN_COUNT_REQUEST_ERRORS] = {"cynosure_http_request_errors_total",
                                  "Requests that were answered with a status of 400 or above."},
    [CYN_COUNT_STATE_FAILURES] = {"cynosure_state_failures_total",
                                  "Times that the state could not be read or written."},
    [CYN_GAUGE_QUEUE_METRICS] = {"cynosure_queue_metrics",
                                 "Metrics that are due and were not evaluated yet."},
    [CYN_GAUGE_QUEUE_SLOW_METRICS] = {"cynosure_queue_slow_metrics",
                                      "The same, of those that take long."},
    [CYN_GAUGE_QUEUE_MESSAGES] = {"cynosure_queue_messages", "Messages that wait to be delivered."},
    [CYN_GAUGE_FIRING] = {"cynosure_alerts_firing", "Alerts that fire."},
    [CYN_GAUGE_PENDING] = {"cynosure_alerts_pending",
                           "Alerts whose condition holds, but not long enough yet."},
    [CYN_GAUGE_QUARANTINED] = {"cynosure_metrics_quarantined",
                               "Metrics that failed several times in a row."},
    [CYN_GAUGE_QUARANTINED_RULES] = {"cynosure_rules_quarantined",
                                     "Rules that were stopped several times in a row, with "
                                     "those of their bundles."},
    [CYN_GAUGE_SLOW_METRICS] = {"cynosure_metrics_slow",
                                "Metrics in a lane of their own, because their scripts take long."},
    [CYN_GAUGE_LAST_RELOAD_OK] = {"cynosure_last_reload_successful",
                                  "Whether the last load of the project was accepted."},
    [CYN_GAUGE_LAST_RELOAD] = {"cynosure_last_reload_timestamp_seconds",
                               "When the project was last loaded."},
    [CYN_GAUGE_STARTED] = {"cynosure_start_timestamp_seconds", "When the daemon started."},
};

static const family histogram_families[CYN_HISTOGRAMS] = {
    [CYN_SECONDS_EVALUATION] = {"cynosure_evaluation_duration_seconds",
                                "How long a batch of metrics took to evaluate."},
    [CYN_SECONDS_LATENESS] = {"cynosure_evaluation_lateness_seconds",
                              "How long after it was due a batch of metrics was begun."},
    [CYN_SECONDS_SLOW_LATENESS] = {"cynosure_slow_evaluation_lateness_seconds",
                                   "The same, of those that take long."},
    [CYN_SECONDS_RULES] = {"cynosure_rule_evaluation_duration_seconds",
                           "How long a round of alert rules took to evaluate."},
    [CYN_SECONDS_RULE_LATENESS] = {"cynosure_rule_evaluation_lateness_seconds",
                                   "How long after its slot a rule was evaluated."},
    [CYN_SECONDS_SLOW_RULE_LATENESS] = {"cynosure_slow_rule_evaluation_lateness_seconds",
                                        "The same, of those that take long."},
    [CYN_SECONDS_LOAD] = {"cynosure_load_duration_seconds", "How long loading the sources took."},
    [CYN_SECONDS_DELIVERY] = {"cynosure_delivery_duration_seconds",
                              "How long an attempt to deliver a message took."},
    [CYN_SECONDS_REQUEST] = {"cynosure_http_request_duration_seconds",
                             "How long a request took to answer."},
};

cyn_gauges *cyn_gauges_new(void)
{
    return cyn_calloc(1, sizeof(cyn_gauges)); /* zero is what these atomics begin with */
}

void cyn_gauges_free(cyn_gauges *g)
{
    cyn_free(g);
}

/* Nothing is ordered by these numbers, so that relaxed will do. */

void cyn_gauges_add(cyn_gauges *g, cyn_gauge which, int64_t n)
{
    atomic_fetch_add_explicit(&g->values[which], n, memory_order_relaxed);
}

void cyn_gauges_set(cyn_gauges *g, cyn_gauge which, int64_t value)
{
    atomic_store_explicit(&g->values[which], value, memory_order_relaxed);
}

int64_t cyn_gauges_get(const cyn_gauges *g, cyn_gauge which)
{
    return atomic_load_explicit(&g->values[which], memory_order_relaxed);
}

/* A clock that was set back gives less than nothing; it counts as nothing. */
void cyn_gauges_observe(cyn_gauges *g, cyn_histogram which, int64_t micros)
{
    if (micros < 0) micros = 0;
    size_t i = 0;
    while (i < BOUNDS && micros > bounds[i])
        i++;
    histogram *h = &g->histograms[which];
    atomic_fetch_add_explicit(&h->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->micros, micros, memory_order_relaxed);
}

/* Cumulative counts, of one look at the buckets: so they never contradict each other. */
static uint64_t accumulate(const histogram *h, uint64_t out[BOUNDS + 1])
{
    uint64_t total = 0;
    for (size_t i = 0; i <= BOUNDS; i++)
        out[i] = total += atomic_load_explicit(&h->buckets[i], memory_order_relaxed);
    return total;
}

double cyn_gauges_quantile(const cyn_gauges *g, cyn_histogram which, double q)
{
    uint64_t counts[BOUNDS + 1];
    uint64_t total = accumulate(&g->histograms[which], counts);
    if (total == 0) return -1;
    for (size_t i = 0; i < BOUNDS; i++)
        if ((double)counts[i] >= q * (double)total) return (double)bounds[i] / CYN_SECOND;
    return INFINITY;
}

/* ---- text ---- */

static void put_head(cyn_buf *out, const char *name, const char *help, const char *type)
{
    cyn_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_value(cyn_buf *out, const char *name, const char *help, const char *type,
                      double value)
{
    put_head(out, name, help, type);
    cyn_buf_printf(out, "%s ", name);
    cyn_buf_real(out, value);
    cyn_buf_putc(out, '\n');
}

static bool is_counter(const char *name)
{
    static const char end[] = "_total";
    size_t n = strlen(name), m = sizeof end - 1;
    return n > m && strcmp(name + n - m, end) == 0;
}

static void put_histogram(const histogram *h, const family *f, cyn_buf *out)
{
    uint64_t counts[BOUNDS + 1];
    uint64_t total = accumulate(h, counts);
    int64_t micros = atomic_load_explicit(&h->micros, memory_order_relaxed);
    put_head(out, f->name, f->help, "histogram");
    for (size_t i = 0; i < BOUNDS; i++) {
        cyn_buf_printf(out, "%s_bucket{le=\"", f->name);
        cyn_buf_real(out, (double)bounds[i] / CYN_SECOND);
        cyn_buf_printf(out, "\"} %llu\n", (unsigned long long)counts[i]);
    }
    cyn_buf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum ", f->name, (unsigned long long)total,
                   f->name);
    cyn_buf_real(out, (double)micros / CYN_SECOND);
    cyn_buf_printf(out, "\n%s_count %llu\n", f->name, (unsigned long long)total);
}

/* The n-th number, from 1, of /proc/self/stat; the name in front may hold blanks and ')'. */
static bool stat_field(const char *text, int n, int64_t *out)
{
    const char *p = strrchr(text, ')');
    for (int field = 2; p && field < n; field++) {
        p = strchr(p, ' ');
        if (p) p++;
    }
    return p && cyn_parse_integer(p, strcspn(p, " \n"), out);
}

static bool read_text(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(out, 1, size - 1, f) : 0;
    if (f) fclose(f);
    out[n] = '\0';
    return n > 0;
}

/* Time of the boot, in seconds since 1970: the line "btime …" of /proc/stat. */
static bool boot_time(int64_t *out)
{
    FILE *f = fopen("/proc/stat", "re");
    char *line = NULL;
    size_t room = 0;
    bool found = false;
    while (f && !found && getline(&line, &room, f) > 0)
        if (strncmp(line, "btime ", 6) == 0)
            found = cyn_parse_integer(line + 6, strcspn(line + 6, "\n"), out);
    free(line);
    if (f) fclose(f);
    return found;
}

static int64_t open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    if (!d) return -1;
    int64_t n = -1; /* without the one that is reading */
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

/* What Prometheus's own libraries say of a process, under the same names. What the system does not
 * tell is left out. */
static void put_process(cyn_buf *out)
{
    char text[2048];
    int64_t pages = 0, bytes = 0, ticks = 0, boot = 0;
    struct timespec used;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0)
        put_value(out, "process_cpu_seconds_total", "CPU time of the daemon, its scripts aside.",
                  "counter", (double)used.tv_sec + (double)used.tv_nsec / 1e9);
    if (read_text("/proc/self/stat", text, sizeof text)) {
        if (stat_field(text, 24, &pages))
            put_value(out, "process_resident_memory_bytes", "Resident memory of the daemon.",
                      "gauge", (double)pages * (double)sysconf(_SC_PAGESIZE));
        if (stat_field(text, 23, &bytes))
            put_value(out, "process_virtual_memory_bytes", "Virtual memory of the daemon.", "gauge",
                      (double)bytes);
        if (stat_field(text, 22, &ticks) && boot_time(&boot))
            put_value(out, "process_start_time_seconds", "When the process started.", "gauge",
                      (double)boot + (double)ticks / (double)sysconf(_SC_CLK_TCK));
    }
    int64_t files = open_files();
    struct rlimit limit;
    if (files >= 0)
        put_value(out, "process_open_fds", "Open file descriptors.", "gauge", (double)files);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        put_value(out, "process_max_fds", "How many file descriptors may be open.", "gauge",
                  (double)limit.rlim_cur);
}

void cyn_gauges_write(const cyn_gauges *g, cyn_buf *out)
{
    put_head(out, "cynosure_build_info", "The program that answers.", "gauge");
    cyn_buf_printf(out, "cynosure_build_info{version=\"%s\"} 1\n", CYN_VERSION);
    for (int i = 0; i < CYN_GAUGES; i++)
        put_value(out, families[i].name, families[i].help,
                  is_counter(families[i].name) ? "counter" : "gauge",
                  (double)cyn_gauges_get(g, (cyn_gauge)i));
    for (int i = 0; i < CYN_HISTOGRAMS; i++)
        put_histogram(&g->histograms[i], &histogram_families[i], out);
    put_process(out);
}
