/* cognito.c - user pools: five seconds, three tries, and the answer is the event with its response filled in (TRG-114..117). */
#include <stdio.h>

#include "trigger/trigger.h"

/* Names of triggers, and what the sources of their events begin with. */
static const struct pool_trigger {
    const char *name, *source, *response;
} triggers[] = {
    { "PreSignUp", "PreSignUp_", "{\"autoConfirmUser\":false,\"autoVerifyEmail\":false,\"autoVerifyPhone\":false}" },
    { "CustomMessage", "CustomMessage_", "{\"smsMessage\":null,\"emailMessage\":null,\"emailSubject\":null}" },
    { "PostConfirmation", "PostConfirmation_", "{}" },
    { "PreAuthentication", "PreAuthentication_", "{}" },
    { "PostAuthentication", "PostAuthentication_", "{}" },
    { "DefineAuthChallenge", "DefineAuthChallenge_", "{\"challengeName\":null,\"issueTokens\":null,\"failAuthentication\":null}" },
    { "CreateAuthChallenge", "CreateAuthChallenge_",
      "{\"publicChallengeParameters\":null,\"privateChallengeParameters\":null,\"challengeMetadata\":null}" },
    { "VerifyAuthChallengeResponse", "VerifyAuthChallengeResponse_", "{\"answerCorrect\":null}" },
    { "PreTokenGeneration", "TokenGeneration_", "{\"claimsOverrideDetails\":null}" },
    { "UserMigration", "UserMigration_",
      "{\"userAttributes\":null,\"finalUserStatus\":null,\"messageAction\":null,\"desiredDeliveryMediums\":null,"
      "\"forceAliasCreation\":null}" },
    { "CustomSMSSender", "CustomSMSSender_", "{}" },
    { "CustomEmailSender", "CustomEmailSender_", "{}" },
    { "InboundFederation", "InboundFederation_", "{\"userAttributesToMap\":null}" },
};
enum { N_TRIGGERS = sizeof triggers / sizeof *triggers };

static const struct pool_trigger *of_source(const lii_occurrence *o)
{
    char source[100];
    size_t i, n = lii_json_text(lii_occurrence_get(o, "triggerSource"), source, sizeof source);

    for (i = 0; n <= sizeof source && i < N_TRIGGERS; i++)
        if (n > strlen(triggers[i].source) && memcmp(source, triggers[i].source, strlen(triggers[i].source)) == 0)
            return &triggers[i];
    return NULL;
}

static li_status read(lii_occurrence *o, li_error *err)
{
    return of_source(o) ? LI_OK
                        : lii_occurrence_wrong("triggerSource", err, "such as PreSignUp_SignUp, TokenGeneration_HostedAuth");
}

/* Senders are told and not asked. */
static li_status prepare(li_trigger *t, li_error *err)
{
    li_slice name = lii_option_text(t, "trigger");
    int is_sender = lii_slice_is(name, "CustomSMSSender") || lii_slice_is(name, "CustomEmailSender");

    if (is_sender && lii_option_text(t, "kmsKeyId").len == 0)
        return lii_option_wrong("kmsKeyId", err, "a sender needs the key that its codes are encrypted with");
    if (is_sender)
        t->type = LI_EVENT;
    return LI_OK;
}

static int matches(const li_trigger *t, const lii_occurrence *o)
{
    return lii_slice_is(lii_option_text(t, "trigger"), of_source(o)->name);
}

/* The pool is known by its id: REGION_ID, the end of its ARN. */
static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    const struct pool_trigger *p = of_source(o);
    li_slice version = lii_option_text(t, "eventVersion");
    int is_token = strcmp(p->name, "PreTokenGeneration") == 0;
    char text[1200];

    snprintf(text, sizeof text,
             "{\"version\":\"%s\",\"triggerSource\":\"${triggerSource}\",\"region\":\"${@region}\",\"userPoolId\":\"${userPoolId}\","
             "\"userName\":\"${userName}\",\"callerContext\":{\"awsSdkVersion\":\"${awsSdkVersion|aws-sdk-unknown-unknown}\","
             "\"clientId\":\"${clientId|example}\"},\"request\":\"${=request|{\\\"userAttributes\\\":{}}}\",\"response\":%s}",
             is_token && lii_slice_is(version, "V2_0") ? "2" : is_token && lii_slice_is(version, "V3_0") ? "3" : "1",
             is_token && version.len && !lii_slice_is(version, "V1_0") ? "{\"claimsAndScopeOverrideDetails\":null}"
                                                                       : p->response);
    lii_build_template(t, o, text, event);
}

static void exception(lii_reaction *a, const char *verdict, const char *name, const char *text, size_t text_len)
{
    lii_json_writer w;

    a->status = 400;
    a->verdict = verdict;
    lii_buf_clear(&a->body);
    lii_json_begin(&w, &a->body);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "__type", name, LI_Z);
    lii_json_member_string(&w, "message", text, text_len);
    lii_json_close(&w, '}');
}

static void failed(const li_trigger *t, const li_invoke_result *result, lii_reaction *a)
{
    lii_json_value said = lii_json_get(lii_json_root(result->payload, result->payload_len), "errorMessage", LI_Z);
    li_slice name = lii_option_text(t, "trigger");
    char text[600], message[500];
    size_t n = lii_json_text(said, message, sizeof message);
    int len = snprintf(text, sizeof text, "%.*s failed with error %.*s.", LII_TEXT(name),
                       (int)(n < sizeof message ? n : sizeof message), message);

    exception(a, "UserLambdaValidationException", "UserLambdaValidationException", text, (size_t)len);
}

static void answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                   lii_reaction *a)
{
    lii_json_value document;

    (void)o;
    lii_reaction_plain(t, status, result, a);
    if (status == LI_E_TIMEOUT) {
        static const char text[] = "The function did not answer in time";

        exception(a, "UnexpectedLambdaException", "UnexpectedLambdaException", text, LI_Z);
        a->again = 1;
    } else if (status != LI_OK) {
        exception(a, status == LI_E_DENIED ? "AccessDeniedException" : "UnexpectedLambdaException", "UnexpectedLambdaException",
                  li_strerror(status), LI_Z);
        a->again = status != LI_E_DENIED && status != LI_E_NOT_FOUND;
    } else if (result->function_error != LI_FUNCTION_ERROR_NONE) {
        failed(t, result, a);
    } else {
        document = lii_json_root(result->payload, result->payload_len);
        if (lii_json_get(document, "response", LI_Z).type != LII_JSON_OBJECT)
            exception(a, "InvalidLambdaResponseException", "InvalidLambdaResponseException",
                      "Invalid lambda function output : Invalid JSON", LI_Z);
    }
}

static const lii_kind_code code = { .prepare = prepare, .read = read, .matches = matches, .build = build,
                                    .answer = answer };

static const lii_field fields[] = {
    { .name = "userPool", .label = "User pool", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "trigger", .label = "Trigger", .type = LII_FIELD_ENUM, .flags = LII_FIELD_REQUIRED,
      .choices = "PreSignUp|CustomMessage|PostConfirmation|PreAuthentication|PostAuthentication|DefineAuthChallenge|"
                 "CreateAuthChallenge|VerifyAuthChallengeResponse|PreTokenGeneration|UserMigration|CustomSMSSender|"
                 "CustomEmailSender|InboundFederation" },
    { .name = "eventVersion", .label = "Event version", .type = LII_FIELD_ENUM, .choices = "V1_0|V2_0|V3_0",
      .show_if = "trigger=PreTokenGeneration" },
    { .name = "kmsKeyId", .label = "Key of the senders", .max = 2048 },
    { .name = NULL }
};

const lii_trigger_kind lii_cognito_kind = {
    .name = "cognito",
    .label = "Cognito user pool",
    .principal = "cognito-idp.amazonaws.com",
    .source_arn = "${$userPool}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 5000,
    .tries = 3,
    .retries = "Cognito: 5 seconds, three tries",
    .fields = fields,
    .members = "userPool:s! userPoolId:s! triggerSource:s! userName:s! clientId:s awsSdkVersion:s request:o",
    .match = "userPool=userPool",
    .same = "userPool trigger",
    .same_max = 1,
    .shape = "version:s! triggerSource:s! region:s! userPoolId:s! userName:s! callerContext:o! request:o! response:o",
    .options_example = "{\"userPool\":\"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc\",\"trigger\":"
                       "\"PreSignUp\"}",
    .example = "{\"userPool\":\"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc\",\"userPoolId\":"
               "\"us-east-1_abc\",\"triggerSource\":\"PreSignUp_SignUp\",\"userName\":\"jane\",\"request\":{\"userAttributes\":"
               "{\"email\":\"jane@example.com\"},\"validationData\":{\"k\":\"v\"}}}",
    .code = &code,
};
