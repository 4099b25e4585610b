/* Writes every page of the made-up company: pages DIR LANGUAGE served|folder [METRICS].
 *
 * served: as the daemon would send it, with forms, links and a nonce of "test"; folder: files whose
 * links lead from one to the other, and all.html with everything. */
#include "sample.h"

typedef cyn_code page(const sample *s, cyn_buf *out);

static cyn_code overview(const sample *s, cyn_buf *out)
{
    return cyn_page_overview(&s->site, &s->data, out, NULL);
}

static cyn_code alerts(const sample *s, cyn_buf *out)
{
    return cyn_page_alerts(&s->site, &s->data, out, NULL);
}

static cyn_code schedule(const sample *s, cyn_buf *out)
{
    return cyn_page_schedule(&s->site, &s->data, out, NULL);
}

static cyn_code health(const sample *s, cyn_buf *out)
{
    return cyn_page_health(&s->site, &s->data, sample_facts, 3, out, NULL);
}

static cyn_code message(const sample *s, cyn_buf *out)
{
    return cyn_page_message(&s->site, "Not found", "There is no metric of this name: <img src=x>",
                            out, NULL);
}

static cyn_code all(const sample *s, cyn_buf *out)
{
    return cyn_page_report(&s->site, &s->data, out, NULL);
}

static void write_page(const char *dir, const char *name, cyn_buf *b)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(b->data, 1, b->len, f) != b->len || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
    cyn_buf_clear(b);
}

static void make(const char *dir, const char *name, page *of, const sample *s)
{
    cyn_buf b = {0};
    if (of(s, &b) != CYN_OK) exit(1);
    write_page(dir, name, &b);
}

static void make_each(const char *dir, const sample *s)
{
    cyn_buf b = {0}, name = {0};
    for (size_t i = 0; i < s->data.nmetrics; i++) {
        const cyn_page_metric *m = &s->data.metrics[i];
        if (cyn_page_metric_of(&s->site, &s->data, m, &b, NULL) != CYN_OK) exit(1);
        cyn_page_file(CYN_PAGE_METRIC, m->metric->name, &name);
        write_page(dir, name.data, &b);
        cyn_buf_clear(&name);
    }
    for (size_t i = 0; i < s->data.ntrees; i++) {
        const cyn_metric *root = s->data.trees[i]->items[0].node->metric;
        if (cyn_page_tree(&s->site, &s->data, i, &b, NULL) != CYN_OK) exit(1);
        cyn_page_file(CYN_PAGE_TREE, root->name, &name);
        write_page(dir, name.data, &b);
        cyn_buf_clear(&name);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4) return 2;
    cyn_tz *tz = NULL;
    if (cyn_tz_load("Asia/Tokyo", &tz, NULL) != CYN_OK) return 1;
    calendar.tz = tz;
    sample s = sample_new(argv[2], argc > 4 ? strtoul(argv[4], NULL, 10) : SAMPLE_SORTS);
    bool served = !strcmp(argv[3], "served");
    s.site.served = s.site.may_write = served;
    s.site.folder = !served;
    s.site.csrf = "0123456789abcdef";
    s.site.nonce = served ? "test" : NULL;
    make(argv[1], "index.html", overview, &s);
    make(argv[1], "alerts.html", alerts, &s);
    make(argv[1], "schedule.html", schedule, &s);
    make(argv[1], "health.html", health, &s);
    make(argv[1], "message.html", message, &s);
    make_each(argv[1], &s);
    if (!served) make(argv[1], "all.html", all, &s);
    cyn_arena_free(s.arena);
    cyn_tz_free(tz);
    return 0;
}
