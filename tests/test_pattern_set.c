/* test_pattern_set.c - sets of patterns: changes, threads, memory; hostile input; explaining (PAT-106, 109, 121 to 124). */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "pattern_cases.h"
#include "pattern_help.h"
#include "support/count.h"
#include "support/naive_pattern.h"

static li_pattern_set *new_set(const li_allocator *allocator)
{
    li_pattern_set *set = NULL;

    ck_assert_int_eq(li_pattern_set_new(allocator, NULL, &set), LI_OK);
    return set;
}

static li_status add(li_pattern_set *set, uint64_t id, const char *text)
{
    char *copy = quoted(text);
    li_status status = li_pattern_set_add(set, id, copy, LI_Z, NULL);

    free(copy);
    return status;
}

static int32_t count_ids(void *user, uint64_t id)
{
    (void)id;
    ++*(int *)user;
    return 0;
}

static int matches(const li_pattern_set *set, const char *event)
{
    char *copy = quoted(event);
    int n = 0;

    ck_assert_int_eq(li_pattern_set_match(set, copy, LI_Z, NULL, count_ids, &n), LI_OK);
    free(copy);
    return n;
}

/* ---- changes */

START_TEST(test_pat_109_ids_are_added_and_removed)
{
    li_pattern_set *set = new_set(NULL);
    li_pattern_error error = LI_PATTERN_ERROR_INIT;

    ck_assert_int_eq(matches(set, "{'a':'x'}"), 0);
    ck_assert_int_eq(add(set, 7, "{'a':['x']}"), LI_OK);
    ck_assert_int_eq(add(set, 7, "{'a':['y']}"), LI_E_CONFLICT);
    ck_assert_int_eq(add(set, 8, "{'a':['x',{'prefix':'x'}],'b':[{'exists':false}]}"), LI_OK);
    ck_assert_int_eq(matches(set, "{'a':'x'}"), 2);
    ck_assert_int_eq(li_pattern_set_add(set, 9, "{}", LI_Z, &error), LI_E_VALIDATION);
    ck_assert_int_eq(error.kind, LI_PATTERN_EMPTY_OBJECT);
    ck_assert_uint_eq(li_pattern_set_count(set), 2);
    ck_assert_int_eq(li_pattern_set_remove(set, 7), LI_OK);
    ck_assert_int_eq(li_pattern_set_remove(set, 7), LI_E_NOT_FOUND);
    ck_assert_int_eq(matches(set, "{'a':'x'}"), 1);
    ck_assert_int_eq(add(set, 7, "{'a':['z']}"), LI_OK);
    ck_assert_int_eq(matches(set, "{'a':'z'}"), 1);
    ck_assert_int_eq(matches(set, "{'a':'x','b':1}"), 0);
    li_pattern_set_free(set);
    li_pattern_set_free(NULL);
}
END_TEST

static int32_t stop_at_once(void *user, uint64_t id)
{
    (void)id;
    ++*(int *)user;
    return 1;
}

START_TEST(test_pat_109_the_callback_may_end_it)
{
    li_pattern_set *set = new_set(NULL);
    int n = 0;

    ck_assert_int_eq(add(set, 1, "{'a':[1]}"), LI_OK);
    ck_assert_int_eq(add(set, 2, "{'a':[1]}"), LI_OK);
    ck_assert_int_eq(add(set, 3, "{'b':[{'exists':false}]}"), LI_OK);
    ck_assert_int_eq(matches(set, "{'a':1}"), 3);
    ck_assert_int_eq(li_pattern_set_match(set, "{\"a\":1}", LI_Z, NULL, stop_at_once, &n), LI_OK);
    ck_assert_int_eq(n, 1);
    ck_assert_int_eq(li_pattern_set_match(set, "{\"a\":1}", LI_Z, NULL, NULL, NULL), LI_OK);
    n = 0;
    ck_assert_int_eq(li_pattern_set_match(set, "{\"a\":1", LI_Z, NULL, count_ids, &n), LI_E_JSON);
    ck_assert_int_eq(n, 0);
    li_pattern_set_free(set);
}
END_TEST

static int32_t change_set(void *user, uint64_t id)
{
    li_pattern_set *set = user;
    int n = 0;

    if (id != 1)
        return 0;
    ck_assert_int_eq(add(set, 100, "{'a':[1]}"), LI_OK);
    ck_assert_int_eq(li_pattern_set_remove(set, 1), LI_OK);
    ck_assert_int_eq(li_pattern_set_match(set, "{\"a\":1}", LI_Z, NULL, count_ids, &n), LI_OK);
    ck_assert_int_eq(n, 1);
    return 0;
}

START_TEST(test_pat_109_the_callback_may_change_the_set)
{
    li_pattern_set *set = new_set(NULL);

    ck_assert_int_eq(add(set, 1, "{'a':[1]}"), LI_OK);
    ck_assert_int_eq(li_pattern_set_match(set, "{\"a\":1}", LI_Z, NULL, change_set, set), LI_OK);
    ck_assert_uint_eq(li_pattern_set_count(set), 1);
    li_pattern_set_free(set);
}
END_TEST

START_TEST(test_pat_109_removed_rules_give_their_memory_back)
{
    li_pattern_set *set = new_set(NULL);
    char text[128];
    uint64_t i;

    for (i = 0; i < 40000; i++) { /* a window of a hundred moves over them */
        sprintf(text, "{\"a\":[\"w-%llu\"],\"b\":[{\"numeric\":[\">\",%llu]}]}", (unsigned long long)i, (unsigned long long)i);
        ck_assert_int_eq(li_pattern_set_add(set, i, text, LI_Z, NULL), LI_OK);
        if (i >= 100)
            ck_assert_int_eq(li_pattern_set_remove(set, i - 100), LI_OK);
    }
    ck_assert_uint_eq(li_pattern_set_count(set), 100);
    ck_assert_int_eq(matches(set, "{'a':'w-39950','b':40000}"), 1);
    ck_assert_int_eq(matches(set, "{'a':'w-39850','b':40000}"), 0);
    li_pattern_set_free(set);
}
END_TEST

/* ---- threads */

enum { READERS = 3, RULES = 400 };

typedef struct crowd {
    li_pattern_set *set;
    _Atomic int is_done;
    _Atomic int n_wrong;
    _Atomic int n_events;
} crowd;

static int32_t note_ids(void *user, uint64_t id)
{
    unsigned char *found = user;

    found[id]++;
    return 0;
}

/* Rules 0 to 9 are always there; of the others only those may come that fit. */
static void *read_on(void *user)
{
    static const char event[] = "{\"k\":\"5\",\"always\":\"yes\",\"e\":[{\"a\":1},{\"b\":2}],\"n\":17}";
    crowd *c = user;

    while (!atomic_load(&c->is_done)) {
        unsigned char found[RULES] = { 0 };
        int i;

        if (li_pattern_set_match(c->set, event, LI_Z, NULL, note_ids, found) != LI_OK)
            atomic_fetch_add(&c->n_wrong, 1);
        for (i = 0; i < RULES; i++)
            if (i < 10 ? found[i] != 1 : found[i] > (i % 10 == 5))
                atomic_fetch_add(&c->n_wrong, 1);
        atomic_fetch_add(&c->n_events, 1);
    }
    return NULL;
}

static void change_on(crowd *c, int rounds)
{
    char text[160];
    int round, i;

    for (round = 0; round < rounds; round++) {
        for (i = 10; i < RULES; i++) {
            sprintf(text, "{\"k\":[\"%d\",{\"suffix\":\"%d-\"}],\"gone%d\":[{\"exists\":false}],\"n\":[{\"numeric\":[\"<\",%d]}]}", i % 10,
                    i, round, 100 + i);
            if (li_pattern_set_add(c->set, (uint64_t)i, text, LI_Z, NULL) != LI_OK)
                atomic_fetch_add(&c->n_wrong, 1);
        }
        for (i = 10; i < RULES; i++)
            if (li_pattern_set_remove(c->set, (uint64_t)i) != LI_OK)
                atomic_fetch_add(&c->n_wrong, 1);
    }
}

START_TEST(test_pat_124_many_threads_match_while_one_changes)
{
    pthread_t threads[READERS];
    crowd c;
    int i;

    memset(&c, 0, sizeof c);
    c.set = new_set(NULL);
    for (i = 0; i < 10; i++)
        ck_assert_int_eq(add(c.set, (uint64_t)i, "{'always':['yes'],'e':{'c':[{'exists':false}]}}"), LI_OK);
    for (i = 0; i < READERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_on, &c), 0);
    change_on(&c, 6);
    while (atomic_load(&c.n_events) < 50)
        sched_yield();
    atomic_store(&c.is_done, 1);
    for (i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(atomic_load(&c.n_wrong), 0);
    ck_assert_uint_eq(li_pattern_set_count(c.set), 10);
    li_pattern_set_free(c.set);
}
END_TEST

/* ---- memory */

START_TEST(test_pat_124_nothing_is_allocated_nor_locked_in_the_long_run)
{
    static const char event[] =
        "{\"detail\":{\"t\":\"\\u0041bc\",\"e\":[{\"a\":1,\"b\":2},{\"a\":2,\"b\":1}],\"s\":\"Home/U-1/x.txt\",\"n\":12.5},\"z\":[]}";
    li_pattern_set *set = new_set(NULL);
    size_t allocations, locks;
    li_status status = LI_OK;
    int i, n = 0;

    ck_assert_int_eq(add(set, 1, "{'detail':{'t':['Abc'],'e':{'a':[2],'b':[1]}}}"), LI_OK);
    ck_assert_int_eq(add(set, 2, "{'detail':{'s':[{'wildcard':'*/U-1/*'}],'n':[{'numeric':['>',12]}]}}"), LI_OK);
    ck_assert_int_eq(add(set, 3, "{'detail':{'s':[{'prefix':{'equals-ignore-case':'hOME'}}],'q':[{'exists':false}]}}"), LI_OK);
    ck_assert_int_eq(add(set, 4, "{'$or':[{'detail':{'n':[12.5]}},{'detail':{'t':['Abc']}}]}"), LI_OK);
    ck_assert_int_eq(li_pattern_set_match(set, event, LI_Z, NULL, count_ids, &n), LI_OK);
    ck_assert_int_eq(n, 4);
    allocations = counted.allocations;
    locks = counted.locks;
    for (i = 0; i < 100; i++) /* an assertion allocates */
        status |= li_pattern_set_match(set, event, LI_Z, NULL, count_ids, &n);
    allocations = counted.allocations - allocations;
    locks = counted.locks - locks;
    ck_assert_int_eq(status, LI_OK);
    ck_assert_int_eq(n, 404);
    ck_assert_uint_eq(allocations, 0);
    ck_assert_uint_eq(locks, 0);
    li_pattern_set_free(set);
}
END_TEST

/* An allocator whose k-th allocation fails, or every one from then on; nothing may be left at the end. */
typedef struct meter {
    long until_failure;
    int keeps_failing;
    int has_failed;
    long n_blocks;
} meter;

static int fails(meter *m)
{
    int fail = m->until_failure-- == 0 || (m->has_failed && m->keeps_failing);

    m->has_failed |= fail;
    return fail;
}

static void *meter_alloc(void *self, size_t size)
{
    meter *m = self;

    if (fails(m))
        return NULL;
    m->n_blocks++;
    return malloc(size);
}

static void *meter_realloc(void *self, void *block, size_t size)
{
    meter *m = self;

    if (fails(m))
        return NULL;
    m->n_blocks += block == NULL;
    return realloc(block, size);
}

static void meter_free(void *self, void *block)
{
    ((meter *)self)->n_blocks -= block != NULL;
    free(block);
}

static const li_allocator_ops meter_ops = { sizeof(li_allocator_ops), 1, 0, "meter", meter_alloc, meter_realloc, meter_free };

static const char *const scene[] = {
    "{\"a\":[\"x\",{\"prefix\":\"y\"},{\"suffix\":\"z\"}],\"b\":{\"c\":[{\"numeric\":[\">\",1,\"<\",9]}]}}",
    "{\"a\":[{\"equals-ignore-case\":\"\\u00e9X\"},{\"wildcard\":\"*abcdefghij*\"}],\"$or\":[{\"b.c\":[5]},{\"q\":[{\"exists\":false}]}]}",
    "{\"e\":{\"f\":[1],\"g\":[2],\"h\":[{\"anything-but\":[3,4]}]}}",
    "{\"q\":[{\"cidr\":\"10.0.0.0/8\"},\"::1\",true,null],\"a\":[\"x\"]}",
    "{\"a1\":[1],\"a2\":[1],\"a3\":[1],\"a4\":[1],\"a5\":[1],\"a6\":[1],\"a7\":[1],\"a8\":[1],\"a9\":[1],\"b1\":[1],\"b2\":[1],\"b3\":[1],"
    "\"b4\":[1],\"b5\":[1],\"b6\":[1],\"b7\":[1],\"b8\":[1],\"b9\":[1]}"
};
static const char scene_event[] =
    "{\"a\":\"x\",\"b\":{\"c\":5},\"e\":[{\"f\":1,\"g\":3,\"h\":5},{\"f\":1,\"g\":2,\"h\":\"\\u0041\"},[{\"g\":2}]],\"q\":\"10.1.1.1\"}";
enum { SCENES = sizeof scene / sizeof scene[0] };
static const int scene_matches[SCENES] = { 1, 0, 1, 1, 0 };

/* Returns 1 when all of it worked. What fails leaves the set as it was. */
static int play(const li_allocator *allocator)
{
    li_pattern_set *set = NULL;
    li_pattern *pattern = NULL;
    int32_t is_match = -1;
    int n = 0, i, n_added = 0, n_wanted = 0, failed = 0;

    if (li_pattern_set_new(allocator, NULL, &set) != LI_OK)
        return 0;
    for (i = 0; i < SCENES; i++) {
        li_status status = li_pattern_set_add(set, (uint64_t)i, scene[i], LI_Z, NULL);

        ck_assert(status == LI_OK || status == LI_E_NOMEM);
        n_added += status == LI_OK;
        n_wanted += status == LI_OK && scene_matches[i];
        failed |= status != LI_OK;
        ck_assert_uint_eq(li_pattern_set_count(set), (uint64_t)n_added);
    }
    for (i = 0; i < 2; i++) {
        li_status status;

        n = 0;
        status = li_pattern_set_match(set, scene_event, LI_Z, NULL, count_ids, &n);
        ck_assert(status == LI_OK || status == LI_E_NOMEM);
        failed |= status != LI_OK;
        ck_assert(status == LI_OK ? n == n_wanted : n <= n_wanted);
    }
    if (li_pattern_new(allocator, scene[2], LI_Z, NULL, &pattern, NULL) == LI_OK) {
        failed |= li_pattern_match(pattern, scene_event, LI_Z, &is_match, NULL) != LI_OK;
        failed |= li_pattern_explain(pattern, scene_event, LI_Z, &is_match, NULL, NULL, NULL) != LI_OK;
        ck_assert(failed || is_match == 1);
    } else {
        failed = 1;
    }
    for (i = 0; i < SCENES; i++)
        li_pattern_set_remove(set, (uint64_t)i);
    li_pattern_free(pattern);
    li_pattern_set_free(set);
    return !failed;
}

START_TEST(test_pat_124_each_allocation_may_fail)
{
    meter m = { 0, _i, 0, 0 };
    li_allocator allocator = { &meter_ops, &m };
    long k;
    int worked = 0;

    for (k = 0; !worked; k++) {
        ck_assert_int_lt(k, 2000);
        m.until_failure = k;
        m.has_failed = 0;
        worked = play(&allocator) && !m.has_failed;
        ck_assert_int_eq(m.n_blocks, 0);
    }
    ck_assert_int_gt(k, 30);
}
END_TEST

START_TEST(test_pat_109_renewing_may_run_out_of_memory)
{
    meter m = { LONG_MAX, 1, 0, 0 };
    li_allocator allocator = { &meter_ops, &m };
    li_pattern_set *set = new_set(&allocator);
    char text[64];
    int i;

    for (i = 0; i < 200; i++) {
        sprintf(text, "{\"a\":[\"v%d\"]}", i);
        ck_assert_int_eq(li_pattern_set_add(set, (uint64_t)i, text, LI_Z, NULL), LI_OK);
    }
    m.until_failure = 1;
    for (i = 0; i < 199; i++)
        ck_assert_int_eq(li_pattern_set_remove(set, (uint64_t)i), LI_OK);
    ck_assert_int_eq(m.has_failed, 1);
    m.has_failed = 0;
    m.until_failure = LONG_MAX;
    ck_assert_int_eq(matches(set, "{'a':'v199'}"), 1);
    ck_assert_int_eq(matches(set, "{'a':'v0'}"), 0);
    li_pattern_set_free(set);
    ck_assert_int_eq(m.n_blocks, 0);
}
END_TEST

/* ---- hostile input */

/* n times a piece between begin and end. */
static char *repeat(const char *begin, const char *piece, const char *end, size_t n)
{
    size_t len = strlen(piece), i;
    char *text = malloc(strlen(begin) + n * len + strlen(end) + 1), *p = text;

    ck_assert_ptr_nonnull(text);
    p = stpcpy(p, begin);
    for (i = 0; i < n; i++)
        p = stpcpy(p, piece);
    strcpy(p, end);
    return text;
}

START_TEST(test_pat_121_wildcards_are_linear)
{
    char *pattern = repeat("{'a':[{'wildcard':'", "*a", "*b'}]}", 2000), *event = repeat("{'a':'", "a", "'}", 20000);
    li_pattern_set *set = new_set(NULL);
    char text[96];
    int i;

    no(pattern, event); /* an engine that goes back would never end */
    for (i = 0; i < 10000; i++) {
        sprintf(text, "{\"a\":[{\"wildcard\":\"*a*%d*b*%d\"}]}", i % 100, i);
        ck_assert_int_eq(li_pattern_set_add(set, (uint64_t)i, text, LI_Z, NULL), LI_OK);
    }
    ck_assert_int_eq(matches(set, "{'a':'xa 7 b 107'}"), 2); /* 7 and 107 */
    li_pattern_set_free(set);
    free(pattern);
    free(event);
}
END_TEST

START_TEST(test_pat_122_an_error_has_kind_place_path_and_text)
{
    li_pattern_error error = LI_PATTERN_ERROR_INIT;
    li_pattern *pattern = NULL;

    ck_assert_int_eq(li_pattern_new(NULL, "{\"a\":{\"b\":[\"x\",{\"numeric\":[\"!\",1]}]}}", LI_Z, NULL, &pattern, &error), LI_E_VALIDATION);
    ck_assert_int_eq(error.kind, LI_PATTERN_NUMERIC_OPERATOR);
    ck_assert_uint_eq(error.offset, 27);
    ck_assert_str_eq(error.path, "a.b");
    ck_assert_str_eq(error.text, "numeric-operator: comparisons are = < <= > >=, and a range goes from > or >= to < or <= "
                                 "(at byte 27, a.b)");
    ck_assert_ptr_null(pattern);
    ck_assert_str_eq(li_pattern_error_name(LI_PATTERN_TOO_DEEP), "too-deep");
    ck_assert_str_eq(li_pattern_error_name(0), "");
    ck_assert_str_eq(li_pattern_error_name(999), "");
}
END_TEST

START_TEST(test_pat_122_lengths)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;

    options.max_bytes = strlen("{'a':['x']}");
    ck_assert_str_eq(kind_of("{'a':['x']}", &options), "");
    ck_assert_str_eq(kind_of("{'a':['xy']}", &options), "too-long");
}
END_TEST

START_TEST(test_pat_123_depths)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;
    char *inside = repeat("", "{\"a\":", "[1]", 511), *deep = repeat("", "{\"a\":", "[1]", 512);
    char *pattern = repeat(inside, "}", "", 511), *too_deep = repeat(deep, "}", "", 512);
    char *open = repeat("{\"b\":", "[", "", 999), *event = repeat(open, "]", "}", 999);
    char *more = repeat("{\"b\":", "[", "", 1000), *deeper = repeat(more, "]", "}", 1000);
    int32_t is_match = -1;
    li_pattern *p;

    ck_assert_str_eq(kind_of(pattern, NULL), "");
    ck_assert_str_eq(kind_of(too_deep, NULL), "too-deep");
    p = compile_as("{'a':[{'exists':false}],'b':[{'exists':false}]}", NULL);
    ck_assert_int_eq(li_pattern_match(p, event, LI_Z, &is_match, NULL), LI_OK);
    ck_assert_int_eq(is_match, 1);
    ck_assert_int_eq(li_pattern_match(p, deeper, LI_Z, &is_match, NULL), LI_E_DEPTH);
    li_pattern_free(p);
    options.max_event_depth = 3;
    p = compile_as("{'a':[1],'b':[{'exists':true}]}", &options);
    ck_assert_int_eq(li_pattern_match(p, "{\"c\":[[1]]}", LI_Z, &is_match, NULL), LI_OK);
    ck_assert_int_eq(li_pattern_match(p, "{\"c\":[[[1]]]}", LI_Z, &is_match, NULL), LI_E_DEPTH);
    ck_assert_int_eq(li_pattern_match(p, "{\"b\":[[[1]]]}", LI_Z, &is_match, NULL), LI_E_DEPTH);
    li_pattern_free(p);
    free(inside);
    free(deep);
    free(pattern);
    free(too_deep);
    free(open);
    free(event);
    free(more);
    free(deeper);
}
END_TEST

START_TEST(test_rel_95_long_numbers_and_many_values)
{
    char *digits = repeat("", "7", "", 400), *list = repeat("{'a':[", "'x',", "'y']}", 10000);
    char *text = malloc(strlen(digits) * 2 + 64), *names = repeat("{", "'n':1,", "'a':'y'}", 10000);

    ck_assert_ptr_nonnull(text);
    sprintf(text, "{'a':[%s]}", digits);
    right(text);
    sprintf(text, "{'a':[{'numeric':['>',%s]}]}", digits);
    wrong(text, "number-not-binary64");
    sprintf(text, "{'a':%s,'b':-0.%se-%s}", digits, digits, "99999");
    no("{'a':[{'numeric':['>',1]}]}", text);
    yes("{'b':[{'exists':true}]}", text);
    yes(list, names);
    no("{'a':['x'],'n':[2]}", names);
    free(digits);
    free(list);
    free(text);
    free(names);
}
END_TEST

START_TEST(test_rel_95_arrays_that_combine_in_too_many_ways)
{
    /* twelve arrays of one path, each with elements that lack something: the choices are tried up to a number */
    char pattern[1024], *p = pattern, *event;
    li_error err = LI_ERROR_INIT;
    int32_t is_match = -1;
    li_pattern *compiled;
    li_status status;
    int i;

    p += sprintf(p, "{\"e\":{");
    for (i = 0; i < 30; i++)
        p += sprintf(p, "\"f%d\":[1]%s", i, i < 29 ? "," : "}}");
    event = repeat("{", "\"e\":[{\"f0\":1,\"f2\":1,\"f4\":1,\"f6\":1,\"f8\":1},{\"f1\":1,\"f3\":1,\"f5\":1,\"f7\":1,\"f9\":1},"
                        "{\"f10\":1,\"f12\":1,\"f14\":1,\"f16\":1,\"f18\":1,\"f20\":1,\"f22\":1,\"f24\":1},"
                        "{\"f11\":1,\"f13\":1,\"f15\":1,\"f17\":1,\"f19\":1,\"f21\":1,\"f23\":1,\"f25\":1,\"f26\":1},{\"f27\":1},{\"f28\":1}],",
                   "\"z\":[1],\"e\":[{\"f29\":1}]}", 5);
    ck_assert_int_eq(li_pattern_new(NULL, pattern, LI_Z, NULL, &compiled, NULL), LI_OK);
    status = li_pattern_match(compiled, event, LI_Z, &is_match, &err);
    ck_assert(status == LI_OK || (status == LI_E_FULL && err.detail == LI_DETAIL_EVENT_ELEMENTS));
    ck_assert(status != LI_OK || is_match == 0);
    li_pattern_free(compiled);
    free(event);
}
END_TEST

START_TEST(test_pat_17_seventy_fields_below_one_array)
{
    char pattern[2048], event[4096], *p = pattern, *e = event;
    int i;

    p += sprintf(p, "{'d':{");
    e += sprintf(e, "{'d':[{'f0':0},{");
    for (i = 0; i < 70; i++) {
        p += sprintf(p, "'f%d':[%d]%s", i, i, i < 69 ? "," : "}}");
        e += sprintf(e, "'f%d':%d%s", i, i, i < 69 ? "," : "}]}");
    }
    yes(pattern, event);
    strcpy(strstr(event, "'f69'"), "'f6x':69}]}");
    no(pattern, event);
}
END_TEST

/* ---- options */

START_TEST(test_pat_122_options_out_of_range_are_refused)
{
    li_pattern_options options = LI_PATTERN_OPTIONS_INIT;
    li_pattern_error error = LI_PATTERN_ERROR_INIT;
    li_pattern_set *set = NULL;
    li_pattern *pattern = NULL;

    options.dialect = 9;
    ck_assert_int_eq(li_pattern_new(NULL, "{\"a\":[1]}", LI_Z, &options, &pattern, &error), LI_E_INVALID);
    ck_assert_int_eq(error.kind, 0);
    ck_assert_int_eq(li_pattern_options_init(&options, sizeof options), LI_OK);
    options.max_depth = 0;
    ck_assert_int_eq(li_pattern_set_new(NULL, &options, &set), LI_E_INVALID);
    options.max_depth = 1001;
    ck_assert_int_eq(li_pattern_set_new(NULL, &options, &set), LI_E_INVALID);
    options.max_depth = 512;
    options.flags = 64;
    ck_assert_int_eq(li_pattern_set_new(NULL, &options, &set), LI_E_INVALID);
    options.flags = 0;
    options.size = 3;
    ck_assert_int_eq(li_pattern_set_new(NULL, &options, &set), LI_E_INVALID);
    ck_assert_ptr_null(set);
    ck_assert_int_eq(li_pattern_new(NULL, "{\"a\":[1]}", LI_Z, NULL, NULL, NULL), LI_E_INVALID);
    ck_assert_int_eq(li_pattern_match(NULL, "{}", LI_Z, NULL, NULL), LI_E_INVALID);
    li_pattern_free(NULL);
}
END_TEST

/* ---- explaining */

typedef struct findings {
    char text[1024];
} findings;

static int32_t note_finding(void *user, const li_pattern_finding *f)
{
    static const char *const verdicts[] = { "?", "holds", "absent", "differs", "element" };
    findings *found = user;
    size_t n = strlen(found->text);

    snprintf(found->text + n, sizeof found->text - n, "%u %.*s %s %.*s %u %.*s;", f->alternative, (int)f->path.len, f->path.ptr,
             verdicts[f->verdict], (int)f->value.len, f->value.ptr ? f->value.ptr : "", f->n_values, (int)f->wanted.len, f->wanted.ptr);
    return 0;
}

START_TEST(test_pat_124_each_clause_is_explained)
{
    li_pattern *pattern = compile_as("{'a':[ 'x', 'y' ],'e':{'f':[1],'g':[2]},'z':[{'exists':true}]}", NULL);
    char *event = quoted("{'a':'q','e':[{'f':1},{'g':2},{'g':3}]}");
    findings found = { "" };
    int32_t is_match = -1;

    ck_assert_int_eq(li_pattern_explain(pattern, event, LI_Z, &is_match, NULL, note_finding, &found), LI_OK);
    ck_assert_int_eq(is_match, 0);
    ck_assert_str_eq(found.text, "0 a differs q 1 [ \"x\", \"y\" ];0 e.f holds 1 1 [1];0 e.g holds 2 2 [2];"
                                 "0 z absent  0 [{\"exists\":true}];");
    li_pattern_free(pattern);
    free(event);
    pattern = compile_as("{'$or':[{'e':{'f':[1],'g':[2]}},{'b':[true]}]}", NULL);
    event = quoted("{'e':[{'f':1},{'g':2}],'b':true}");
    found.text[0] = '\0';
    ck_assert_int_eq(li_pattern_explain(pattern, event, LI_Z, &is_match, NULL, note_finding, &found), LI_OK);
    ck_assert_int_eq(is_match, 1);
    ck_assert_ptr_nonnull(strstr(found.text, "e.f holds 1 1 [1];"));
    ck_assert_ptr_nonnull(strstr(found.text, "e.g element 2 1 [2];"));
    ck_assert_ptr_nonnull(strstr(found.text, "b holds true 1 [true];"));
    ck_assert_int_eq(li_pattern_explain(pattern, "[", LI_Z, &is_match, NULL, note_finding, &found), LI_E_JSON);
    li_pattern_free(pattern);
    free(event);
}
END_TEST

/* ---- against an evaluator written apart */

START_TEST(test_pat_109_random_patterns_agree_with_a_slow_evaluator)
{
    static char texts[8][8192], event[8192];
    uint64_t x = UINT64_C(0x2545F4914F6CDD1D) + (uint64_t)_i * 77777;
    unsigned char bytes[300];
    int round, i, k, n_matches = 0;

    for (round = 0; round < 60; round++) {
        li_pattern_set *set = new_set(NULL);
        unsigned char found[8] = { 0 };

        for (i = 0; i < 9; i++) {
            for (k = 0; k < 300; k++) {
                x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                bytes[k] = (unsigned char)(x >> 33);
            }
            if (i == 8)
                naive_make_event(bytes, sizeof bytes, event, sizeof event);
            else
                naive_make_pattern(bytes, 40, texts[i], sizeof texts[i]);
        }
        for (i = 0; i < 8; i++)
            ck_assert_int_eq(li_pattern_set_add(set, (uint64_t)i, texts[i], LI_Z, NULL), LI_OK);
        ck_assert_int_eq(li_pattern_set_match(set, event, LI_Z, NULL, note_ids, found), LI_OK);
        for (i = 0; i < 8; i++) {
            int wanted = naive_match(texts[i], strlen(texts[i]), event, strlen(event));

            ck_assert_msg(wanted < 0 || wanted == found[i], "%d, not %d: %.400s on %.400s", found[i], wanted, texts[i], event);
            n_matches += found[i];
        }
        li_pattern_set_free(set);
    }
    ck_assert_int_gt(n_matches, 0);
}
END_TEST

/* A pattern over few values, so that hundreds share each; every form of accepting is in some. */
static void common_pattern(uint64_t *x, char *out)
{
    static const char *const lists[] = {
        "[\"x\"]", "[\"y\"]", "[\"x\",\"y\"]", "[{\"prefix\":\"x\"}]", "[{\"suffix\":\"y\"},1]", "[{\"anything-but\":\"x\"}]", "[1]",
        "[{\"numeric\":[\">\",0]}]", "[{\"numeric\":[\"<\",5]}]", "[{\"numeric\":[\">=\",1,\"<\",3]}]", "[{\"exists\":true}]",
        "[{\"exists\":false}]", "[true]", "[{\"exists\":false},\"x\"]", "[{\"wildcard\":\"*x*\"}]", "[{\"equals-ignore-case\":\"X\"}]"
    };
    char *p = out;
    int i, is_first = 1;

    p += sprintf(p, "{");
    for (i = 0; i < 6; i++) {
        *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        if (i < 5 && *x >> 62 == 0)
            continue;
        p += sprintf(p, "%s\"%s%c\":%s", is_first ? "" : ",", i < 3 ? "" : "e.", 'a' + i, lists[(*x >> 33) % 16]);
        is_first = 0;
    }
    sprintf(p, "}");
}

static const char *const common_events[] = {
    "{\"a\":\"x\",\"b\":\"y\",\"c\":1,\"e\":[{\"d\":\"x\",\"e\":1},{\"e\":\"x\",\"f\":true}]}",
    "{\"a\":\"x\",\"b\":\"x\",\"c\":\"x\",\"e\":[{\"d\":\"x\",\"e\":\"x\",\"f\":\"x\"}]}",
    "{\"a\":1,\"b\":[2,\"xy\"],\"c\":true,\"e\":[{\"d\":1,\"e\":2},{\"d\":1,\"e\":1,\"f\":\"y\"}]}",
    "{\"b\":\"y\",\"e\":{\"e\":\"x\"}}", "{}", "{\"a\":\"y\",\"b\":\"y\",\"c\":\"y\",\"e\":{\"d\":\"y\",\"e\":\"y\",\"f\":\"y\"}}"
};

START_TEST(test_pat_109_hundreds_of_patterns_with_much_in_common)
{
    enum { MANY = 1200 };
    static char texts[MANY][512];
    uint64_t x = (uint64_t)_i * 977 + 5;
    li_pattern_set *set = new_set(NULL);
    size_t e;
    int i, n_matches = 0;

    for (i = 0; i < MANY; i++) {
        common_pattern(&x, texts[i]);
        ck_assert_int_eq(li_pattern_set_add(set, (uint64_t)i, texts[i], LI_Z, NULL), LI_OK);
    }
    for (e = 0; e < sizeof common_events / sizeof common_events[0]; e++) {
        unsigned char found[MANY] = { 0 };

        ck_assert_int_eq(li_pattern_set_match(set, common_events[e], LI_Z, NULL, note_ids, found), LI_OK);
        for (i = 0; i < MANY; i++) {
            int wanted = naive_match(texts[i], strlen(texts[i]), common_events[e], strlen(common_events[e]));

            if (wanted != found[i])
                ck_abort_msg("%d, not %d: %s on %s", found[i], wanted, texts[i], common_events[e]);
            n_matches += found[i];
        }
    }
    ck_assert_int_gt(n_matches, 30);
    li_pattern_set_free(set);
}
END_TEST

START_TEST(test_pat_109_thresholds_that_are_not_reached_are_not_looked_at)
{
    li_pattern_set *set = new_set(NULL);
    char text[128];
    int i;

    for (i = 0; i < 2000; i++) {
        sprintf(text, "{\"s\":[\"x\"],\"n\":[{\"numeric\":[\"%s\",%d]}]}", i % 2 ? ">" : "<", i * 7919 % 2000);
        ck_assert_int_eq(li_pattern_set_add(set, (uint64_t)i, text, LI_Z, NULL), LI_OK);
    }
    ck_assert_int_eq(matches(set, "{'s':'x','n':-1}"), 1000);
    ck_assert_int_eq(matches(set, "{'s':'x','n':2000}"), 1000);
    ck_assert_int_eq(matches(set, "{'s':'x','n':999.5}"), 1000);
    ck_assert_int_eq(matches(set, "{'s':'y','n':2000}"), 0);
    ck_assert_int_eq(matches(set, "{'s':'x','n':[-1,2000]}"), 2000);
    li_pattern_set_free(set);
}
END_TEST

Suite *suite_pattern_set(void)
{
    Suite *suite = suite_create("pattern_set");
    TCase *tc = tcase_create("changes");

    tcase_add_test(tc, test_pat_109_ids_are_added_and_removed);
    tcase_add_test(tc, test_pat_109_the_callback_may_end_it);
    tcase_add_test(tc, test_pat_109_the_callback_may_change_the_set);
    tcase_add_test(tc, test_pat_109_removed_rules_give_their_memory_back);
    suite_add_tcase(suite, tc);
    tc = tcase_create("threads");
    tcase_add_test(tc, test_pat_124_many_threads_match_while_one_changes);
    suite_add_tcase(suite, tc);
    tc = tcase_create("memory");
    tcase_add_test(tc, test_pat_124_nothing_is_allocated_nor_locked_in_the_long_run);
    tcase_add_loop_test(tc, test_pat_124_each_allocation_may_fail, 0, 2);
    tcase_add_test(tc, test_pat_109_renewing_may_run_out_of_memory);
    suite_add_tcase(suite, tc);
    tc = tcase_create("hostile");
    tcase_add_test(tc, test_pat_121_wildcards_are_linear);
    tcase_add_test(tc, test_pat_122_an_error_has_kind_place_path_and_text);
    tcase_add_test(tc, test_pat_122_lengths);
    tcase_add_test(tc, test_pat_123_depths);
    tcase_add_test(tc, test_rel_95_long_numbers_and_many_values);
    tcase_add_test(tc, test_rel_95_arrays_that_combine_in_too_many_ways);
    tcase_add_test(tc, test_pat_17_seventy_fields_below_one_array);
    tcase_add_test(tc, test_pat_122_options_out_of_range_are_refused);
    suite_add_tcase(suite, tc);
    tc = tcase_create("explain");
    tcase_add_test(tc, test_pat_124_each_clause_is_explained);
    tcase_add_loop_test(tc, test_pat_109_hundreds_of_patterns_with_much_in_common, 0, 3);
    tcase_add_test(tc, test_pat_109_thresholds_that_are_not_reached_are_not_looked_at);
    tcase_add_loop_test(tc, test_pat_109_random_patterns_agree_with_a_slow_evaluator, 0, 10);
    suite_add_tcase(suite, tc);
    return suite;
}
