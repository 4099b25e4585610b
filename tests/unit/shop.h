/* A small project in a folder of its own under $TMPDIR, with numbers that can be added up by hand:
 *
 *     week       ads                seo              orders   revenue
 *     2025-W44   100                –                1        100
 *     2025-W45   200, 50            30               3        280
 *     2025-W46   –                  70               1         70       now: Thursday of this week
 */
#pragma once
#include "live/opened.h"
#include "store/alerts.h"
#include "test.h"
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHOP_NOW INT64_C(1762995600000000) /* 2025-11-13 10:00 in Tokyo: a Thursday */

static char shop[256];

static inline void shop_write(const char *name, const char *text)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", shop, name);
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static const char shop_orders[] = "time,channel,amount\n"
                                  "2025-10-28 10:00:00,ads,100\n"
                                  "2025-11-04 09:00:00,ads,200\n"
                                  "2025-11-05 09:00:00,ads,50\n"
                                  "2025-11-09 23:59:59,seo,30\n"
                                  "2025-11-11 09:00:00,seo,70\n";

static const char shop_metrics[] =
    "local orders = source 'orders'\n"
    "nsm 'revenue' { value = orders:sum 'amount', identity = 'orders * basket' }\n"
    "metric 'orders' { value = orders:count() }\n"
    "metric 'basket' { value = orders:mean 'amount' }\n"
    "metric 'broken' { value = orders:sum(function(r) error 'it is broken' end) }\n";

static inline void shop_make(void)
{
    const char *tmp = getenv("TMPDIR");
    char path[300];
    snprintf(shop, sizeof shop, "%s/cyn-shop-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(shop)) {
        perror(shop);
        exit(1);
    }
    snprintf(path, sizeof path, "%s/metrics", shop);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/alerts", shop);
    mkdir(path, 0777);
    shop_write("cynosure.yaml", "name: Shop\n"
                                "timezone: Asia/Tokyo\n"
                                "grain: week\n"
                                "as_of: 2025-11-13T10:00:00+09:00\n"
                                "schedule: { by: [channel] }\n"
                                "annotations:\n"
                                "  - { at: 2025-11-05, text: New prices }\n"
                                "  - { at: 2025-10-30, text: Ads began, metrics: [orders] }\n"
                                "sources:\n"
                                "  orders: { type: csv, path: orders.csv, time: time,"
                                " dimensions: [channel] }\n");
    shop_write("kpis.yaml", "metrics:\n"
                            "  revenue:\n"
                            "    title: { en: Revenue, ja: 売上 }\n"
                            "    unit: JPY\n"
                            "    target: 250\n"
                            "    direction: up\n"
                            "    thresholds: { green: 250, yellow: 200 }\n");
    shop_write("metrics/shop.lua", shop_metrics);
    shop_write("alerts/shop.lua", "alert 'few_orders' { metric = 'orders', by = { 'channel' },"
                                  " every = '1h', when = 'value < 2' }\n");
    shop_write("orders.csv", shop_orders);
}

static inline int shop_remove_one(const char *name, const struct stat *info, int kind,
                                  struct FTW *ftw)
{
    (void)info, (void)kind, (void)ftw;
    return remove(name);
}

static inline void shop_remove(void)
{
    nftw(shop, shop_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline cyn_opened *shop_open(void)
{
    cyn_opened *o = NULL;
    cyn_err err = {0};
    const cyn_open_options options = {0};
    if (cyn_open(shop, &options, &o, &err) != CYN_OK) {
        printf("Bail out! %s:%d: %s\n", err.file, err.line, err.message);
        exit(1);
    }
    for (size_t i = 0; i < o->findings.count; i++)
        printf("# %s:%d: %s\n", o->findings.items[i].file, o->findings.items[i].line,
               o->findings.items[i].message);
    return o;
}

static inline cyn_dataset *shop_data(const cyn_opened *o)
{
    cyn_dataset *d = NULL;
    if (cyn_dataset_new(o->project, NULL, &d, NULL) != CYN_OK) exit(1);
    return d;
}

static inline cyn_store *shop_state(void)
{
    char path[300];
    cyn_store *st = NULL;
    cyn_err err = {0};
    snprintf(path, sizeof path, "%s/.cynosure/state.db", shop);
    if (cyn_store_open(path, &st, &err) != CYN_OK) {
        printf("Bail out! %s: %s\n", path, err.message);
        exit(1);
    }
    return st;
}
