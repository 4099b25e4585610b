/* The worker's side: loads scripts, then answers calls until the host goes. Never returns. */
#pragma once
#include "script/page.h"
#include "script/script.h"
#include "script/zygote.h"

#define CYN_LOAD_TIMEOUT INT64_C(10000000) /* microseconds, where the options say 0 */
#define CYN_CALL_TIMEOUT INT64_C(60000000)
/* After its own deadline, before the host kills it; the sanitizers are slow. */
#define CYN_GRACE         (CYN_SANITIZED ? INT64_C(2000000) : INT64_C(250000))
#define CYN_MEMORY_LIMIT  ((size_t)256 << 20)
#define CYN_OUTPUT_LIMIT  ((size_t)64 << 20)
#define CYN_MESSAGE_LIMIT ((uint64_t)256 << 20) /* bytes of a frame that is not answers */

/* `page`: what the host reads when this process is no more. */
_Noreturn void cyn_worker_main(int socket, cyn_page *page);
