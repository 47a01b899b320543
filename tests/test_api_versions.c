/* test_api_versions.c - versions, aliases, provisioned concurrency, recursion, single events: by the API, in the service's words. */
#include "fixture.h"

#include <lambdainvoke/api.h>

static world w;
static li_api *api;
static int inits_fail;

static struct {
    int status;
    char headers[4096];
    char body[65536];
} got;

static void keep_answer(void *user, const li_api_response *response)
{
    size_t n = 0;
    uint32_t i;

    (void)user;
    got.status = response->status;
    for (i = 0; i < response->n_headers; i++)
        n += (size_t)snprintf(got.headers + n, sizeof got.headers - n, "%s: %s\n", response->headers[i].name.ptr,
                              response->headers[i].value.ptr);
    ck_assert(response->body.len < sizeof got.body);
    memcpy(got.body, response->body.ptr, response->body.len);
    got.body[response->body.len] = '\0';
}

static int ask(const char *method, const char *target, const char *body)
{
    li_api_header type = { li_z("X-Amz-Invocation-Type"), li_z("Event") };
    li_api_request request;

    memset(&request, 0, sizeof request);
    memset(&got, 0, sizeof got);
    request.size = sizeof request;
    request.method = li_z(strcmp(method, "EVENT") == 0 ? "POST" : method);
    request.target = li_z(target);
    request.headers = &type;
    request.n_headers = strcmp(method, "EVENT") == 0;
    request.body = li_z(body);
    ck_assert_int_eq(li_api_handle(api, &request, keep_answer, NULL), LI_OK);
    return got.status;
}

/* It answers with this status, and its body has this part. */
#define ASK(verb, path_of, sent, expected, part)                                                           \
    do {                                                                                                   \
        ask(verb, path_of, sent);                                                                          \
        ck_assert_msg(got.status == (expected), "%s %s: %d %s", verb, path_of, got.status, got.body);      \
        check_contains(got.body, part);                                                                    \
    } while (0)

static int32_t init_or_not(li_init *init, void *user, void **environment)
{
    (void)user;
    *environment = init;
    if (inits_fail)
        li_init_fail(init, "Boom", "as told");
    return inits_fail ? LI_FAILED : LI_DONE;
}

static void no_fini(void *environment, void *user, int32_t reason)
{
    (void)environment, (void)user, (void)reason;
}

static void set_up(void)
{
    li_api_options options = LI_API_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;

    world_new(&w);
    inits_fail = 0;
    spec.name = li_z("f");
    spec.handler = scripted;
    spec.init = init_or_not;
    spec.fini = no_fini;
    spec.user = &w.script;
    ck_assert_int_eq(li_function_register(w.engine, &spec, NULL, NULL), LI_OK);
    options.flags = LI_API_ADMIN;
    ck_assert_int_eq(li_api_new(w.engine, &options, &api), LI_OK);
}

static void tear_down(void)
{
    ck_assert_int_eq(li_api_free(api), LI_OK);
    world_free(&w);
}

#define F "/2015-03-31/functions/f"
#define PROVISIONED "/2019-09-30/functions/f/provisioned-concurrency"

static void change(void)
{
    static int mb = 128;
    char body[64];

    snprintf(body, sizeof body, "{\"MemorySize\":%d}", ++mb);
    ck_assert_int_eq(ask("PUT", F "/configuration", body), 200);
}

static void publish(int n)
{
    char version[32];

    if (n > 1)
        change();
    snprintf(version, sizeof version, "\"Version\":\"%d\"", n);
    ASK("POST", F "/versions", "{}", 201, version);
}

/* The text of a member of the last answer. */
static const char *text_of(const char *member)
{
    static char text[200];
    char key[64];
    const char *at;

    snprintf(key, sizeof key, "\"%s\":\"", member);
    at = strstr(got.body, key);
    ck_assert_msg(at != NULL, "%s is not in %s", member, got.body);
    snprintf(text, sizeof text, "%.*s", (int)strcspn(at + strlen(key), "\""), at + strlen(key));
    return text;
}

/* ---- versions */

START_TEST(test_inv_630_publishing_is_201_with_the_next_number_and_again_the_same)
{
    char revision[64];

    ASK("POST", F "/versions", "{\"Description\":\"first\"}", 201, "\"Version\":\"1\"");
    check_contains(got.body, "\"FunctionArn\":\"" ARN "f:1\"");
    check_contains(got.body, "\"State\":\"Active\"");
    check_contains(got.body, "\"Description\":\"first\"");
    snprintf(revision, sizeof revision, "%s", text_of("RevisionId"));
    ASK("POST", F "/versions", "", 201, "\"Version\":\"1\"");
    ck_assert_str_eq(text_of("RevisionId"), revision);
    change();
    ASK("POST", F "/versions/", "{}", 201, "\"Version\":\"2\"");
    ASK("GET", F "?Qualifier=1", NULL, 200, "\"MemorySize\":128");
    ASK("POST", "/2015-03-31/functions/nope/versions", "{}", 404, "Function not found: " ARN "nope");
}
END_TEST

START_TEST(test_inv_121_a_name_that_ends_in_function_has_a_qualifier_like_any_other)
{
    add_function(w.engine, "myfunction", echo, NULL);
    ASK("POST", "/2015-03-31/functions/myfunction/versions", "{}", 201, "\"Version\":\"1\"");
    ASK("GET", "/2015-03-31/functions/myfunction:1/configuration", NULL, 200, "\"FunctionArn\":\"" ARN "myfunction:1\"");
    ASK("GET", "/2015-03-31/functions/" ARN "myfunction:1/configuration", NULL, 200, "\"FunctionArn\":\"" ARN "myfunction:1\"");
    ASK("GET", "/2015-03-31/functions/000000000000:function:myfunction:1/configuration", NULL, 200, "\"FunctionArn\":\"" ARN "myfunction:1\"");
    ASK("GET", "/2015-03-31/functions/myfunction/configuration", NULL, 200, "\"FunctionArn\":\"" ARN "myfunction\"");
}
END_TEST

START_TEST(test_inv_631_another_code_or_revision_is_refused)
{
    ASK("POST", F "/versions", "{\"CodeSha256\":\"abc\"}", 400,
        "CodeSHA256 (abc) is different from current CodeSHA256 in $LATEST (47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=). Please try "
        "again with the CodeSHA256 in $LATEST.");
    ASK("POST", F "/versions", "{\"RevisionId\":\"abc\"}", 412,
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest "
        "Revision Id");
    check_contains(got.headers, "x-amzn-ErrorType: PreconditionFailedException");
    ASK("GET", F "/configuration", NULL, 200, "");
    {
        char body[200];

        snprintf(body, sizeof body, "{\"CodeSha256\":\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\",\"RevisionId\":\"%s\"}",
                 text_of("RevisionId"));
        ASK("POST", F "/versions", body, 201, "\"Version\":\"1\"");
    }
}
END_TEST

START_TEST(test_inv_608_versions_are_listed_by_number_in_pages)
{
    publish(1);
    publish(2);
    publish(3);
    ASK("GET", F "/versions", NULL, 200, "\"FunctionArn\":\"" ARN "f:$LATEST\"");
    check_contains(got.body, ARN "f:3\"");
    check_lacks(got.body, "NextMarker");
    check_lacks(got.body, "\"State\"");
    ASK("GET", F "/versions?MaxItems=1", NULL, 200, "\"NextMarker\":\"versions/$LATEST\"");
    check_lacks(got.body, "f:1");
    ASK("GET", F "/versions?MaxItems=2&Marker=versions/%24LATEST", NULL, 200, "\"NextMarker\":\"versions/2\"");
    check_contains(got.body, ARN "f:1\"");
    check_lacks(got.body, "f:$LATEST");
    ASK("GET", F "/versions?Marker=versions/2", NULL, 200, ARN "f:3\"");
    check_lacks(got.body, "f:2\"");
    check_lacks(got.body, "NextMarker");
    ASK("GET", F "/versions?Marker=functions/a", NULL, 400, "The marker is of another list.");
    ASK("GET", F "/versions?MaxItems=0", NULL, 400, "Value '0' at 'maxItems'");
    ASK("GET", "/2015-03-31/functions/nope/versions", NULL, 404, ARN "nope");
}
END_TEST

START_TEST(test_inv_620_a_version_is_deleted_by_its_qualifier)
{
    publish(1);
    publish(2);
    ASK("POST", F "/aliases", "{\"Name\":\"live\",\"FunctionVersion\":\"2\"}", 201, "");
    ASK("DELETE", F "?Qualifier=2", NULL, 409, "alias live");
    ASK("DELETE", F "?Qualifier=1", NULL, 204, "");
    ASK("GET", F "?Qualifier=1", NULL, 404, ARN "f:1");
    ASK("DELETE", F "?Qualifier=1", NULL, 204, "");
    ASK("DELETE", F "%3A1", NULL, 204, "");
    ASK("DELETE", F "%3A1?Qualifier=2", NULL, 400, "The derived qualifier");
    ASK("DELETE", F "?Qualifier=live", NULL, 400, "Deletion of aliases is not currently supported.");
    ASK("DELETE", F "?Qualifier=%24LATEST", NULL, 400, "$LATEST version cannot be deleted without deleting the function.");
    ASK("DELETE", "/2015-03-31/functions/nope?Qualifier=7", NULL, 404, ARN "nope");
    ASK("GET", F, NULL, 200, "");
    ASK("DELETE", F, NULL, 204, "");
    ASK("GET", F "?Qualifier=2", NULL, 404, "");
}
END_TEST

/* ---- aliases */

START_TEST(test_inv_633_an_alias_is_made_read_changed_and_deleted)
{
    char body[200];

    publish(1);
    publish(2);
    ASK("POST", F "/aliases", "{\"Name\":\"live\",\"FunctionVersion\":\"1\"}", 201,
        "{\"AliasArn\":\"" ARN "f:live\",\"Name\":\"live\",\"FunctionVersion\":\"1\",\"Description\":\"\",\"RevisionId\":\"");
    snprintf(body, sizeof body, "{\"FunctionVersion\":\"2\",\"RevisionId\":\"%s\"}", text_of("RevisionId"));
    ASK("GET", F "/aliases/live", NULL, 200, "\"FunctionVersion\":\"1\"");
    ASK("PUT", F "/aliases/live", body, 200, "\"FunctionVersion\":\"2\"");
    ASK("PUT", F "/aliases/live", body, 412, "The Revision Id provided does not match");
    ASK("PUT", F "/aliases/live", "{\"Description\":\"d\"}", 200, "\"Description\":\"d\"");
    check_contains(got.body, "\"FunctionVersion\":\"2\"");
    ASK("POST", F "%3Alive/invocations", "{}", 200, "");
    ASK("POST", "/2015-03-31/functions/f:live/invocations", "{}", 200, "");
    check_contains(got.headers, "X-Amz-Executed-Version: 2\n");
    ASK("DELETE", F "/aliases/live", NULL, 204, "");
    ASK("DELETE", F "/aliases/live", NULL, 204, "");
}
END_TEST

START_TEST(test_inv_634_weights_are_checked_in_the_services_words)
{
    publish(1);
    publish(2);
    ASK("POST", F "/aliases",
        "{\"Name\":\"a\",\"FunctionVersion\":\"1\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"2\":0.1}}}", 201,
        "\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"2\":0.1}}");
    ASK("PUT", F "/aliases/a", "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"1\":0.5}}}", 400,
        "Invalid function version 1. Function version 1 is already included in routing configuration.");
    ASK("PUT", F "/aliases/a", "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"1\":0.5,\"2\":0.5}}}", 400,
        "Number of items in AdditionalVersionWeights cannot be greater than 1");
    ASK("PUT", F "/aliases/a", "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"2\":1.5}}}", 400,
        "Value '{2=1.5}' at 'routingConfig.additionalVersionWeights'");
    ASK("PUT", F "/aliases/a", "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"x\":0.5}}}", 400, "pattern: [0-9]+");
    ASK("PUT", F "/aliases/a", "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"9\":0.5}}}", 404, "Function not found: " ARN "f:9");
    ASK("PUT", F "/aliases/a", "{\"FunctionVersion\":\"$LATEST\"}", 400,
        "{\"message\":\"$LATEST is not supported for an alias pointing to more than 1 version\"}");
    ASK("GET", F "/aliases/a", NULL, 200, "{\"2\":0.1}");
    ASK("PUT", F "/aliases/a", "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{}}}", 200, "\"FunctionVersion\":\"1\"");
    check_lacks(got.body, "RoutingConfig");
}
END_TEST

START_TEST(test_inv_636_what_is_there_already_or_not_at_all)
{
    publish(1);
    ASK("POST", F "/aliases", "{\"Name\":\"a\",\"FunctionVersion\":\"1\"}", 201, "");
    ASK("POST", F "/aliases", "{\"Name\":\"a\",\"FunctionVersion\":\"1\"}", 409, "Alias already exists: " ARN "f:a");
    ASK("GET", F "/aliases/b", NULL, 404, "Cannot find alias arn: " ARN "f:b");
    ASK("PUT", F "/aliases/b", "{}", 404, "Alias not found: " ARN "f:b");
    ASK("POST", F "/aliases", "{\"Name\":\"c\",\"FunctionVersion\":\"7\"}", 404, "Function not found: " ARN "f:7");
    ASK("POST", "/2015-03-31/functions/nope/aliases", "{\"Name\":\"c\",\"FunctionVersion\":\"1\"}", 404, ARN "nope");
    ASK("POST", F "/aliases", "{\"FunctionVersion\":\"1\"}", 400, "Value null at 'name'");
    ASK("POST", F "/aliases", "{\"Name\":\"c\"}", 400, "Value null at 'functionVersion'");
    ASK("POST", F "/aliases", "{\"Name\":\"12\",\"FunctionVersion\":\"1\"}", 400, "Value '12' at 'name'");
    ASK("POST", F "/aliases", "{\"Name\":\"a!\",\"FunctionVersion\":\"1\"}", 400, "(?!^[0-9]+$)([a-zA-Z0-9-_]+)");
    ASK("POST", F "/aliases", "{\"Name\":7}", 400, "Name is a text");
}
END_TEST

START_TEST(test_inv_608_aliases_are_listed_by_name_in_pages_and_by_version)
{
    publish(1);
    publish(2);
    ASK("POST", F "/aliases", "{\"Name\":\"b\",\"FunctionVersion\":\"2\"}", 201, "");
    ASK("POST", F "/aliases", "{\"Name\":\"a\",\"FunctionVersion\":\"1\"}", 201, "");
    ASK("POST", F "/aliases", "{\"Name\":\"c\",\"FunctionVersion\":\"1\"}", 201, "");
    ASK("GET", F "/aliases?MaxItems=2", NULL, 200, "{\"Aliases\":[{\"AliasArn\":\"" ARN "f:a\"");
    check_contains(got.body, "\"NextMarker\":\"aliases/b\"");
    ASK("GET", F "/aliases?Marker=aliases/b", NULL, 200, "{\"Aliases\":[{\"AliasArn\":\"" ARN "f:c\"");
    check_lacks(got.body, "NextMarker");
    ASK("GET", F "/aliases?FunctionVersion=2", NULL, 200, ARN "f:b\"");
    check_lacks(got.body, "f:a\"");
    ASK("GET", F "/aliases?Marker=versions/1", NULL, 400, "The marker is of another list.");
}
END_TEST

/* ---- provisioned concurrency */

START_TEST(test_inv_320_provisioning_is_202_in_progress_and_then_ready)
{
    publish(1);
    ASK("PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":3}", 202,
        "{\"RequestedProvisionedConcurrentExecutions\":3,\"AvailableProvisionedConcurrentExecutions\":0,"
        "\"AllocatedProvisionedConcurrentExecutions\":0,\"Status\":\"IN_PROGRESS\",\"LastModified\":\"");
    check_contains(got.body, "+0000\"}");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ASK("GET", PROVISIONED "?Qualifier=1", NULL, 200,
        "{\"RequestedProvisionedConcurrentExecutions\":3,\"AvailableProvisionedConcurrentExecutions\":3,"
        "\"AllocatedProvisionedConcurrentExecutions\":3,\"Status\":\"READY\"");
    ASK("DELETE", PROVISIONED "?Qualifier=1", NULL, 204, "");
    ASK("GET", PROVISIONED "?Qualifier=1", NULL, 404, "No Provisioned Concurrency Config found for this function");
    check_contains(got.headers, "x-amzn-ErrorType: ProvisionedConcurrencyConfigNotFoundException");
}
END_TEST

START_TEST(test_inv_321_a_failed_initialisation_is_told)
{
    publish(1);
    inits_fail = 1;
    ASK("PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":1}", 202, "IN_PROGRESS");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ASK("GET", PROVISIONED "?Qualifier=1", NULL, 200, "\"Status\":\"FAILED\",\"StatusReason\":\"FUNCTION_ERROR_INIT_FAILURE\"");
    check_contains(got.body, "\"AvailableProvisionedConcurrentExecutions\":0");
}
END_TEST

START_TEST(test_inv_322_only_versions_and_aliases_can_be_provisioned)
{
    publish(1);
    ASK("PUT", PROVISIONED "?Qualifier=%24LATEST", "{\"ProvisionedConcurrentExecutions\":1}", 400,
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
    ASK("GET", PROVISIONED "?Qualifier=%24LATEST", NULL, 400,
        "The function resource provided must be an alias or a published version.");
    ASK("PUT", PROVISIONED, "{\"ProvisionedConcurrentExecutions\":1}", 400, "Value null at 'qualifier'");
    ASK("PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":0}", 400,
        "Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1");
    ASK("PUT", PROVISIONED "?Qualifier=1", "{}", 400, "Value null at 'provisionedConcurrentExecutions'");
    ASK("PUT", PROVISIONED "?Qualifier=9", "{\"ProvisionedConcurrentExecutions\":1}", 404, ARN "f:9");
}
END_TEST

START_TEST(test_inv_323_one_config_a_version)
{
    publish(1);
    ASK("POST", F "/aliases", "{\"Name\":\"a\",\"FunctionVersion\":\"1\"}", 201, "");
    ASK("PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":1}", 202, "");
    ASK("PUT", PROVISIONED "?Qualifier=a", "{\"ProvisionedConcurrentExecutions\":1}", 409,
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
    ASK("GET", PROVISIONED "?List=ALL", NULL, 200, "{\"ProvisionedConcurrencyConfigs\":[{\"FunctionArn\":\"" ARN "f:1\"");
    check_lacks(got.body, "f:a");
    ASK("DELETE", PROVISIONED "?Qualifier=1", NULL, 204, "");
    ASK("PUT", PROVISIONED "?Qualifier=a", "{\"ProvisionedConcurrentExecutions\":2}", 202, "");
    ASK("PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":1}", 409,
        "Version is pointed by a Provisioned Concurrency alias");
    ASK("GET", PROVISIONED "?List=ALL", NULL, 200, "{\"ProvisionedConcurrencyConfigs\":[{\"FunctionArn\":\"" ARN "f:a\"");
    check_lacks(got.body, "f:1");
    ASK("GET", "/2019-09-30/functions/nope/provisioned-concurrency?List=ALL", NULL, 404, ARN "nope");
}
END_TEST

START_TEST(test_inv_324_what_does_not_fit_is_refused)
{
    publish(1);
    ASK("PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":1001}", 400,
        "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].");
    ASK("PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":901}", 400,
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of "
        "[100].");
    ASK("PUT", "/2017-10-31/functions/f/concurrency", "{\"ReservedConcurrentExecutions\":3}", 200, "");
    ASK("PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":4}", 400,
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function");
    ASK("PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":2}", 202, "");
    ASK("PUT", "/2017-10-31/functions/f/concurrency", "{\"ReservedConcurrentExecutions\":1}", 400,
        "\" ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].\"");
    ASK("GET", "/2016-08-19/account-settings", NULL, 200, "\"UnreservedConcurrentExecutions\":997");
}
END_TEST

/* ---- recursion */

#define RECURSION(name) "/2024-08-31/functions/" name "/recursion-config"

START_TEST(test_inv_263_the_recursion_config_is_read_and_set)
{
    ASK("GET", RECURSION("f"), NULL, 200, "{\"RecursiveLoop\":\"Terminate\"}");
    ASK("PUT", RECURSION("f"), "{\"RecursiveLoop\":\"Allow\"}", 200, "{\"RecursiveLoop\":\"Allow\"}");
    ASK("GET", RECURSION("f"), NULL, 200, "{\"RecursiveLoop\":\"Allow\"}");
    ASK("PUT", RECURSION("f"), "{\"RecursiveLoop\":\"Maybe\"}", 400,
        "Value 'Maybe' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]");
    ASK("PUT", RECURSION("f"), "{}", 400, "Value null at 'recursiveLoop'");
    ASK("GET", RECURSION("f%3A1"), NULL, 400, "at 'functionName' failed to satisfy constraint");
    ASK("GET", RECURSION("nope"), NULL, 404, ARN "nope");
    ASK("GET", RECURSION("f"), NULL, 200, "Allow");
}
END_TEST

START_TEST(test_inv_262_a_loop_is_a_recursive_invocation_exception)
{
    li_api_header trace = { li_z("X-Amzn-Trace-Id"), { NULL, 0 } };
    li_api_request request;
    li_invoke_result result = LI_INVOKE_RESULT_INIT;
    li_invoke_options o = LI_INVOKE_OPTIONS_INIT;
    char given[200];

    o.trace = li_z("Root=1");
    ck_assert_int_eq(li_invoke(w.engine, "echo", LI_Z, "{}", LI_Z, &o, &result, NULL), LI_OK);
    snprintf(given, sizeof given, "Lineage=1:%.8s:15", strstr(result.trace, "Lineage=1:") + 10);
    li_invoke_result_fini(&result);
    trace.value = li_z(given);
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.method = li_z("POST");
    request.target = li_z("/2015-03-31/functions/echo/invocations");
    request.headers = &trace;
    request.n_headers = 1;
    ck_assert_int_eq(li_api_handle(api, &request, keep_answer, NULL), LI_OK);
    ck_assert_int_eq(got.status, 400);
    check_contains(got.headers, "x-amzn-ErrorType: RecursiveInvocationException");
    check_contains(got.body, "\"Message\":\"");
}
END_TEST

/* ---- events */

START_TEST(test_single_events_are_listed_read_cancelled_and_redriven)
{
    char path[120], id[64];

    configure(&w, "f", 0, -1, NULL, NULL);
    ASK("POST", "/_lambdainvoke/functions/f/pause", NULL, 204, "");
    ASK("EVENT", F "/invocations", "{\"n\":1}", 202, "");
    ASK("EVENT", F "/invocations", "{\"n\":22}", 202, "");
    ASK("EVENT", "/2015-03-31/functions/echo/invocations", "{}", 202, "");
    ASK("GET", "/_lambdainvoke/events", NULL, 200, "\"FunctionName\":\"echo\"");
    check_contains(got.body, "\"PayloadBytes\":8");
    ASK("GET", "/_lambdainvoke/events?skip=1&max=1", NULL, 200, "\"PayloadBytes\":7");
    check_lacks(got.body, "echo");
    check_lacks(got.body, "\"PayloadBytes\":8");
    ASK("GET", "/_lambdainvoke/events?function=f&max=1&skip=1", NULL, 200, "\"PayloadBytes\":8");
    snprintf(id, sizeof id, "%s", text_of("RequestId"));
    snprintf(path, sizeof path, "/_lambdainvoke/events/%s", id);
    ASK("GET", path, NULL, 200, "\"State\":\"waiting\"");
    ASK("DELETE", path, NULL, 204, "");
    ASK("DELETE", path, NULL, 409, "the event has ended");
    snprintf(path, sizeof path, "/_lambdainvoke/events/%s/redrive", id);
    ASK("POST", path, NULL, 409, "the event has not failed, it was cancelled");
    snprintf(path, sizeof path, "/_lambdainvoke/events/%s", id);
    ASK("GET", "/_lambdainvoke/outcomes/7", NULL, 400, "UUID");
    ASK("GET", path, NULL, 404, "has ended");
    ASK("GET", "/_lambdainvoke/events/7", NULL, 400, "UUID");
    ASK("GET", "/_lambdainvoke/events?max=1001", NULL, 400, "max is a whole number up to 1000");
    ASK("GET", "/_lambdainvoke/events?function=nope", NULL, 404, "");
    w.script.fail_times = 1;
    ASK("GET", "/_lambdainvoke/events?function=f", NULL, 200, "");
    snprintf(path, sizeof path, "/_lambdainvoke/events/%s/redrive", text_of("RequestId"));
    ASK("POST", path, NULL, 409, "the event waits or runs");
    ASK("POST", "/_lambdainvoke/functions/f/resume", NULL, 204, "");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ASK("POST", path, NULL, 202, "\"RequestId\":\"");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(w.script.runs, 2);
    ASK("POST", path, NULL, 409, "redriven already");
}
END_TEST

START_TEST(test_a_functions_events_are_purged)
{
    ASK("POST", "/_lambdainvoke/functions/f/pause", NULL, 204, "");
    ASK("EVENT", F "/invocations", "{}", 202, "");
    ASK("EVENT", F "/invocations?Qualifier=%24LATEST", "{}", 202, "");
    ASK("POST", "/_lambdainvoke/functions/f/purge?Qualifier=%24LATEST", NULL, 200, "{\"Purged\":1}");
    ASK("POST", "/_lambdainvoke/functions/f/purge", NULL, 200, "{\"Purged\":1}");
    ASK("POST", "/_lambdainvoke/functions/nope/purge", NULL, 404, "");
    ASK("POST", "/_lambdainvoke/functions/nope/pause", NULL, 404, "");
    ASK("POST", "/_lambdainvoke/functions/f%3A%24LATEST/pause", NULL, 400, "This operation is permitted on Lambda functions only.");
}
END_TEST

START_TEST(test_rel_60_limits_are_read_and_changed)
{
    ASK("GET", "/_lambdainvoke/limits", NULL, 200, "{\"Name\":\"limits.functions\",");
    check_contains(got.body, "\"Used\":3,\"Beyond\":\"LI_E_FULL\"}");
    ASK("POST", "/_lambdainvoke/limits", "{\"limits.depth\":8}", 200, "\"Value\":8");
    ASK("POST", "/_lambdainvoke/limits", "{\"limits.functions\":2}", 409, "limits.functions cannot be 2 while 3 are in use");
    ASK("POST", "/_lambdainvoke/limits", "{\"limits.depth\":0}", 400, "limits.depth is 1 to 1000, not 0");
    ASK("POST", "/_lambdainvoke/limits", "{\"limits.nope\":0}", 404, "there is no setting");
    ASK("POST", "/_lambdainvoke/limits", "{\"limits.depth\":\"x\"}", 400, "limits.depth is a whole number");
}
END_TEST

/* ---- InvokeAsync, rates */

START_TEST(test_rel_60_of_several_limits_all_are_set_or_none)
{
    int64_t depth = 0, rate = 0;

    ASK("POST", "/_lambdainvoke/limits", "{\"limits.depth\":8,\"scaling.rate\":5}", 200, "");
    ASK("POST", "/_lambdainvoke/limits", "{\"limits.depth\":9,\"limits.depth\":10,\"scaling.rate\":6,\"limits.functions\":2}", 409, "in use");
    ASK("POST", "/_lambdainvoke/limits", "{\"limits.depth\":9,\"limits.nope\":1}", 404, "limits.nope");
    ASK("POST", "/_lambdainvoke/limits", "{\"limits.depth\":9,\"scaling.rate\":\"x\"}", 400, "scaling.rate is a whole number");
    ck_assert_int_eq(li_config_get(w.engine, "limits.depth", &depth), LI_OK);
    ck_assert_int_eq(li_config_get(w.engine, "scaling.rate", &rate), LI_OK);
    ck_assert_int_eq(depth, 8);
    ck_assert_int_eq(rate, 5);
}
END_TEST

/* Members that are there and are not what they should be: said by name, and nothing has changed. */
START_TEST(test_inv_171_a_member_of_another_type_is_refused_and_changes_nothing)
{
    static const struct wrong {
        const char *verb, *path, *body, *says;
    } wrongs[] = {
        { "POST", F "/aliases", "{\"Name\":\"new\",\"FunctionVersion\":1}", "FunctionVersion is a text" },
        { "PUT", F "/aliases/live", "{\"RoutingConfig\":\"x\"}", "RoutingConfig is an object" },
        { "PUT", F "/aliases/live", "{\"RoutingConfig\":{\"AdditionalVersionWeights\":5}}", "AdditionalVersionWeights is an object" },
        { "PUT", F "/aliases/live", "{\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"2\":\"x\"}}}", "versions and numbers" },
        { "PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":\"x\"}", "ProvisionedConcurrentExecutions is a whole number" },
        { "PUT", PROVISIONED "?Qualifier=1", "{\"ProvisionedConcurrentExecutions\":1.5}", "ProvisionedConcurrentExecutions is a whole number" },
        { "PUT", "/2017-10-31/functions/f/concurrency", "{\"ReservedConcurrentExecutions\":1.5}", "ReservedConcurrentExecutions is a whole number" },
        { "PUT", F "/configuration", "{\"Description\":5}", "Description is a text" },
        { "PUT", F "/configuration", "{\"DeadLetterConfig\":{\"TargetArn\":5}}", "TargetArn is a text" },
        { "PUT", F "/configuration", "{\"Description\":\"d\\\\\\u0000x\"}", "NUL at byte 19" },
        { "POST", F "/policy", "{\"StatementId\":\"s\",\"Action\":\"lambda:InvokeFunction\",\"Principal\":\"s3.amazonaws.com\",\"SourceArn\":5}",
          "SourceArn is a text" },
        { "PUT", "/2019-09-25/functions/f/event-invoke-config", "{\"MaximumRetryAttempts\":\"1\"}", "MaximumRetryAttempts is a whole number" },
        { "POST", F "/versions", "{\"RevisionId\":5}", "RevisionId is a text" },
    };
    char before[sizeof got.body];
    size_t i;

    publish(1);
    publish(2);
    ASK("POST", F "/aliases", "{\"Name\":\"live\",\"FunctionVersion\":\"1\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"2\":0.25}}}", 201, "0.25");
    ASK("GET", F "/configuration", NULL, 200, "RevisionId");
    strcpy(before, got.body);
    for (i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        ASK(wrongs[i].verb, wrongs[i].path, wrongs[i].body, 400, wrongs[i].says);
        check_contains(got.headers, "x-amzn-ErrorType: SerializationException");
    }
    ASK("GET", F "/configuration", NULL, 200, before);
    ASK("GET", F "/aliases", NULL, 200, "{\"2\":0.25}");
    ck_assert_ptr_null(strstr(got.body, "new"));
    ASK("GET", PROVISIONED "?Qualifier=1", NULL, 404, "No Provisioned");
    ASK("GET", F "/policy", NULL, 404, "");
    ASK("PUT", F "/configuration", "{\"Description\":\"\\\\u0000 is no NUL\"}", 200, "u0000 is no NUL");
}
END_TEST

/* What breaks the API model is told by the member that does, and with the value that it has. */
START_TEST(test_inv_606_a_text_that_breaks_the_model_is_told_by_its_member)
{
    static const struct wrong {
        const char *verb, *path, *version, *says;
    } wrongs[] = {
        { "POST", F "/aliases", "live", "Value 'live' at 'functionVersion' failed to satisfy constraint: Member must satisfy regular "
                                        "expression pattern: (\\\\$LATEST|[0-9]+)" },
        { "POST", F "/aliases", "-1", "Value '-1' at 'functionVersion'" },
        { "POST", F "/aliases", "", "Value '' at 'functionVersion' failed to satisfy constraint: Member must have length greater than or "
                                    "equal to 1" },
        { "PUT", F "/aliases/live", "$latest", "Value '$latest' at 'functionVersion'" },
        { "GET", F "/aliases?FunctionVersion=1a", NULL, "Value '1a' at 'functionVersion'" },
    };
    char body[1200], d[257 + 1] = "";
    size_t i;

    publish(1);
    ASK("POST", F "/aliases", "{\"Name\":\"live\",\"FunctionVersion\":\"1\"}", 201, "");
    for (i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        snprintf(body, sizeof body, "{\"Name\":\"new\",\"FunctionVersion\":\"%s\"}", wrongs[i].version ? wrongs[i].version : "");
        ASK(wrongs[i].verb, wrongs[i].path, wrongs[i].version ? body : NULL, 400, wrongs[i].says);
        check_contains(got.headers, "x-amzn-ErrorType: ValidationException");
    }
    ASK("POST", F "/aliases", "{\"Name\":\"new\",\"FunctionVersion\":\"99999999999999999999\"}", 404, ARN "f:99999999999999999999");
    ASK("GET", F "/aliases?FunctionVersion=2", NULL, 200, "{\"Aliases\":[]}");
    memset(d, 'd', 257);
    snprintf(body, sizeof body, "{\"Description\":\"%s\"}", d);
    ASK("PUT", F "/configuration", body, 400, "1 validation error detected: Value 'dddd");
    check_contains(got.body, "' at 'description' failed to satisfy constraint: Member must have length less than or equal to 256\"");
    ASK("PUT", F "/aliases/live", body, 400, "at 'description'");
    ASK("POST", F "/versions", body, 400, "at 'description'");
    d[256] = '\0';
    snprintf(body, sizeof body, "{\"Description\":\"%s\"}", d);
    ASK("PUT", F "/configuration", body, 200, d);
    ASK("PUT", F "/aliases/live", body, 200, d);
}
END_TEST

START_TEST(test_inv_123_a_name_of_more_than_256_characters_is_told_its_length)
{
    char path[400], name[257 + 1] = "";

    memset(name, 'n', 257);
    snprintf(path, sizeof path, "/2015-03-31/functions/%s/invocations", name);
    ASK("POST", path, "{}", 400, "' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 256\"");
    name[256] = '\0';
    snprintf(path, sizeof path, "/2015-03-31/functions/%s/invocations", name);
    ASK("POST", path, "{}", 404, "Function not found: ");
}
END_TEST

START_TEST(test_inv_335_the_longest_time_out_is_a_limit_of_the_engine)
{
    ASK("PUT", F "/configuration", "{\"Timeout\":901}", 400, "Member must have value less than or equal to 900");
    ASK("POST", "/_lambdainvoke/limits", "{\"limits.timeout_max_ms\":5400000}", 200, "");
    ASK("PUT", F "/configuration", "{\"Timeout\":5401}", 400, "Value '5401' at 'timeout' failed to satisfy constraint: Member must have "
                                                            "value less than or equal to 5400");
    ASK("PUT", F "/configuration", "{\"Timeout\":5400}", 200, "\"Timeout\":5400");
    ASK("POST", "/_lambdainvoke/limits", "{\"limits.timeout_max_ms\":60000}", 200, "");
    ASK("PUT", F "/configuration", "{\"Timeout\":61}", 400, "less than or equal to 60\"");
    ASK("PUT", F "/configuration", "{\"MemorySize\":256}", 200, "\"Timeout\":5400");
}
END_TEST

START_TEST(test_inv_615_a_configuration_of_another_revision_is_not_changed)
{
    char body[200];

    ASK("GET", F "/configuration", NULL, 200, "");
    snprintf(body, sizeof body, "{\"Timeout\":9,\"RevisionId\":\"%s\"}", text_of("RevisionId"));
    ASK("PUT", F "/configuration", body, 200, "\"Timeout\":9");
    snprintf(body + strlen("{\"Timeout\":"), 2, "8");
    body[strlen("{\"Timeout\":8")] = ',';
    ASK("PUT", F "/configuration", body, 412, "The Revision Id provided does not match the latest Revision Id. Call the "
                                              "GetFunction/GetAlias API to retrieve the latest Revision Id");
    check_contains(got.headers, "x-amzn-ErrorType: PreconditionFailedException");
    ASK("GET", F "/configuration", NULL, 200, "\"Timeout\":9");
}
END_TEST

START_TEST(test_inv_254_a_number_out_of_range_is_told_as_it_was_given)
{
    static const char path[] = "/2019-09-25/functions/f/event-invoke-config";

    ASK("PUT", path, "{\"MaximumRetryAttempts\":-1}", 400, "Value '-1' at 'maximumRetryAttempts' failed to satisfy constraint: "
                                                           "Member must have value greater than or equal to 0");
    ASK("POST", path, "{\"MaximumEventAgeInSeconds\":-1}", 400, "Value '-1' at 'maximumEventAgeInSeconds' failed to satisfy constraint: "
                                                                "Member must have value greater than or equal to 60");
    ASK("PUT", path, "{\"MaximumRetryAttempts\":-2}", 400, "Value '-2'");
    ASK("GET", path, NULL, 404, "EventInvokeConfig");
    ASK("PUT", path, "{\"MaximumRetryAttempts\":0}", 200, "\"MaximumRetryAttempts\":0");
}
END_TEST

START_TEST(test_inv_160_invoke_async_is_202_for_any_name_and_checks_its_payload)
{
    static char large[262146];

    publish(1);
    ASK("POST", "/2014-11-13/functions/f/invoke-async/", "{}", 202, "");
    ck_assert_str_eq(got.body, "");
    check_contains(got.headers, "Content-Type: application/json\n");
    ASK("POST", "/2014-11-13/functions/f%3A1/invoke-async", "{}", 202, "");
    ASK("POST", "/2014-11-13/functions/f/invoke-async", "{", 400, "Could not parse request body into json");
    memset(large, ' ', sizeof large - 1);
    large[0] = large[262144] = '"';
    ASK("POST", "/2014-11-13/functions/f/invoke-async", large, 413,
        "262145 byte payload is too large for the Event invocation type (limit 262144 bytes)");
    large[262143] = '"';
    large[262144] = '\0';
    ASK("POST", "/2014-11-13/functions/f/invoke-async", large, 202, "");
    ck_assert_int_eq(li_config_set(w.engine, "limits.invoke_async_bytes", 4, NULL), LI_OK);
    ASK("POST", "/2014-11-13/functions/f/invoke-async", "{   }", 413, "5 byte payload is too large for the Event invocation type (limit 4 bytes)");
    ASK("POST", "/2014-11-13/functions/f/invoke-async", "{  }", 202, "");
    ASK("EVENT", F "/invocations", "{   }", 202, "");
    advance_s(&w, 1);
    ck_assert_int_eq(w.script.runs, 5);
}
END_TEST

START_TEST(test_inv_307_request_rates_have_reasons_of_their_own)
{
    int i;

    ck_assert_int_eq(li_config_set(w.engine, "throttle.request_rate", 10, NULL), LI_OK);
    ck_assert_int_eq(li_function_set_concurrency(w.engine, "f", LI_Z, 1, NULL), LI_OK);
    for (i = 0; i < 10; i++)
        ck_assert_int_eq(ask("POST", F "/invocations", "{}"), 200);
    ASK("POST", F "/invocations", "{}", 429, "{\"Reason\":\"ReservedFunctionInvocationRateLimitExceeded\",\"Type\":\"User\"");
    ck_assert_int_eq(li_config_set(w.engine, "limits.min_unreserved", 0, NULL), LI_OK);
    ck_assert_int_eq(li_config_set(w.engine, "limits.account_concurrency", 2, NULL), LI_OK);
    for (i = 0; i < 20; i++)
        ck_assert_int_eq(ask("POST", "/2015-03-31/functions/echo/invocations", "{}"), 200);
    ASK("POST", "/2015-03-31/functions/echo/invocations", "{}", 429, "\"FunctionInvocationRateLimitExceeded\"");
}
END_TEST

Suite *suite_api_versions(void);
Suite *suite_api_versions(void)
{
    const TTest *const tests[] = {
        test_inv_630_publishing_is_201_with_the_next_number_and_again_the_same,
        test_inv_121_a_name_that_ends_in_function_has_a_qualifier_like_any_other,
        test_inv_631_another_code_or_revision_is_refused,
        test_inv_608_versions_are_listed_by_number_in_pages,
        test_inv_620_a_version_is_deleted_by_its_qualifier,
        test_inv_633_an_alias_is_made_read_changed_and_deleted,
        test_inv_634_weights_are_checked_in_the_services_words,
        test_inv_636_what_is_there_already_or_not_at_all,
        test_inv_608_aliases_are_listed_by_name_in_pages_and_by_version,
        test_inv_320_provisioning_is_202_in_progress_and_then_ready,
        test_inv_321_a_failed_initialisation_is_told,
        test_inv_322_only_versions_and_aliases_can_be_provisioned,
        test_inv_323_one_config_a_version,
        test_inv_324_what_does_not_fit_is_refused,
        test_inv_263_the_recursion_config_is_read_and_set,
        test_inv_262_a_loop_is_a_recursive_invocation_exception,
        test_single_events_are_listed_read_cancelled_and_redriven,
        test_a_functions_events_are_purged,
        test_rel_60_limits_are_read_and_changed,
        test_rel_60_of_several_limits_all_are_set_or_none,
        test_inv_171_a_member_of_another_type_is_refused_and_changes_nothing,
        test_inv_606_a_text_that_breaks_the_model_is_told_by_its_member,
        test_inv_123_a_name_of_more_than_256_characters_is_told_its_length,
        test_inv_335_the_longest_time_out_is_a_limit_of_the_engine,
        test_inv_615_a_configuration_of_another_revision_is_not_changed,
        test_inv_254_a_number_out_of_range_is_told_as_it_was_given,
        test_inv_160_invoke_async_is_202_for_any_name_and_checks_its_payload,
        test_inv_307_request_rates_have_reasons_of_their_own,
    };
    Suite *suite = suite_create("api_versions");
    TCase *c = tcase_create("api_versions");
    size_t i;

    tcase_add_checked_fixture(c, set_up, tear_down);
    for (i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(suite, c);
    return suite;
}
