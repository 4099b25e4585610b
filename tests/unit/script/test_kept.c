/* What scripts declared is kept: who finds it starts no worker, and nothing that a load depends on
 * can change behind its back. */
#include "base/buf.h"
#include "script/kept.h"
#include "script_impl.h"
#include <stdlib.h>

static const char script[] = "local e = source 'events'\n"
                             "metric 'rows' { value = e:count() }\n"
                             "metric 'twice' { value = e:sum 'n * 2' }\n"
                             "metric 'hours' { value = hour(time '2020-07-01T00:00Z') }\n";

static int64_t numbers[] = {1, 2, 3};
static const cyn_batch_column columns[] = {{.name = "n", .type = CYN_INTEGER, .values = numbers}};
static const cyn_batch batch = {3, columns, 1};

/* ---- A keep in memory ---- */

typedef struct memory {
    cyn_script_keep keep;
    char key[CYN_KEPT_KEY];
    char *data;
    size_t size;
    bool any_key; /* what is there is given under every key */
    int found, kept, dropped;
} memory;

static bool find(void *self, const char *key, cyn_arena *arena, const void **data, size_t *size)
{
    memory *m = self;
    if (!m->data || (!m->any_key && strcmp(key, m->key) != 0)) return false;
    char *copy = cyn_alloc(arena, m->size + 1);
    if (!copy) return false;
    memcpy(copy, m->data, m->size);
    *data = copy;
    *size = m->size;
    m->found++;
    return true;
}

static void put(memory *m, const void *data, size_t size)
{
    free(m->data);
    m->data = malloc(size + 1);
    if (!m->data) abort();
    if (size) memcpy(m->data, data, size);
    m->size = size;
}

static void keep(void *self, const char *key, const void *data, size_t size)
{
    memory *m = self;
    put(m, data, size);
    snprintf(m->key, sizeof m->key, "%s", key);
    m->kept++;
}

static void drop(void *self)
{
    memory *m = self;
    free(m->data);
    m->data = NULL;
    m->dropped++;
}

static void begin(memory *m)
{
    *m = (memory){.keep = {.self = m, .find = find, .keep = keep, .drop = drop}};
}

static void end(memory *m)
{
    free(m->data);
}

/* ---- Loading ---- */

static cyn_script *load_files(memory *m, const cyn_script_file *files, size_t n,
                              cyn_script_options o)
{
    cyn_script *s = NULL;
    cyn_err err = {0};
    o.keep = &m->keep;
    CHECK_INT(cyn_script_load(files, n, &o, &s, &err), CYN_OK);
    CHECK_STR(err.message, "");
    if (!s) exit(1);
    return s;
}

static cyn_script *load(memory *m, const char *text)
{
    const cyn_script_file file = {"metrics/a.lua", text, strlen(text)};
    return load_files(m, &file, 1, test_options());
}

static bool has_worker(const cyn_script *s)
{
    cyn_script_usage u = {0};
    return cyn_script_use(s, 0, &u) && u.memory > 0;
}

/* The second answer of 'twice'. */
static cyn_code ask(cyn_script *s, int64_t *out, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a = NULL;
    cyn_evaluator ev = cyn_script_evaluator(s);
    cyn_code rc = ev.eval(ev.self, agg_of(s, "twice")->arg->handle, &batch, arena, &a, err);
    if (rc == CYN_OK) *out = (int64_t)a->bits[1];
    cyn_arena_free(arena);
    return rc;
}

/* ---- Tests ---- */

static const char *own_library; /* a folder with the library's texts, as lua/ has them */

static void test_a_load_of_the_same_starts_no_worker_until_one_is_called(void)
{
    memory m;
    int64_t answer = 0;
    begin(&m);
    cyn_script *first = load(&m, script);
    CHECK(has_worker(first));
    CHECK_INT(m.kept, 1);
    cyn_script *second = load(&m, script);
    CHECK_INT(m.found, 1);
    CHECK_INT(m.kept, 1);
    CHECK(!has_worker(second));
    CHECK(cyn_script_is_filtered(second));
    const cyn_catalog *a = cyn_script_catalog(first), *b = cyn_script_catalog(second);
    CHECK_INT(b->nmetrics, 3);
    for (size_t i = 0; i < 3; i++) {
        CHECK_STR(b->metrics[i]->name, a->metrics[i]->name);
        CHECK_STR(b->metrics[i]->definition, a->metrics[i]->definition);
    }
    cyn_script_rest(second); /* of those that it does not have */
    CHECK_INT(ask(second, &answer, NULL), CYN_OK);
    CHECK_INT(answer, 4);
    CHECK(has_worker(second));
    cyn_script_rest(second);
    CHECK(!has_worker(second));
    CHECK_INT(ask(second, &answer, NULL), CYN_OK);
    CHECK_INT(m.dropped, 0);
    cyn_script_free(first);
    cyn_script_free(second);
    end(&m);
}

static void test_no_process_is_there_for_what_was_found(void)
{
    memory m;
    begin(&m);
    cyn_script_free(load(&m, script));
    while (kill_workers("SR") > 0) /* one that is on its way out */
        continue;
    cyn_script *s = load(&m, script);
    CHECK_INT(kill_workers("SR"), 0);
    cyn_script_free(s);
    end(&m);
}

typedef struct change {
    cyn_script_options options;
    cyn_script_file files[4];
    size_t nfiles;
} change;

#define FILES                                                                                      \
    {                                                                                              \
        SCRIPT("metrics/a.lua", "local m = require 'm'\nmetric 'a' { value = m.x }\n"),            \
            {"lib/m.lua", "return { x = 1 }", 16, NULL, "m"},                                      \
            {"packs/p/metrics/b.lua", "metric 'b' { value = 2 }", 24, "p", NULL},                  \
        {                                                                                          \
            "packs/p/init.lua", "return 3", 8, "p", "p"                                            \
        }                                                                                          \
    }

static change unchanged(void)
{
    return (change){.options = test_options(), .files = FILES, .nfiles = 4};
}

/* Whether the change is told from what was kept of the unchanged. */
static bool is_told(const change *c)
{
    memory m;
    const change was = unchanged();
    begin(&m);
    cyn_script_free(load_files(&m, was.files, was.nfiles, was.options));
    cyn_script_free(load_files(&m, c->files, c->nfiles, c->options));
    bool told = m.found == 0;
    CHECK_INT(m.kept, told ? 2 : 1);
    end(&m);
    return told;
}

/* A change is an assignment to a field of what is otherwise unchanged. */
#define CHANGED(what, field, ...)                                                                  \
    do {                                                                                           \
        change c_ = unchanged();                                                                   \
        c_.field = __VA_ARGS__;                                                                    \
        bool told_ = is_told(&c_);                                                                 \
        CHECK(told_);                                                                              \
        if (!told_) printf("# %s\n", what);                                                        \
    } while (0)

static void test_whatever_a_load_depends_on_is_told(void)
{
    static const char *const sources[] = {"events", "buyers"};
    CHANGED("a script's text", files[0],
            (cyn_script_file)SCRIPT("metrics/a.lua", "metric 'a' { value = 0 }\n"));
    CHANGED("a script's name", files[0].name, "metrics/c.lua");
    CHANGED("a module's text", files[1].text, "return { x = 9 }");
    CHANGED("a pack's script", files[2].text, "metric 'b' { value = 7 }");
    CHANGED("a pack's module", files[3].text, "return 4");
    CHANGED("a pack's name", files[2].pack, "q");
    CHANGED("one script less", nfiles, 2);
    CHANGED("the zone", options.timezone, "Europe/Berlin");
    CHANGED("the sources", options.sources, sources);
    CHANGED("the time", options.load_timeout, 19 * CYN_SECOND);
    CHANGED("the memory", options.memory_limit, 64 << 20);
    CHANGED("the instructions", options.instructions, 100000000);
    CHANGED("the output", options.output_limit, 1 << 20);
    CHANGED("the library", options.library, own_library);
}

static void test_what_is_of_calls_only_changes_nothing(void)
{
    change calls = unchanged(), workers = unchanged();
    calls.options.call_timeout = CYN_SECOND;
    workers.options.workers = 3;
    CHECK(!is_told(&calls));
    CHECK(!is_told(&workers));
}

/* tzdata is brought up to date while the zone keeps its name. */
static void test_other_rules_of_the_zone_are_told(void)
{
    const char *folder = getenv("TZDIR");
    char zone[256];
    memory m;
    begin(&m);
    cyn_script_options o = test_options();
    const cyn_script_file file = SCRIPT("metrics/a.lua", script);
    o.timezone = "Made";
    snprintf(zone, sizeof zone, "%s/Made", folder);
    CHECK_INT(symlink("/usr/share/zoneinfo/Asia/Tokyo", zone), 0);
    cyn_script_free(load_files(&m, &file, 1, o));
    cyn_script_free(load_files(&m, &file, 1, o));
    CHECK_INT(m.found, 1);
    CHECK_INT(unlink(zone), 0);
    CHECK_INT(symlink("/usr/share/zoneinfo/Europe/Berlin", zone), 0);
    cyn_script_free(load_files(&m, &file, 1, o));
    CHECK_INT(m.found, 1);
    CHECK_INT(m.kept, 2);
    unlink(zone);
    end(&m);
}

static void test_scripts_with_errors_run_each_time(void)
{
    memory m;
    begin(&m);
    for (int i = 0; i < 2; i++) {
        cyn_script *s = load(&m, "metric 'a' { value = 1 }\nerror 'no'\n");
        CHECK_STR(errors_of(s), "metrics/a.lua:2: no");
        CHECK(has_worker(s));
        cyn_script_free(s);
    }
    CHECK_INT(m.kept, 0);
    end(&m);
}

/* What is found is what the worker would have to send, and is checked like it. */
static void check_refused(memory *m, const void *data, size_t size)
{
    int64_t answer = 0;
    m->any_key = true;
    m->kept = 0;
    put(m, data, size);
    cyn_script *s = load(m, script);
    CHECK(has_worker(s));
    CHECK_INT(m->kept, 1);
    CHECK_STR(errors_of(s), "");
    CHECK_INT(ask(s, &answer, NULL), CYN_OK);
    CHECK_INT(answer, 4);
    CHECK_INT(m->dropped, 0);
    cyn_script_free(s);
}

static void test_what_is_no_catalog_is_made_anew(void)
{
    memory m;
    cyn_buf b = {0};
    begin(&m);
    cyn_script_free(load(&m, script));
    char *good = malloc(m.size);
    if (!good) abort();
    const size_t size = m.size;
    memcpy(good, m.data, size);
    check_refused(&m, "", 0);
    check_refused(&m, "nonsense", 8);
    check_refused(&m, good, size / 2);
    check_refused(&m, good, size - 1);
    cyn_wire_array(&b, 2); /* of one program more */
    cyn_wire_text(&b, "", 0);
    cyn_wire_text(&b, "", 0);
    check_refused(&m, b.data, b.len);
    cyn_buf_reset(&b);
    cyn_wire_array(&b, 1); /* well-formed, and no catalog */
    cyn_wire_text(&b, "\1\2\3", 3);
    check_refused(&m, b.data, b.len);
    cyn_buf_reset(&b);
    cyn_wire_array(&b, 1);
    cyn_wire_integer(&b, 7);
    check_refused(&m, b.data, b.len);
    cyn_buf_clear(&b);
    free(good);
    end(&m);
}

/* Every byte that is another gives the same answers, or an error; never a crash. */
static void test_no_byte_of_it_is_believed(void)
{
    memory m;
    begin(&m);
    cyn_script_free(load(&m, "metric 'a' { value = source 'events':sum 'n * 2' }\n"));
    const size_t size = m.size;
    char *good = malloc(size);
    if (!good) abort();
    memcpy(good, m.data, size);
    m.any_key = true;
    for (size_t i = 0; i < size; i += 13) {
        put(&m, good, size);
        m.data[i] ^= 0x11;
        cyn_script_free(load(&m, "metric 'a' { value = source 'events':sum 'n * 2' }\n"));
    }
    CHECK(m.found > 1);
    free(good);
    end(&m);
}

static void test_of_errors_nothing_is_found(void)
{
    memory m;
    cyn_buf message = {0}, list = {0};
    cyn_err e = {0};
    begin(&m);
    (void)cyn_fail_at(&e, CYN_E_SCRIPT, "metrics/a.lua", 1, 0, "made up");
    cyn_wire_map(&message, 1);
    cyn_wire_key(&message, "errors");
    cyn_wire_array(&message, 1);
    cyn_wire_error(&message, &e);
    cyn_wire_array(&list, 1);
    cyn_wire_text(&list, message.data, message.len);
    check_refused(&m, list.data, list.len);
    cyn_buf_clear(&message);
    cyn_buf_clear(&list);
    end(&m);
}

/* It is in use before a worker says that it is another's. */
static void check_dropped(const char *is, const char *file, int line, const char *message)
{
    static const char was[] = "metric 'twice' { value = source 'events':sum 'n * 2' }\n"
                              "metric 'gone' { value = 1 }\n";
    memory m;
    int64_t answer = 0;
    cyn_err err = {0};
    begin(&m);
    cyn_script_free(load(&m, was));
    m.any_key = true;
    cyn_script *s = load(&m, is);
    CHECK(!has_worker(s));
    CHECK_INT(cyn_script_catalog(s)->nmetrics, 2);
    CHECK_INT(ask(s, &answer, &err), CYN_E_WORKER);
    CHECK_STR(err.file, file);
    CHECK_INT(err.line, line);
    CHECK_STR(err.message, message);
    CHECK(strstr(err.hint, "run this again") != NULL);
    CHECK_INT(m.dropped, 1);
    CHECK(m.data == NULL);
    CHECK_INT(ask(s, &answer, NULL), CYN_E_WORKER); /* handles would mean something else */
    CHECK_INT(m.dropped, 1);
    cyn_script_free(s);
    s = load(&m, is);
    CHECK_INT(cyn_script_catalog(s)->nmetrics, 1);
    cyn_script_free(s);
    end(&m);
}

static void test_one_that_a_worker_does_not_declare_is_dropped(void)
{
    check_dropped("metric 'twice' { value = source 'events':sum 'n * 3' }\n", "", 0,
                  "the scripts declare something else than what was kept of them");
}

static void test_the_error_of_a_script_that_ran_when_it_was_kept_is_told(void)
{
    check_dropped("metric 'twice' { value = source 'events':sum 'n * 2' }\nerror 'not today'\n",
                  "metrics/a.lua", 2, "the scripts, loaded again: not today");
}

static void test_a_line_of_a_repl_meets_it_too(void)
{
    memory m;
    bool more = false;
    const cyn_conversation nobody = {0};
    const cyn_adhoc_chunk line = {.name = "line", .text = "1", .size = 1, .line = true};
    begin(&m);
    cyn_script_free(load(&m, "metric 'a' { value = 1 }\n"));
    m.any_key = true;
    cyn_script *s = load(&m, "metric 'b' { value = 1 }\n");
    CHECK_INT(cyn_script_run(s, &line, &nobody, &more, NULL), CYN_E_WORKER);
    CHECK_INT(m.dropped, 1);
    cyn_script_free(s);
    end(&m);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/cyn-zones-XXXXXX";
    if (argc != 2) return 1;
    own_library = argv[1];
    if (!mkdtemp(folder) || setenv("TZDIR", folder, 1) != 0 || cyn_zygote_start(NULL) != CYN_OK)
        return 1;
    RUN(test_a_load_of_the_same_starts_no_worker_until_one_is_called);
    RUN(test_no_process_is_there_for_what_was_found);
    RUN(test_whatever_a_load_depends_on_is_told);
    RUN(test_what_is_of_calls_only_changes_nothing);
    RUN(test_other_rules_of_the_zone_are_told);
    RUN(test_scripts_with_errors_run_each_time);
    RUN(test_what_is_no_catalog_is_made_anew);
    RUN(test_no_byte_of_it_is_believed);
    RUN(test_of_errors_nothing_is_found);
    RUN(test_one_that_a_worker_does_not_declare_is_dropped);
    RUN(test_the_error_of_a_script_that_ran_when_it_was_kept_is_told);
    RUN(test_a_line_of_a_repl_meets_it_too);
    cyn_zygote_stop();
    rmdir(folder);
    return test_end();
}
