/* The worker's side: loads scripts, then answers calls until the host goes. Never returns. */
#pragma once
#include "script/script.h"

#define CYN_LOAD_TIMEOUT  INT64_C(10000000) /* microseconds, where the options say 0 */
#define CYN_CALL_TIMEOUT  INT64_C(60000000)
#define CYN_GRACE         INT64_C(1000000) /* after its own deadline, before the host kills it */
#define CYN_MEMORY_LIMIT  ((size_t)256 << 20)
#define CYN_MESSAGE_LIMIT ((uint64_t)256 << 20) /* bytes of a frame that is not answers */

_Noreturn void cyn_worker_main(int socket);
