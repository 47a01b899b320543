/* sim.c - whole lives of an engine on the virtual clock, each made from one seed: what the promises say is checked after
 * every step, and a life lived twice writes the same journal.
 *
 *   sim [FIRST..LAST]      lives of these seeds (standard: 1..40)
 *   sim SEED STEPS         one life, cut after so many steps, its last journal lines printed
 *
 * Checked: conservation at each step (REL-1), one terminal state an event (REL-3), starts against retries (REL-9, INV-203),
 * no attempt before its wait is over (INV-203), late results change nothing (REL-17), nothing left when the faults end and
 * time goes on (liveness), the same journal again (REL-58). A failing seed is cut to the fewest steps that still fail. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>

enum { FUNCTIONS = 5, STEPS = 160, EVENTS_MAX = 4096, HELD_MAX = 64, TAIL = 30, QUEUES = 3 };

typedef struct seen {
    li_id id;
    uint64_t accepted_ms;
    uint64_t end_ms;             /* of the last attempt that ended; 0: none */
    uint32_t attempt;            /* of the last start */
    uint32_t failures;           /* attempts that ended in a function error */
    int32_t terminal;            /* LI_STEP_* or 0 */
    int32_t is_waiting_retry;    /* the last attempt ended in a function error */
} seen;

typedef struct life {
    uint64_t plan;               /* the generator of what the world does */
    uint64_t moods;              /* and of what handlers do */
    li_clock *clock;
    li_engine *engine;
    li_local_queue *queues[QUEUES];
    li_invocation *held[HELD_MAX];
    int n_held;
    int is_calm;                 /* faults are over */
    int step;
    seen *events;                /* open addressing by id; EVENTS_MAX * 2 places */
    uint64_t n_events;
    uint64_t counts[3];          /* succeeded, delivered, dropped by the journal */
    uint64_t hash;               /* of the journal */
    uint64_t n_lines;
    char tail[TAIL][256];
    char why[400];               /* "" as long as all is well */
} life;

static uint64_t next(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s * UINT64_C(2685821657736338717);
}

static uint32_t pick(uint64_t *s, uint32_t n)
{
    return (uint32_t)(next(s) >> 33) % n;
}

__attribute__((format(printf, 2, 3))) static void wrong(life *l, const char *format, ...)
{
    va_list args;

    if (l->why[0])
        return;
    va_start(args, format);
    vsnprintf(l->why, sizeof l->why, format, args);
    va_end(args);
}

/* ---- what the journal says */

static seen *find(life *l, const li_id *id)
{
    uint64_t key;
    size_t i;

    memcpy(&key, id->bytes, sizeof key);
    for (i = key % (EVENTS_MAX * 2);; i = (i + 1) % (EVENTS_MAX * 2)) {
        seen *s = &l->events[i];

        if (s->accepted_ms == 0 || memcmp(&s->id, id, sizeof *id) == 0)
            return s;
    }
}

static void accepted(life *l, const li_journal_line *line)
{
    seen *s = find(l, &line->id);

    if (s->accepted_ms != 0) {
        wrong(l, "one id is accepted twice");
        return;
    }
    if (++l->n_events >= EVENTS_MAX) {
        wrong(l, "more than %d events", EVENTS_MAX);
        return;
    }
    s->id = line->id;
    s->accepted_ms = line->time_ms;
}

static void started(life *l, const li_journal_line *line)
{
    seen *s = find(l, &line->id);

    if (s->accepted_ms == 0)
        return;                  /* a synchronous call */
    if (s->terminal)
        wrong(l, "an event starts after its terminal state");
    if (line->attempt <= s->attempt)  /* one that found no function has a number, too (INV-226) */
        wrong(l, "attempt %u follows attempt %u", line->attempt, s->attempt);
    if (s->is_waiting_retry && line->time_ms - s->end_ms < UINT64_C(60000) * s->failures)
        wrong(l, "attempt %u starts %llu ms after the failure before it", line->attempt,
              (unsigned long long)(line->time_ms - s->end_ms));
    s->attempt = line->attempt;
    s->is_waiting_retry = 0;
}

static void ended(life *l, const li_journal_line *line)
{
    seen *s = find(l, &line->id);

    if (s->accepted_ms == 0)
        return;
    s->end_ms = line->time_ms;
    if (strcmp(line->why, "ok") != 0 && strcmp(line->why, "success") != 0) {
        s->failures++;
        s->is_waiting_retry = 1;
        if (s->failures > 3)
            wrong(l, "%u function errors; two retries are the most", s->failures);
    }
}

static void terminal(life *l, const li_journal_line *line)
{
    seen *s = find(l, &line->id);

    if (s->accepted_ms == 0)
        wrong(l, "an event ends that was never accepted");
    else if (s->terminal)
        wrong(l, "an event ends twice: %s, then %s", li_step_name(s->terminal), li_step_name(line->step));
    s->terminal = line->step;
    l->counts[line->step - LI_STEP_SUCCEEDED]++;
}

static void on_line(void *user, const li_journal_line *line)
{
    life *l = user;
    char *text;
    size_t i;

    if (l->why[0])
        return;                  /* the last lines are those before it went wrong */
    text = l->tail[l->n_lines++ % TAIL];
    li_journal_format(line, text, sizeof l->tail[0]);
    for (i = 0; text[i]; i++)
        l->hash = (l->hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    switch (line->step) {
    case LI_STEP_ACCEPTED:
        accepted(l, line);
        break;
    case LI_STEP_START:
        started(l, line);
        break;
    case LI_STEP_END:
        ended(l, line);
        break;
    case LI_STEP_SUCCEEDED:
    case LI_STEP_DELIVERED:
    case LI_STEP_DROPPED:
        terminal(l, line);
        break;
    default:
        break;
    }
}

static void check(life *l)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;

    li_event_count(l->engine, &c);
    if (c.accepted != c.pending + c.leased + c.succeeded + c.delivered + c.dropped)
        wrong(l, "accepted %llu, pending %llu, leased %llu, succeeded %llu, delivered %llu, dropped %llu",
              (unsigned long long)c.accepted, (unsigned long long)c.pending, (unsigned long long)c.leased,
              (unsigned long long)c.succeeded, (unsigned long long)c.delivered, (unsigned long long)c.dropped);
    if (c.accepted != l->n_events || c.succeeded != l->counts[0] || c.delivered != l->counts[1] || c.dropped != l->counts[2])
        wrong(l, "the counts and the journal differ: accepted %llu and %llu, succeeded %llu and %llu, delivered %llu and %llu, "
              "dropped %llu and %llu", (unsigned long long)c.accepted, (unsigned long long)l->n_events,
              (unsigned long long)c.succeeded, (unsigned long long)l->counts[0], (unsigned long long)c.delivered,
              (unsigned long long)l->counts[1], (unsigned long long)c.dropped, (unsigned long long)l->counts[2]);
}

/* ---- what handlers and destinations do */

static void name_of(int i, char name[16])
{
    snprintf(name, 16, "f%d", i);
}

static void nested(life *l, li_invocation *invocation)
{
    char name[16];

    name_of((int)pick(&l->moods, FUNCTIONS), name);
    if (pick(&l->moods, 2))
        li_invoke_event(li_invocation_get_engine(invocation), name, LI_Z, "{\"nested\":true}", LI_Z, NULL, NULL, NULL);
    else
        li_invoke(li_invocation_get_engine(invocation), name, LI_Z, "{}", LI_Z, NULL, NULL, NULL);
}

static int32_t moody(li_invocation *invocation, void *environment, void *user)
{
    life *l = user;
    uint32_t mood = pick(&l->moods, 100);

    (void)environment;
    li_invocation_simulate(invocation, (next(&l->moods) >> 40) % 4000 * LI_MS_NS);
    if (l->is_calm) {
        li_invocation_respond(invocation, "{\"calm\":true}", LI_Z);
        return LI_DONE;
    }
    if (mood < 8)
        nested(l, invocation);
    if (mood < 55) {
        li_invocation_respond(invocation, "{\"ok\":true}", LI_Z);
        return LI_DONE;
    }
    if (mood < 60)
        return LI_DONE;
    if (mood < 75) {
        li_invocation_fail(invocation, "Moody", "not today");
        return LI_FAILED;
    }
    if (mood < 80) {
        li_invocation_exit(invocation, mood == 79 ? -11 : (int32_t)(mood - 75));
        return LI_FAILED;
    }
    if (mood < 85) {
        li_invocation_simulate(invocation, LI_HOUR_NS);
        return LI_DONE;
    }
    if (mood < 95 && l->n_held < HELD_MAX) {
        li_invocation_retain(invocation);
        l->held[l->n_held++] = invocation;
        return LI_PENDING;
    }
    return LI_FAILED;
}

static int32_t moody_init(li_init *init, void *user, void **environment)
{
    life *l = user;

    *environment = l;
    li_init_simulate(init, (next(&l->moods) >> 40) % 3000 * LI_MS_NS);
    if (l->is_calm || pick(&l->moods, 12) != 0)
        return LI_DONE;
    li_init_fail(init, "Moody.Init", "cold");
    return LI_FAILED;
}

static void moody_fini(void *environment, void *user, int32_t reason)
{
    if (environment != user || reason < LI_RETIRE_SPINDOWN)
        wrong(user, "fini gets what init did not make");
}

static li_status moody_destination(void *user, const li_record *record)
{
    life *l = user;
    uint32_t mood = l->is_calm ? 99 : pick(&l->moods, 100);

    (void)record;
    return mood < 15 ? LI_E_FULL : mood < 22 ? LI_E_IO : LI_OK;
}

/* ---- what the world does */

static void complete(life *l, int i)
{
    li_invocation *invocation = l->held[i];

    l->held[i] = l->held[--l->n_held];
    switch (pick(&l->plan, 3)) {
    case 0:
        li_invocation_respond(invocation, "[1]", LI_Z);
        break;
    case 1:
        li_invocation_fail(invocation, "Later", "after all");
        break;
    default:
        break;                   /* never: the time-out ends it */
    }
    li_invocation_release(invocation);
}

static void make_function(life *l, int i)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    char name[16];

    name_of(i, name);
    spec.name = li_z(name);
    spec.handler = moody;
    spec.user = l;
    if (pick(&l->plan, 2)) {
        spec.init = moody_init;
        spec.fini = moody_fini;
    }
    spec.timeout_ms = 1000 + pick(&l->plan, 9) * 1000;
    spec.reserved_concurrency = pick(&l->plan, 3) ? LI_UNRESERVED : (int64_t)pick(&l->plan, 3);
    if (pick(&l->plan, 3) == 0)
        spec.dead_letter_target = li_z("arn:aws:sqs:us-east-1:000000000000:dead");
    li_function_register(l->engine, &spec, NULL, NULL);
}

static void configure(life *l)
{
    static const char *const targets[] = { "arn:aws:sqs:us-east-1:000000000000:good", "arn:aws:sqs:us-east-1:000000000000:bad",
                                           "callback:moody", "arn:aws:lambda:us-east-1:000000000000:function:f0" };
    li_event_config config = LI_EVENT_CONFIG_INIT;
    char name[16];

    name_of((int)pick(&l->plan, FUNCTIONS), name);
    config.max_retries = (int64_t)pick(&l->plan, 3);
    config.max_age_s = pick(&l->plan, 2) ? 60 + (int64_t)pick(&l->plan, 600) : 21600;
    if (pick(&l->plan, 2))
        config.on_success = li_z(targets[pick(&l->plan, 4)]);
    if (pick(&l->plan, 2))
        config.on_failure = li_z(targets[pick(&l->plan, 4)]);
    li_event_config_put(l->engine, name, LI_Z, NULL, 0, &config, NULL, NULL);
}

static void submit(life *l)
{
    li_event_request requests[8];
    uint32_t i, n = 1 + pick(&l->plan, 8);
    char names[8][16];

    for (i = 0; i < n; i++) {
        li_event_request fresh = LI_EVENT_REQUEST_INIT;

        name_of((int)pick(&l->plan, FUNCTIONS), names[i]);
        requests[i] = fresh;
        requests[i].name = li_z(names[i]);
        requests[i].payload = li_z("{\"n\":9007199254740993}");
    }
    li_event_submit_batch(l->engine, requests, n, NULL, NULL, NULL, NULL);
}

static void versions(life *l)
{
    li_alias_spec spec = LI_ALIAS_SPEC_INIT;
    char name[16], one[16], two[16];

    name_of((int)pick(&l->plan, FUNCTIONS), name);
    if (pick(&l->plan, 2))
        li_version_publish(l->engine, name, LI_Z, NULL, NULL, NULL);
    snprintf(one, sizeof one, "%u", 1 + pick(&l->plan, 3));
    snprintf(two, sizeof two, "%u", 1 + pick(&l->plan, 3));
    spec.name = li_z("live");
    spec.function_version = li_z(one);
    if (pick(&l->plan, 2) && strcmp(one, two) != 0) {
        spec.additional_version = li_z(two);
        spec.weight = 0.25;
    }
    if (li_alias_create(l->engine, name, LI_Z, &spec, NULL, NULL) != LI_OK)
        li_alias_update(l->engine, name, LI_Z, &spec, NULL, NULL);
    if (pick(&l->plan, 6) == 0)
        li_alias_remove(l->engine, name, LI_Z, "live", LI_Z, NULL);
    if (pick(&l->plan, 6) == 0)
        li_version_remove(l->engine, name, LI_Z, one, LI_Z, NULL);
}

static void to_alias(life *l)
{
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    char name[16];

    name_of((int)pick(&l->plan, FUNCTIONS), name);
    options.qualifier = li_z("live");
    li_invoke_event(l->engine, name, LI_Z, "{}", LI_Z, &options, NULL, NULL);
}

static void call(life *l)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    char name[16];
    li_status status;

    name_of((int)pick(&l->plan, FUNCTIONS), name);
    status = li_invoke(l->engine, name, LI_Z, "{}", LI_Z, NULL, &result, NULL);
    if (status == LI_OK && result.status_code != 200)
        wrong(l, "a call answers %d", result.status_code);
    li_invoke_result_fini(&result);
}

/* An event that was accepted, picked among all; NULL: none yet. */
static const seen *some_event(life *l)
{
    uint32_t at = pick(&l->plan, EVENTS_MAX * 2), i;

    for (i = 0; i < EVENTS_MAX * 2; i++) {
        const seen *s = &l->events[(at + i) % (EVENTS_MAX * 2)];

        if (s->accepted_ms != 0)
            return s;
    }
    return NULL;
}

static void cancel_or_redrive(life *l)
{
    li_event_info info = LI_EVENT_INFO_INIT;
    const seen *s = some_event(l);
    li_id id;

    if (!s)
        return;
    id = s->id;
    if (li_event_get(l->engine, &id, &info, NULL) == LI_OK && s->terminal)
        wrong(l, "an event that has ended is in the queue");
    if (pick(&l->plan, 2))
        li_event_redrive(l->engine, &id, NULL, NULL);
    else if (li_event_cancel(l->engine, &id, NULL) == LI_OK && find(l, &id)->terminal != LI_STEP_DROPPED)
        wrong(l, "a cancelled event is not dropped");
}

static void once(life *l)
{
    static const char *const keys[] = { "a", "b", "c" };
    li_invoke_options options = LI_INVOKE_OPTIONS_INIT;
    char name[16];

    name_of((int)pick(&l->plan, FUNCTIONS), name);
    options.idempotency_key = li_z(keys[pick(&l->plan, 3)]);
    if (pick(&l->plan, 4) == 0)
        options.not_before_ms = li_engine_now_ms(l->engine) + pick(&l->plan, 100000);
    li_invoke_event(l->engine, name, LI_Z, "{}", LI_Z, &options, NULL, NULL);
}

/* A plan of faults from now on, or none. */
static void plan_faults(life *l)
{
    static const char *const what[] = {
        "\"do\":\"throttle\"", "\"do\":\"fail\",\"error_type\":\"Planned\"", "\"do\":\"timeout\"", "\"do\":\"crash\"",
        "\"do\":\"slow\",\"duration_ms\":2500", "\"do\":\"duplicate\"", "\"do\":\"queue_full\"", "\"do\":\"queue_error\"",
        "\"do\":\"destination_down\"", "\"do\":\"destination_slow\",\"duration_ms\":90000",
        "\"do\":\"no_memory\""
    };
    uint32_t i, n = pick(&l->plan, 4);
    char json[1024];
    int at = snprintf(json, sizeof json, "{\"seed\":%u,\"faults\":[", 1 + pick(&l->plan, 1000));

    if (n == 0) {
        li_faults_clear(l->engine);
        return;
    }
    for (i = 0; i < n; i++)
        at += snprintf(json + at, sizeof json - (size_t)at, "%s{%s,\"after\":%u,\"times\":%u,\"rate\":0.%u}", i ? "," : "",
                       what[pick(&l->plan, sizeof what / sizeof *what)], pick(&l->plan, 4), 1 + pick(&l->plan, 20),
                       1 + pick(&l->plan, 9));
    snprintf(json + at, sizeof json - (size_t)at, "]}");
    if (li_faults_apply(l->engine, json, LI_Z, NULL) == LI_E_INVALID)
        wrong(l, "a plan is refused: %s", json);
}

static void act(life *l)
{
    uint32_t what = pick(&l->plan, 100);
    char name[16];

    name_of((int)pick(&l->plan, FUNCTIONS), name);
    if (what < 30)
        submit(l);
    else if (what < 36)
        to_alias(l);
    else if (what < 44)
        call(l);
    else if (what < 47)
        plan_faults(l);
    else if (what < 73)
        li_clock_advance(l->clock, (next(&l->plan) >> 32) % (90 * UINT64_C(1000)) * LI_MS_NS, NULL);
    else if (what < 78 && l->n_held > 0)
        complete(l, (int)pick(&l->plan, (uint32_t)l->n_held));
    else if (what < 83)
        configure(l);
    else if (what < 87)
        versions(l);
    else if (what < 90)
        li_function_set_concurrency(l->engine, name, LI_Z, pick(&l->plan, 2) ? LI_UNRESERVED : (int64_t)pick(&l->plan, 3), NULL);
    else if (what < 91)
        once(l);
    else if (what < 92)
        (void)(pick(&l->plan, 2) ? li_function_pause : li_function_resume)(l->engine, name, LI_Z, NULL);
    else if (what < 93)
        li_function_purge(l->engine, name, LI_Z, NULL, 0, NULL, NULL);
    else if (what < 94)
        cancel_or_redrive(l);
    else if (what < 95)
        make_function(l, (int)pick(&l->plan, FUNCTIONS));
    else if (what < 97)
        li_function_remove(l->engine, name, LI_Z, NULL);
    else
        li_local_queue_send(l->queues[0], "{\"job\":1}", LI_Z, NULL, 0, NULL);
}

static int begin(life *l, uint64_t seed)
{
    static const char *const names[QUEUES] = { "good", "bad", "dead" };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_mapping_spec mapping = LI_MAPPING_SPEC_INIT;
    li_trigger_spec trigger = LI_TRIGGER_SPEC_INIT;
    li_destination destination;
    int i;

    memset(l, 0, sizeof *l);
    l->plan = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    l->moods = l->plan ^ UINT64_C(0x5851f42d4c957f2d);
    l->hash = UINT64_C(14695981039346656037);
    l->events = calloc(EVENTS_MAX * 2, sizeof *l->events);
    if (!l->events || li_clock_virtual_new(NULL, NULL, &l->clock) != LI_OK)
        return -1;
    options.clock = l->clock;
    options.seed = seed;
    if (li_engine_new(&l->engine, &options, NULL) != LI_OK)
        return -1;
    li_journal_listen(l->engine, on_line, l);
    li_config_set(l->engine, "async.throttle_wake", (int64_t)pick(&l->plan, 2), NULL);
    li_config_set(l->engine, "limits.account_concurrency", 100 + (int64_t)pick(&l->plan, 8), NULL);
    for (i = 0; i < QUEUES; i++) {
        li_local_queue_options queue = LI_LOCAL_QUEUE_OPTIONS_INIT;

        queue.name = li_z(names[i]);
        li_local_queue_new(l->engine, &queue, &l->queues[i], NULL);
    }
    li_destination_callback_new(moody_destination, l, &destination);
    li_destination_add(l->engine, "callback:moody", LI_Z, &destination, NULL);
    for (i = 0; i < FUNCTIONS; i++)
        make_function(l, i);
    mapping.source_arn = li_z("arn:aws:sqs:us-east-1:000000000000:good");
    mapping.function = li_z("f1");
    li_mapping_create(l->engine, &mapping, NULL, NULL);
    trigger.kind = li_z("schedule");
    trigger.id = li_z("often");
    trigger.function = li_z("f2");
    trigger.options = li_z("{\"name\":\"often\",\"expression\":\"rate(7 minutes)\"}");
    li_trigger_add(l->engine, &trigger, NULL, NULL);
    return 0;
}

/* Faults over, time goes on: every event that was accepted comes to its end. */
static void calm(life *l)
{
    li_event_counts c = LI_EVENT_COUNTS_INIT;
    char name[16];
    int i;

    l->is_calm = 1;
    li_faults_clear(l->engine);
    for (i = 0; i < FUNCTIONS; i++) {
        name_of(i, name);
        li_function_resume(l->engine, name, LI_Z, NULL);
    }
    li_trigger_remove(l->engine, "often", LI_Z, NULL);
    li_clock_advance(l->clock, 14 * LI_HOUR_NS, NULL);
    check(l);
    li_event_count(l->engine, &c);
    if (c.leased != 0 || c.pending != 0)
        wrong(l, "after 14 calm hours %llu events wait and %llu are leased", (unsigned long long)c.pending,
              (unsigned long long)c.leased);
}

static void end(life *l)
{
    li_status status;

    l->is_calm = 1;
    li_faults_clear(l->engine);
    li_trigger_remove(l->engine, "often", LI_Z, NULL);
    while (l->n_held > 0)
        li_invocation_release(l->held[--l->n_held]);
    li_clock_advance(l->clock, 2 * LI_HOUR_NS, NULL); /* handlers that were never completed end by their time-out */
    li_journal_listen(l->engine, NULL, NULL);
    status = li_engine_free(l->engine);
    if (status != LI_OK)
        wrong(l, "the engine cannot be freed: %s", li_strerror(status));
    else
        li_clock_free(l->clock);
    free(l->events);
}

/* 0, or -1 with l->why. */
static int live(life *l, uint64_t seed, int steps)
{
    if (begin(l, seed) != 0) {
        wrong(l, "no memory");
        return -1;
    }
    for (l->step = 0; l->step < steps && !l->why[0]; l->step++) {
        act(l);
        check(l);
    }
    if (!l->why[0] && seed % 2 == 0)
        calm(l);
    end(l);
    return l->why[0] ? -1 : 0;
}

static void minimise(life *l, uint64_t seed)
{
    int low = 0, high = l->step;

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (live(l, seed, middle) != 0)
            high = middle;
        else
            low = middle + 1;
    }
    live(l, seed, high);
    printf("seed %llu fails: %s\n  again: sim %llu %d\n", (unsigned long long)seed, l->why, (unsigned long long)seed, high);
}

static int one(uint64_t seed, int steps)
{
    static life l;
    uint64_t i;

    live(&l, seed, steps);
    for (i = l.n_lines > TAIL ? l.n_lines - TAIL : 0; i < l.n_lines; i++)
        printf("%s\n", l.tail[i % TAIL]);
    printf("%s\n", l.why[0] ? l.why : "all is well");
    return l.why[0] != 0;
}

int main(int argc, char **argv)
{
    static life l, again;
    unsigned long long seed, first = 1, last = 40, events = 0, lines = 0;
    int failed = 0;

    if (argc > 2)
        return one(strtoull(argv[1], NULL, 10), atoi(argv[2]));
    if (argc > 1 && sscanf(argv[1], "%llu..%llu", &first, &last) != 2) {
        fprintf(stderr, "usage: sim [FIRST..LAST] | sim SEED STEPS\n");
        return 2;
    }
    for (seed = first; seed <= last && !failed; seed++) {
        if (live(&l, seed, STEPS) != 0) {
            minimise(&l, seed);
            failed = 1;
            break;
        }
        events += l.n_events;
        lines += l.n_lines;
        live(&again, seed, STEPS);
        if (again.hash != l.hash || again.n_lines != l.n_lines) {
            printf("seed %llu writes another journal when it is lived again\n", seed);
            failed = 1;
        }
    }
    if (!failed)
        printf("seeds %llu..%llu: %llu events, %llu journal lines, each life twice\n", first, last, events, lines);
    return failed;
}
