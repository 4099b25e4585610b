/* Functions out of a shared library that is loaded when the first of them is needed, and stays.
 *
 *     static const cyn_symbol symbols[] = {{"f", offsetof(struct functions, f)}, …};
 *     static struct functions library;
 *     there = cyn_library_load("libf.so.1", symbols, n, &library);   // once: pthread_once
 *     library.f();
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct cyn_symbol {
    const char *name;
    size_t at; /* of the pointer, in the struct of functions */
} cyn_symbol;

/* Fills the struct; false: the library is not installed, or lacks one of them. */
bool cyn_library_load(const char *name, const cyn_symbol *symbols, size_t n, void *functions);
/* The file that a function comes from, for as long as the process lives; NULL: no shared library
 * that the program is linked with has one of this name. */
const char *cyn_library_of(const char *function);
