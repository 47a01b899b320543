/* builds.c - samples of CodeCommit, CodePipeline, CodeBuild, CodeDeploy. */
#include "samples/samples.h"

static const li_sample_parameter repository[] = {
    ACCOUNT, PARTITION, REGION, P("repository", "my-repo"), P("trigger", "my-trigger"), P("custom-data", "this is custom data"),
};
static const li_sample_parameter job[] = {
    ACCOUNT, P("input-bucket", "example-bucket"), P("input-key", "test/key"), P("output-bucket", "example-bucket2"),
    P("output-key", "test/key2"),
};
static const li_sample_parameter pipeline[] = { EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("pipeline", "my-pipeline") };
static const li_sample_parameter project[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("project", "my-sample-project"), EXTRA("status", "SUCCEEDED"),
};
static const li_sample_parameter deployment[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("application", "myApplication"), EXTRA("state", "SUCCESS"),
};

#define ENVELOPE(type, source, ...) \
    J({"version": "0", "id": "01234567-0123-0123-0123-012345678901", "detail-type": type, "source": source, \
       "account": "${account-id}", "time": "2026-01-01T12:15:00Z", "region": "${region}", __VA_ARGS__})

#define BUILD_INFORMATION \
    "additional-information": {"artifact": {"md5sum": "da9c44c8a9a3cd4b443126e823168f00", \
        "sha256sum": "6ccc2ae1df9d155ba83c597051611c42d60e09c6329dcb14a312cecc0a8e3900", \
        "location": "arn:${partition}:s3:::codebuild-${account-id}-output-bucket/my-output-artifact.zip"}, \
      "environment": {"image": "aws/codebuild/standard:7.0", "privileged-mode": false, "compute-type": "BUILD_GENERAL1_SMALL", \
        "type": "LINUX_CONTAINER", "environment-variables": []}, "timeout-in-minutes": 60.0, "build-complete": true, \
      "build-number": 55.0, "initiator": "MyCodeBuildDemoUser", "build-start-time": "Jan 1, 2026 12:12:29 PM", \
      "source": {"location": "codebuild-${account-id}-input-bucket/my-input-artifact.zip", "type": "S3"}, \
      "source-version": "my-source-version", \
      "logs": {"group-name": "/aws/codebuild/${project}", "stream-name": "8745a7a9-c340-456a-9166-edf953571bee", \
        "deep-link": "https://console.aws.amazon.com/cloudwatch/home?region=${region}"}, \
      "phases": [{"phase-context": [], "start-time": "Jan 1, 2026 12:12:29 PM", "end-time": "Jan 1, 2026 12:14:26 PM", \
        "duration-in-seconds": 117.0, "phase-type": "BUILD", "phase-status": "SUCCEEDED"}, \
        {"start-time": "Jan 1, 2026 12:14:26 PM", "phase-type": "COMPLETED"}]}

const lii_sample lii_samples_builds[] = {
    { "codecommit", "repository", "codecommit", WITH(repository),
      J({"Records": [{"awsRegion": "${region}", "codecommit": {"references": [{
           "commit": "5c4ef1049f1d27deadbeeff313e0730018be182b", "ref": "refs/heads/main"}]}, "customData": "${custom-data}",
         "eventId": "5a824061-17ca-46a9-bbf9-114edeadbeef", "eventName": "TriggerEventTest", "eventPartNumber": 1,
         "eventSource": "aws:codecommit", "eventSourceARN": "arn:${partition}:codecommit:${region}:${account-id}:${repository}",
         "eventTime": "2026-01-01T12:15:00.000+0000", "eventTotalParts": 1,
         "eventTriggerConfigId": "5a824061-17ca-46a9-bbf9-114edeadbeef", "eventTriggerName": "${trigger}", "eventVersion": "1.0",
         "userIdentityARN": "arn:${partition}:iam::${account-id}:root"}]}) },
    { "codepipeline", "job", "codepipeline", WITH(job),
      J({"CodePipeline.job": {"id": "c0d76431-b0e7-xmpl-97e3-e8ee786eb6f6", "accountId": "${account-id}",
         "data": {"actionConfiguration": {"configuration": {"FunctionName": "my-function",
             "UserParameters": "{\"KEY\": \"VALUE\"}"}},
           "inputArtifacts": [{"name": "my-pipeline-SourceArtifact", "revision": "e0c7xmpl2308ca3071aa7bab414de234ab52eea",
             "location": {"type": "S3", "s3Location": {"bucketName": "${input-bucket}", "objectKey": "${input-key}"}}}],
           "outputArtifacts": [{"name": "my-pipeline-BuildArtifact", "revision": null,
             "location": {"type": "S3", "s3Location": {"bucketName": "${output-bucket}", "objectKey": "${output-key}"}}}],
           "artifactCredentials": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "secretAccessKey": "EXAMPLESECRET",
             "sessionToken": "EXAMPLETOKEN"},
           "continuationToken": "a continuation token"}}}) },
    { "codepipeline", "execution-state-change", "events", WITH(pipeline), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("CodePipeline Pipeline Execution State Change", "aws.codepipeline",
         "resources": ["arn:${partition}:codepipeline:${region}:${account-id}:${pipeline}"],
         "detail": {"pipeline": "${pipeline}", "version": 1, "state": "STARTED",
           "execution-id": "01234567-0123-0123-0123-012345678901"}) },
    { "codebuild", "state-change", "events", WITH(project), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("CodeBuild Build State Change", "aws.codebuild",
         "resources": ["arn:${partition}:codebuild:${region}:${account-id}:build/${project}:8745a7a9-c340-456a-9166-edf953571bee"],
         "detail": {"build-status": "${status}", "project-name": "${project}",
           "build-id": "arn:${partition}:codebuild:${region}:${account-id}:build/${project}:8745a7a9-c340-456a-9166-edf953571bee",
           BUILD_INFORMATION, "current-phase": "COMPLETED", "current-phase-context": "[]", "version": "1"}) },
    { "codedeploy", "deployment-state-change", "events", WITH(deployment), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("CodeDeploy Deployment State-change Notification", "aws.codedeploy",
         "resources": ["arn:${partition}:codedeploy:${region}:${account-id}:application:${application}",
                       "arn:${partition}:codedeploy:${region}:${account-id}:deploymentgroup:${application}/myDeploymentGroup"],
         "detail": {"instanceGroupId": "9fd2fbef-2157-40d8-91e7-6845af69e2d2", "region": "${region}",
           "application": "${application}", "deploymentId": "d-123456789", "state": "${state}",
           "deploymentGroup": "myDeploymentGroup"}) },
    { .service = NULL }
};
