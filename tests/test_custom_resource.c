/* test_custom_resource.c - operations on CloudFormation custom resources: one answer, checked; none in time; the clean-up. */
#include "scarce.h"
#include "trigger_help.h"

#include <pthread.h>
#include <stdatomic.h>

#include <lambdainvoke/api.h>

static keeper kept;
static told got;
static world w;

#define STACK "arn:aws:cloudformation:us-east-1:123456789012:stack/MyStack/guid"
#define ASK(type, more) "{\"requestType\":\"" type "\",\"stackId\":\"" STACK "\",\"logicalResourceId\":\"R\",\"resourceType\":\"Custom::T\"" more "}"
#define UPDATE ",\"physicalResourceId\":\"old\",\"resourceProperties\":{\"size\":2},\"oldResourceProperties\":{\"size\":1}"

static void setup(void)
{
    keeper_new(&w, &kept);
}

static void teardown(void)
{
    world_free(&w);
}

/* An answer as the handler of the newest event would send it. */
static const char *answer_with(const char *status, const char *id, const char *more)
{
    static char text[8192];

    snprintf(text, sizeof text, "{\"Status\":\"%s\",\"PhysicalResourceId\":\"%s\",\"StackId\":\"%s\",\"RequestId\":\"%s\","
                                "\"LogicalResourceId\":\"%s\"%s}",
             status, id, at(kept.event, "StackId"), at(kept.event, "RequestId"), at(kept.event, "LogicalResourceId"), more);
    return text;
}

static li_status respond(const char *answer, li_error *err)
{
    li_error mine = LI_ERROR_INIT;
    const char *url = at(kept.event, "ResponseURL");
    li_status status = li_trigger_respond(w.engine, "cfn", LI_Z, url, LI_Z, answer, LI_Z, err ? err : &mine);

    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    return status;
}

START_TEST(test_trg_76_an_operation_ends_with_its_answer_which_its_owner_gets)
{
    const char *answer;

    add_trigger(&w, "cfn", "keeper", "c", "{\"resourceType\":\"Custom::T\"}");
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_int_eq(kept.runs, 1);
    ck_assert_int_eq(got.n, 0);
    answer = answer_with("SUCCESS", "new-1", ",\"Data\":{\"Name\":\"x\"},\"NoEcho\":true");
    ck_assert_int_eq(respond(answer, NULL), LI_OK);
    ck_assert_int_eq(got.n, 1);
    ck_assert_str_eq(got.verdict, "SUCCESS");
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.body, answer);
    ck_assert_uint_eq(got.n_matched, 1);
    ck_assert_int_eq(got.has_id, 1);
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_int_eq(respond(answer_with("FAILED", "new-2", ",\"Reason\":\"no room\""), NULL), LI_OK);
    ck_assert_str_eq(got.verdict, "FAILED");
    ck_assert_int_eq(got.status, 400);
    check_at(got.body, "Reason", "no room");
}
END_TEST

START_TEST(test_trg_78_one_answer_is_taken_and_no_second_one)
{
    li_error err = LI_ERROR_INIT;
    char first[256];

    add_trigger(&w, "cfn", "keeper", "c", "{}");
    ask(&w, "cfn", ASK("Create", ""), &got);
    snprintf(first, sizeof first, "%s", at(kept.event, "ResponseURL"));
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_str_ne(first, at(kept.event, "ResponseURL"));
    ck_assert_int_eq(respond(answer_with("SUCCESS", "a", ""), NULL), LI_OK);
    ck_assert_int_eq(got.n, 1);
    ck_assert_int_eq(respond(answer_with("FAILED", "a", ",\"Reason\":\"again\""), &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_ANSWER_NOT_AWAITED);
    ck_assert_int_eq(got.n, 1);
    ck_assert_str_eq(got.verdict, "SUCCESS");
    ck_assert_int_eq(li_trigger_respond(w.engine, "cfn", LI_Z, "urn:lambdainvoke:cfn:x", LI_Z, "{}", LI_Z, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_trigger_respond(w.engine, "cfn", LI_Z, "", LI_Z, "{}", LI_Z, NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(li_trigger_respond(w.engine, "s3", LI_Z, first, LI_Z, "{}", LI_Z, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_TRIGGER_KIND);
}
END_TEST

static const struct bad {
    const char *answer, *says;
} bad[] = {
    { "nonsense", "not JSON" },
    { "[]", "not a JSON object" },
    { "{}", "Status" },
    { "{\"Status\":\"OK\",\"PhysicalResourceId\":\"p\",\"StackId\":\"" STACK "\",\"RequestId\":\"r\",\"LogicalResourceId\":\"R\"}", "Status" },
    { "{\"Status\":\"FAILED\",\"PhysicalResourceId\":\"p\",\"StackId\":\"" STACK "\",\"RequestId\":\"r\",\"LogicalResourceId\":\"R\"}", "Reason" },
    { "{\"Status\":\"FAILED\",\"Reason\":\"\",\"PhysicalResourceId\":\"p\",\"StackId\":\"" STACK "\",\"RequestId\":\"r\",\"LogicalResourceId\":\"R\"}", "Reason" },
    { "{\"Status\":\"SUCCESS\",\"StackId\":\"" STACK "\",\"RequestId\":\"r\",\"LogicalResourceId\":\"R\"}", "PhysicalResourceId" },
    { "{\"Status\":\"SUCCESS\",\"PhysicalResourceId\":\"\",\"StackId\":\"" STACK "\",\"RequestId\":\"r\",\"LogicalResourceId\":\"R\"}", "PhysicalResourceId" },
    { "{\"Status\":\"SUCCESS\",\"PhysicalResourceId\":7,\"StackId\":\"" STACK "\",\"RequestId\":\"r\",\"LogicalResourceId\":\"R\"}", "PhysicalResourceId" },
    { "{\"Status\":\"SUCCESS\",\"PhysicalResourceId\":\"p\",\"StackId\":\"other\",\"RequestId\":\"r\",\"LogicalResourceId\":\"R\"}", "StackId" },
    { "{\"Status\":\"SUCCESS\",\"PhysicalResourceId\":\"p\",\"StackId\":\"" STACK "\",\"RequestId\":\"q\",\"LogicalResourceId\":\"R\"}", "RequestId" },
    { "{\"Status\":\"SUCCESS\",\"PhysicalResourceId\":\"p\",\"StackId\":\"" STACK "\",\"RequestId\":\"r\"}", "LogicalResourceId" },
    { "{\"Status\":\"SUCCESS\",\"PhysicalResourceId\":\"p\",\"StackId\":\"" STACK "\",\"RequestId\":\"r\",\"LogicalResourceId\":\"R\",\"NoEcho\":1}", "NoEcho" },
    { "{\"Status\":\"SUCCESS\",\"PhysicalResourceId\":\"p\",\"StackId\":\"" STACK "\",\"RequestId\":\"r\",\"LogicalResourceId\":\"R\",\"Data\":[]}", "Data" },
};

START_TEST(test_trg_76_an_answer_that_is_not_valid_fails_the_operation)
{
    li_error err = LI_ERROR_INIT;

    add_trigger(&w, "cfn", "keeper", "c", "{}");
    ask(&w, "cfn", ASK("Create", ",\"requestId\":\"r\""), &got);
    ck_assert_int_eq(respond(bad[_i].answer, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_ANSWER);
    check_contains(err.text, bad[_i].says);
    ck_assert_int_eq(got.n, 1);
    ck_assert_str_eq(got.verdict, "invalid");
    ck_assert_int_eq(got.status, 502);
    check_at(got.body, "Status", "FAILED");
    check_contains(at(got.body, "Reason"), bad[_i].says);
}
END_TEST

/* A member more, so that the whole has n bytes. */
static const char *padded(size_t n)
{
    static char text[8192], more[8192];
    size_t len = strlen(answer_with("SUCCESS", "p", ",\"Pad\":\"\""));

    memset(more, 'x', sizeof more);
    memcpy(more, ",\"Pad\":\"", 8);
    strcpy(more + 8 + n - len, "\"");
    snprintf(text, sizeof text, "%s", answer_with("SUCCESS", "p", more));
    ck_assert_uint_eq(strlen(text), n);
    return text;
}

START_TEST(test_trg_76_an_answer_has_4096_bytes_and_an_id_1024)
{
    char id[1026];

    add_trigger(&w, "cfn", "keeper", "c", "{}");
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_int_eq(respond(padded(4096), NULL), LI_OK);
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_int_eq(respond(padded(4097), NULL), LI_E_INVALID);
    check_at(got.body, "Reason", "Response object is too long.");
    memset(id, 'i', sizeof id);
    id[1024] = '\0';
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_int_eq(respond(answer_with("SUCCESS", id, ""), NULL), LI_OK);
    id[1024] = 'i';
    id[1025] = '\0';
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_int_eq(respond(answer_with("SUCCESS", id, ""), NULL), LI_E_INVALID);
}
END_TEST

START_TEST(test_trg_76_no_answer_in_the_service_timeout_fails_the_operation)
{
    add_trigger(&w, "cfn", "keeper", "c", "{\"serviceTimeout\":60}");
    ask(&w, "cfn", ASK("Create", ""), &got);
    advance_s(&w, 59);
    ck_assert_int_eq(got.n, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(got.n, 1);
    ck_assert_str_eq(got.verdict, "timeout");
    ck_assert_int_eq(got.status, 504);
    ck_assert_int_eq(respond(answer_with("SUCCESS", "late", ""), NULL), LI_E_NOT_FOUND);
    ck_assert_int_eq(got.n, 1);
    ask(&w, "cfn", ASK("Create", ""), &got);
    advance_s(&w, 59);
    ck_assert_int_eq(respond(answer_with("SUCCESS", "in-time", ""), NULL), LI_OK);
    advance_s(&w, 7200);
    ck_assert_int_eq(got.n, 1);
}
END_TEST

START_TEST(test_trg_76_the_standard_timeout_is_an_hour_and_a_failed_function_is_waited_for)
{
    add_trigger(&w, "cfn", "keeper", "c", "{}");
    kept.error_type = "Boom";
    ask(&w, "cfn", ASK("Create", ""), &got);
    advance_s(&w, 3599);
    ck_assert_int_eq(kept.runs, 3);
    ck_assert_int_eq(got.n, 0);
    advance_s(&w, 1);
    ck_assert_str_eq(got.verdict, "timeout");
}
END_TEST

START_TEST(test_trg_76_an_operation_that_no_function_gets_fails_at_once)
{
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_str_eq(got.verdict, "nobody");
    ck_assert_int_eq(got.status, 404);
    check_at(got.body, "Status", "FAILED");
    add_trigger(&w, "cfn", "keeper", "c", "{}");
    ck_assert_int_eq(li_function_remove(w.engine, "keeper", LI_Z, NULL), LI_OK);
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_str_eq(got.verdict, "refused");
    ck_assert_uint_eq(got.n_refused, 1);
    ck_assert_int_eq(got.status, 502);
}
END_TEST

START_TEST(test_trg_77_a_new_id_on_update_sends_delete_for_the_old_resource)
{
    add_trigger(&w, "cfn", "keeper", "c", "{}");
    ask(&w, "cfn", ASK("Update", UPDATE), &got);
    ck_assert_int_eq(respond(answer_with("SUCCESS", "old", ""), NULL), LI_OK);
    ck_assert_int_eq(kept.runs, 1);
    ask(&w, "cfn", ASK("Update", UPDATE), &got);
    ck_assert_int_eq(respond(answer_with("FAILED", "new", ",\"Reason\":\"r\""), NULL), LI_OK);
    ck_assert_int_eq(kept.runs, 2);
    ask(&w, "cfn", ASK("Update", UPDATE), &got);
    ck_assert_int_eq(respond(answer_with("SUCCESS", "new", ""), NULL), LI_OK);
    ck_assert_str_eq(got.verdict, "SUCCESS");
    ck_assert_int_eq(kept.runs, 4);
    check_at(kept.event, "RequestType", "Delete");
    check_at(kept.event, "PhysicalResourceId", "old");
    check_at(kept.event, "StackId", STACK);
    check_at(kept.event, "ResourceProperties", "{\"ServiceToken\":\"" ARN "keeper\",\"size\":\"1\"}");
    ck_assert_int_eq(respond(answer_with("SUCCESS", "other", ""), NULL), LI_OK);
    ck_assert_int_eq(kept.runs, 4);
    ck_assert_int_eq(got.n, 1);
}
END_TEST

START_TEST(test_trg_77_clean_up_can_be_left_to_the_owner)
{
    add_trigger(&w, "cfn", "keeper", "c", "{\"cleanUp\":false}");
    ask(&w, "cfn", ASK("Update", UPDATE), &got);
    ck_assert_int_eq(respond(answer_with("SUCCESS", "new", ""), NULL), LI_OK);
    ck_assert_int_eq(kept.runs, 1);
}
END_TEST

START_TEST(test_trg_75_an_operation_goes_to_one_function_and_a_service_token_names_it)
{
    keeper other;

    memset(&other, 0, sizeof other);
    add_function(w.engine, "other", keep_event, &other);
    add_trigger(&w, "cfn", "other", "any", "{}");
    add_trigger(&w, "cfn", "keeper", "t", "{\"resourceType\":\"Custom::T\"}");
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_int_eq(kept.runs, 1);
    ck_assert_int_eq(other.runs, 0);
    ask(&w, "cfn", ASK("Create", ",\"serviceToken\":\"" ARN "other\""), &got);
    ck_assert_int_eq(kept.runs, 1);
    ck_assert_int_eq(other.runs, 1);
}
END_TEST

static struct {
    int n, status;
    char body[4096];
} reply;

static void keep_reply(void *user, const li_api_response *r)
{
    (void)user;
    reply.n++;
    reply.status = r->status;
    snprintf(reply.body, sizeof reply.body, "%.*s", (int)r->body.len, r->body.ptr);
}

static void call(li_api *api, const char *method, const char *target, const char *body)
{
    li_api_header headers[] = { { { "Host", LI_Z }, { "127.0.0.1:9001", LI_Z } } };
    li_api_request request;

    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.method = li_z(method);
    request.target = li_z(target);
    request.headers = headers;
    request.n_headers = 1;
    request.body = li_z(body);
    ck_assert_int_eq(li_api_handle(api, &request, keep_reply, NULL), LI_OK);
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
}

START_TEST(test_trg_78_a_host_serves_a_url_per_request_also_without_admin)
{
    li_api_options options = LI_API_OPTIONS_INIT;
    li_api *api, *open;
    char path[256];

    ck_assert_int_eq(li_api_new(w.engine, &options, &open), LI_OK);
    options.flags = LI_API_ADMIN;
    ck_assert_int_eq(li_api_new(w.engine, &options, &api), LI_OK);
    add_trigger(&w, "cfn", "keeper", "c", "{}");
    memset(&reply, 0, sizeof reply);
    call(api, "POST", "/_lambdainvoke/occur/cfn", ASK("Create", ""));
    ck_assert_int_eq(reply.n, 0);
    snprintf(path, sizeof path, "%s", at(kept.event, "ResponseURL"));
    ck_assert_int_eq(strncmp(path, "http://127.0.0.1:9001/_lambdainvoke/responses/cfn/", 50), 0);
    call(open, "PUT", strstr(path, "/_lambda"), answer_with("SUCCESS", "p", ""));
    ck_assert_int_eq(reply.n, 2);
    ck_assert_int_eq(reply.status, 200);
    call(open, "PUT", strstr(path, "/_lambda"), answer_with("SUCCESS", "p", ""));
    ck_assert_int_eq(reply.status, 404);
    call(api, "POST", "/_lambdainvoke/occur/cfn", ASK("Create", ""));
    snprintf(path, sizeof path, "%s", at(kept.event, "ResponseURL"));
    ck_assert_int_eq(li_trigger_respond(w.engine, "cfn", LI_Z, path, LI_Z, "{}", LI_Z, NULL), LI_E_INVALID);
    check_at(reply.body, "Verdict", "invalid");
    ck_assert_int_eq(li_api_free(api), LI_OK);
    ck_assert_int_eq(li_api_free(open), LI_OK);
}
END_TEST

START_TEST(test_trg_76_an_engine_ends_with_operations_that_wait)
{
    add_trigger(&w, "cfn", "keeper", "c", "{\"serviceTimeout\":10}");
    ask(&w, "cfn", ASK("Create", ""), &got);
    advance_s(&w, 10);
    ask(&w, "cfn", ASK("Create", ""), &got);
    ck_assert_int_eq(got.n, 0);
}
END_TEST

/* ---- without memory, and from many threads */

/* An Update that replaces, with so many blocks for asking and answering: 1 when it got all that it wanted. */
static int replace_with(scarce *s, int64_t allowed)
{
    li_status asked, answered = LI_E_NOMEM;
    char answer[1024];

    memset(&got, 0, sizeof got);
    kept.runs = 0;
    s->left = allowed;
    asked = li_trigger_occur_begin(w.engine, "cfn", LI_Z, ASK("Update", UPDATE), LI_Z, on_told, &got, NULL);
    s->left = INT64_MAX;
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(asked == LI_OK || asked == LI_E_NOMEM, 1);
    ck_assert_int_eq(kept.runs <= (asked == LI_OK), 1);
    if (kept.runs == 1) {
        snprintf(answer, sizeof answer, "%s", answer_with("SUCCESS", "new", ""));
        s->left = allowed;
        answered = li_trigger_respond(w.engine, "cfn", LI_Z, at(kept.event, "ResponseURL"), LI_Z, answer, LI_Z, NULL);
        s->left = INT64_MAX;
        ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
        ck_assert_int_eq(answered == LI_OK || answered == LI_E_NOMEM, 1);
    }
    advance_s(&w, 4000);
    ck_assert_int_eq(got.n, asked == LI_OK);
    return asked == LI_OK && answered == LI_OK && kept.runs == 2;
}

START_TEST(test_trg_76_without_memory_an_operation_waits_on_or_was_never_begun)
{
    scarce s = { INT64_MAX, 0 };
    li_allocator allocator = { &scarce_ops, &s };
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    int64_t allowed = 0;

    memset(&w, 0, sizeof w);
    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &w.clock), LI_OK);
    options.clock = w.clock;
    options.allocator = &allocator;
    ck_assert_int_eq(li_engine_new(&w.engine, &options, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_kinds_add(w.engine, li_services_kinds(), NULL), LI_OK);
    add_function(w.engine, "keeper", keep_event, &kept);
    add_trigger(&w, "cfn", "keeper", "c", "{}");
    while (!replace_with(&s, allowed))
        ck_assert_int_lt(++allowed, 500);
    ck_assert_int_gt(allowed, 5);
    world_free(&w);
    ck_assert_int_eq(s.live, 0);
}
END_TEST

enum { CALLERS = 4, CALLS = 100 };

typedef struct crowd {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int n, n_succeeded;
} crowd;

static void on_crowd(void *user, const li_trigger_answer *a)
{
    crowd *c = user;

    pthread_mutex_lock(&c->lock);
    c->n++;
    c->n_succeeded += strcmp(a->verdict, "SUCCESS") == 0 && a->n_matched == 1;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

/* Answers at once, and again. */
static int32_t answer_inside(li_invocation *invocation, void *environment, void *user)
{
    li_engine *engine = li_invocation_get_engine(invocation);
    size_t len;
    const char *event = li_invocation_get_payload(invocation, &len);
    const char *url = strstr(event, "urn:"), *id = strstr(event, "RequestId") + 12;
    char answer[1024];

    (void)environment;
    snprintf(answer, sizeof answer, "{\"Status\":\"SUCCESS\",\"PhysicalResourceId\":\"p\",\"StackId\":\"" STACK "\","
                                    "\"RequestId\":\"%.36s\",\"LogicalResourceId\":\"R\"}", id);
    if (li_trigger_respond(engine, "cfn", LI_Z, url, strcspn(url, "\""), answer, LI_Z, NULL) != LI_OK ||
        li_trigger_respond(engine, "cfn", LI_Z, url, strcspn(url, "\""), answer, LI_Z, NULL) != LI_E_NOT_FOUND)
        atomic_fetch_add((atomic_int *)user, 1);
    return LI_DONE;
}

static void *create_many(void *user)
{
    int i;

    for (i = 0; i < CALLS; i++)
        if (li_trigger_occur_begin(w.engine, "cfn", LI_Z, ASK("Create", ""), LI_Z, on_crowd, user, NULL) != LI_OK)
            return user;
    return NULL;
}

START_TEST(test_trg_78_every_owner_of_every_thread_is_told_once)
{
    crowd c = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };
    pthread_t threads[CALLERS];
    atomic_int n_wrong = 0;
    void *failed;
    int i;

    memset(&w, 0, sizeof w);
    ck_assert_int_eq(li_engine_new(&w.engine, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_kinds_add(w.engine, li_services_kinds(), NULL), LI_OK);
    add_function(w.engine, "inside", answer_inside, &n_wrong);
    add_trigger(&w, "cfn", "inside", "c", "{}");
    ck_assert_int_eq(li_engine_start(w.engine, 3, NULL), LI_OK);
    for (i = 0; i < CALLERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, create_many, &c), 0);
    for (i = 0; i < CALLERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
    pthread_mutex_lock(&c.lock);
    while (c.n < CALLERS * CALLS)
        pthread_cond_wait(&c.changed, &c.lock);
    pthread_mutex_unlock(&c.lock);
    ck_assert_int_eq(li_engine_stop(w.engine, 10000, NULL, NULL), LI_OK);
    ck_assert_int_eq(c.n_succeeded, CALLERS * CALLS);
    ck_assert_int_eq(atomic_load(&n_wrong), 0);
    ck_assert_int_eq(li_engine_free(w.engine), LI_OK);
}
END_TEST

Suite *suite_custom_resource(void)
{
    Suite *s = suite_create("custom_resource");
    TCase *c = tcase_create("operations");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, test_trg_76_an_operation_ends_with_its_answer_which_its_owner_gets);
    tcase_add_test(c, test_trg_78_one_answer_is_taken_and_no_second_one);
    tcase_add_loop_test(c, test_trg_76_an_answer_that_is_not_valid_fails_the_operation, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(c, test_trg_76_an_answer_has_4096_bytes_and_an_id_1024);
    tcase_add_test(c, test_trg_76_no_answer_in_the_service_timeout_fails_the_operation);
    tcase_add_test(c, test_trg_76_the_standard_timeout_is_an_hour_and_a_failed_function_is_waited_for);
    tcase_add_test(c, test_trg_76_an_operation_that_no_function_gets_fails_at_once);
    tcase_add_test(c, test_trg_77_a_new_id_on_update_sends_delete_for_the_old_resource);
    tcase_add_test(c, test_trg_77_clean_up_can_be_left_to_the_owner);
    tcase_add_test(c, test_trg_75_an_operation_goes_to_one_function_and_a_service_token_names_it);
    tcase_add_test(c, test_trg_78_a_host_serves_a_url_per_request_also_without_admin);
    tcase_add_test(c, test_trg_76_an_engine_ends_with_operations_that_wait);
    suite_add_tcase(s, c);
    c = tcase_create("scarcity");
    tcase_add_test(c, test_trg_76_without_memory_an_operation_waits_on_or_was_never_begun);
    tcase_add_test(c, test_trg_78_every_owner_of_every_thread_is_told_once);
    suite_add_tcase(s, c);
    return s;
}
