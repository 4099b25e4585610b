/* libcurl's functions, as far as they are used here, out of a library that is loaded when the first
 * of them is called. It and the 27 libraries below it would take three quarters of the time that
 * the program needs to start, while most runs send nothing.
 *
 * What is called has libcurl's names and types, so that nobody else here knows of this. Without the
 * library calls fail as they do where memory is exhausted, and curl_global_init() says it first.
 */
#define CURL_DISABLE_TYPECHECK /* its macros stand in the place of functions */
#include "base/library.h"
#include "notify/libcurl_impl.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

#define LIBRARY "libcurl.so.4" /* its interface, since 2006 */

#define EACH_FUNCTION(f)                                                                           \
    f(easy_cleanup) f(easy_getinfo) f(easy_init) f(easy_setopt) f(easy_strerror) f(free)           \
        f(global_init) f(multi_add_handle) f(multi_cleanup) f(multi_info_read) f(multi_init)       \
            f(multi_perform) f(multi_poll) f(multi_remove_handle) f(slist_append)                  \
                f(slist_free_all) f(url) f(url_cleanup) f(url_get) f(url_set) f(version_info)

#define POINTER(name) __typeof__(curl_##name) *name;
#define SYMBOL(name)  {"curl_" #name, offsetof(struct functions, name)},

struct functions {
    EACH_FUNCTION(POINTER)
};

static struct functions library;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    static const cyn_symbol symbols[] = {EACH_FUNCTION(SYMBOL)};
    loaded = cyn_library_load(LIBRARY, symbols, sizeof symbols / sizeof *symbols, &library);
}

static bool is_there(void)
{
    pthread_once(&once, load);
    return loaded;
}

/* ---- the library, and one transfer ---- */

CURLcode curl_global_init(long flags)
{
    return is_there() ? library.global_init(flags) : CURLE_FAILED_INIT;
}

curl_version_info_data *curl_version_info(CURLversion version)
{
    return is_there() ? library.version_info(version) : NULL;
}

const char *curl_easy_strerror(CURLcode code)
{
    return is_there() ? library.easy_strerror(code)
                      : LIBRARY " is not installed, or lacks a function";
}

CURL *curl_easy_init(void)
{
    return is_there() ? library.easy_init() : NULL;
}

void curl_easy_cleanup(CURL *easy)
{
    if (is_there()) library.easy_cleanup(easy);
}

/* What comes is told by the option's number. */
CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    CURLcode code;
    va_list args;
    if (!is_there()) return CURLE_FAILED_INIT;
    va_start(args, option);
    if (option < CURLOPTTYPE_OBJECTPOINT)
        code = library.easy_setopt(easy, option, va_arg(args, long));
    else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)
        code = library.easy_setopt(easy, option, va_arg(args, curl_off_t));
    else if (option >= CURLOPTTYPE_FUNCTIONPOINT && option < CURLOPTTYPE_OFF_T)
        code = library.easy_setopt(easy, option, va_arg(args, void (*)(void)));
    else
        code = library.easy_setopt(easy, option, va_arg(args, void *));
    va_end(args);
    return code;
}

CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
    va_list args;
    if (!is_there()) return CURLE_FAILED_INIT;
    va_start(args, info);
    CURLcode code = library.easy_getinfo(easy, info, va_arg(args, void *));
    va_end(args);
    return code;
}

/* ---- driving it ---- */

CURLM *curl_multi_init(void)
{
    return is_there() ? library.multi_init() : NULL;
}

CURLMcode curl_multi_cleanup(CURLM *multi)
{
    return is_there() ? library.multi_cleanup(multi) : CURLM_BAD_HANDLE;
}

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy)
{
    return is_there() ? library.multi_add_handle(multi, easy) : CURLM_BAD_HANDLE;
}

CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *easy)
{
    return is_there() ? library.multi_remove_handle(multi, easy) : CURLM_BAD_HANDLE;
}

CURLMcode curl_multi_perform(CURLM *multi, int *running)
{
    return is_there() ? library.multi_perform(multi, running) : CURLM_BAD_HANDLE;
}

CURLMcode curl_multi_poll(CURLM *multi, struct curl_waitfd extra[], unsigned int n, int timeout,
                          int *ready)
{
    return is_there() ? library.multi_poll(multi, extra, n, timeout, ready) : CURLM_BAD_HANDLE;
}

CURLMsg *curl_multi_info_read(CURLM *multi, int *left)
{
    return is_there() ? library.multi_info_read(multi, left) : NULL;
}

/* ---- lists and addresses ---- */

struct curl_slist *curl_slist_append(struct curl_slist *list, const char *text)
{
    return is_there() ? library.slist_append(list, text) : NULL;
}

void curl_slist_free_all(struct curl_slist *list)
{
    if (is_there()) library.slist_free_all(list);
}

CURLU *curl_url(void)
{
    return is_there() ? library.url() : NULL;
}

void curl_url_cleanup(CURLU *url)
{
    if (is_there()) library.url_cleanup(url);
}

CURLUcode curl_url_set(CURLU *url, CURLUPart what, const char *part, unsigned int flags)
{
    return is_there() ? library.url_set(url, what, part, flags) : CURLUE_OUT_OF_MEMORY;
}

CURLUcode cyn_curl_url_get(CURLU *url, CURLUPart what, char **part, unsigned int flags)
{
    return is_there() ? library.url_get(url, what, part, flags) : CURLUE_OUT_OF_MEMORY;
}

void curl_free(void *p)
{
    if (is_there()) library.free(p);
}
