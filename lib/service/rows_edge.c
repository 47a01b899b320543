/* rows_edge.c - services in front of others: WebSocket, Lambda@Edge, AppSync, Pipes, IoT authorizers, Kinesis
 * Analytics, Cognito Sync, RDS. Rows, with builders where an option chooses between shapes. */
#include "service/answers.h"

enum { WS_MESSAGE_MAX = 131072 };

/* ---- WebSocket (TRG-103, 104) */

static const lii_field ws_fields[] = {
    { .name = "apiId", .label = "API id", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64 },
    { .name = "stage", .label = "Stage", .standard = "\"production\"", .min = 1, .max = 128 },
    { .name = "routeKey", .label = "Route", .standard = "\"$default\"", .min = 1, .max = 128,
      .help = "$connect, $disconnect, $default or what the selection expression gives" },
    { .name = "routeResponse", .label = "Route response", .type = LII_FIELD_BOOL, .standard = "false",
      .help = "the body of the answer goes back to the client" },
    { .name = "timeout", .label = "Time-out (ms)", .type = LII_FIELD_INTEGER, .standard = "29000", .min = 50, .max = 29000 },
    { .name = NULL }
};

static int ws_matches(const li_trigger *t, const lii_occurrence *o)
{
    li_slice route = lii_option_text(t, "routeKey");
    lii_json_value key = lii_occurrence_get(o, "routeKey");

    return lii_json_text_is(key, route.ptr, route.len) ||
           (lii_slice_is(route, "$default") && !lii_json_text_is(key, "$connect", LI_Z) &&
            !lii_json_text_is(key, "$disconnect", LI_Z));
}

static int ws_better(const li_trigger *a, const li_trigger *b, const lii_occurrence *o)
{
    (void)o;
    return lii_slice_is(lii_option_text(b, "routeKey"), "$default") && !lii_slice_is(lii_option_text(a, "routeKey"), "$default");
}

static int ws_refuse(const lii_occurrence *o, lii_reaction *a)
{
    if (lii_occurrence_get(o, "body").len <= WS_MESSAGE_MAX + 2)     /* and quotes */
        return 0;
    a->status = 413;
    a->verdict = "too-large";
    return 1;
}

static const lii_kind_code ws_code = { .matches = ws_matches, .better = ws_better, .answer = lii_ws_answer, .refuse = ws_refuse };

const lii_trigger_kind lii_ws_kind = {
    .name = "apigw-ws",
    .label = "API Gateway WebSocket",
    .principal = "apigateway.amazonaws.com",
    .source_arn = "arn:${@partition}:execute-api:${@region}:${@account}:${$apiId}/${$stage}/${$routeKey}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 29000,
    .retries = "none",
    .fields = ws_fields,
    .members = "apiId:s! routeKey:s! eventType:s! connectionId:s! messageId:s body:s isBase64Encoded:b headers:o "
               "multiValueHeaders:o queryStringParameters:o multiValueQueryStringParameters:o connectedAt:n sourceIp:s "
               "userAgent:s",
    .match = "apiId=apiId",
    .event = "{\"?headers\":\"${=headers}\",\"?multiValueHeaders\":\"${=multiValueHeaders}\",\"?queryStringParameters\":"
             "\"${=queryStringParameters}\",\"?multiValueQueryStringParameters\":\"${=multiValueQueryStringParameters}\","
             "\"requestContext\":{\"routeKey\":\"${routeKey}\",\"?messageId\":\"${messageId}\",\"eventType\":\"${eventType}\","
             "\"extendedRequestId\":\"${@id0}\",\"requestTime\":\"${@time_log}\",\"messageDirection\":\"IN\",\"stage\":"
             "\"${$stage}\",\"connectedAt\":\"${=connectedAt|0}\",\"requestTimeEpoch\":\"${=@epoch_ms}\",\"identity\":{\"?userAgent\":"
             "\"${userAgent}\",\"sourceIp\":\"${sourceIp|127.0.0.1}\"},\"requestId\":\"${@id0}\",\"domainName\":"
             "\"${$apiId}.execute-api.${@region}.amazonaws.com\",\"connectionId\":\"${connectionId}\",\"apiId\":\"${$apiId}\"},"
             "\"?body\":\"${body}\",\"isBase64Encoded\":\"${=isBase64Encoded|false}\"}",
    .shape = "requestContext.connectionId:s! requestContext.apiId:s! requestContext.stage:s! requestContext.routeKey:s "
             "requestContext.eventType:s isBase64Encoded:b",
    .options_example = "{\"apiId\":\"gy415nuibc\"}",
    .example = "{\"apiId\":\"gy415nuibc\",\"routeKey\":\"$default\",\"eventType\":\"MESSAGE\",\"connectionId\":"
               "\"R1kmxc2VNjMCFIA=\",\"messageId\":\"R1knPc2ntjMCFIA=\",\"body\":\"{\\\"a\\\":1}\"}",
    .code = &ws_code,
};

/* ---- Lambda@Edge (TRG-126, 127) */

static const lii_field edge_fields[] = {
    { .name = "distribution", .label = "Distribution", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64 },
    { .name = "cacheBehavior", .label = "Cache behaviour", .standard = "\"*\"", .max = 255 },
    { .name = "event", .label = "Event", .type = LII_FIELD_ENUM, .flags = LII_FIELD_REQUIRED,
      .standard = "\"origin-request\"", .choices = "viewer-request|viewer-response|origin-request|origin-response" },
    { .name = "includeBody", .label = "Include the body", .type = LII_FIELD_BOOL, .standard = "false" },
    { .name = "confirmReplication", .label = "I know that the function is replicated world-wide", .type = LII_FIELD_BOOL,
      .flags = LII_FIELD_MUST_BE_TRUE, .help = "forms cannot be submitted without it" },
    { .name = NULL }
};

static li_status edge_prepare(li_trigger *t, li_error *err)
{
    const char *colon = t->function.len > 0 ? memrchr(t->function.ptr, ':', t->function.len) : NULL;
    const char *p = colon ? colon + 1 : t->function.ptr, *end = t->function.ptr + t->function.len;

    for (; p < end && *p >= '0' && *p <= '9'; p++)
        ;
    if (!colon || p < end || colon + 1 == end)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_OPTIONS, t->function.ptr, t->function.len,
                        "Lambda@Edge takes a published version, NAME:NUMBER, and no alias or $LATEST");
    return LI_OK;
}
static const lii_kind_code edge_code = { .prepare = edge_prepare, .answer = lii_edge_answer };

const lii_trigger_kind lii_edge_kind = {
    .name = "edge",
    .label = "CloudFront Lambda@Edge",
    .principal = "edgelambda.amazonaws.com",
    .source_arn = "arn:${@partition}:cloudfront::${@account}:distribution/${$distribution}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ROLE | LII_KIND_ONE,
    .answer_ms = 30000,
    .retries = "none: 502 or 503 to the viewer",
    .fields = edge_fields,
    .members = "distribution:s! eventType:s! request:o! response:o domainName:s",
    .match = "distribution=distribution event=eventType",
    .same = "distribution event cacheBehavior",
    .same_max = 1,
    .event = "{\"Records\":[{\"cf\":{\"config\":{\"distributionDomainName\":\"${domainName|d111111abcdef8.cloudfront.net}\","
             "\"distributionId\":\"${distribution}\",\"eventType\":\"${eventType}\",\"requestId\":\"${@id0}\"},\"request\":"
             "\"${=request}\",\"?response\":\"${=response}\"}}]}",
    .shape = "Records:a! Records.0.cf.config.eventType:s Records.0.cf.request.uri:s! Records.0.cf.request.method:s!",
    .options_example = "{\"distribution\":\"EDFDVBD6EXAMPLE\",\"event\":\"viewer-request\"}",
    .example = "{\"distribution\":\"EDFDVBD6EXAMPLE\",\"eventType\":\"viewer-request\",\"request\":{\"clientIp\":"
               "\"203.0.113.178\",\"headers\":{\"host\":[{\"key\":\"Host\",\"value\":\"example.net\"}]},\"method\":\"GET\","
               "\"querystring\":\"a=1\",\"uri\":\"/\"}}",
    .code = &edge_code,
};

/* ---- AppSync, Pipes, RDS */

static const lii_field appsync_fields[] = {
    { .name = "api", .label = "API id", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64 },
    { .name = "dataSource", .label = "Data source", .max = 64, .help = "none: every one" },
    { .name = "roleArn", .label = "Role of the data source", .type = LII_FIELD_ARN, .max = 1024 },
    { .name = NULL }
};
const lii_trigger_kind lii_appsync_kind = {
    .name = "appsync",
    .label = "AppSync resolver",
    .principal = "appsync.amazonaws.com",
    .source_arn = "arn:${@partition}:appsync:${@region}:${@account}:apis/${$api}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ROLE | LII_KIND_ONE,
    .answer_ms = 30000,
    .retries = "none",
    .fields = appsync_fields,
    .members = "api:s! dataSource:s parentTypeName:s! fieldName:s! arguments:o source:oz identity:oz headers:o variables:o "
               "selectionSetList:a stash:o prev:oz",
    .match = "api=api dataSource=dataSource",
    .event = "{\"arguments\":\"${=arguments|{}}\",\"identity\":\"${=identity|null}\",\"source\":\"${=source|null}\",\"request\":"
             "{\"headers\":\"${=headers|{}}\",\"domainName\":null},\"prev\":\"${=prev|null}\",\"info\":{\"selectionSetList\":"
             "\"${=selectionSetList|[]}\",\"selectionSetGraphQL\":\"\",\"fieldName\":\"${fieldName}\",\"parentTypeName\":"
             "\"${parentTypeName}\",\"variables\":\"${=variables|{}}\"},\"stash\":\"${=stash|{}}\"}",
    .shape = "arguments:o! info.fieldName:s! info.parentTypeName:s! identity:oz",
    .options_example = "{\"api\":\"abc123\"}",
    .example = "{\"api\":\"abc123\",\"parentTypeName\":\"Query\",\"fieldName\":\"getPost\",\"arguments\":{\"id\":\"7\"}}",
};

static const lii_field pipes_fields[] = {
    { .name = "pipe", .label = "Pipe", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64, .pattern = "[\\.\\-_A-Za-z0-9]+" },
    { .name = "invocationType", .label = "Invocation type", .type = LII_FIELD_ENUM, .standard = "\"RequestResponse\"",
      .choices = "Event|RequestResponse", .help = "as target; an enrichment is always RequestResponse" },
    { .name = "roleArn", .label = "Role of the pipe", .type = LII_FIELD_ARN, .max = 1024 },
    { .name = NULL }
};
static void pipes_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    lii_json_value records = lii_occurrence_get(o, "records");

    (void)t;
    lii_buf_add(event, records.ptr, records.len);
}
static const lii_kind_code pipes_code = { .build = pipes_build };
const lii_trigger_kind lii_pipes_kind = {
    .name = "pipes",
    .label = "EventBridge Pipes",
    .principal = "pipes.amazonaws.com",
    .source_arn = "arn:${@partition}:pipes:${@region}:${@account}:pipe/${$pipe}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ROLE | LII_KIND_TYPED,
    .retries = "the pipe, as its source does it",
    .fields = pipes_fields,
    .members = "pipe:s! records:a!",
    .match = "pipe=pipe",
    .shape = "0:*",
    .options_example = "{\"pipe\":\"orders\"}",
    .example = "{\"pipe\":\"orders\",\"records\":[{\"messageId\":\"1\",\"body\":\"x\"}]}",
    .code = &pipes_code,
};

static const lii_field rds_fields[] = {
    { .name = "cluster", .label = "Cluster", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "invocationType", .label = "Invocation type", .type = LII_FIELD_ENUM, .standard = "\"RequestResponse\"",
      .choices = "Event|RequestResponse" },
    { .name = "roleArn", .label = "Role of the cluster", .type = LII_FIELD_ARN, .max = 1024 },
    { .name = NULL }
};
static void rds_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    lii_json_value payload = lii_occurrence_get(o, "payload");

    (void)t;
    lii_buf_add(event, payload.ptr, payload.len);
}
static const lii_kind_code rds_code = { .build = rds_build };
const lii_trigger_kind lii_rds_kind = {
    .name = "rds",
    .label = "RDS and Aurora aws_lambda.invoke",
    .principal = "rds.amazonaws.com",
    .source_arn = "${$cluster}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ROLE | LII_KIND_TYPED | LII_KIND_ONE,
    .retries = "none: the answer goes to the statement",
    .fields = rds_fields,
    .members = "cluster:s! payload:*!",
    .match = "cluster=cluster",
    .shape = "",
    .options_example = "{\"cluster\":\"arn:aws:rds:us-east-1:123456789012:cluster:orders\"}",
    .example = "{\"cluster\":\"arn:aws:rds:us-east-1:123456789012:cluster:orders\",\"payload\":{\"id\":7}}",
    .code = &rds_code,
};

/* ---- IoT authorizer and provisioning hook, Kinesis Analytics, Cognito Sync */

static const lii_field iot_authorizer_fields[] = {
    { .name = "authorizer", .label = "Authorizer or template", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 128 },
    { .name = "use", .label = "Use", .type = LII_FIELD_ENUM, .standard = "\"authorizer\"",
      .choices = "authorizer|provisioning" },
    { .name = NULL }
};
static void iot_authorizer_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    if (lii_slice_is(lii_option_text(t, "use"), "provisioning"))
        lii_build_template(t, o,
                           "{\"claimCertificateId\":\"${claimCertificateId|claim}\",\"certificateId\":\"${certificateId|cert}\","
                           "\"certificatePem\":\"${certificatePem|}\",\"templateArn\":\"arn:${@partition}:iot:${@region}:"
                           "${@account}:provisioningtemplate/${authorizer}\",\"clientId\":\"${clientId|client}\",\"parameters\":"
                           "\"${=parameters|{}}\"}",
                           event);
    else
        lii_build_template(t, o,
                           "{\"token\":\"${token|}\",\"signatureVerified\":\"${=signatureVerified|false}\",\"protocols\":"
                           "\"${=protocols|[\\\"tls\\\",\\\"mqtt\\\"]}\",\"protocolData\":\"${=protocolData|{}}\","
                           "\"connectionMetadata\":{\"id\":\"${@id0}\"}}",
                           event);
}
static const lii_kind_code iot_authorizer_code = { .build = iot_authorizer_build };
const lii_trigger_kind lii_iot_authorizer_kind = {
    .name = "iot-authorizer",
    .label = "IoT custom authorizer and provisioning hook",
    .principal = "iot.amazonaws.com",
    .source_arn = "arn:${@partition}:iot:${@region}:${@account}:authorizer/${$authorizer}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 5000,
    .retries = "none",
    .fields = iot_authorizer_fields,
    .members = "authorizer:s! token:s signatureVerified:b protocols:a protocolData:o claimCertificateId:s certificateId:s "
               "certificatePem:s clientId:s parameters:o",
    .match = "authorizer=authorizer",
    .shape = "token:s signatureVerified:b protocols:a protocolData:o certificateId:s templateArn:s parameters:o",
    .response = "isAuthenticated:b allowProvisioning:b policyDocuments:a parameterOverrides:o principalId:s",
    .options_example = "{\"authorizer\":\"tokens\"}",
    .example = "{\"authorizer\":\"tokens\",\"token\":\"aToken\",\"signatureVerified\":true,\"protocolData\":{\"mqtt\":"
               "{\"username\":\"u\",\"clientId\":\"c\"}}}",
    .code = &iot_authorizer_code,
};

static const lii_field analytics_fields[] = {
    { .name = "application", .label = "Application", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 128 },
    { .name = "roleArn", .label = "Role of the application", .type = LII_FIELD_ARN, .max = 1024 },
    { .name = NULL }
};
const lii_trigger_kind lii_analytics_kind = {
    .name = "analytics",
    .label = "Kinesis Analytics",
    .principal = "kinesisanalytics.amazonaws.com",
    .source_arn = "arn:${@partition}:kinesisanalytics:${@region}:${@account}:application/${$application}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ROLE | LII_KIND_ONE,
    .answer_ms = 300000,
    .retries = "the service",
    .fields = analytics_fields,
    .members = "application:s! records:a! streamArn:s",
    .match = "application=application",
    .event = "{\"invocationId\":\"${@id0}\",\"applicationArn\":\"${@source}\",\"?streamArn\":\"${streamArn}\",\"records\":"
             "\"${=records}\"}",
    .shape = "invocationId:s! applicationArn:s! records:a! records.0.recordId:s! records.0.data:s!",
    .response = "records:a! records.0.recordId:s! records.0.result:s!",
    .options_example = "{\"application\":\"example-application\"}",
    .example = "{\"application\":\"example-application\",\"records\":[{\"recordId\":\"1\",\"data\":\"VGhpcw==\"}]}",
};

static const lii_field cognito_sync_fields[] = {
    { .name = "identityPoolId", .label = "Identity pool", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 128 },
    { .name = NULL }
};
const lii_trigger_kind lii_cognito_sync_kind = {
    .name = "cognito-sync",
    .label = "Cognito Sync",
    .principal = "cognito-sync.amazonaws.com",
    .source_arn = "arn:${@partition}:cognito-identity:${@region}:${@account}:identitypool/${$identityPoolId}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .answer_ms = 5000,
    .retries = "none",
    .fields = cognito_sync_fields,
    .members = "identityPoolId:s! identityId:s! datasetName:s! datasetRecords:o!",
    .match = "identityPoolId=identityPoolId",
    .same = "identityPoolId",
    .same_max = 1,
    .event = "{\"version\":2,\"eventType\":\"SyncTrigger\",\"region\":\"${@region}\",\"identityPoolId\":\"${identityPoolId}\","
             "\"identityId\":\"${identityId}\",\"datasetName\":\"${datasetName}\",\"datasetRecords\":\"${=datasetRecords}\"}",
    .shape = "version:n! eventType:s! identityPoolId:s! datasetRecords:o!",
    .response = "datasetRecords:o!",
    .options_example = "{\"identityPoolId\":\"us-east-1:1\"}",
    .example = "{\"identityPoolId\":\"us-east-1:1\",\"identityId\":\"us-east-1:2\",\"datasetName\":\"d\",\"datasetRecords\":"
               "{\"k\":{\"oldValue\":\"a\",\"newValue\":\"b\",\"op\":\"replace\"}}}",
};
