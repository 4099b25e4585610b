#include "load.h"

static void test_plain_rows_are_typed_columns(void)
{
    CHECK_CSV("a,b,c\n1,x,2.50\n2,y,3\n", "a:integer=1|2 b:text=x|y c:decimal=250/2|300/2");
}

static void test_all_line_breaks_and_a_missing_last_one_are_understood(void)
{
    CHECK_CSV("a,b\r\n1,x\r\n2,y\r\n", "a:integer=1|2 b:text=x|y");
    CHECK_CSV("a,b\r1,x\r2,y", "a:integer=1|2 b:text=x|y");
    CHECK_CSV("a,b\n1,x\r\n2,y", "a:integer=1|2 b:text=x|y");
    CHECK_CSV("a,b\n1,", "a:integer=1 b:text=nil");
}

static void test_a_byte_order_mark_is_no_part_of_the_first_name(void)
{
    CHECK_CSV("\xEF\xBB\xBF"
              "a,b\n1,2\n",
              "a:integer=1 b:integer=2");
    CHECK_CSV("\xEF\xBB\xBF\"a\",b\n1,2\n", "a:integer=1 b:integer=2");
}

static void test_quotes_hold_delimiters_line_breaks_and_doubled_quotes(void)
{
    CHECK_CSV("a,b\n\"x,y\",\"line\nbreak\"\n\"say \"\"hi\"\"\",\"cr\r\nlf\"\n",
              "a:text=x,y|say \"hi\" b:text=line\nbreak|cr\r\nlf");
    CHECK_CSV("a,b\n\"\"\"\",\"\"\n", "a:text=\" b:text=nil");
}

static void test_a_quote_inside_a_plain_field_is_text(void)
{
    CHECK_CSV("a,b\n5\" screen,1\n", "a:text=5\" screen b:integer=1");
}

static void test_quoted_numbers_are_numbers(void)
{
    CHECK_CSV("\"a\",\"b\"\n\"1\",\"2.5\"\n", "a:integer=1 b:decimal=25/1");
}

static void test_blank_lines_are_skipped(void)
{
    CHECK_CSV("\n\na,b\n\n1,2\n  \n3,4\n\n", "a:integer=1|3 b:integer=2|4");
}

static void test_the_delimiter_is_found_out(void)
{
    CHECK_CSV("a;b\n1,5;x\n2,5;y\n", "a:text=1,5|2,5 b:text=x|y");
    CHECK_CSV("a\tb\n1\tx, y\n", "a:integer=1 b:text=x, y");
    CHECK_CSV("a|b\n1|2\n", "a:integer=1 b:integer=2");
    CHECK_CSV("a\n1\n2\n", "a:integer=1|2");
    CHECK_CSV("a;b\n\"x,y,z\";1\n\"x,y,z\";2\n", "a:text=x,y,z|x,y,z b:integer=1|2");
    loaded l;
    load_csv(&l, "a\tb\n1\t2\n");
    CHECK_STR(l.report->delimiter, "\t");
    unload(&l);
}

/* The first rows, long ones, could be of either. */
static void test_the_delimiter_is_sought_in_so_many_rows_however_long_they_are(void)
{
    enum { LONG = 30000, ROWS = 12 };
    char *text = malloc((LONG + 10) * ROWS + 10);
    size_t n = (size_t)sprintf(text, "a;b,c\n");
    for (int i = 0; i < ROWS; i++) {
        n += (size_t)sprintf(text + n, "%d;%s", i, i < 4 ? "x,y" : "");
        memset(text + n, 'z', LONG);
        n += LONG;
        text[n++] = '\n';
    }
    put("t.csv", text, n);
    loaded l;
    load_path(&l, spec_of(CYN_SOURCE_CSV), "t.csv");
    CHECK_INT(l.report->rows, ROWS);
    CHECK_STR(l.report->delimiter, ";");
    unload(&l);
    free(text);
}

static void test_a_declared_delimiter_is_used(void)
{
    loaded l;
    cyn_source_spec spec = spec_of(CYN_SOURCE_CSV);
    spec.delimiter = ':';
    put_text("t.csv", "a:b,c\n1:2,3\n");
    load_path(&l, spec, "t.csv");
    CHECK_STR(shown(&l), "a:integer=1 b,c:text=2,3");
    unload(&l);
}

static void test_names_are_trimmed_and_numbers_may_have_blanks_around_them(void)
{
    CHECK_CSV(" a , b\t\n 1 ,x\n2, y \n   ,z\n", "a:integer=1|2|nil b:text=x| y |z");
}

static void test_ragged_rows_are_bad_and_counted(void)
{
    loaded l;
    load_csv(&l, "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n");
    CHECK_STR(shown(&l), "a:integer=1|10 b:integer=2|11 c:integer=3|12");
    CHECK_INT(l.report->rows, 2);
    CHECK_INT(l.report->bad, 2);
    CHECK_INT(l.report->files[0].bad, 2);
    CHECK_STR(bad_row(&l, 0), "t.csv:3:4 -: 2 fields, expected 3 as in the header");
    CHECK_STR(l.report->bad_rows[0].text, "4,5");
    CHECK_STR(bad_row(&l, 1), "t.csv:4:7 -: 4 fields, expected 3 as in the header");
    unload(&l);
}

static void test_an_open_quote_costs_its_line_and_no_other(void)
{
    loaded l;
    load_csv(&l, "a,b\n1,x\n2,\"y\n3,z\n");
    CHECK_STR(shown(&l), "a:integer=1|3 b:text=x|z");
    CHECK_STR(bad_row(&l, 0), "t.csv:3:3 -: the quote opened on line 3, column 3, is never closed");
    unload(&l);
    load_csv(&l, "a,b\n1,\"x\ny\",\"z\n");
    CHECK_STR(bad_row(&l, 0), "t.csv:3:4 -: the quote opened on line 3, column 4, is never closed");
    unload(&l);
}

static void test_text_behind_a_closing_quote_is_bad(void)
{
    loaded l;
    load_csv(&l, "a,b\n\"x\"y,1\nz,2\n");
    CHECK_STR(shown(&l), "a:text=z b:integer=2");
    CHECK_STR(bad_row(&l, 0), "t.csv:2:4 -: text behind a closing quote (opened on line 2, column "
                              "1): a quote inside quotes is written twice");
    unload(&l);
}

static void test_lines_are_counted_through_quoted_line_breaks(void)
{
    CHECK_BAD(load_csv, "a,b\n\"1\r\n2\n3\",x\n4\n",
              "t.csv:5:2 -: 1 field, expected 2 as in the header");
    CHECK_BAD(load_csv, "a,b\n\"1\n2\",é\n\"3\n4\",\"é\",5\n",
              "t.csv:5:8 -: 3 fields, expected 2 as in the header");
}

static void test_invalid_utf8_and_nul_bytes_are_bad_with_their_column(void)
{
    CHECK_BAD(load_csv, "a,b\n\xC3\xA9\xC3\xA9,\xE9x\n1,2\n", "t.csv:2:4 -: not UTF-8: byte 0xE9");
    loaded l;
    put("t.csv", "a,b\n1,x\0y\n2,z\n", 14);
    load_path(&l, spec_of(CYN_SOURCE_CSV), "t.csv");
    CHECK_STR(shown(&l), "a:integer=2 b:text=z");
    CHECK_STR(bad_row(&l, 0), "t.csv:2:4 -: a NUL byte");
    CHECK_STR(l.report->bad_rows[0].text, "1,x?y");
    unload(&l);
}

static void test_a_header_that_cannot_be_used_is_an_error_with_its_place(void)
{
    CHECK_FAILS(load_csv, "a,b,a\n1,2,3\n",
                "t.csv:1:5: source 't': the header has 'a' twice, expected different names");
    CHECK_FAILS(load_csv, "a,,c\n1,2,3\n",
                "t.csv:1:3: source 't': field 2 of 3 in the header is empty, expected a name");
    CHECK_FAILS(load_csv, "",
                "t.csv:1: source 't': the file is empty, expected a header line with "
                "the columns' names");
    CHECK_FAILS(load_csv, "a,\xFF\n1,2\n", "t.csv:1:3: source 't': not UTF-8: byte 0xFF");
    CHECK_FAILS(load_csv, "a,\"b\n1,2\n",
                "t.csv:1:3: source 't': the quote opened on line 1, column 3, is never closed");
}

static void test_a_header_alone_is_an_empty_table(void)
{
    loaded l;
    load_csv(&l, "a,b\n");
    CHECK_INT(l.rc, CYN_OK);
    CHECK_INT(cyn_table_rows(l.table), 0);
    CHECK_STR(shown(&l), "a:text b:text");
    unload(&l);
}

static void test_long_rows_and_rows_across_blocks_stay_whole(void)
{
    enum { SIZE = 3 << 20, ROWS = 60000 };
    char *text = malloc(SIZE + 100);
    size_t n = (size_t)sprintf(text, "a,b\n1,\"");
    memset(text + n, 'x', SIZE);
    n += SIZE;
    n += (size_t)sprintf(text + n, "\"\n2,y\n");
    put("t.csv", text, n);
    loaded l;
    load_path(&l, spec_of(CYN_SOURCE_CSV), "t.csv");
    CHECK_INT(l.report->rows, 2);
    CHECK_INT(cyn_table_column(l.table, 1)->dict->offset[1], SIZE);
    unload(&l);
    n = (size_t)sprintf(text, "a,b,c\r\n");
    for (int i = 0; i < ROWS; i++)
        n += (size_t)sprintf(text + n, "%d,\"t %d\",\"q\"\"q\n\"\r\n", i, i % 7);
    put("t.csv", text, n);
    load_path(&l, spec_of(CYN_SOURCE_CSV), "t.csv");
    CHECK_INT(l.report->rows, ROWS);
    CHECK_INT(l.report->bad, 0);
    int64_t sum = 0;
    for (size_t i = 0; i < ROWS; i++)
        sum += cyn_column_integer(cyn_table_column(l.table, 0), i);
    CHECK_INT(sum, (int64_t)ROWS * (ROWS - 1) / 2);
    CHECK_INT(cyn_table_column(l.table, 1)->dict->count, 7);
    unload(&l);
    free(text);
}

static void test_a_row_beyond_16_mib_is_bad_and_the_rest_is_read(void)
{
    enum { SIZE = 40 << 20 };
    char *text = malloc(SIZE + 100);
    size_t n = (size_t)sprintf(text, "a,b\n1,x\n2,");
    memset(text + n, 'x', SIZE);
    n += SIZE;
    n += (size_t)sprintf(text + n, "\n3,y\n4\n");
    put("t.csv", text, n);
    loaded l;
    load_path(&l, spec_of(CYN_SOURCE_CSV), "t.csv");
    CHECK_STR(shown(&l), "a:integer=1|3 b:text=x|y");
    CHECK_STR(bad_row(&l, 0), "t.csv:3:1 -: a row longer than 16 MiB: is a quote missing?");
    CHECK_STR(bad_row(&l, 1), "t.csv:5:2 -: 1 field, expected 2 as in the header");
    unload(&l);
    free(text);
}

int main(void)
{
    begin();
    RUN(test_plain_rows_are_typed_columns);
    RUN(test_all_line_breaks_and_a_missing_last_one_are_understood);
    RUN(test_a_byte_order_mark_is_no_part_of_the_first_name);
    RUN(test_quotes_hold_delimiters_line_breaks_and_doubled_quotes);
    RUN(test_a_quote_inside_a_plain_field_is_text);
    RUN(test_quoted_numbers_are_numbers);
    RUN(test_blank_lines_are_skipped);
    RUN(test_the_delimiter_is_found_out);
    RUN(test_the_delimiter_is_sought_in_so_many_rows_however_long_they_are);
    RUN(test_a_declared_delimiter_is_used);
    RUN(test_names_are_trimmed_and_numbers_may_have_blanks_around_them);
    RUN(test_ragged_rows_are_bad_and_counted);
    RUN(test_an_open_quote_costs_its_line_and_no_other);
    RUN(test_text_behind_a_closing_quote_is_bad);
    RUN(test_lines_are_counted_through_quoted_line_breaks);
    RUN(test_invalid_utf8_and_nul_bytes_are_bad_with_their_column);
    RUN(test_a_header_that_cannot_be_used_is_an_error_with_its_place);
    RUN(test_a_header_alone_is_an_empty_table);
    RUN(test_long_rows_and_rows_across_blocks_stay_whole);
    RUN(test_a_row_beyond_16_mib_is_bad_and_the_rest_is_read);
    return end();
}
