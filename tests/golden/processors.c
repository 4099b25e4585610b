/* For LD_PRELOAD: the machine has as many processors as CYNOSURE_TEST_PROCESSORS says. */
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

long sysconf(int name)
{
    static long (*real)(int);
    const char *told = getenv("CYNOSURE_TEST_PROCESSORS");
    if (name == _SC_NPROCESSORS_ONLN && told) return atol(told);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "sysconf");
    return real(name);
}
