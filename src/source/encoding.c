#include "source/encoding.h"
#include "base/arena.h"
#include <errno.h>
#include <iconv.h>
#include <stdint.h>

struct cyn_recoder {
    iconv_t cd;
};

cyn_code cyn_recoder_new(const char *encoding, cyn_recoder **out, cyn_err *err)
{
    cyn_recoder *r = cyn_malloc(sizeof *r);
    if (!r) return cyn_nomem(err);
    r->cd = iconv_open("UTF-8", encoding);
    if (r->cd == (iconv_t)-1) {
        cyn_free(r);
        cyn_fail(err, CYN_E_NAME, "unknown encoding '%s'", encoding);
        cyn_hint(err, "'iconv -l' lists the encodings of this system; common ones are UTF-8, "
                      "UTF-16, ISO-8859-1, WINDOWS-1252, CP932 and EUC-JP");
        return CYN_E_NAME;
    }
    *out = r;
    return CYN_OK;
}

void cyn_recoder_free(cyn_recoder *r)
{
    if (!r) return;
    iconv_close(r->cd);
    cyn_free(r);
}

void cyn_recode(cyn_recoder *r, const char **from, size_t *left, bool last, char *to, size_t size,
                size_t *got)
{
    char *at = to;
    size_t room = size;
    while (*left > 0 && room >= 16) {
        char *in = (char *)(uintptr_t)*from; /* iconv only reads; its prototype predates const */
        size_t rc = iconv(r->cd, &in, left, &at, &room);
        *from = in;
        if (rc != (size_t)-1) continue;
        if (errno == E2BIG || (errno == EINVAL && !last)) break;
        *at++ = (char)0xFF;
        room--;
        ++*from;
        --*left;
        iconv(r->cd, NULL, NULL, NULL, NULL); /* back to the initial shift state */
    }
    *got = (size_t)(at - to);
}
