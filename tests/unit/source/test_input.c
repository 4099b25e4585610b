/* Packed files, encodings, and finding the files. */
#include "load.h"
#include <sys/resource.h>
#include <zlib.h>
#include <zstd.h>

static size_t pack_gzip(const char *text, unsigned char *out, size_t size)
{
    z_stream z = {0};
    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)strlen(text);
    z.next_out = out;
    z.avail_out = (uInt)size;
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return z.total_out;
}

static void load_bytes(loaded *l, const char *name, const void *data, size_t n)
{
    put(name, data, n);
    load_path(l, spec_of(CYN_SOURCE_CSV), name);
}

static void test_gzip_and_zstd_are_known_by_their_bytes(void)
{
    unsigned char packed[500];
    loaded l;
    size_t n = pack_gzip("a,b\n1,x\n", packed, sizeof packed);
    load_bytes(&l, "no-suffix", packed, n);
    CHECK_STR(shown(&l), "a:integer=1 b:text=x");
    CHECK_INT(l.report->files[0].bytes, n);
    unload(&l);
    n = ZSTD_compress(packed, sizeof packed, "a,b\n2,y\n", 8, 3);
    load_bytes(&l, "wrong.gz", packed, n);
    CHECK_STR(shown(&l), "a:integer=2 b:text=y");
    unload(&l);
}

static void test_concatenated_members_are_one_text(void)
{
    unsigned char packed[500];
    loaded l;
    size_t n = pack_gzip("a,b\n1,", packed, sizeof packed);
    n += pack_gzip("x\n", packed + n, sizeof packed - n);
    load_bytes(&l, "t.csv.gz", packed, n);
    CHECK_STR(shown(&l), "a:integer=1 b:text=x");
    unload(&l);
    memset(packed + n, 0, 100); /* padding, as tapes and block devices add it */
    load_bytes(&l, "t.csv.gz", packed, n + 100);
    CHECK_STR(shown(&l), "a:integer=1 b:text=x");
    unload(&l);
    n = ZSTD_compress(packed, sizeof packed, "a,b\n2,", 6, 3);
    n += ZSTD_compress(packed + n, sizeof packed - n, "y\n", 2, 3);
    load_bytes(&l, "t.csv.zst", packed, n);
    CHECK_STR(shown(&l), "a:integer=2 b:text=y");
    unload(&l);
}

static void test_damaged_archives_are_errors_with_file_and_byte(void)
{
    unsigned char packed[500];
    loaded l;
    char want[300];
    size_t n = pack_gzip("a,b\n1,x\n", packed, sizeof packed);
    load_bytes(&l, "t.csv.gz", packed, n - 5);
    snprintf(want, sizeof want,
             "%s/t.csv.gz: source 't': gzip archive ends too early, at byte %zu\n"
             "hint: the file is cut off: copy or download it again",
             folder, n - 5);
    CHECK_STR(failure(&l), want);
    CHECK(l.report != NULL);
    unload(&l);
    packed[n] = 'x';
    load_bytes(&l, "t.csv.gz", packed, n + 1);
    CHECK(strstr(failure(&l), "gzip archive is followed by something else at byte") != NULL);
    unload(&l);
    packed[n - 8] ^= 1; /* the checksum */
    load_bytes(&l, "t.csv.gz", packed, n);
    CHECK(strstr(failure(&l), "gzip archive is damaged at byte") != NULL);
    unload(&l);
    n = ZSTD_compress(packed, sizeof packed, "a,b\n1,x\n", 8, 3);
    load_bytes(&l, "t.csv.zst", packed, n - 3);
    CHECK(strstr(failure(&l), "Zstandard archive ends too early, at byte") != NULL);
    unload(&l);
    packed[6] |= 6; /* the reserved type of block */
    load_bytes(&l, "t.csv.zst", packed, n);
    CHECK(strstr(failure(&l), "Zstandard archive is damaged at byte") != NULL);
    unload(&l);
}

static void test_foreign_formats_are_named(void)
{
    loaded l;
    load_bytes(&l, "t.csv", "PK\3\4 and so on", 15);
    CHECK(strstr(failure(&l), "this is a zip archive or a spreadsheet, expected text") != NULL);
    unload(&l);
    load_bytes(&l, "t.csv",
               "\xFF\xFE"
               "a\0,\0b\0\n\0",
               10);
    CHECK(strstr(failure(&l), "the text is UTF-16, expected UTF-8") != NULL);
    CHECK(strstr(failure(&l), "encoding: UTF-16") != NULL);
    unload(&l);
}

static void load_encoded(loaded *l, const char *encoding, const void *data, size_t n)
{
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.encoding = encoding;
    put("t.csv", data, n);
    load_path(l, spec, "t.csv");
}

/* Bytes from printf '…' | iconv -t CP932 (and UTF-16, LATIN1) */
static void test_declared_encodings_become_utf8(void)
{
    loaded l;
    load_encoded(&l, "CP932", "a,b\n\x93\x8C\x8B\x9E,1\n", 11);
    CHECK_STR(shown(&l), "a:text=東京 b:integer=1");
    unload(&l);
    load_encoded(&l, "UTF-16",
                 "\xFF\xFE"
                 "a\0\n\0\xE9\0\n\0",
                 10);
    CHECK_STR(shown(&l), "a:text=é");
    unload(&l);
    load_encoded(&l, "UTF-16LE",
                 "\xFF\xFE"
                 "a\0\n\0\xE9\0\n\0",
                 10);
    CHECK_STR(shown(&l), "a:text=é");
    unload(&l);
    load_encoded(&l, "utf-8", "a\n\xC3\xA9\n", 5);
    CHECK_STR(shown(&l), "a:text=é");
    unload(&l);
}

static void test_bytes_that_are_not_of_the_encoding_make_their_row_bad(void)
{
    loaded l;
    load_encoded(&l, "CP932", "a,b\nx\x81\x01,1\ny,2\n", 14);
    CHECK_STR(shown(&l), "a:text=y b:integer=2");
    CHECK_INT(l.report->bad, 1);
    CHECK_INT(l.report->bad_rows[0].line, 2);
    CHECK_INT(l.report->bad_rows[0].column, 2);
    unload(&l);
    load_encoded(&l, "CP932", "a\ny\nx\x81", 6); /* half a character at the end */
    CHECK_STR(shown(&l), "a:text=y");
    CHECK_INT(l.report->bad, 1);
    unload(&l);
    load_encoded(&l, "KLINGON-1", "a\n", 2);
    CHECK_INT(l.rc, CYN_E_NAME);
    CHECK(strstr(failure(&l), "unknown encoding 'KLINGON-1'") != NULL);
    unload(&l);
}

static void test_long_encoded_text_survives_block_borders(void)
{
    enum { ROWS = 100000 };
    char *text = malloc(ROWS * 6 + 10), *p = text;
    p += sprintf(p, "a\n");
    for (int i = 0; i < ROWS; i++)
        p += sprintf(p, "x\x93\x8C%c\n", "yz"[i % 2]); /* 東 is two bytes in CP932 */
    loaded l;
    load_encoded(&l, "CP932", text, (size_t)(p - text));
    CHECK_INT(l.report->rows, ROWS);
    CHECK_INT(l.report->bad, 0);
    CHECK_INT(cyn_table_column(l.table, 0)->dict->count, 2);
    unload(&l);
    free(text);
}

static void test_globs_are_sorted_and_columns_matched_by_name(void)
{
    put_text("g-2.csv", "b,a,c\ny,2,new\n");
    put_text("g-10.csv", "a,b\n1,x\n");
    put_text("g-3.csv", "a\n3\n");
    loaded l;
    load_path(&l, spec_of(CYN_SOURCE_CSV), "g-*.csv");
    CHECK_STR(shown(&l), "a:integer=1|2|3 b:text=x|y|nil c:text=nil|new|nil");
    CHECK_INT(l.report->nfiles, 3);
    CHECK_STR(l.report->files[0].path, "g-10.csv");
    CHECK_STR(l.report->files[1].path, "g-2.csv");
    CHECK_INT(l.report->files[2].rows, 1);
    unload(&l);
}

static void test_a_file_named_twice_is_read_once(void)
{
    static const char *const paths[] = {"g-3.csv", "g-*.csv", "link.csv"};
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    char target[200];
    snprintf(target, sizeof target, "%s", path_of("g-3.csv"));
    CHECK_INT(symlink(target, path_of("link.csv")), 0);
    spec.paths = paths;
    spec.npaths = 3;
    loaded l;
    load_in(&l, spec, "UTC");
    CHECK_INT(l.report->rows, 3);
    CHECK_STR(l.report->files[0].path, "g-3.csv");
    unload(&l);
}

static void test_what_is_not_found_says_where_it_was_looked_for(void)
{
    loaded l;
    char want[400];
    load_path(&l, spec_of(CYN_SOURCE_CSV), "h-*.csv");
    snprintf(want, sizeof want, "source 't': no file matches 'h-*.csv' (looked in '%s')", folder);
    CHECK_STR(l.err.message, want);
    CHECK(*l.err.hint);
    unload(&l);
    load_path(&l, spec_of(CYN_SOURCE_CSV), "g-l0.csv");
    CHECK(strstr(failure(&l), "no file is named 'g-l0.csv'") != NULL);
    CHECK(strstr(failure(&l), "did you mean 'g-10.csv'?") != NULL);
    unload(&l);
    load_path(&l, spec_of(CYN_SOURCE_CSV), "absent/*.csv");
    CHECK(strstr(failure(&l), "the folder does not exist") != NULL);
    unload(&l);
    CHECK_INT(mkdir(path_of("folder"), 0777), 0);
    load_path(&l, spec_of(CYN_SOURCE_CSV), "folder");
    CHECK_STR(failure(&l), "source 't': 'folder' is a folder, expected a file\n"
                           "hint: name the files in it: 'folder/*'");
    unload(&l);
    load_path(&l, spec_of(CYN_SOURCE_CSV), "folder/*");
    CHECK(strstr(failure(&l), "the folder is empty") != NULL);
    unload(&l);
}

static void test_a_folder_that_cannot_be_listed_is_not_one_without_matches(void)
{
    static const char *const paths[] = {"g-*.csv"};
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    loaded l = {.arena = cyn_arena_new(0)};
    CHECK_INT(cyn_tz_load("UTC", &l.tz, NULL), CYN_OK);
    spec.tz = l.tz;
    spec.paths = paths;
    spec.npaths = 1;
    struct rlimit was, few;
    int next = dup(0); /* the next file would be this one */
    CHECK_INT(close(next), 0);
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &was), 0);
    few = (struct rlimit){.rlim_cur = (rlim_t)next, .rlim_max = was.rlim_max};
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
    l.rc = cyn_source_load(&spec, NULL, l.arena, &l.table, &l.report, &l.err);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &was), 0);
    CHECK_STR(failure(&l), "source 't': cannot list the folder of 'g-*.csv': Too many open files");
    unload(&l);
}

static void test_special_characters_in_names_are_no_wildcards(void)
{
    put_text("x[1]*.csv", "a\n1\n");
    loaded l;
    load_path(&l, spec_of(CYN_SOURCE_CSV), "x[1]*.csv");
    CHECK_STR(shown(&l), "a:integer=1");
    unload(&l);
    char base[100];
    snprintf(base, sizeof base, "%s/b[x]", folder);
    CHECK_INT(mkdir(base, 0777), 0);
    put_text("b[x]/t.csv", "a\n2\n");
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.base = base;
    load_path(&l, spec, "*.csv");
    CHECK_STR(shown(&l), "a:integer=2");
    unload(&l);
}

static void test_what_is_no_regular_file_is_refused(void)
{
    loaded l;
    load_path(&l, spec_of(CYN_SOURCE_CSV), "/dev/null");
    CHECK_INT(l.rc, CYN_E_IO);
    CHECK(strstr(failure(&l), "not a regular file") != NULL);
    unload(&l);
}

int main(void)
{
    begin();
    RUN(test_gzip_and_zstd_are_known_by_their_bytes);
    RUN(test_concatenated_members_are_one_text);
    RUN(test_damaged_archives_are_errors_with_file_and_byte);
    RUN(test_foreign_formats_are_named);
    RUN(test_declared_encodings_become_utf8);
    RUN(test_bytes_that_are_not_of_the_encoding_make_their_row_bad);
    RUN(test_long_encoded_text_survives_block_borders);
    RUN(test_globs_are_sorted_and_columns_matched_by_name);
    RUN(test_a_file_named_twice_is_read_once);
    RUN(test_what_is_not_found_says_where_it_was_looked_for);
    RUN(test_a_folder_that_cannot_be_listed_is_not_one_without_matches);
    RUN(test_special_characters_in_names_are_no_wildcards);
    RUN(test_what_is_no_regular_file_is_refused);
    return end();
}
