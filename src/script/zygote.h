/* The zygote: a small process, forked before data, secrets or threads exist, that forks workers.
 *
 * It holds one socket to the host and ends when the host does. Each worker gets a socket of its
 * own; its other end, a descriptor of the process (pidfd) and the page that the worker writes
 * (script/page.h) come back to the host.
 * cyn_zygote_start() and cyn_zygote_stop() are in script/script.h.
 */
#pragma once
#include "script/page.h"

/* True where the sanitizers need files and address space that a worker does not get otherwise. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CYN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CYN_SANITIZED 1
#endif
#endif
#ifndef CYN_SANITIZED
#define CYN_SANITIZED 0
#endif

typedef struct cyn_process {
    int socket, pidfd;    /* -1: none */
    const cyn_page *page; /* what the worker writes; NULL: none */
} cyn_process;

CYN_NODISCARD cyn_code cyn_zygote_spawn(cyn_process *out, cyn_err *err);
/* Kills the worker if it still runs, and lets go of all that belongs to it. */
void cyn_process_end(cyn_process *p);
