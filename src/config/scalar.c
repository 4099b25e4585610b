#include "config/scalar.h"
#include "base/num.h"
#include <stdio.h>
#include <string.h>

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0) return true;
    return false;
}
#define IS_ONE_OF(text, words) is_one_of((text), (words), sizeof(words) / sizeof *(words))

static bool all_in(const char *s, const char *set)
{
    return *s && s[strspn(s, set)] == 0;
}

#define DIGITS "0123456789"

/* [-+]? ( . digits | digits [. digits?] ) ( [eE] [-+]? digits )? */
static cyn_scalar number_class(const char *s)
{
    if (*s == '-' || *s == '+') s++;
    size_t whole = strspn(s, DIGITS), part = 0;
    bool real = false;
    s += whole;
    if (*s == '.') {
        real = true;
        part = strspn(++s, DIGITS);
        s += part;
    }
    if (whole + part == 0) return CYN_SCALAR_TEXT;
    if (*s == 'e' || *s == 'E') {
        real = true;
        s++;
        if (*s == '-' || *s == '+') s++;
        if (!all_in(s, DIGITS)) return CYN_SCALAR_TEXT;
        s += strspn(s, DIGITS);
    }
    if (*s) return CYN_SCALAR_TEXT;
    return real ? CYN_SCALAR_REAL : CYN_SCALAR_INTEGER;
}

cyn_scalar cyn_scalar_of(const cyn_node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const booleans[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    static const char *const reals[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF",
                                        "-.inf", "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN"};
    const char *s = node->text;
    if (!node->plain) return CYN_SCALAR_TEXT;
    if (IS_ONE_OF(s, nulls)) return CYN_SCALAR_NULL;
    if (IS_ONE_OF(s, booleans)) return CYN_SCALAR_BOOLEAN;
    if (IS_ONE_OF(s, reals)) return CYN_SCALAR_REAL;
    if (strncmp(s, "0o", 2) == 0 && all_in(s + 2, "01234567")) return CYN_SCALAR_INTEGER;
    if (strncmp(s, "0x", 2) == 0 && all_in(s + 2, DIGITS "abcdefABCDEF")) return CYN_SCALAR_INTEGER;
    return number_class(s);
}

bool cyn_scalar_is_old_boolean(const cyn_node *node)
{
    static const char *const words[] = {"yes", "Yes", "YES", "no",  "No", "NO", "on", "On",
                                        "ON",  "off", "Off", "OFF", "y",  "Y",  "n",  "N"};
    return node->kind == CYN_NODE_SCALAR && node->plain && IS_ONE_OF(node->text, words);
}

bool cyn_scalar_number(const cyn_node *node, double *out)
{
    const char *digits = node->text + (*node->text == '-' || *node->text == '+');
    cyn_scalar class = cyn_scalar_of(node);
    if (!cyn_scalar_is_number(class)) return false;
    if (class == CYN_SCALAR_INTEGER && digits[0] == '0' && digits[1]) return false;
    return cyn_parse_real(node->text, node->length, out);
}

const char *cyn_shown(const char *text, size_t n, char out[CYN_SHOWN_SIZE])
{
    size_t cut = n;
    if (n > 60) {
        for (cut = 60; cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80;)
            cut--;
    }
    for (size_t i = 0; i < cut; i++)
        out[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7F ? '?' : text[i];
    strcpy(out + cut, cut < n ? "…" : "");
    return out;
}

const char *cyn_node_found(const cyn_node *node, char out[CYN_SHOWN_SIZE])
{
    if (node->kind == CYN_NODE_SEQUENCE) return "a list";
    if (node->kind == CYN_NODE_MAPPING) return "a mapping";
    if (node->kind == CYN_NODE_SCALAR && !node->plain && node->length == 0) return "an empty text";
    static const char *const kinds[] = {"the text '", "nothing", "the boolean ", "the number ",
                                        "the number "};
    cyn_scalar class = cyn_scalar_of(node);
    if (class == CYN_SCALAR_NULL) return node->length ? "null" : "nothing";
    char text[CYN_SHOWN_SIZE];
    snprintf(out, CYN_SHOWN_SIZE, "%s%s%s", kinds[class], cyn_shown(node->text, node->length, text),
             class == CYN_SCALAR_TEXT ? "'" : "");
    return out;
}
