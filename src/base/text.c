#include "base/text.h"
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#define INVALID (-1)

/* Reads one code point of n > 0 bytes and returns its length; an invalid byte has length 1. */
static size_t decode(const char *s, size_t n, int32_t *code)
{
    utf8proc_ssize_t most = n < 4 ? (utf8proc_ssize_t)n : 4;
    utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)s, most, code);
    if (length > 0) return (size_t)length;
    *code = INVALID;
    return 1;
}

/* Bytes at the start that are ASCII, eight at a time. */
static size_t ascii_run(const char *s, size_t n)
{
    size_t i = 0;
    for (uint64_t word; i + sizeof word <= n; i += sizeof word) {
        memcpy(&word, s + i, sizeof word);
        if (word & UINT64_C(0x8080808080808080)) break;
    }
    while (i < n && !((unsigned char)s[i] & 0x80))
        i++;
    return i;
}

size_t cyn_utf8_valid(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        i += ascii_run(s + i, n - i);
        if (i == n) break;
        int32_t code;
        size_t length = decode(s + i, n - i, &code);
        if (code == INVALID) return i;
        i += length;
    }
    return n;
}

size_t cyn_utf8_count(const char *s, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; count++) {
        int32_t code;
        i += decode(s + i, n - i, &code);
    }
    return count;
}

/* What a variation selector turns into an emoji: pictographs, and the digits of keycaps. */
static bool has_emoji_form(int32_t code)
{
    if ((code >= '0' && code <= '9') || code == '#' || code == '*') return true;
    return utf8proc_get_property(code)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

static bool is_regional(int32_t code)
{
    return code >= 0x1F1E6 && code <= 0x1F1FF;
}

/* The grapheme cluster at the start of n > 0 bytes: its length, and its width in cells. The widest
 * code point counts; flags and what VS16 (U+FE0F) turns into an emoji take two. */
static size_t cluster(const char *s, size_t n, size_t *width)
{
    int32_t first, last, state = 0;
    size_t length = decode(s, n, &first);
    *width = first == INVALID ? 1 : (size_t)utf8proc_charwidth(first);
    if (first == INVALID) return length;
    last = first;
    while (length < n) {
        int32_t code;
        size_t more = decode(s + length, n - length, &code);
        if (code == INVALID || utf8proc_grapheme_break_stateful(last, code, &state)) break;
        size_t wide = (size_t)utf8proc_charwidth(code);
        if (code == 0xFE0F && has_emoji_form(last)) wide = 2;
        if (is_regional(code) && is_regional(last)) wide = 2;
        if (wide > *width) *width = wide;
        length += more;
        last = code;
    }
    return length;
}

size_t cyn_width_prefix(const char *s, size_t n, size_t cells)
{
    size_t i = 0, taken = 0;
    while (i < n) {
        size_t width, length = cluster(s + i, n - i, &width);
        if (width > cells - taken) break;
        taken += width;
        i += length;
    }
    return i;
}

size_t cyn_width(const char *s, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n;) {
        size_t width;
        i += cluster(s + i, n - i, &width);
        total += width;
    }
    return total;
}

/* Longer names are not looked at: nobody mistypes one of them. */
#define NAME_MAX_CHARS 96

/* Code points of a name, ASCII in lower case; returns how many, NAME_MAX_CHARS + 1 if too many. */
static size_t fold(const char *s, int32_t out[NAME_MAX_CHARS])
{
    size_t n = strlen(s), count = 0;
    for (size_t i = 0; i < n; count++) {
        if (count == NAME_MAX_CHARS) return NAME_MAX_CHARS + 1;
        i += decode(s + i, n - i, &out[count]);
        if (out[count] >= 'A' && out[count] <= 'Z') out[count] += 'a' - 'A';
    }
    return count;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insertions, deletions, substitutions, swaps of neighbours. */
static size_t distance(const int32_t *a, size_t na, const int32_t *b, size_t nb)
{
    size_t rows[3][NAME_MAX_CHARS + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= nb; j++)
        above[j] = j;
    for (size_t i = 1; i <= na; i++) {
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[nb];
}

const char *cyn_nearest(const char *word, const char *const *names, size_t count)
{
    int32_t a[NAME_MAX_CHARS], b[NAME_MAX_CHARS];
    size_t na = fold(word, a);
    if (na == 0 || na > NAME_MAX_CHARS) return NULL;
    /* One slip in three characters, three at most; a word of one character only by its case. */
    size_t near = na < 2 ? 0 : na < 6 ? 1 : na < 9 ? 2 : 3;
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t nb = fold(names[i], b);
        if (nb > NAME_MAX_CHARS) continue;
        size_t d = distance(a, na, b, nb);
        if (best ? d < near : d <= near) {
            near = d;
            best = names[i];
        }
    }
    return best;
}

size_t cyn_control_size(const char *s, size_t n)
{
    unsigned char c = (unsigned char)*s;
    if (c < 0x20 || c == 0x7f) return 1;
    return n > 1 && c == 0xc2 && (unsigned char)s[1] < 0xa0 ? 2 : 0;
}

size_t cyn_unprintable_size(const char *s, size_t n)
{
    const unsigned char *c = (const unsigned char *)s;
    if (n > 2 && c[0] == 0xe2 &&
        ((c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) ||
         (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9)))
        return 3;
    return cyn_control_size(s, n);
}

void cyn_blank_controls(char *s, size_t n, bool keep_lines)
{
    for (size_t i = 0; i < n;) {
        size_t control = cyn_unprintable_size(s + i, n - i);
        if (!keep_lines || s[i] != '\n') memset(s + i, ' ', control);
        i += control ? control : 1;
    }
}

bool cyn_is_japanese(const char *language)
{
    return language && !strcmp(language, "ja");
}

bool cyn_is_identifier(const char *s)
{
    static const char *const keywords[] = {
        "and",      "break",  "do",   "else", "elseif", "end",   "false", "for",
        "function", "goto",   "if",   "in",   "local",  "nil",   "not",   "or",
        "repeat",   "return", "then", "true", "until",  "while",
    };
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char digits[] = "0123456789";
    if (!s || !*s || !strchr(letters, *s)) return false;
    for (const char *p = s + 1; *p; p++)
        if (!strchr(letters, *p) && !strchr(digits, *p)) return false;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (!strcmp(s, keywords[i])) return false;
    return true;
}
