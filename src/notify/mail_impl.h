/* What the mail and its sending share (private to notify). */
#pragma once
#include "notify/message_impl.h"

/* "Name <a@example.com>", or the address alone; checked by config. Parts of the text. */
typedef struct cyn_mail_address {
    const char *name, *at; /* name NULL: none */
    size_t nname, nat;
} cyn_mail_address;
cyn_mail_address cyn_mail_address_of(const char *text);

/* Text of a header that begins in the column, from 0: as it is, or in encoded words, each on a line
 * of its own. */
void cyn_put_encoded(const char *text, size_t n, size_t column, cyn_buf *out);

/* The message as a page of HTML. */
void cyn_put_page(const cyn_saying *s, cyn_buf *out);
