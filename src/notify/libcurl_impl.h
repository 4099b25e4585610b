/* The one function of libcurl that is declared in more than one way (private to notify); all others
 * have their own names (libcurl.c). */
#pragma once
#include <curl/curl.h>

CURLUcode cyn_curl_url_get(CURLU *url, CURLUPart what, char **part, unsigned int flags);
