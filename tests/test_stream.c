/* test_stream.c - answers in pieces: as they come, with back-pressure, cut off, cancelled, failing midway, and as one. */
#include <pthread.h>
#include <stdatomic.h>

#include "fixture.h"

static world w;
static li_error err;

/* A caller that keeps what it gets. */
typedef struct taker {
    char text[4096];             /* pieces, each ending in | */
    size_t bytes;
    int pieces, heads, dones;
    int full_after, gone_after;  /* pieces; 0: never */
    int32_t function_error;
    li_status status;
    char document[512], type[64], version[24];
    char request_id[LI_ID_TEXT_SIZE];
    li_stream *stream;
} taker;

static taker t;

static void on_head(void *user, const li_stream_head *head)
{
    taker *k = user;

    ck_assert_int_eq(k->pieces, 0);
    k->heads++;
    snprintf(k->type, sizeof k->type, "%s", head->content_type);
    snprintf(k->version, sizeof k->version, "%s", head->executed_version);
    li_id_format(&head->request_id, k->request_id);
    check_contains(head->trace, "Root=1-");
}

static int32_t on_chunk(void *user, const char *data, size_t len)
{
    taker *k = user;
    size_t used = strlen(k->text);

    ck_assert_uint_gt(len, 0);
    ck_assert_int_eq(k->heads, 1);
    ck_assert_int_eq(k->dones, 0);
    if (used + len + 2 < sizeof k->text) {
        memcpy(k->text + used, data, len);
        memcpy(k->text + used + len, "|", 2);
    }
    k->bytes += len;
    k->pieces++;
    return k->gone_after && k->pieces >= k->gone_after  ? LI_STREAM_GONE
           : k->full_after && k->pieces >= k->full_after ? LI_STREAM_FULL
                                                         : LI_STREAM_MORE;
}

static void on_done(void *user, li_status status, const li_invoke_result *result, const li_error *error)
{
    taker *k = user;

    k->dones++;
    k->status = status;
    if (status != LI_OK) {
        ck_assert_ptr_null(result);
        ck_assert_int_eq(error->status, status);
        return;
    }
    k->function_error = result->function_error;
    ck_assert_uint_lt(result->payload_len, sizeof k->document);
    memcpy(k->document, result->payload, result->payload_len);
    k->document[result->payload_len] = '\0';
}

static li_status try_stream(const char *name, const li_invoke_options *options)
{
    li_stream_caller caller = LI_STREAM_CALLER_INIT;

    caller.head = on_head;
    caller.chunk = on_chunk;
    caller.done = on_done;
    caller.user = &t;
    li_stream_release(t.stream);
    return li_invoke_stream(w.engine, name, LI_Z, "{}", LI_Z, options, &caller, &t.stream);
}

static void stream(const char *name)
{
    ck_assert_int_eq(try_stream(name, NULL), LI_OK);
}

/* ---- handlers */

static li_status last_status;
static int how_it_ends;

enum { ENDS_WELL, ENDS_FAILED, ENDS_FAILED_SILENT, ENDS_TOO_LATE };

static int32_t three_pieces(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    li_invocation_set_content_type(invocation, "text/plain", LI_Z);
    li_invocation_stream(invocation, "one", LI_Z);
    li_invocation_stream(invocation, "two", LI_Z);
    last_status = li_invocation_stream(invocation, "three", LI_Z);
    if (how_it_ends == ENDS_FAILED)
        li_invocation_fail(invocation, "Boom", "midway");
    if (how_it_ends == ENDS_TOO_LATE)
        li_invocation_simulate(invocation, 901 * LI_SECOND_NS);
    return how_it_ends == ENDS_FAILED || how_it_ends == ENDS_FAILED_SILENT ? LI_FAILED : LI_DONE;
}

/* Gives the numbers from 1 to 9, and is called back when there is no room. */
static int next_number, n_blocked, n_ready, was_cancelled, next_after_blocked;

static void go_on(void *user, li_invocation *invocation);

static int32_t give_numbers(li_invocation *invocation)
{
    while (next_number <= 9) {
        char text[2] = { (char)('0' + next_number), '\0' };

        last_status = li_invocation_stream(invocation, text, 1);
        if (last_status == LI_E_WOULD_BLOCK) {
            n_blocked++;
            next_after_blocked = next_number;
            ck_assert_int_eq(li_invocation_when_ready(invocation, go_on, &n_ready), LI_OK);
            return LI_PENDING;
        }
        if (last_status != LI_OK)
            break;
        next_number++;
    }
    was_cancelled = li_invocation_is_cancelled(invocation);
    return LI_DONE;
}

static void go_on(void *user, li_invocation *invocation)
{
    ++*(int *)user;
    if (give_numbers(invocation) == LI_DONE)
        li_invocation_respond(invocation, NULL, 0);
}

static int32_t numbers(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    next_number = 1;
    return give_numbers(invocation);
}

static void set_up(void)
{
    world_new(&w);
    memset(&t, 0, sizeof t);
    li_error_init(&err, sizeof err);
    how_it_ends = ENDS_WELL;
    n_blocked = n_ready = was_cancelled = 0;
    last_status = LI_OK;
    add_function(w.engine, "three", three_pieces, NULL);
    add_function(w.engine, "numbers", numbers, NULL);
}

static void tear_down(void)
{
    li_stream_release(t.stream);
    world_free(&w);
}

/* ---- pieces */

START_TEST(test_inv_165_pieces_come_as_they_are_given_and_then_one_end)
{
    stream("three");
    ck_assert_str_eq(t.text, "one|two|three|");
    ck_assert_int_eq(t.heads, 1);
    ck_assert_int_eq(t.dones, 1);
    ck_assert_int_eq(t.status, LI_OK);
    ck_assert_int_eq(t.function_error, LI_FUNCTION_ERROR_NONE);
    ck_assert_str_eq(t.document, "");
    ck_assert_str_eq(t.type, "text/plain");
    ck_assert_str_eq(t.version, "$LATEST");
    ck_assert_uint_eq(strlen(t.request_id), 36);
}
END_TEST

START_TEST(test_inv_166_a_handler_that_does_not_stream_gives_its_answer_as_one_piece)
{
    stream("echo");
    ck_assert_str_eq(t.text, "{}|");
    ck_assert_str_eq(t.type, "");
    ck_assert_int_eq(t.dones, 1);
    memset(t.text, 0, sizeof t.text);
    t.pieces = t.heads = t.dones = 0;
    stream("scripted");          /* nothing: null */
    ck_assert_str_eq(t.text, "null|");
}
END_TEST

START_TEST(test_inv_411_a_caller_that_waits_gets_all_pieces_as_one)
{
    li_invoke_result result = LI_INVOKE_RESULT_INIT;

    ck_assert_int_eq(li_invoke(w.engine, "three", LI_Z, "{}", LI_Z, NULL, &result, &err), LI_OK);
    check_text(result.payload, result.payload_len, "onetwothree");
    ck_assert_int_eq(li_config_set(w.engine, "limits.sync_response_bytes", 11, NULL), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "three", LI_Z, "{}", LI_Z, NULL, &result, &err), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_NONE);
    ck_assert_int_eq(li_config_set(w.engine, "limits.sync_response_bytes", 10, NULL), LI_OK);
    ck_assert_int_eq(li_invoke(w.engine, "three", LI_Z, "{}", LI_Z, NULL, &result, &err), LI_OK);
    ck_assert_int_eq(result.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    check_contains(result.payload, "Function.ResponseSizeTooLarge");
    li_invoke_result_fini(&result);
}
END_TEST

START_TEST(test_inv_165_a_failure_midway_is_told_after_the_pieces)
{
    how_it_ends = ENDS_FAILED;
    stream("three");
    ck_assert_str_eq(t.text, "one|two|three|");
    ck_assert_int_eq(t.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    check_contains(t.document, "\"errorType\":\"Boom\"");
    how_it_ends = ENDS_FAILED_SILENT;
    memset(t.text, 0, sizeof t.text);
    t.heads = t.dones = t.pieces = 0;
    stream("three");
    ck_assert_int_eq(t.function_error, LI_FUNCTION_ERROR_UNHANDLED);
    ck_assert_str_eq(t.text, "one|two|three|");
}
END_TEST

START_TEST(test_inv_143_a_time_out_after_pieces_is_told_as_one)
{
    how_it_ends = ENDS_TOO_LATE;
    stream("three");
    ck_assert_int_eq(t.dones, 0);
    advance_s(&w, 900);
    ck_assert_int_eq(t.dones, 1);
    ck_assert_str_eq(t.text, "one|two|three|");
    check_contains(t.document, "Sandbox.Timedout");
    advance_s(&w, 10);
}
END_TEST

START_TEST(test_a_failure_before_any_piece_has_no_head)
{
    w.script.fail_times = 1;
    stream("scripted");
    ck_assert_int_eq(t.heads, 0);
    ck_assert_int_eq(t.pieces, 0);
    check_contains(t.document, "\"errorType\":\"Boom\"");
}
END_TEST

START_TEST(test_inv_167_what_is_over_the_limit_is_cut_off_one_byte_behind_it)
{
    ck_assert_int_eq(li_config_set(w.engine, "limits.stream_response_bytes", 6, NULL), LI_OK);
    stream("three");
    ck_assert_str_eq(t.text, "one|two|t|");
    ck_assert_int_eq(last_status, LI_E_TOO_LARGE);
    ck_assert_int_eq(t.function_error, LI_FUNCTION_ERROR_NONE);
    memset(&t.text, 0, sizeof t.text);
    t.heads = t.dones = t.pieces = 0;
    ck_assert_int_eq(li_config_set(w.engine, "limits.stream_response_bytes", 10, NULL), LI_OK);
    stream("three");
    ck_assert_str_eq(t.text, "one|two|three|");
    ck_assert_int_eq(last_status, LI_OK);
}
END_TEST

static int32_t lower_the_limit(void *user, const char *data, size_t len)
{
    ck_assert_int_eq(li_config_set(w.engine, "limits.stream_response_bytes", 1, NULL), LI_OK);
    return on_chunk(user, data, len);
}

START_TEST(test_inv_167_a_limit_that_is_lowered_midway_cuts_off_what_follows)
{
    li_stream_caller caller = LI_STREAM_CALLER_INIT;

    caller.head = on_head;
    caller.chunk = lower_the_limit;
    caller.done = on_done;
    caller.user = &t;
    ck_assert_int_eq(li_invoke_stream(w.engine, "three", LI_Z, "{}", LI_Z, NULL, &caller, &t.stream), LI_OK);
    ck_assert_str_eq(t.text, "one|");
    ck_assert_int_eq(last_status, LI_E_TOO_LARGE);
    ck_assert_int_eq(t.dones, 1);
}
END_TEST

/* ---- back-pressure */

START_TEST(test_a_pending_handler_is_called_back_when_there_is_room)
{
    t.full_after = 3;
    stream("numbers");
    ck_assert_str_eq(t.text, "1|2|3|");
    ck_assert_int_eq(n_blocked, 1);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(n_ready, 0);
    ck_assert_int_eq(li_stream_resume(t.stream), LI_OK);
    ck_assert_int_eq(n_ready, 0);                /* not from inside the call */
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(n_ready, 1);
    ck_assert_str_eq(t.text, "1|2|3|4|");        /* and full again */
    t.full_after = 0;
    ck_assert_int_eq(li_stream_resume(t.stream), LI_OK);
    ck_assert_int_eq(li_stream_resume(t.stream), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_str_eq(t.text, "1|2|3|4|5|6|7|8|9|");
    ck_assert_int_eq(t.dones, 1);
    ck_assert_int_eq(n_ready, 2);
    ck_assert_int_eq(li_stream_resume(t.stream), LI_OK);    /* after the end: nothing */
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(n_ready, 2);
}
END_TEST

static void set(const char *name, int64_t value)
{
    ck_assert_int_eq(li_config_set(w.engine, name, value, &err), LI_OK);
}

START_TEST(test_inv_167_after_its_burst_a_stream_is_held_to_its_rate)
{
    set("stream.rate", 1);
    set("stream.burst", 3);
    stream("numbers");
    ck_assert_str_eq(t.text, "1|2|3|");
    ck_assert_int_eq(li_clock_advance(w.clock, LI_SECOND_NS - 1, NULL), LI_OK);
    ck_assert_str_eq(t.text, "1|2|3|");
    ck_assert_int_eq(li_clock_advance(w.clock, 1, NULL), LI_OK);
    ck_assert_str_eq(t.text, "1|2|3|4|");
    t.full_after = 5;                            /* and a caller without room holds it longer */
    advance_s(&w, 2);
    ck_assert_str_eq(t.text, "1|2|3|4|5|");
    t.full_after = 0;
    ck_assert_int_eq(li_stream_resume(t.stream), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_str_eq(t.text, "1|2|3|4|5|6|");
    ck_assert_int_eq(li_stream_resume(t.stream), LI_OK);     /* room, but not yet its time */
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_str_eq(t.text, "1|2|3|4|5|6|");
    advance_s(&w, 3);
    ck_assert_str_eq(t.text, "1|2|3|4|5|6|7|8|9|");
    ck_assert_int_eq(t.dones, 1);
}
END_TEST

START_TEST(test_inv_167_pieces_larger_than_the_rate_take_their_time_and_an_end_does_not_wait)
{
    set("stream.rate", 2);
    set("stream.burst", 2);
    stream("three");                             /* a handler that takes no notice */
    ck_assert_str_eq(t.text, "one|");
    ck_assert_int_eq(last_status, LI_E_WOULD_BLOCK);
    ck_assert_int_eq(t.dones, 1);
    set("stream.rate", 0);
    memset(t.text, 0, sizeof t.text);
    t.pieces = t.heads = t.dones = 0;
    stream("three");                             /* as they come: the default */
    ck_assert_str_eq(t.text, "one|two|three|");
}
END_TEST

START_TEST(test_inv_555_one_who_goes_while_the_stream_is_held_is_seen_at_once)
{
    set("stream.rate", 1);
    set("stream.burst", 1);
    stream("numbers");
    ck_assert_str_eq(t.text, "1|");
    li_stream_cancel(t.stream);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);     /* no time passes */
    ck_assert_int_eq(t.dones, 1);
    ck_assert_int_eq(t.status, LI_E_CANCELLED);
    ck_assert_int_eq(was_cancelled, 1);
    ck_assert_str_eq(t.text, "1|");
}
END_TEST

START_TEST(test_rel_17_a_handler_that_waits_for_room_is_told_of_its_time_out)
{
    t.full_after = 1;
    stream("numbers");
    advance_s(&w, 900);
    ck_assert_int_eq(t.dones, 1);
    check_contains(t.document, "Sandbox.Timedout");
    ck_assert_int_eq(n_ready, 1);
    ck_assert_int_eq(last_status, LI_E_STATE);
    ck_assert_int_eq(was_cancelled, 1);
    ck_assert_str_eq(t.text, "1|");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}
END_TEST

START_TEST(test_without_a_handle_full_means_more)
{
    li_stream_caller caller = LI_STREAM_CALLER_INIT;

    caller.head = on_head;
    caller.chunk = on_chunk;
    caller.done = on_done;
    caller.user = &t;
    t.full_after = 1;
    ck_assert_int_eq(li_invoke_stream(w.engine, "numbers", LI_Z, "{}", LI_Z, NULL, &caller, NULL), LI_OK);
    ck_assert_int_eq(t.dones, 1);
    ck_assert_int_eq(t.pieces, 9);
}
END_TEST

START_TEST(test_an_engine_with_a_stream_in_the_air_is_busy_and_one_with_a_posted_callback_can_be_freed)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_stream_caller caller = LI_STREAM_CALLER_INIT;
    li_stream *stream = NULL;
    li_engine *engine;

    options.clock = w.clock;
    ck_assert_int_eq(li_engine_new(&engine, &options, &err), LI_OK);
    add_function(engine, "numbers", numbers, NULL);
    caller.head = on_head;
    caller.chunk = on_chunk;
    caller.done = on_done;
    caller.user = &t;
    t.full_after = 1;
    ck_assert_int_eq(li_invoke_stream(engine, "numbers", LI_Z, "{}", LI_Z, NULL, &caller, &stream), LI_OK);
    ck_assert_int_eq(li_engine_free(engine), LI_E_BUSY);
    ck_assert_int_eq(li_clock_advance(w.clock, 899 * LI_SECOND_NS, NULL), LI_OK);
    ck_assert_int_eq(li_stream_resume(stream), LI_OK);      /* posted, and nobody steps until … */
    t.full_after = 0;
    ck_assert_int_eq(li_engine_run_until_idle(engine, NULL), LI_OK);
    ck_assert_int_eq(t.dones, 1);
    li_stream_release(stream);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

/* ---- the caller goes */

static uint64_t late_results(void)
{
    li_metrics m = LI_METRICS_INIT;

    ck_assert_int_eq(li_metrics_get(w.engine, NULL, 0, &m), LI_OK);
    return m.late_results;
}

START_TEST(test_inv_151_a_handler_whose_caller_has_gone_sees_it_and_runs_to_its_end)
{
    t.gone_after = 2;
    stream("numbers");
    ck_assert_str_eq(t.text, "1|2|");
    ck_assert_int_eq(last_status, LI_E_CANCELLED);
    ck_assert_int_eq(was_cancelled, 1);
    ck_assert_int_eq(t.dones, 1);
    ck_assert_int_eq(t.status, LI_E_CANCELLED);
    ck_assert_uint_eq(late_results(), 1);
}
END_TEST

START_TEST(test_rel_77_cancelling_wakes_a_handler_that_waits_for_room)
{
    t.full_after = 1;
    stream("numbers");
    li_stream_cancel(t.stream);
    ck_assert_int_eq(t.dones, 0);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(n_ready, 1);
    ck_assert_int_eq(last_status, LI_E_CANCELLED);
    ck_assert_int_eq(t.dones, 1);
    ck_assert_int_eq(t.status, LI_E_CANCELLED);
    ck_assert_str_eq(t.text, "1|");
    ck_assert_uint_eq(late_results(), 1);
    li_stream_cancel(t.stream);
}
END_TEST

/* ---- refusals */

START_TEST(test_inv_161_what_is_refused_comes_through_done)
{
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    li_stream_caller none = LI_STREAM_CALLER_INIT;

    stream("nope");
    ck_assert_int_eq(t.status, LI_E_NOT_FOUND);
    ck_assert_int_eq(t.heads, 0);
    o.type = LI_DRY_RUN;
    ck_assert_int_eq(try_stream("echo", &o), LI_OK);
    ck_assert_int_eq(t.status, LI_OK);
    ck_assert_int_eq(t.pieces, 0);
    o.type = LI_EVENT;
    ck_assert_int_eq(try_stream("echo", &o), LI_E_INVALID);
    ck_assert_ptr_null(t.stream);
    ck_assert_int_eq(li_invoke_stream(w.engine, "echo", LI_Z, "{}", LI_Z, NULL, &none, &t.stream), LI_E_INVALID);
    ck_assert_int_eq(t.dones, 2);
}
END_TEST

static li_status type_before, type_bad, type_long, type_after, type_alone;

static int32_t typed(li_invocation *invocation, void *environment, void *user)
{
    char text[300];

    (void)environment, (void)user;
    memset(text, 'x', sizeof text);
    type_long = li_invocation_set_content_type(invocation, text, 256);
    type_bad = li_invocation_set_content_type(invocation, "a\r\nb", LI_Z);
    type_before = li_invocation_set_content_type(invocation, text, 255);
    li_invocation_set_content_type(invocation, "a/b", LI_Z);
    li_invocation_stream(invocation, NULL, 0);
    type_after = li_invocation_set_content_type(invocation, "c/d", LI_Z);
    type_alone = li_invocation_when_ready(invocation, NULL, NULL);
    return LI_DONE;
}

START_TEST(test_rel_89_a_content_type_is_text_set_before_the_first_piece)
{
    add_function(w.engine, "typed", typed, NULL);
    stream("typed");
    ck_assert_int_eq(type_long, LI_E_TOO_LARGE);
    ck_assert_int_eq(type_bad, LI_E_INVALID);
    ck_assert_int_eq(type_before, LI_OK);
    ck_assert_int_eq(type_after, LI_E_STATE);
    ck_assert_str_eq(t.type, "a/b");
    ck_assert_int_eq(t.heads, 1);
    ck_assert_int_eq(t.pieces, 0);
    ck_assert_int_eq(li_invoke(w.engine, "typed", LI_Z, "{}", LI_Z, NULL, NULL, &err), LI_OK);
    ck_assert_int_eq(type_after, LI_OK);
    ck_assert_int_eq(type_alone, LI_E_STATE);
}
END_TEST

/* ---- events */

START_TEST(test_inv_223_an_event_that_streamed_and_then_failed_has_succeeded)
{
    li_local_queue *good = add_queue(w.engine, "good");

    configure(&w, "three", 2, -1, QUEUE "good", NULL);
    how_it_ends = ENDS_FAILED;
    send_event(&w, "three", "{}");
    advance_s(&w, 1);
    ck_assert_uint_eq(li_local_queue_count(good), 1);
    check_contains(message(good, 0), "\"condition\":\"Success\"");
    check_contains(message(good, 0), "\"deliveryError\":{\"statusCode\":400");
    check_lacks(message(good, 0), "functionError");
}
END_TEST

/* ---- threads */

typedef struct slow_taker {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    li_stream *stream;
    int pieces, is_full, is_done, most_unread, unread;
    li_status status;
    uint64_t took_ns;            /* from the call to the end */
} slow_taker;

static int32_t slow_chunk(void *user, const char *data, size_t len)
{
    slow_taker *k = user;
    int full;

    (void)data, (void)len;
    pthread_mutex_lock(&k->lock);
    k->pieces++;
    k->unread++;
    if (k->unread > k->most_unread)
        k->most_unread = k->unread;
    full = k->unread >= 4;
    k->is_full = full;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
    return full ? LI_STREAM_FULL : LI_STREAM_MORE;
}

static void slow_done(void *user, li_status status, const li_invoke_result *result, const li_error *error)
{
    slow_taker *k = user;

    (void)result, (void)error;
    pthread_mutex_lock(&k->lock);
    k->status = status;
    k->is_done = 1;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

enum { THREAD_PIECES = 2000 };

static int32_t many_pieces(li_invocation *invocation, void *environment, void *user)
{
    int i;

    (void)environment;
    for (i = 0; i < THREAD_PIECES; i++) {
        li_status status = li_invocation_stream(invocation, "piece", 5);

        if (status != LI_OK) {
            atomic_store((atomic_int *)user, status);
            break;
        }
    }
    return LI_DONE;
}

static uint64_t piece_rate;      /* stream.rate of run_threaded; 0: none */

static void run_threaded(int cancel_after, atomic_int *handler_status, slow_taker *k)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_stream_caller caller = LI_STREAM_CALLER_INIT;
    li_engine *engine;
    uint64_t began_ns;

    memset(k, 0, sizeof *k);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->changed, NULL);
    ck_assert_int_eq(li_engine_new(&engine, NULL, &err), LI_OK);
    ck_assert_int_eq(li_config_set(engine, "stream.rate", (int64_t)piece_rate, &err), LI_OK);
    ck_assert_int_eq(li_config_set(engine, "stream.burst", 0, &err), LI_OK);
    spec.name = li_z("many");
    spec.handler = many_pieces;
    spec.user = handler_status;
    spec.run_on = LI_RUN_WORKER;
    spec.timeout_ms = 60000;
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, &err), LI_OK);
    ck_assert_int_eq(li_engine_start(engine, 2, &err), LI_OK);
    caller.chunk = slow_chunk;
    caller.done = slow_done;
    caller.user = k;
    began_ns = li_clock_now_ns(li_engine_get_clock(engine));
    ck_assert_int_eq(li_invoke_stream(engine, "many", LI_Z, "{}", LI_Z, NULL, &caller, &k->stream), LI_OK);
    pthread_mutex_lock(&k->lock);
    while (!k->is_done) {
        while (!k->is_done && !k->is_full)
            pthread_cond_wait(&k->changed, &k->lock);
        k->unread = k->is_full = 0;
        pthread_mutex_unlock(&k->lock);
        if (cancel_after && k->pieces >= cancel_after)
            li_stream_cancel(k->stream);
        else
            ck_assert_int_eq(li_stream_resume(k->stream), LI_OK);
        pthread_mutex_lock(&k->lock);
    }
    pthread_mutex_unlock(&k->lock);
    k->took_ns = li_clock_now_ns(li_engine_get_clock(engine)) - began_ns;
    li_stream_release(k->stream);
    ck_assert_int_eq(li_engine_stop(engine, 60000, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
}

START_TEST(test_rel_50_a_worker_waits_for_room_and_nothing_piles_up)
{
    atomic_int status = LI_OK;
    slow_taker k;

    run_threaded(0, &status, &k);
    ck_assert_int_eq(k.pieces, THREAD_PIECES);
    ck_assert_int_le(k.most_unread, 5);
    ck_assert_int_eq(k.status, LI_OK);
    ck_assert_int_eq(status, LI_OK);
}
END_TEST

START_TEST(test_inv_167_a_worker_waits_for_the_rate_of_its_stream)
{
    atomic_int status = LI_OK;
    slow_taker k;

    piece_rate = 1000000;        /* 2,000 pieces of 5 bytes: 10 ms of the real clock */
    run_threaded(0, &status, &k);
    piece_rate = 0;
    ck_assert_int_eq(k.pieces, THREAD_PIECES);
    ck_assert_int_eq(k.status, LI_OK);
    ck_assert_int_eq(status, LI_OK);
    ck_assert_uint_ge(k.took_ns, UINT64_C(10000000) * (THREAD_PIECES - 1) / THREAD_PIECES);
}
END_TEST

START_TEST(test_rel_77_a_worker_that_waits_for_room_is_woken_when_its_caller_goes)
{
    atomic_int status = LI_OK;
    slow_taker k;

    run_threaded(40, &status, &k);
    ck_assert_int_lt(k.pieces, THREAD_PIECES);
    ck_assert_int_eq(k.status, LI_E_CANCELLED);
    ck_assert_int_eq(status, LI_E_CANCELLED);
}
END_TEST

Suite *suite_stream(void);
Suite *suite_stream(void)
{
    const TTest *const tests[] = {
        test_inv_165_pieces_come_as_they_are_given_and_then_one_end,
        test_inv_166_a_handler_that_does_not_stream_gives_its_answer_as_one_piece,
        test_inv_411_a_caller_that_waits_gets_all_pieces_as_one,
        test_inv_165_a_failure_midway_is_told_after_the_pieces,
        test_inv_143_a_time_out_after_pieces_is_told_as_one,
        test_a_failure_before_any_piece_has_no_head,
        test_inv_167_what_is_over_the_limit_is_cut_off_one_byte_behind_it,
        test_inv_167_a_limit_that_is_lowered_midway_cuts_off_what_follows,
        test_a_pending_handler_is_called_back_when_there_is_room,
        test_inv_167_after_its_burst_a_stream_is_held_to_its_rate,
        test_inv_167_pieces_larger_than_the_rate_take_their_time_and_an_end_does_not_wait,
        test_inv_555_one_who_goes_while_the_stream_is_held_is_seen_at_once,
        test_rel_17_a_handler_that_waits_for_room_is_told_of_its_time_out,
        test_without_a_handle_full_means_more,
        test_an_engine_with_a_stream_in_the_air_is_busy_and_one_with_a_posted_callback_can_be_freed,
        test_inv_151_a_handler_whose_caller_has_gone_sees_it_and_runs_to_its_end,
        test_rel_77_cancelling_wakes_a_handler_that_waits_for_room,
        test_inv_161_what_is_refused_comes_through_done,
        test_rel_89_a_content_type_is_text_set_before_the_first_piece,
        test_inv_223_an_event_that_streamed_and_then_failed_has_succeeded,
        test_rel_50_a_worker_waits_for_room_and_nothing_piles_up,
        test_inv_167_a_worker_waits_for_the_rate_of_its_stream,
        test_rel_77_a_worker_that_waits_for_room_is_woken_when_its_caller_goes,
    };
    Suite *suite = suite_create("stream");
    TCase *c = tcase_create("stream");
    size_t i;

    tcase_add_checked_fixture(c, set_up, tear_down);
    for (i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(suite, c);
    return suite;
}
