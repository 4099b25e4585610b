#include "app/facts.h"
#include <string.h>

#define NAME_WIDTH 20 /* "denominator in words" */

void cyn_say_key(cyn_facts *f, const char *name)
{
    cyn_buf_puts(f->out, f->count++ ? ",\"" : "{\"");
    for (const char *c = name; *c; c++)
        cyn_buf_putc(f->out, *c == ' ' ? '_' : *c);
    cyn_buf_puts(f->out, "\":");
}

static void say_n(cyn_facts *f, const char *name, const char *text, size_t n)
{
    if (f->json) {
        cyn_say_key(f, name);
        cyn_buf_json_string(f->out, text, n);
        return;
    }
    f->count++;
    cyn_buf_printf(f->out, "  %-*s ", NAME_WIDTH, name);
    for (size_t i = 0; i < n; i++) {
        cyn_buf_putc(f->out, text[i]);
        if (text[i] == '\n') cyn_buf_repeat(f->out, " ", NAME_WIDTH + 3);
    }
    cyn_buf_putc(f->out, '\n');
}

void cyn_begin_list(cyn_facts *f, const char *name)
{
    if (f->json) {
        cyn_say_key(f, name);
        cyn_buf_putc(f->out, '[');
    }
    f->list = name;
    f->items = 0;
}

void cyn_say_item(cyn_facts *f, cyn_buf *text)
{
    if (text->failed) f->out->failed = true;
    if (f->json) {
        if (f->items) cyn_buf_putc(f->out, ',');
        cyn_buf_json_string(f->out, text->data ? text->data : "", text->len);
    } else {
        say_n(f, f->items ? "" : f->list, text->data ? text->data : "", text->len);
    }
    f->items++;
    cyn_buf_clear(text);
}

void cyn_end_list(cyn_facts *f)
{
    if (f->json) cyn_buf_putc(f->out, ']');
}

void cyn_say(cyn_facts *f, const char *name, const char *text)
{
    if (text && *text) say_n(f, name, text, strlen(text));
}

void cyn_say_buf(cyn_facts *f, const char *name, cyn_buf *text)
{
    if (text->failed) f->out->failed = true;
    if (text->len) say_n(f, name, text->data, text->len);
    cyn_buf_clear(text);
}

void cyn_say_place(cyn_facts *f, const char *name, const char *file, int line)
{
    cyn_buf text = {0};
    if (file) cyn_buf_printf(&text, "%s:%d", file, line);
    cyn_say_buf(f, name, &text);
}
