/* test_clock.c - clocks: readings, jumps, waits, and what an advance of virtual time runs in which order. */
#include <check.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

#include "base/clock.h"

Suite *suite_clock(void);

enum { MAX_DUES = 16, MAX_RUNS = 64 };

typedef struct run {
    int who;
    uint64_t at;
} run;

static run runs[MAX_RUNS];
static size_t n_runs;

/* An attached engine in miniature: sorted due times, a count of external handlers. */
typedef struct engine {
    lii_clock_user user;
    li_clock *clock;
    int name;
    uint64_t dues[MAX_DUES];
    size_t n_dues;
    uint64_t external;
    int answers;         /* what wait_external says */
    int n_waits;
    int is_inside;
    int is_nesting;      /* run_due advances the clock itself */
    li_status nested;
    lii_clock_user *to_detach;
    uint64_t again_ns;   /* run_due adds a thing due so much later */
} engine;

static uint64_t next_due(void *user)
{
    engine *e = user;

    return e->n_dues ? e->dues[0] : LI_NEVER;
}

static void add_due(engine *e, uint64_t due)
{
    size_t i = e->n_dues++;

    for (; i > 0 && e->dues[i - 1] > due; i--)
        e->dues[i] = e->dues[i - 1];
    e->dues[i] = due;
}

static void run_due(void *user)
{
    engine *e = user;

    ck_assert_uint_ge(li_clock_now_ns(e->clock), e->dues[0]);
    memmove(e->dues, e->dues + 1, --e->n_dues * sizeof e->dues[0]);
    runs[n_runs].who = e->name;
    runs[n_runs++].at = li_clock_now_ns(e->clock);
    if (e->is_nesting)
        e->nested = li_clock_advance(e->clock, 1, NULL);
    if (e->to_detach)
        lii_clock_detach(e->clock, e->to_detach);
    if (e->again_ns)
        add_due(e, li_clock_now_ns(e->clock) + e->again_ns);
}

static uint64_t external(void *user)
{
    return ((engine *)user)->external;
}

static int wait_external(void *user, uint64_t real_ms)
{
    engine *e = user;

    ck_assert_uint_eq(real_ms, 10000);
    e->n_waits++;
    if (e->answers == 0)
        return 0;
    e->answers--;
    e->external--;
    add_due(e, li_clock_now_ns(e->clock));
    return 1;
}

static int in_callback(void *user)
{
    return ((engine *)user)->is_inside;
}

static void attach(engine *e, li_clock *clock, int name)
{
    memset(e, 0, sizeof *e);
    e->clock = clock;
    e->name = name;
    e->user.next_due = next_due;
    e->user.run_due = run_due;
    e->user.external = external;
    e->user.wait_external = wait_external;
    e->user.in_callback = in_callback;
    e->user.user = e;
    lii_clock_attach(clock, &e->user);
}

static li_clock *new_clock(uint64_t max_steps)
{
    li_clock_virtual_options options = LI_CLOCK_VIRTUAL_OPTIONS_INIT;
    li_clock *clock;

    options.max_steps = max_steps;
    n_runs = 0;
    ck_assert_int_eq(li_clock_virtual_new(NULL, &options, &clock), LI_OK);
    return clock;
}

static void expect_run(size_t i, int who, uint64_t at)
{
    ck_assert_uint_lt(i, n_runs);
    ck_assert_int_eq(runs[i].who, who);
    ck_assert_uint_eq(runs[i].at, at);
}

static void end(li_clock *clock, engine *a, engine *b)
{
    if (a)
        lii_clock_detach(clock, &a->user);
    if (b)
        lii_clock_detach(clock, &b->user);
    ck_assert_int_eq(li_clock_free(clock), LI_OK);
}

START_TEST(test_trg_160_runs_in_order_of_due_time_then_engine)
{
    li_clock *clock = new_clock(0);
    engine a, b;

    attach(&a, clock, 1);
    attach(&b, clock, 2);
    add_due(&b, 10);
    add_due(&a, 20);
    add_due(&b, 20);
    add_due(&a, 31);
    ck_assert_int_eq(li_clock_advance(clock, 30, NULL), LI_OK);
    ck_assert_uint_eq(n_runs, 3);
    expect_run(0, 2, 10);
    expect_run(1, 1, 20);
    expect_run(2, 2, 20);
    ck_assert_uint_eq(li_clock_now_ns(clock), 30);
    ck_assert_int_eq(li_clock_advance(clock, 1, NULL), LI_OK);
    expect_run(3, 1, 31);
    end(clock, &a, &b);
}
END_TEST

START_TEST(test_rel_58_what_was_due_before_runs_now_and_time_never_goes_back)
{
    li_clock *clock = new_clock(0);
    engine a;

    ck_assert_int_eq(li_clock_advance(clock, 100, NULL), LI_OK);
    attach(&a, clock, 1);
    add_due(&a, 40);
    add_due(&a, 100);
    add_due(&a, 101);
    ck_assert_int_eq(li_clock_advance(clock, 0, NULL), LI_OK);
    ck_assert_uint_eq(n_runs, 2);
    expect_run(0, 1, 100);
    lii_clock_jump(clock, 50);
    ck_assert_uint_eq(li_clock_now_ns(clock), 100);
    lii_clock_jump(clock, 150);
    ck_assert_uint_eq(li_clock_now_ns(clock), 150);
    end(clock, &a, NULL);
}
END_TEST

START_TEST(test_rel_58_what_is_added_on_the_way_runs_in_the_same_advance)
{
    li_clock *clock = new_clock(0);
    engine a;

    attach(&a, clock, 1);
    a.again_ns = 10;
    add_due(&a, 10);
    ck_assert_int_eq(li_clock_advance(clock, 50, NULL), LI_OK);
    ck_assert_uint_eq(n_runs, 5);
    expect_run(4, 1, 50);
    ck_assert_uint_eq(next_due(&a), 60);
    end(clock, &a, NULL);
}
END_TEST

START_TEST(test_trg_161_an_advance_gives_up_after_max_steps)
{
    li_clock *clock = new_clock(3);
    uint64_t remaining = 7;
    engine a;

    attach(&a, clock, 1);
    a.again_ns = 10;
    add_due(&a, 10);
    ck_assert_int_eq(li_clock_advance(clock, 30, NULL), LI_OK);
    ck_assert_int_eq(li_clock_advance(clock, 40, &remaining), LI_E_FULL);
    ck_assert_uint_eq(n_runs, 6);
    ck_assert_uint_eq(li_clock_now_ns(clock), 60);
    ck_assert_uint_eq(remaining, 10);
    end(clock, &a, NULL);
}
END_TEST

START_TEST(test_an_external_handler_holds_time_after_what_is_due_now)
{
    li_clock *clock = new_clock(0);
    uint64_t remaining = 7;
    engine a, b;

    attach(&a, clock, 1);
    attach(&b, clock, 2);
    b.external = 1;
    add_due(&a, 0);
    add_due(&a, 5);
    ck_assert_int_eq(li_clock_advance(clock, 20, &remaining), LI_OK);
    ck_assert_uint_eq(n_runs, 1);
    ck_assert_uint_eq(remaining, 20);
    ck_assert_uint_eq(li_clock_now_ns(clock), 0);
    ck_assert_int_eq(b.n_waits, 0);
    b.external = 0;
    ck_assert_int_eq(li_clock_advance(clock, remaining, &remaining), LI_OK);
    ck_assert_uint_eq(remaining, 0);
    expect_run(1, 1, 5);
    end(clock, &a, &b);
}
END_TEST

START_TEST(test_an_advance_waits_for_external_handlers_that_answer)
{
    li_clock *clock = new_clock(0);
    engine a;

    attach(&a, clock, 1);
    a.external = 2;
    a.answers = 2;
    add_due(&a, 5);
    ck_assert_int_eq(li_clock_advance(clock, 20, NULL), LI_OK);
    ck_assert_int_eq(a.n_waits, 2);
    ck_assert_uint_eq(n_runs, 3);
    expect_run(1, 1, 0);
    expect_run(2, 1, 5);
    end(clock, &a, NULL);
}
END_TEST

START_TEST(test_an_advance_goes_on_without_those_that_time_out)
{
    li_clock *clock = new_clock(0);
    engine a;

    attach(&a, clock, 1);
    a.external = 1;
    add_due(&a, 5);
    add_due(&a, 6);
    ck_assert_int_eq(li_clock_advance(clock, 20, NULL), LI_OK);
    ck_assert_int_eq(a.n_waits, 1);
    ck_assert_uint_eq(n_runs, 2);
    ck_assert_int_eq(li_clock_advance(clock, 20, NULL), LI_OK);
    ck_assert_int_eq(a.n_waits, 2);
    ck_assert_uint_eq(li_clock_now_ns(clock), 40);
    end(clock, &a, NULL);
}
END_TEST

START_TEST(test_advancing_from_inside_a_callback_is_misuse)
{
    li_clock *clock = new_clock(0);
    engine a;

    attach(&a, clock, 1);
    a.is_nesting = 1;
    add_due(&a, 5);
    ck_assert_int_eq(li_clock_advance(clock, 20, NULL), LI_OK);
    ck_assert_int_eq(a.nested, LI_E_MISUSE);
    a.is_inside = 1;
    ck_assert_int_eq(li_clock_advance(clock, 20, NULL), LI_E_MISUSE);
    ck_assert_uint_eq(li_clock_now_ns(clock), 20);
    a.is_inside = 0;
    ck_assert_int_eq(li_clock_advance(clock, 20, NULL), LI_OK);
    end(clock, &a, NULL);
}
END_TEST

START_TEST(test_an_engine_detached_on_the_way_is_not_called_again)
{
    li_clock *clock = new_clock(0);
    engine a, b;

    attach(&a, clock, 1);
    attach(&b, clock, 2);
    a.to_detach = &b.user;
    add_due(&a, 5);
    add_due(&b, 5);
    ck_assert_int_eq(li_clock_advance(clock, 20, NULL), LI_OK);
    ck_assert_uint_eq(n_runs, 1);
    ck_assert_int_eq(li_clock_free(clock), LI_E_BUSY);
    end(clock, &a, NULL);
}
END_TEST

START_TEST(test_rel_55_the_wall_jumps_and_the_monotonic_reading_does_not)
{
    li_clock *clock = new_clock(0);

    ck_assert_uint_eq(li_clock_wall_ms(clock), 1767225600000u);
    ck_assert_int_eq(li_clock_advance(clock, 2 * LI_SECOND_NS + 999999, NULL), LI_OK);
    ck_assert_uint_eq(li_clock_wall_ms(clock), 1767225602000u);
    ck_assert_int_eq(li_clock_set_wall(clock, 1000), LI_OK);
    ck_assert_uint_eq(li_clock_wall_ms(clock), 1000);
    ck_assert_uint_eq(li_clock_now_ns(clock), 2 * LI_SECOND_NS + 999999);
    ck_assert_int_eq(li_clock_advance(clock, LI_SECOND_NS, NULL), LI_OK);
    ck_assert_uint_eq(li_clock_wall_ms(clock), 2000);
    end(clock, NULL, NULL);
}
END_TEST

START_TEST(test_an_advance_saturates_short_of_never)
{
    li_clock *clock = new_clock(0);

    ck_assert_int_eq(li_clock_advance(clock, 10, NULL), LI_OK);
    ck_assert_int_eq(li_clock_advance(clock, LI_NEVER, NULL), LI_OK);
    ck_assert_uint_eq(li_clock_now_ns(clock), LI_NEVER - 1);
    ck_assert_int_eq(li_clock_advance(clock, 1, NULL), LI_OK);
    ck_assert_uint_eq(li_clock_now_ns(clock), LI_NEVER - 1);
    end(clock, NULL, NULL);
}
END_TEST

START_TEST(test_rel_101_the_real_clock_waits_until_a_deadline_and_cannot_be_moved)
{
    li_clock *clock;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_condattr_t attributes;
    pthread_cond_t condition;
    uint64_t deadline;

    ck_assert_int_eq(li_clock_real_new(NULL, &clock), LI_OK);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&condition, &attributes);
    deadline = li_clock_now_ns(clock) + LI_MS_NS;
    pthread_mutex_lock(&mutex);
    while (li_clock_now_ns(clock) < deadline)
        lii_clock_wait(clock, &condition, &mutex, deadline);
    pthread_mutex_unlock(&mutex);
    ck_assert_int_eq(lii_clock_can_wait(clock), 1);
    ck_assert_int_eq(li_clock_is_virtual(clock), 0);
    ck_assert_uint_gt(li_clock_wall_ms(clock), 1600000000000u);
    ck_assert_int_eq(li_clock_advance(clock, 1, NULL), LI_E_NOTSUP);
    ck_assert_int_eq(li_clock_set_wall(clock, 1), LI_E_NOTSUP);
    pthread_cond_destroy(&condition);
    pthread_condattr_destroy(&attributes);
    ck_assert_int_eq(li_clock_free(clock), LI_OK);
}
END_TEST

static uint64_t own_reading(void *self)
{
    return *(uint64_t *)self;
}

static void own_free(void *self)
{
    *(uint64_t *)self = 0;
}

START_TEST(test_rel_101_a_clock_of_the_callers_is_read_and_freed_once)
{
    li_clock_ops ops = { sizeof ops, 1, 0, "own", own_reading, own_reading, NULL, own_free };
    uint64_t self = 5;
    li_clock *clock;

    ck_assert_int_eq(li_clock_new(NULL, &ops, &self, &clock), LI_OK);
    ck_assert_uint_eq(li_clock_now_ns(clock), 5);
    ck_assert_uint_eq(li_clock_wall_ms(clock), 5);
    ck_assert_int_eq(lii_clock_can_wait(clock), 0);
    ck_assert_int_eq(li_clock_free(clock), LI_OK);
    ck_assert_uint_eq(self, 0);
    ck_assert_int_eq(li_clock_free(NULL), LI_OK);
}
END_TEST

START_TEST(test_rel_101_a_clock_that_lacks_a_method_is_refused_and_given_back)
{
    li_clock_ops ops = { sizeof ops, 1, 0, "own", own_reading, NULL, NULL, own_free };
    uint64_t self = 5;
    li_clock *clock = NULL;

    ck_assert_int_eq(li_clock_new(NULL, &ops, &self, &clock), LI_E_INVALID);
    ck_assert_uint_eq(self, 0);
    ops.wall_ms = own_reading;
    ops.free = NULL;
    ops.caps = 2;
    ck_assert_int_eq(li_clock_new(NULL, &ops, &self, &clock), LI_E_NOTSUP);
    ops.caps = LI_CLOCK_VIRTUAL;
    ck_assert_int_eq(li_clock_new(NULL, &ops, &self, &clock), LI_E_INVALID);
    ck_assert_ptr_null(clock);
}
END_TEST

Suite *suite_clock(void)
{
    Suite *suite = suite_create("clock");
    TCase *advance = tcase_create("advance"), *kinds = tcase_create("kinds");

    tcase_add_test(advance, test_trg_160_runs_in_order_of_due_time_then_engine);
    tcase_add_test(advance, test_rel_58_what_was_due_before_runs_now_and_time_never_goes_back);
    tcase_add_test(advance, test_rel_58_what_is_added_on_the_way_runs_in_the_same_advance);
    tcase_add_test(advance, test_trg_161_an_advance_gives_up_after_max_steps);
    tcase_add_test(advance, test_an_external_handler_holds_time_after_what_is_due_now);
    tcase_add_test(advance, test_an_advance_waits_for_external_handlers_that_answer);
    tcase_add_test(advance, test_an_advance_goes_on_without_those_that_time_out);
    tcase_add_test(advance, test_advancing_from_inside_a_callback_is_misuse);
    tcase_add_test(advance, test_an_engine_detached_on_the_way_is_not_called_again);
    tcase_add_test(advance, test_an_advance_saturates_short_of_never);
    tcase_add_test(kinds, test_rel_55_the_wall_jumps_and_the_monotonic_reading_does_not);
    tcase_add_test(kinds, test_rel_101_the_real_clock_waits_until_a_deadline_and_cannot_be_moved);
    tcase_add_test(kinds, test_rel_101_a_clock_of_the_callers_is_read_and_freed_once);
    tcase_add_test(kinds, test_rel_101_a_clock_that_lacks_a_method_is_refused_and_given_back);
    suite_add_tcase(suite, advance);
    suite_add_tcase(suite, kinds);
    return suite;
}
