#include "base/library.h"
#include <dlfcn.h>
#include <string.h>

bool cyn_library_load(const char *name, const cyn_symbol *symbols, size_t n, void *functions)
{
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return false;
    for (size_t i = 0; i < n; i++) {
        void *symbol = dlsym(handle, symbols[i].name);
        if (!symbol) return false;
        memcpy((char *)functions + symbols[i].at, &symbol, sizeof symbol);
    }
    return true;
}

const char *cyn_library_of(const char *function)
{
    Dl_info in;
    void *found = dlsym(RTLD_DEFAULT, function);
    return found && dladdr(found, &in) != 0 ? in.dli_fname : NULL;
}
