/* Linked to a test, it puts all pieces of memory but the small ones into a file; a test that has
 * none of that size fails. */
#include "base/spill.h"
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void begin(void)
{
    cyn_spill_limit(1);
}

__attribute__((destructor)) static void end(void)
{
    const cyn_spill_use use = cyn_spill_used();
    printf("# %lld bytes in a file\n", (long long)use.most);
    fflush(stdout);
    if (use.most == 0) _exit(1);
}
