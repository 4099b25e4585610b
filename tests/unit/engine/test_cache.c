/* The cache of column segments. The truth is always a load without it; whether a load came from
 * segments is seen by what it could not know otherwise. */
#include "engine/cache.h"
#include "engine/inputs.h"
#include "store/cache.h"
#include "test.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[256];
static cyn_tz *utc;
static const char *const sources[] = {"events"};

static char *path_of(const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/cyn-cache-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder) || cyn_tz_load("UTC", &utc, NULL) != CYN_OK) abort();
}

static int remove_one(const char *name, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info, (void)kind, (void)ftw;
    return remove(name);
}

static void tear_down(void)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    cyn_tz_free(utc);
}

static void write_text(const char *name, const char *mode, const char *text)
{
    FILE *f = fopen(path_of(name), mode);
    if (!f || fputs(text, f) < 0 || fclose(f) != 0) abort();
}

/* `rows` rows from number `first` on; user and amount depend on the number. */
static void write_rows(const char *name, int first, int rows)
{
    FILE *f = fopen(path_of(name), "w");
    if (!f) abort();
    fputs("at,user,amount\n", f);
    for (int i = first; i < first + rows; i++)
        fprintf(f, "2026-01-%02dT10:00:00Z,u%d,%d.%02d\n", i % 28 + 1, i % 17, i, i % 90 + 10);
    if (fclose(f) != 0) abort();
}

typedef struct loaded {
    cyn_arena *arena;
    cyn_table *table;
    cyn_load_report *report;
    cyn_err_list notes;
    cyn_code rc;
    cyn_err err;
} loaded;

static cyn_source_spec spec_of(const char *const *paths, size_t n)
{
    return (cyn_source_spec){.name = "events",
                             .kind = CYN_SOURCE_CSV,
                             .base = folder,
                             .paths = paths,
                             .npaths = n,
                             .time = "at",
                             .tz = utc,
                             .bad_limit = -1,
                             .bad_share = -1};
}

static const char *const glob[] = {"*.csv"};

static loaded load_spec(cyn_source_spec spec, const char *dir)
{
    loaded l = {.arena = cyn_arena_new(0)};
    cyn_err_list_init(&l.notes, l.arena);
    cyn_cache cache = {.dir = dir, .sources = sources, .nsources = 1, .notes = &l.notes};
    l.rc = cyn_cache_load(&cache, &spec, NULL, l.arena, &l.table, &l.report, &l.err);
    cyn_cache_finish(&cache);
    return l;
}

static loaded load(void)
{
    return load_spec(spec_of(glob, 1), folder);
}

static void unload(loaded *l)
{
    cyn_table_unref(l->table);
    cyn_arena_free(l->arena);
}

static void print_text(FILE *f, const cyn_dict *d, uint32_t code)
{
    int n = (int)(d->offset[code + 1] - d->offset[code]);
    fprintf(f, " %u=%.*s", code, n, d->heap + d->offset[code]);
}

/* Everything that the load gave, as text; the caller frees it. */
static char *text_of(const loaded *l)
{
    char *out = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&out, &size);
    if (!f) abort();
    fprintf(f, "%d %s\n", l->rc, l->rc == CYN_OK ? "" : l->err.message);
    const cyn_load_report *r = l->report;
    if (r) {
        fprintf(f, "%s %lld rows %lld bad %lld without, %d %lld %lld, '%s'\n", r->source,
                (long long)r->rows, (long long)r->bad, (long long)r->without_time, r->has_time,
                (long long)r->first_time, (long long)r->last_time,
                r->delimiter ? r->delimiter : "");
        for (size_t i = 0; i < r->nfiles; i++)
            fprintf(f, "%s %lld %lld %lld\n", r->files[i].path, (long long)r->files[i].bytes,
                    (long long)r->files[i].rows, (long long)r->files[i].bad);
        for (size_t i = 0; i < r->nbad_rows; i++)
            fprintf(f, "%s:%lld:%lld %s %s %s\n", r->bad_rows[i].file,
                    (long long)r->bad_rows[i].line, (long long)r->bad_rows[i].column,
                    r->bad_rows[i].field ? r->bad_rows[i].field : "-", r->bad_rows[i].reason,
                    r->bad_rows[i].text);
    }
    for (size_t i = 0; r && i < r->ncolumns; i++) {
        const cyn_load_column *c = &r->columns[i];
        fprintf(f, "%s %s %s %d %d %lld %s:", c->name, c->from, cyn_type_name(c->type), c->scale,
                c->declared, (long long)c->missing, c->why ? c->why : "-");
        const cyn_column *v = l->table ? cyn_table_column(l->table, i) : NULL;
        for (size_t row = 0; v && row < cyn_table_rows(l->table); row++) {
            if (!cyn_column_has(v, row))
                fputs(" nil", f);
            else if (v->type == CYN_TEXT)
                print_text(f, v->dict, cyn_column_code(v, row));
            else if (v->type == CYN_BOOLEAN)
                fprintf(f, " %d", v->v.bit[row]);
            else
                fprintf(f, " %lld", (long long)cyn_column_integer(v, row));
        }
        fputc('\n', f);
    }
    fclose(f);
    return out;
}

/* Loads with the cache, which must tell what a load without it tells, without any note. */
static void check_load(const char *what)
{
    loaded with = load(), without = load_spec(spec_of(glob, 1), NULL);
    char *got = text_of(&with), *want = text_of(&without);
    if (strcmp(got, want) != 0) printf("# %s: got\n%s# expected\n%s", what, got, want);
    CHECK(strcmp(got, want) == 0);
    CHECK_INT(with.notes.count, 0);
    free(got);
    free(want);
    unload(&with);
    unload(&without);
}

/* Loads the columns of `names` (all of them: NULL) with the cache. Rows, bad rows and those columns
 * are what a load without it gives; what else the table has is the cache's affair. */
static size_t check_wanted(const char *const *names, size_t n, const char *what)
{
    cyn_source_spec spec = spec_of(glob, 1);
    spec.wanted = names;
    spec.nwanted = n;
    loaded with = load_spec(spec, folder), without = load_spec(spec, NULL);
    CHECK_INT(with.rc, without.rc);
    CHECK_INT(with.report->bad, without.report->bad);
    CHECK_INT(with.report->rows, without.report->rows);
    CHECK_INT(with.report->ncolumns, without.report->ncolumns);
    size_t width = cyn_table_width(with.table);
    for (size_t i = 0; i < cyn_table_width(without.table); i++) {
        const cyn_column *want = cyn_table_column(without.table, i);
        int at = cyn_table_find(with.table, want->name);
        if (at < 0) printf("# %s: no column '%s'\n", what, want->name);
        CHECK(at >= 0);
        if (at < 0) continue;
        const cyn_column *got = cyn_table_column(with.table, (size_t)at);
        CHECK_INT(got->type, want->type);
        CHECK_INT(got->scale, want->scale);
        CHECK_STR(with.report->columns[at].name, want->name);
        CHECK(!with.report->columns[at].unread);
        size_t rows = cyn_table_rows(without.table), size = cyn_column_size(want);
        CHECK_INT(cyn_column_size(got), size);
        CHECK(memcmp(got->v.values, want->v.values, rows * size) == 0);
        for (size_t row = 0; row < rows; row++)
            if (cyn_column_has(got, row) != cyn_column_has(want, row)) CHECK(false);
    }
    for (size_t i = width; i < with.report->ncolumns; i++)
        CHECK(with.report->columns[i].unread);
    unload(&with);
    unload(&without);
    return width;
}

/* Files in .cynosure/segments. */
static int count_files(const char *end)
{
    int n = 0;
    DIR *dir = opendir(path_of(".cynosure/segments"));
    struct dirent *e;
    while (dir && (e = readdir(dir))) {
        size_t length = strlen(e->d_name);
        n += length > strlen(end) && !strcmp(e->d_name + length - strlen(end), end);
    }
    if (dir) closedir(dir);
    return n;
}

/* The inode and time of all segments added up: the same only if none was written. */
static long long segments_mark(void)
{
    long long mark = 0;
    DIR *dir = opendir(path_of(".cynosure/segments"));
    struct dirent *e;
    struct stat st;
    while (dir && (e = readdir(dir)))
        if (e->d_name[0] != '.' && fstatat(dirfd(dir), e->d_name, &st, 0) == 0)
            mark += (long long)st.st_ino * 31 + st.st_mtim.tv_nsec;
    if (dir) closedir(dir);
    return mark;
}

/* The one segment's path. */
static char *segment_path(void)
{
    static char path[600];
    DIR *dir = opendir(path_of(".cynosure/segments"));
    struct dirent *e;
    path[0] = '\0';
    while (dir && (e = readdir(dir)))
        if (strstr(e->d_name, ".seg"))
            snprintf(path, sizeof path, "%s/.cynosure/segments/%s", folder, e->d_name);
    if (dir) closedir(dir);
    return path;
}

static void test_a_repeat_comes_from_the_segment_and_writes_nothing(void)
{
    set_up();
    write_rows("1.csv", 0, 200);
    write_text("1.csv", "a", "broken\n2026-01-02T10:00:00Z,u1,,\n,u2,7.00\n");
    check_load("first");
    CHECK_INT(count_files(".seg"), 1);
    long long mark = segments_mark();
    check_load("repeat");
    CHECK_INT(segments_mark(), mark);
    /* Proof that it is not read: what is behind the same stamp is not looked at. */
    loaded l = load();
    CHECK_INT(l.report->bad, 2);
    CHECK_INT(cyn_table_rows(l.table), 201);
    unload(&l);
    tear_down();
}

static void test_a_new_file_is_parsed_alone_and_in_its_place(void)
{
    set_up();
    write_rows("2.csv", 0, 100);
    write_rows("4.csv", 50, 100);
    check_load("two files");
    char before[600];
    snprintf(before, sizeof before, "%s", segment_path());
    write_rows("5.csv", 500, 30);
    check_load("one behind");
    CHECK(access(before, F_OK) == 0); /* the old segment is still in use */
    CHECK_INT(count_files(".seg"), 2);
    write_rows("1.csv", 900, 30);
    check_load("one before");
    CHECK(access(before, F_OK) == 0);
    CHECK_INT(count_files(".seg"), 3);
    write_rows("3.csv", 700, 30); /* between what one segment holds */
    check_load("one between");
    check_load("and again");
    tear_down();
}

static const char *const amount[] = {"amount"}, *const user[] = {"user", "nowhere"};

static void test_only_columns_that_were_wanted_are_kept(void)
{
    set_up();
    write_rows("1.csv", 0, 100);
    write_text("1.csv", "a", "broken\n");
    CHECK_INT(check_wanted(amount, 1, "amount"), 2); /* the time is always there */
    long long mark = segments_mark();
    CHECK_INT(check_wanted(amount, 1, "amount again"), 2);
    CHECK_INT(segments_mark(), mark);
    CHECK_INT(check_wanted(user, 2, "user"), 3); /* what was wanted before stays */
    mark = segments_mark();
    CHECK_INT(check_wanted(user, 2, "user again"), 3);
    CHECK_INT(check_wanted(amount, 1, "amount after user"), 3);
    CHECK_INT(segments_mark(), mark);
    check_load("all");
    mark = segments_mark();
    CHECK_INT(check_wanted(user, 2, "user after all"), 3);
    check_load("all again");
    CHECK_INT(segments_mark(), mark);
    tear_down();
}

static void test_segments_of_different_columns_are_put_together(void)
{
    set_up();
    write_rows("1.csv", 0, 100);
    check_load("all of one");
    write_rows("2.csv", 100, 50);
    CHECK_INT(check_wanted(amount, 1, "amount of two"), 3);
    unlink(path_of("1.csv"));
    write_rows("2.csv", 100, 50);
    CHECK_INT(check_wanted(amount, 1, "amount alone"), 2);
    write_text("1.csv", "w", "extra,at,amount\nx,2026-01-01T00:00:00Z,1.2345\n");
    CHECK_INT(check_wanted(amount, 1, "another scale"), 2);
    CHECK_INT(check_wanted(user, 2, "a column that one lacks"), 3);
    write_text("3.csv", "w", "amount,user,at,extra\n,,2026-01-01T00:00:00Z,y\n");
    CHECK_INT(check_wanted(user, 2, "another order"), 3);
    CHECK_INT(check_wanted(NULL, 0, "all of them"), 4);
    check_load("all in the end");
    tear_down();
}

static void test_changed_rotated_and_vanished_files_are_noticed(void)
{
    set_up();
    write_rows("1.csv", 0, 100);
    check_load("one");
    write_rows("2.csv", 100, 50);
    check_load("two");
    write_rows("2.csv", 200, 50); /* same size, other content */
    check_load("changed");
    write_text("2.csv", "a", "2026-02-01T10:00:00Z,u99,5.00\n");
    check_load("appended");
    char old[500];
    snprintf(old, sizeof old, "%s.old", path_of("2.csv"));
    rename(path_of("2.csv"), old);
    write_rows("2.csv", 300, 10);
    check_load("rotated");
    unlink(path_of("1.csv"));
    check_load("vanished");
    CHECK_INT(count_files(".seg"), 1);
    write_text("2.csv", "w", "at,user,amount\n");
    check_load("emptied");
    unlink(path_of("2.csv"));
    check_load("nothing is left");
    tear_down();
}

/* The first segment of two or more is the one that was there before. */
static void check_continued(const char *before, int segments)
{
    CHECK(access(before, F_OK) == 0);
    CHECK_INT(count_files(".seg"), segments);
}

static void test_only_what_was_appended_is_parsed(void)
{
    set_up();
    write_rows("1.csv", 0, 100);
    write_rows("2.csv", 100, 100);
    check_load("two files");
    char before[600];
    snprintf(before, sizeof before, "%s", segment_path());
    write_text("2.csv", "a",
               "2026-02-01T10:00:00Z,u99,5.00\nbroken\n2026-02-02T10:00:00Z,u98,6.00\n");
    check_load("appended");
    check_continued(before, 2);
    long long mark = segments_mark();
    check_load("as it is");
    CHECK_INT(segments_mark(), mark);
    write_text("2.csv", "a", "2026-02-03T10:00:00Z,\"u\n97\",5.00\nbroken\n");
    check_load("appended again");
    check_continued(before, 3);
    write_rows("3.csv", 200, 20);
    check_load("a file behind");
    check_continued(before, 4);
    write_text("2.csv", "a", "2026-02-01T10:00:00Z,u99,5.00\n");
    check_load("appended in the middle");
    check_continued(before, 5);
    write_text("1.csv", "a", "2026-02-01T10:00:00Z,u99,5.00\n");
    check_load("appended inside a segment");
    tear_down();
}

static void test_a_line_that_goes_on_is_read_again(void)
{
    set_up();
    write_rows("1.csv", 0, 100);
    write_text("1.csv", "a", "2026-02-01T10:00:00Z,u99,5.0");
    check_load("half a line");
    write_text("1.csv", "a", "12");
    check_load("more of it");
    write_text("1.csv", "a", "\n2026-02-01T10:00:00Z,\"u9");
    check_load("half a text");
    write_text("1.csv", "a", "9\n");
    check_load("which has lines");
    write_text("1.csv", "a", "9\",7.00\n2026-02-01T10:00:00Z,u99,5.00\r");
    check_load("and ends; then half a line break");
    write_text("1.csv", "a", "\n");
    check_load("and all of it");
    tear_down();
}

static void test_appended_values_may_change_the_types(void)
{
    set_up();
    write_text("1.csv", "w", "at,user,amount,note\n2026-01-01T00:00:00Z,1,1.10,\n");
    check_load("whole numbers");
    write_text("1.csv", "a", "2026-01-01T00:00:00Z,2,1.20,a\n");
    check_load("the first text of a column");
    write_text("1.csv", "a", "2026-01-01T00:00:00Z,x3,1.20,a\n");
    check_load("a text among numbers");
    write_text("1.csv", "a", "2026-01-01T00:00:00Z,4,1.234,a\n");
    check_load("more digits");
    tear_down();
    set_up();
    write_text("1.csv", "w", "at;user,amount\n2026-01-01T00:00:00Z;u,1.10\n");
    loaded l = load();
    CHECK(l.rc != CYN_OK); /* the time column is not found with commas */
    unload(&l);
    write_text("1.csv", "a", "2026-01-01T00:00:00Z;u\n2026-01-01T00:00:00Z;u,v,w\n");
    loaded with = load(), without = load_spec(spec_of(glob, 1), NULL);
    CHECK_INT(with.rc, without.rc);
    unload(&with);
    unload(&without);
    tear_down();
}

static void test_a_file_written_anew_is_not_taken_for_a_longer_one(void)
{
    set_up();
    write_rows("1.csv", 0, 100);
    check_load("first");
    write_rows("1.csv", 7, 300); /* the inode stays */
    check_load("other rows");
    write_text("1.csv", "w", "user,at,amount\n");
    for (int i = 0; i < 900; i++)
        write_text("1.csv", "a", "u1,2026-01-01T00:00:00Z,7.77\n");
    check_load("another header");
    write_text("1.csv", "w", "\xEF\xBB\xBFuser,at,amount\n");
    for (int i = 0; i < 1000; i++)
        write_text("1.csv", "a", "u1,2026-01-01T00:00:00Z,7.77\n");
    check_load("with a mark in front");
    write_text("1.csv", "a", "u2,2026-01-01T00:00:00Z,8.88\n");
    check_load("and appended to");
    char copy[500];
    snprintf(copy, sizeof copy, "%s.old", path_of("1.csv"));
    rename(path_of("1.csv"), copy);
    write_rows("1.csv", 0, 100);
    check_load("rotated");
    tear_down();
}

static loaded load_lines(const char *dir)
{
    static const char *const paths[] = {"*.ndjson"};
    cyn_source_spec spec = spec_of(paths, 1);
    spec.kind = CYN_SOURCE_NDJSON;
    return load_spec(spec, dir);
}

static void check_lines(const char *what)
{
    loaded with = load_lines(folder), without = load_lines(NULL);
    char *got = text_of(&with), *want = text_of(&without);
    if (strcmp(got, want) != 0) printf("# %s: got\n%s# expected\n%s", what, got, want);
    CHECK(strcmp(got, want) == 0);
    free(got);
    free(want);
    unload(&with);
    unload(&without);
}

static void test_appended_lines_of_ndjson(void)
{
    static const char *const parts[] = {
        "{\"at\": \"2026-01-01T00:00:00Z\", \"user\": \"a\", \"n\": 1}\n",
        "{\"at\": \"2026-01-02T00:00:00Z\", \"user\": \"b\", \"n\": 2}\n\n\r\n",
        "nonsense\n",
        "{\"at\": \"2026-01-02T00:00:00Z\", \"n\": null, \"more\": {\"x\": true}}\n",
        "{\"at\": \"2026-01-02T00:00:00Z\", \"n\": 3,",
        " \"user\": \"c\"}\n{\"more\": null}\n",
        "{\"at\": \"2026-01-02T00:00:00Z\", \"n\": \"text\"}\n",
    };
    set_up();
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        write_text("1.ndjson", "a", parts[i]);
        check_lines(parts[i]);
        check_lines("as it is");
    }
    tear_down();
}

/* Whatever is appended, in whatever pieces, every load says what a load of everything says. */
static void test_any_sequence_of_appended_pieces(void)
{
    static const char *const pieces[] = {
        "2026-01-01T00:00:00Z,u1,1.10\n",
        "2026-01-01T00:00:00Z,u2,2.20\r\n",
        "\n",
        "\"",
        "x",
        "2026-01-01T00:00:00Z,\"u\n3\",3.30\n",
        ",",
        "2026-01-01T00:00:00Z,u4,\n",
        "broken\n",
        "2026-01-01T00:00:00Z,u1,text\n",
        "2026-01-01T00:00:00Z,u1,9",
        "\r",
        "\n",
        "2026-01-01T00:00:00Z,u5,5.50\n2026-01-02T00:00:00Z,u6,6.60\n",
    };
    unsigned random = 1;
    for (int round = 0; round < 12; round++) {
        set_up();
        write_rows("1.csv", 0, 3);
        for (int i = 0; i < 20; i++) {
            random = random * 1103515245u + 12345u;
            const char *piece = pieces[(random >> 16) % (sizeof pieces / sizeof *pieces)];
            write_text((random >> 8) % 7 ? "1.csv" : "0.csv", "a", piece);
            if ((random >> 12) % 5 == 0 && access(path_of("0.csv"), F_OK) == 0)
                write_rows("0.csv", round, 3);
            check_load(piece);
        }
        tear_down();
    }
}

static void test_types_are_those_of_a_load_of_everything(void)
{
    set_up();
    write_rows("1.csv", 0, 50);
    check_load("decimals");
    write_text("2.csv", "w", "at,user,amount\n2026-01-01T00:00:00Z,u1,1.2345\n");
    check_load("more digits");
    write_text("3.csv", "w", "at,user,amount\n2026-01-01T00:00:00Z,u1,n/a\n");
    check_load("text");
    unlink(path_of("3.csv"));
    check_load("and back");
    write_text("3.csv", "w", "at,user,amount,channel\n2026-01-01T00:00:00Z,7,,ads\n");
    check_load("another column");
    unlink(path_of("2.csv"));
    check_load("and the scale is back");
    tear_down();
}

static void test_limits_of_bad_rows_are_for_all_files_together(void)
{
    set_up();
    cyn_source_spec spec = spec_of(glob, 1);
    spec.bad_limit = 1;
    write_rows("1.csv", 0, 50);
    write_text("1.csv", "a", "broken\n");
    loaded one = load_spec(spec, folder);
    CHECK_INT(one.rc, CYN_OK);
    write_text("2.csv", "w", "at,user,amount\n2026-01-01T00:00:00Z,u1,1.10\nbroken\n");
    loaded two = load_spec(spec, folder), want = load_spec(spec, NULL);
    CHECK_INT(two.rc, CYN_E_DATA);
    CHECK_STR(two.err.message, want.err.message);
    unload(&one);
    unload(&two);
    unload(&want);
    tear_down();
}

/* The state of a new project is made beside its first load, whatever becomes of that. */
static void test_a_first_load_that_fails_leaves_a_whole_state(void)
{
    set_up();
    cyn_source_spec spec = spec_of(glob, 1);
    spec.bad_limit = 0;
    write_text("1.csv", "w", "at,user,amount\n2026-01-01T00:00:00Z,u1,1.10\nbroken\n");
    loaded l = load_spec(spec, folder);
    CHECK_INT(l.rc, CYN_E_DATA);
    CHECK_INT(l.notes.count, 0);
    CHECK_INT(access(path_of(".cynosure/state.db"), F_OK), 0);
    unload(&l);
    write_rows("1.csv", 0, 50);
    check_load("rows that are whole");
    tear_down();
}

static void test_another_spec_is_another_load(void)
{
    set_up();
    static const cyn_column_decl real[] = {{.name = "amount", .has_type = true, .type = CYN_REAL}};
    write_rows("1.csv", 0, 50);
    check_load("decimals");
    cyn_source_spec spec = spec_of(glob, 1);
    spec.columns = real;
    spec.ncolumns = 1;
    loaded l = load_spec(spec, folder);
    CHECK_INT(l.rc, CYN_OK);
    CHECK_INT(cyn_table_column(l.table, 2)->type, CYN_REAL);
    unload(&l);
    check_load("decimals again");
    tear_down();
}

static void test_a_damaged_cut_or_missing_segment_is_made_again(void)
{
    set_up();
    write_rows("1.csv", 0, 500);
    check_load("first");
    for (int damage = 0; damage < 4; damage++) {
        const char *path = segment_path();
        struct stat st;
        CHECK_INT(stat(path, &st), 0);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        if (damage == 0) CHECK_INT(pwrite(fd, "????", 4, st.st_size - 40), 4);
        if (damage == 1) CHECK_INT(ftruncate(fd, st.st_size / 2), 0);
        if (damage == 2) CHECK_INT(pwrite(fd, "????????", 8, 300), 8);
        if (damage == 3) CHECK_INT(unlink(path), 0);
        close(fd);
        check_load("after damage");
        long long mark = segments_mark();
        check_load("repaired");
        CHECK_INT(segments_mark(), mark); /* and it was written again the first time */
        CHECK_INT(count_files(".seg"), 1);
    }
    tear_down();
}

/* Records are swapped: each segment is whole, but of another file. */
static void test_a_segment_of_other_files_is_not_believed(void)
{
    set_up();
    write_rows("1.csv", 0, 60);
    check_load("one");
    write_rows("2.csv", 60, 60);
    check_load("two");
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(path_of(".cynosure/state.db"), &db), SQLITE_OK);
    int swapped = sqlite3_exec(db,
                               "UPDATE segment SET path = 'x' || path;"
                               "UPDATE segment SET path = (SELECT substr(o.path, 2) FROM segment o"
                               " WHERE o.ordinal = 1 - segment.ordinal AND o.path LIKE 'x%')"
                               " WHERE ordinal = 0;",
                               NULL, NULL, NULL);
    CHECK_INT(swapped, SQLITE_OK);
    sqlite3_close(db);
    check_load("swapped");
    tear_down();
}

static void test_strays_are_removed_and_other_files_left(void)
{
    set_up();
    write_rows("1.csv", 0, 60);
    check_load("first");
    write_text(".cynosure/segments/0123456789abcdef.seg.new", "w", "half");
    write_text(".cynosure/segments/0123456789abcdef.seg", "w", "nobody's");
    write_text(".cynosure/segments/README", "w", "not ours");
    check_load("repeat");
    CHECK_INT(count_files(".seg"), 1);
    CHECK_INT(count_files(".new"), 0);
    CHECK(access(path_of(".cynosure/segments/README"), F_OK) == 0);
    tear_down();
}

static void test_many_segments_become_one(void)
{
    set_up();
    for (int i = 0; i < 20; i++) {
        char name[20];
        snprintf(name, sizeof name, "%02d.csv", i);
        write_rows(name, i * 10, 10);
        check_load(name);
        CHECK(count_files(".seg") <= 16);
    }
    CHECK(count_files(".seg") < 8);
    tear_down();
}

static void test_small_sources_are_not_kept(void)
{
    set_up();
    write_rows("1.csv", 0, 60);
    loaded l = {.arena = cyn_arena_new(0)};
    cyn_cache cache = {.dir = folder, .least = CYN_CACHE_LEAST, .notes = &l.notes};
    cyn_source_spec spec = spec_of(glob, 1);
    cyn_err_list_init(&l.notes, l.arena);
    CHECK_INT(cyn_cache_load(&cache, &spec, NULL, l.arena, &l.table, &l.report, NULL), CYN_OK);
    CHECK(access(path_of(".cynosure"), F_OK) != 0);
    unload(&l);
    tear_down();
}

static void run_sql(const char *text)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path_of("shop.db"), &db) != SQLITE_OK ||
        sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        abort();
    sqlite3_close(db);
}

static loaded load_database(const char *dir)
{
    static const char *const paths[] = {"shop.db"};
    cyn_source_spec spec = spec_of(paths, 1);
    spec.kind = CYN_SOURCE_SQLITE;
    spec.table = "t";
    spec.time = NULL;
    return load_spec(spec, dir);
}

static void test_a_database_is_read_again_when_it_or_its_journal_changed(void)
{
    set_up();
    run_sql("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)");
    loaded l = load_database(folder);
    CHECK_INT(cyn_table_rows(l.table), 2);
    unload(&l);
    CHECK_INT(count_files(".seg"), 1);
    long long mark = segments_mark();
    l = load_database(folder);
    CHECK_INT(cyn_table_rows(l.table), 2);
    CHECK_INT(segments_mark(), mark);
    unload(&l);
    run_sql("INSERT INTO t VALUES (3)");
    l = load_database(folder);
    CHECK_INT(cyn_table_rows(l.table), 3);
    unload(&l);
    sqlite3 *writer = NULL; /* keeps the change in the journal */
    CHECK_INT(sqlite3_open(path_of("shop.db"), &writer), SQLITE_OK);
    CHECK_INT(sqlite3_exec(writer, "PRAGMA journal_mode = WAL; INSERT INTO t VALUES (4)", NULL,
                           NULL, NULL),
              SQLITE_OK);
    for (int rows = 4; rows < 7; rows++) {
        l = load_database(folder);
        CHECK_INT(cyn_table_rows(l.table), rows);
        unload(&l);
        CHECK_INT(sqlite3_exec(writer, "INSERT INTO t VALUES (5)", NULL, NULL, NULL), SQLITE_OK);
    }
    sqlite3_close(writer);
    tear_down();
}

/* A limit on the size of files stands in for a full disk. */
static int load_with_a_full_disk(void)
{
    struct rlimit limit = {3000, 3000};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    loaded l = load();
    int bad = l.rc != CYN_OK || cyn_table_rows(l.table) != 500 || l.notes.count != 1;
    unload(&l);
    return bad;
}

/* 65534 is nobody; root may write everywhere, and so would see nothing. */
static int load_as_anyone(void)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 77;
    loaded l = load();
    int bad = l.rc != CYN_OK || cyn_table_rows(l.table) != 500 || l.notes.count != 1 ||
              !strstr(l.notes.items[0].message, "cannot be kept");
    unload(&l);
    return bad;
}

static int in_child(int (*work)(void))
{
    int status = -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) _exit(work());
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_what_cannot_be_kept_is_a_note(void)
{
    set_up();
    write_rows("1.csv", 0, 500);
    CHECK_INT(in_child(load_with_a_full_disk), 0);
    check_load("with room again");
    chmod(folder, 0755);
    tear_down();
    set_up();
    write_rows("1.csv", 0, 500);
    chmod(folder, 0555);
    int status = in_child(load_as_anyone);
    if (status == 77)
        printf("# skipped: running as root without the right to become another user\n");
    else
        CHECK_INT(status, 0);
    chmod(folder, 0755);
    tear_down();
}

static int load_for_ever(void)
{
    for (int i = 0; i < 100000; i++) {
        loaded l = load();
        unload(&l);
        utimensat(AT_FDCWD, path_of("2.csv"), NULL, 0); /* there is always something to do */
    }
    return 0;
}

static void test_a_kill_at_any_moment_costs_nothing(void)
{
    enum { KILLS = 100 };
    set_up();
    srandom(1121);
    write_rows("1.csv", 0, 2000);
    write_rows("2.csv", 2000, 300);
    int temporaries = 0;
    for (int i = 0; i < KILLS; i++) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) _exit(load_for_ever());
        usleep((useconds_t)(random() % 40000));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        temporaries += count_files(".new");
        if (i % 5 == 0) write_rows("1.csv", i, 2000);
        check_load("after a kill");
        CHECK_INT(count_files(".new"), 0);
        CHECK(count_files(".seg") >= 1 && count_files(".seg") <= 2);
    }
    printf("# %d temporaries were left\n", temporaries);
    tear_down();
}

static int load_a_few_times(void)
{
    int bad = 0;
    for (int i = 0; i < 10; i++) {
        loaded l = load();
        bad |= l.rc != CYN_OK || cyn_table_rows(l.table) != 2300 || l.notes.count > 0;
        unload(&l);
        utimensat(AT_FDCWD, path_of("2.csv"), NULL, 0);
    }
    return bad;
}

static void test_processes_do_not_disturb_each_other(void)
{
    set_up();
    write_rows("1.csv", 0, 2000);
    write_rows("2.csv", 2000, 300);
    pid_t pids[4];
    fflush(stdout);
    for (int i = 0; i < 4; i++)
        if ((pids[i] = fork()) == 0) _exit(load_a_few_times());
    for (int i = 0; i < 4; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        CHECK_INT(status, 0);
    }
    check_load("after all");
    tear_down();
}

int main(void)
{
    RUN(test_a_repeat_comes_from_the_segment_and_writes_nothing);
    RUN(test_a_new_file_is_parsed_alone_and_in_its_place);
    RUN(test_only_columns_that_were_wanted_are_kept);
    RUN(test_segments_of_different_columns_are_put_together);
    RUN(test_changed_rotated_and_vanished_files_are_noticed);
    RUN(test_only_what_was_appended_is_parsed);
    RUN(test_a_line_that_goes_on_is_read_again);
    RUN(test_appended_values_may_change_the_types);
    RUN(test_a_file_written_anew_is_not_taken_for_a_longer_one);
    RUN(test_appended_lines_of_ndjson);
    RUN(test_any_sequence_of_appended_pieces);
    RUN(test_types_are_those_of_a_load_of_everything);
    RUN(test_limits_of_bad_rows_are_for_all_files_together);
    RUN(test_a_first_load_that_fails_leaves_a_whole_state);
    RUN(test_another_spec_is_another_load);
    RUN(test_a_damaged_cut_or_missing_segment_is_made_again);
    RUN(test_a_segment_of_other_files_is_not_believed);
    RUN(test_strays_are_removed_and_other_files_left);
    RUN(test_many_segments_become_one);
    RUN(test_small_sources_are_not_kept);
    RUN(test_a_database_is_read_again_when_it_or_its_journal_changed);
    RUN(test_what_cannot_be_kept_is_a_note);
    RUN(test_a_kill_at_any_moment_costs_nothing);
    RUN(test_processes_do_not_disturb_each_other);
    return test_end();
}
