/* rows_control.c - services that tell of changes: alarms, CodeCommit, CodePipeline, IoT Events, S3
 * Batch. Rows alone: their rules are in them. */
#include "service/answers.h"

/* CloudWatch keeps trying until it is accepted (TRG-74). */
static const lii_retry_phase for_ever[] = { { UINT32_MAX, 1000, 300000 } };
static const lii_service_retry alarm_retry = { for_ever, 1, 0, 0, 0 };

static const lii_field alarm_fields[] = {
    { .name = "alarm", .label = "Alarm", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 1024 },
    { .name = "states", .label = "States that act", .type = LII_FIELD_LIST, .flags = LII_FIELD_REQUIRED,
      .standard = "[\"ALARM\"]", .max = 3, .min = 1, .choices = "OK|ALARM|INSUFFICIENT_DATA" },
    { .name = NULL }
};
const lii_trigger_kind lii_alarm_kind = {
    .name = "alarm",
    .label = "CloudWatch alarm",
    .principal = "lambda.alarms.cloudwatch.amazonaws.com",
    .source_arn = "${$alarm}",
    .type = LI_EVENT,
    .retries = "CloudWatch until it is accepted, not when denied or missing; then the function's queue",
    .fields = alarm_fields,
    .members = "alarmArn:s! alarmName:s! state:s! reason:s reasonData:* previousState:o configuration:o "
               "actionsSuppressedBy:s actionsSuppressedReason:s",
    .match = "alarm=alarmArn states=state",
    .same = "alarm states",
    .same_max = 5,
    .event = "{\"source\":\"aws.cloudwatch\",\"alarmArn\":\"${alarmArn}\",\"accountId\":\"${@account}\","
             "\"time\":\"${@time_offset}\",\"region\":\"${@region}\",\"alarmData\":{\"alarmName\":\"${alarmName}\","
             "\"state\":{\"value\":\"${state}\",\"reason\":\"${reason|Threshold Crossed}\",\"?reasonData\":\"${reasonData}\","
             "\"timestamp\":\"${@time_offset}\",\"?actionsSuppressedBy\":\"${actionsSuppressedBy}\","
             "\"?actionsSuppressedReason\":\"${actionsSuppressedReason}\"},"
             "\"?previousState\":\"${=previousState}\",\"configuration\":\"${=configuration|{}}\"}}",
    .shape = "source:s! alarmArn:s! accountId:s! time:s! region:s! alarmData.alarmName:s! alarmData.state.value:s! "
             "alarmData.configuration:o",
    .options_example = "{\"alarm\":\"arn:aws:cloudwatch:us-east-1:123456789012:alarm:cpu-high\"}",
    .example = "{\"alarmArn\":\"arn:aws:cloudwatch:us-east-1:123456789012:alarm:cpu-high\",\"alarmName\":\"cpu-high\","
               "\"state\":\"ALARM\",\"reasonData\":{\"version\":\"1.0\"},\"previousState\":{\"value\":\"OK\",\"reason\":\"ok\","
               "\"timestamp\":\"2026-01-01T12:10:00.100+0000\"},\"configuration\":{\"description\":\"sample\",\"metrics\":[]}}",
    .retry = &alarm_retry,
};

static const lii_field codecommit_fields[] = {
    { .name = "repository", .label = "Repository", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 100,
      .pattern = "[\\w.\\-A-Za-z0-9_]+" },
    { .name = "triggerName", .label = "Trigger name", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 100 },
    { .name = "events", .label = "Events", .type = LII_FIELD_LIST, .flags = LII_FIELD_REQUIRED, .standard = "[\"all\"]",
      .min = 1, .max = 4, .choices = "all|updateReference|createReference|deleteReference" },
    { .name = "branches", .label = "Branches", .type = LII_FIELD_LIST, .max = 10, .help = "none: all branches and tags" },
    { .name = "customData", .label = "Custom data", .max = 1000 },
    { .name = NULL }
};

/* branches: none is all; a reference is refs/heads/NAME or refs/tags/NAME. */
static int codecommit_matches(const li_trigger *t, const lii_occurrence *o)
{
    lii_json_value list = lii_option_json(t, "branches"), entry;
    lii_json_value ref = lii_json_path(lii_occurrence_get(o, "references"), "0.ref", LI_Z);
    char name[300], branch[300];
    size_t at = 0, n, len;
    int any = 0;

    n = lii_json_text(ref, name, sizeof name);
    while (lii_json_next(list, &at, NULL, &entry)) {
        any = 1;
        len = lii_json_text(entry, branch, sizeof branch);
        if (n <= sizeof name && len < n && memcmp(name + n - len, branch, len) == 0 && name[n - len - 1] == '/')
            return 1;
    }
    return !any;
}
static const lii_kind_code codecommit_code = { .matches = codecommit_matches };

const lii_trigger_kind lii_codecommit_kind = {
    .name = "codecommit",
    .label = "CodeCommit",
    .principal = "codecommit.amazonaws.com",
    .source_arn = "arn:${@partition}:codecommit:${@region}:${@account}:${$repository}",
    .type = LI_EVENT,
    .retries = "the function's queue",
    .fields = codecommit_fields,
    .members = "repository:s! references:a! event:s eventName:s userIdentityARN:s",
    .match = "repository=repository events=event",
    .same = "repository",
    .same_max = 10,
    .event = "{\"Records\":[{\"awsRegion\":\"${@region}\",\"codecommit\":{\"references\":\"${=references}\"},"
             "\"?customData\":\"${$customData}\",\"eventId\":\"${@id0}\",\"eventName\":\"${eventName|ReferenceChanges}\","
             "\"eventPartNumber\":1,\"eventSource\":\"aws:codecommit\",\"eventSourceARN\":\"${@source}\","
             "\"eventTime\":\"${@time_offset}\",\"eventTotalParts\":1,\"eventTriggerConfigId\":\"${@id1}\","
             "\"eventTriggerName\":\"${$triggerName}\",\"eventVersion\":\"1.0\","
             "\"userIdentityARN\":\"${userIdentityARN|arn:aws:iam::123456789012:root}\"}]}",
    .shape = "Records:a! Records.0.awsRegion:s! Records.0.codecommit.references:a! Records.0.eventId:s! "
             "Records.0.eventSource:s! Records.0.eventSourceARN:s! Records.0.eventPartNumber:n!",
    .options_example = "{\"repository\":\"my-repo\",\"triggerName\":\"my-trigger\"}",
    .example = "{\"repository\":\"my-repo\",\"event\":\"updateReference\",\"references\":[{\"commit\":"
               "\"5c4ef1049f1d27deadbeeff313e0730018be182b\",\"ref\":\"refs/heads/main\"}]}",
    .code = &codecommit_code,
};

static const lii_field codepipeline_fields[] = {
    { .name = "pipeline", .label = "Pipeline", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 100 },
    { .name = "action", .label = "Action", .max = 100, .help = "none: every Lambda action of the pipeline" },
    { .name = "userParameters", .label = "User parameters", .max = 1000 },
    { .name = "roleArn", .label = "Role of the pipeline", .type = LII_FIELD_ARN, .max = 1024 },
    { .name = NULL }
};
const lii_trigger_kind lii_codepipeline_kind = {
    .name = "codepipeline",
    .label = "CodePipeline",
    .principal = "codepipeline.amazonaws.com",
    .source_arn = "arn:${@partition}:codepipeline:${@region}:${@account}:${$pipeline}",
    .type = LI_EVENT,
    .flags = LII_KIND_ROLE,
    .retries = "the function's queue; the job waits for its result",
    .fields = codepipeline_fields,
    .members = "pipeline:s! action:s userParameters:s inputArtifacts:a outputArtifacts:a artifactCredentials:o "
               "continuationToken:s encryptionKey:o",
    .match = "pipeline=pipeline action=action",
    .event = "{\"CodePipeline.job\":{\"id\":\"${@id0}\",\"accountId\":\"${@account}\",\"data\":{\"actionConfiguration\":"
             "{\"configuration\":{\"FunctionName\":\"${@function}\",\"?UserParameters\":\"${$userParameters}\"}},"
             "\"inputArtifacts\":\"${=inputArtifacts|[]}\",\"outputArtifacts\":\"${=outputArtifacts|[]}\","
             "\"artifactCredentials\":\"${=artifactCredentials|{\\\"secretAccessKey\\\":\\\"example\\\",\\\"sessionToken\\\":"
             "\\\"example\\\",\\\"accessKeyId\\\":\\\"example\\\"}}\","
             "\"?continuationToken\":\"${continuationToken}\",\"?encryptionKey\":\"${=encryptionKey}\"}}}",
    .shape = "CodePipeline\\.job:o",
    .options_example = "{\"pipeline\":\"my-pipeline\",\"userParameters\":\"some-input\"}",
    .example = "{\"pipeline\":\"my-pipeline\"}",
};

static const lii_field iotevents_fields[] = {
    { .name = "detectorModel", .label = "Detector model", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 128,
      .pattern = "[a-zA-Z0-9_\\-]+" },
    { .name = NULL }
};
const lii_trigger_kind lii_iotevents_kind = {
    .name = "iotevents",
    .label = "IoT Events",
    .principal = "iotevents.amazonaws.com",
    .source_arn = "arn:${@partition}:iotevents:${@region}:${@account}:detectorModel/${$detectorModel}",
    .type = LI_EVENT,
    .retries = "the function's queue",
    .fields = iotevents_fields,
    .members = "detectorModel:s! eventName:s! payload:o!",
    .match = "detectorModel=detectorModel",
    .event = "{\"event\":{\"eventName\":\"${eventName}\"},\"payload\":\"${=payload}\"}",
    .shape = "event:o! payload:o!",
    .options_example = "{\"detectorModel\":\"motor\"}",
    .example = "{\"detectorModel\":\"motor\",\"eventName\":\"overheated\",\"payload\":{\"actionExecutionId\":\"a\"}}",
};

static const lii_field s3batch_fields[] = {
    { .name = "job", .label = "Job", .max = 128, .help = "none: every job" },
    { .name = "schemaVersion", .label = "Schema version", .type = LII_FIELD_ENUM, .standard = "\"1.0\"",
      .choices = "1.0|2.0" },
    { .name = "roleArn", .label = "Role of the job", .type = LII_FIELD_ARN, .max = 1024 },
    { .name = NULL }
};
static void s3batch_build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    int is_2 = lii_slice_is(lii_option_text(t, "schemaVersion"), "2.0");

    lii_build_template(t, o,
                       is_2 ? "{\"invocationSchemaVersion\":\"2.0\",\"invocationId\":\"${@id0}\",\"job\":{\"id\":\"${job}\","
                              "\"userArguments\":\"${=userArguments|{}}\"},\"tasks\":[{\"taskId\":\"${@id1}\","
                              "\"s3Key\":\"${key:url}\",\"s3VersionId\":\"${=versionId|null}\",\"s3Bucket\":\"${bucket}\"}]}"
                            : "{\"invocationSchemaVersion\":\"1.0\",\"invocationId\":\"${@id0}\",\"job\":{\"id\":\"${job}\"},"
                              "\"tasks\":[{\"taskId\":\"${@id1}\",\"s3Key\":\"${key:url}\",\"s3VersionId\":\"${=versionId|null}\","
                              "\"s3BucketArn\":\"arn:${@partition}:s3:::${bucket}\"}]}",
                       event);
}
static const lii_kind_code s3batch_code = { .build = s3batch_build, .answer = lii_s3batch_answer };

const lii_trigger_kind lii_s3batch_kind = {
    .name = "s3batch",
    .label = "S3 Batch Operations",
    .principal = "batchoperations.s3.amazonaws.com",
    .source_arn = "",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ROLE | LII_KIND_ONE,
    .retries = "the job tries TemporaryFailure and throttles again",
    .fields = s3batch_fields,
    .members = "job:s! bucket:s! key:s! versionId:sz userArguments:o",
    .match = "job=job",
    .shape = "invocationSchemaVersion:s! invocationId:s! job.id:s! tasks:a! tasks.0.taskId:s! tasks.0.s3Key:s!",
    .options_example = "{\"schemaVersion\":\"2.0\"}",
    .example = "{\"job\":\"f3cc4f60-61f6-4a2b-8a21-d07600c373ce\",\"bucket\":\"awsexamplebucket\",\"key\":\"customerImage1.jpg\","
               "\"userArguments\":{\"k1\":\"v1\"}}",
    .code = &s3batch_code,
};
