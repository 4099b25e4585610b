#include "check/lint_words.h"
#include <stdio.h>
#include <string.h>

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Ends the word that was being written, without its plural's s: "views", but not "business". */
static size_t end_word(char *out, size_t n)
{
    if (n < 1 || out[n - 1] == ' ') return n;
    size_t from = n;
    while (from > 0 && out[from - 1] != ' ')
        from--;
    if (n - from > 3 && out[n - 1] == 's' && out[n - 2] != 's') n--;
    out[n++] = ' ';
    return n;
}

void cyn_plain_words(const char *text, char *out, size_t size)
{
    size_t n = 0;
    out[n++] = ' ';
    for (size_t i = 0; text[i] && n + 3 < size; i++) {
        char c = text[i];
        bool letter = is_lower(c) || is_upper(c) || is_digit(c);
        bool begins = is_upper(c) && i > 0 && is_lower(text[i - 1]);
        if (!letter || begins) n = end_word(out, n);
        if (letter) out[n++] = is_upper(c) ? (char)(c - 'A' + 'a') : c;
    }
    n = end_word(out, n);
    out[n] = '\0';
}

const char *cyn_find_word(const char *text, const char *const *words, const char *const *fragments)
{
    char plain[512], wanted[64];
    if (!text) return NULL;
    cyn_plain_words(text, plain, sizeof plain);
    for (size_t i = 0; words && words[i]; i++) {
        snprintf(wanted, sizeof wanted, " %s ", words[i]);
        if (strstr(plain, wanted)) return words[i];
    }
    for (size_t i = 0; fragments && fragments[i]; i++)
        if (strstr(text, fragments[i])) return fragments[i];
    return NULL;
}
