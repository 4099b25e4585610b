#include "check/lint_similar.h"
#include <string.h>

#define LEAST_LETTERS 6

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || (c & 0x80);
}

/* A word ends here: what follows is no letter, or a new word in camelCase. */
static bool ends_word(const char *name, size_t n, size_t at)
{
    return at + 1 == n || !is_letter(name[at + 1]) ||
           (name[at] >= 'a' && name[at] <= 'z' && name[at + 1] >= 'A' && name[at + 1] <= 'Z');
}

void cyn_event_key(const char *name, size_t n, char *out, size_t size)
{
    size_t length = 0, word = 0; /* letters of the word so far */
    for (size_t i = 0; i < n && length + 1 < size; i++) {
        char c = name[i];
        if (!is_letter(c)) {
            word = 0;
            continue;
        }
        bool plural = (c == 's' || c == 'S') && word >= 3 && ends_word(name, n, i) &&
                      name[i - 1] != 's' && name[i - 1] != 'S';
        if (!plural) out[length++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        word = ends_word(name, n, i) ? 0 : word + 1;
    }
    out[length] = '\0';
}

static bool is_plain(const char *key)
{
    for (; *key; key++)
        if (*key & 0x80) return false;
    return true;
}

/* One letter differs, is there once more, or stands on the other side of its neighbour. */
static bool differs_in_one(const char *a, size_t n, const char *b, size_t m)
{
    size_t i = 0, k = 0;
    while (i < n && i < m && a[i] == b[i])
        i++;
    while (k < n - i && k < m - i && a[n - 1 - k] == b[m - 1 - k])
        k++;
    size_t left = n - i - k, right = m - i - k;
    if (left > 2 || right > 2) return false;
    if (left == 2 && right == 2) return a[i] == b[i + 1] && a[i + 1] == b[i] && !is_digit(a[i]);
    if (left > 1 || right > 1) return false;
    return !(left && is_digit(a[i])) && !(right && is_digit(b[i]));
}

bool cyn_event_keys_similar(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n == 0 || m == 0) return false;
    if (n == m && memcmp(a, b, n) == 0) return true;
    if ((n > m ? n - m : m - n) > 1 || n < LEAST_LETTERS || m < LEAST_LETTERS) return false;
    return is_plain(a) && is_plain(b) && differs_in_one(a, n, b, m);
}
