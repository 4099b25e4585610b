/* The due queue against a list that is searched from end to end; spreading and back-off. */
#include "base/arena.h"
#include "sched/queue.h"
#include "test.h"

/* ---- what the queue must do, as plainly as it can be said ---- */

#define MOST 64

typedef struct model {
    uint32_t size;
    struct {
        bool queued, runs;
        int64_t due;
        unsigned urgency;
    } entries[MOST];
} model;

static void model_set(model *m, uint32_t id, int64_t due, unsigned urgency)
{
    m->entries[id].due = due;
    m->entries[id].urgency = urgency;
    m->entries[id].queued = !m->entries[id].runs && due != CYN_SLOT_END;
}

static bool model_is_before(const model *m, uint32_t a, uint32_t b)
{
    if (m->entries[a].urgency != m->entries[b].urgency)
        return m->entries[a].urgency < m->entries[b].urgency;
    if (m->entries[a].due != m->entries[b].due) return m->entries[a].due < m->entries[b].due;
    return a < b;
}

static bool model_take(model *m, int64_t now, uint32_t *id, int64_t *due)
{
    bool found = false;
    for (uint32_t i = 0; i < m->size; i++) {
        if (!m->entries[i].queued || m->entries[i].due > now) continue;
        if (!found || model_is_before(m, i, *id)) *id = i;
        found = true;
    }
    if (!found) return false;
    *due = m->entries[*id].due;
    m->entries[*id].queued = false;
    m->entries[*id].runs = true;
    m->entries[*id].due = CYN_SLOT_END;
    return true;
}

static void model_done(model *m, uint32_t id, int64_t next)
{
    m->entries[id].runs = false;
    model_set(m, id, next < m->entries[id].due ? next : m->entries[id].due, m->entries[id].urgency);
}

static int64_t model_next(const model *m)
{
    int64_t next = CYN_SLOT_END;
    for (uint32_t i = 0; i < m->size; i++)
        if (m->entries[i].queued && m->entries[i].due < next) next = m->entries[i].due;
    return next;
}

static uint32_t model_waiting(const model *m, int64_t now)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->size; i++)
        n += m->entries[i].queued && m->entries[i].due <= now;
    return n;
}

/* ---- both, side by side ---- */

static uint64_t state = 88172645463325252;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % below;
}

static cyn_queue *queue_of(uint32_t size)
{
    cyn_queue *q = NULL;
    cyn_err err;
    CHECK_INT(cyn_queue_new(size, &q, &err), CYN_OK);
    return q;
}

/* Few times and few classes, so that many are equal; the clock mostly goes on, and sometimes back.
 */
static void step(cyn_queue *q, model *m, int64_t *now)
{
    uint32_t id = (uint32_t)draw(m->size), taken = 0, expected = 0;
    int64_t due = *now - 5 + (int64_t)draw(20), got = 0, want = 0;
    unsigned urgency = (unsigned)draw(4) * 85;
    if (draw(10) == 0) due = CYN_SLOT_END;
    switch (draw(4)) {
    case 0:
        cyn_queue_set(q, id, due, urgency);
        model_set(m, id, due, urgency);
        break;
    case 1: {
        bool found = cyn_queue_take(q, *now, &taken, &got);
        CHECK_INT(found, model_take(m, *now, &expected, &want));
        CHECK_INT(taken, expected);
        CHECK_INT(got, want);
        break;
    }
    case 2:
        if (!m->entries[id].runs) break;
        cyn_queue_done(q, id, due);
        model_done(m, id, due);
        break;
    default: *now += draw(50) == 0 ? -30 : (int64_t)draw(3);
    }
    CHECK_INT(cyn_queue_next(q), model_next(m));
    CHECK_INT(cyn_queue_waiting(q, *now), model_waiting(m, *now));
}

static void test_it_does_what_an_obvious_list_does(void)
{
    for (uint32_t size = 1; size <= MOST; size += 9) {
        model m = {.size = size};
        int64_t now = 1000;
        cyn_queue *q = queue_of(size);
        for (int i = 0; i < 20000; i++)
            step(q, &m, &now);
        cyn_queue_free(q);
    }
}

/* ---- by hand ---- */

static void check_take(cyn_queue *q, int64_t now, uint32_t id, int64_t due)
{
    uint32_t got = UINT32_MAX;
    int64_t at = 0;
    CHECK(cyn_queue_take(q, now, &got, &at));
    CHECK_INT(got, id);
    CHECK_INT(at, due);
}

static void test_the_most_urgent_of_those_that_are_due_goes_first(void)
{
    cyn_queue *q = queue_of(5);
    uint32_t id;
    int64_t due;
    cyn_queue_set(q, 0, 10, 255);
    cyn_queue_set(q, 1, 30, 1);
    cyn_queue_set(q, 2, 20, 1);
    cyn_queue_set(q, 3, 20, 1);
    cyn_queue_set(q, 4, 99, 0);
    CHECK_INT(cyn_queue_next(q), 10);
    CHECK_INT(cyn_queue_waiting(q, 30), 4);
    check_take(q, 30, 2, 20);
    check_take(q, 30, 3, 20);
    check_take(q, 30, 1, 30);
    check_take(q, 30, 0, 10);
    CHECK(!cyn_queue_take(q, 98, &id, &due));
    CHECK_INT(cyn_queue_next(q), 99);
    cyn_queue_free(q);
}

static void test_what_runs_is_not_given_out_again(void)
{
    cyn_queue *q = queue_of(1);
    uint32_t id;
    int64_t due;
    cyn_queue_set(q, 0, 10, 0);
    check_take(q, 10, 0, 10);
    cyn_queue_set(q, 0, 5, 0); /* wanted again, while it runs */
    CHECK(!cyn_queue_take(q, 99, &id, &due));
    CHECK_INT(cyn_queue_next(q), CYN_SLOT_END);
    cyn_queue_done(q, 0, 20);
    check_take(q, 99, 0, 5);
    cyn_queue_done(q, 0, CYN_SLOT_END);
    CHECK(!cyn_queue_take(q, INT64_MAX, &id, &due));
    cyn_queue_free(q);
}

static void test_the_end_takes_it_out(void)
{
    cyn_queue *q = queue_of(2);
    cyn_queue_set(q, 0, 10, 0);
    cyn_queue_set(q, 1, 11, 0);
    cyn_queue_set(q, 0, CYN_SLOT_END, 0);
    CHECK_INT(cyn_queue_next(q), 11);
    cyn_queue_set(q, 1, CYN_SLOT_END, 0);
    CHECK_INT(cyn_queue_next(q), CYN_SLOT_END);
    cyn_queue_free(q);
}

static void test_a_clock_that_goes_back_makes_nothing_due(void)
{
    cyn_queue *q = queue_of(2);
    uint32_t id;
    int64_t due;
    cyn_queue_set(q, 0, 10, 0);
    cyn_queue_set(q, 1, 12, 0);
    check_take(q, 15, 0, 10);
    CHECK(!cyn_queue_take(q, 11, &id, &due));
    CHECK_INT(cyn_queue_waiting(q, 11), 0);
    cyn_queue_free(q);
}

static void test_exhausted_memory_is_an_error(void)
{
    cyn_queue *q = NULL;
    cyn_err err;
    cyn_test_fail_after(1);
    CHECK_INT(cyn_queue_new(10, &q, &err), CYN_E_NOMEM);
    cyn_test_fail_after(0);
    CHECK(!q);
}

/* A hundred thousand entries, at times that lie anyhow, come out in order. */
static void test_a_hundred_thousand_come_in_order(void)
{
    enum { COUNT = 100000 };
    cyn_queue *q = queue_of(COUNT);
    uint32_t id, before_id = 0, n = 0;
    int64_t due, before = INT64_MIN, began = cyn_monotonic();
    for (uint32_t i = 0; i < COUNT; i++)
        cyn_queue_set(q, i, (int64_t)draw(3600), 0);
    int64_t set = cyn_monotonic();
    for (int64_t now = 0; now < 3600; now++)
        while (cyn_queue_take(q, now, &id, &due)) {
            CHECK(due == now && (due > before || id > before_id || n == 0));
            before = due;
            before_id = id;
            cyn_queue_done(q, id, due + 3600);
            n++;
        }
    CHECK_INT(n, COUNT);
    CHECK_INT(cyn_queue_waiting(q, INT64_MAX - 1), COUNT);
    printf("# of %d entries: setting %.0f ns, taking and setting again %.0f ns\n", COUNT,
           (double)(set - began) * 1000 / COUNT, (double)(cyn_monotonic() - set) * 1000 / COUNT);
    cyn_queue_free(q);
}

/* ---- spreading and waiting ---- */

static void test_jitter_is_stable_and_spread_evenly(void)
{
    int tenths[10] = {0};
    CHECK_INT(cyn_jitter("revenue", 0), 0);
    CHECK_INT(cyn_jitter("revenue", 1), 0);
    CHECK_INT(cyn_jitter("revenue", 1000000), 639627); /* the same for ever, on every machine */
    for (int i = 0; i < 10000; i++) {
        char name[16];
        snprintf(name, sizeof name, "metric_%d", i);
        int64_t jitter = cyn_jitter(name, 10 * CYN_MINUTE);
        CHECK(jitter >= 0 && jitter < 10 * CYN_MINUTE);
        tenths[jitter / CYN_MINUTE]++;
    }
    for (int i = 0; i < 10; i++)
        CHECK(tenths[i] > 880 && tenths[i] < 1120); /* four standard deviations */
}

static void test_backoff_doubles_up_to_its_most(void)
{
    int64_t want = CYN_MINUTE;
    for (unsigned n = 1; n <= 12; n++) {
        int64_t wait = cyn_backoff(n, CYN_MINUTE, 6 * CYN_HOUR, "revenue");
        CHECK(wait <= want && wait >= want - want / 10);
        want = want * 2 < 6 * CYN_HOUR ? want * 2 : 6 * CYN_HOUR;
    }
    CHECK(cyn_backoff(4, CYN_MINUTE, 6 * CYN_HOUR, "a") !=
          cyn_backoff(4, CYN_MINUTE, 6 * CYN_HOUR, "b"));
    CHECK(cyn_backoff(UINT32_MAX, 1, INT64_MAX, "a") > INT64_MAX / 10 * 8);
    CHECK(cyn_backoff(1, CYN_HOUR, CYN_MINUTE, "a") <= CYN_MINUTE); /* the most is the most */
}

int main(void)
{
    RUN(test_it_does_what_an_obvious_list_does);
    RUN(test_the_most_urgent_of_those_that_are_due_goes_first);
    RUN(test_what_runs_is_not_given_out_again);
    RUN(test_the_end_takes_it_out);
    RUN(test_a_clock_that_goes_back_makes_nothing_due);
    RUN(test_exhausted_memory_is_an_error);
    RUN(test_a_hundred_thousand_come_in_order);
    RUN(test_jitter_is_stable_and_spread_evenly);
    RUN(test_backoff_doubles_up_to_its_most);
    return test_end();
}
