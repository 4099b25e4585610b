/* Zones for tests that cannot go on without them. */
#pragma once
#include "base/time.h"
#include "test.h"

static inline cyn_tz *zone(const char *name)
{
    cyn_tz *tz = NULL;
    cyn_err err;
    if (cyn_tz_load(name, &tz, &err) != CYN_OK) {
        printf("Bail out! %s: %s\n", name, err.message);
        exit(1);
    }
    return tz;
}
