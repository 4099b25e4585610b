/* Names of events that look like slips of each other: 'lesson_done', 'LessonDone', 'lessons_done',
 * 'lesson_dome'. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* The name without what people write in different ways: case, separators, the s of a plural. Cut
 * to fit; out holds size bytes. */
void cyn_event_key(const char *name, size_t n, char *out, size_t size);
/* Whether two keys are the same, or differ in one letter; only long ones of ASCII, since few
 * letters, numbers (step1, step2) and characters of several bytes differ for a reason. */
bool cyn_event_keys_similar(const char *a, const char *b);
