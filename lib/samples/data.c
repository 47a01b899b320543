/* data.c - samples of Batch, SageMaker, Step Functions, Pipes and Aurora. */
#include "samples/samples.h"

static const li_sample_parameter pre_human[] = {
    REGION, PARTITION, ACCOUNT, P("source-ref", "s3://sagemakerexample/object_to_annotate.jpg"),
    P("labeling-job-name", "example-job"),
};
static const li_sample_parameter consolidation[] = {
    REGION, PARTITION, ACCOUNT, P("labeling-job-name", "example-job"), P("label-attribute-name", "example-attribute"),
    P("s3-output-path", "s3://sagemakerexample/output"), P("execution-role", "sagemaker-role"),
    P("iteration-object-timestamp", "iteration-1/0/2019-09-06_18:35:03"),
};
static const li_sample_parameter failure[] = { P("error", "ErrorName"), P("cause", "This is the cause of the error.") };
static const li_sample_parameter task[] = { EXTRA("order", "o-1") };
static const li_sample_parameter row[] = { EXTRA("id", "o-1") };
static const li_sample_parameter pipe[] = {
    EXTRA_PARTITION, EXTRA_REGION, EXTRA_ACCOUNT, EXTRA("queue-name", "MyQueue"), EXTRA("body", "Hello from SQS!"), COUNT("1"),
};

const lii_sample lii_samples_data[] = {
    { "batch", "get-job", NULL,
      .text = J({"jobId": "4a5b6c7d-0000-4000-8000-0123456789ab", "jobName": "my-job", "jobQueue": "my-job-queue",
         "jobDefinition": "my-job-definition"}) },
    { "batch", "submit-job", NULL,
      .text = J({"jobName": "my-job", "jobQueue": "my-job-queue", "jobDefinition": "my-job-definition", "parameters": {},
         "containerOverrides": {"command": ["echo", "hello"], "environment": []}, "dependsOn": [],
         "retryStrategy": {"attempts": 1}, "jobId": "4a5b6c7d-0000-4000-8000-0123456789ab"}) },
    { "sagemaker", "ground-truth-pre-human", NULL, WITH(pre_human),
      J({"version": "2018-10-16", "labelingJobArn":
           "arn:${partition}:sagemaker:${region}:${account-id}:labeling-job/${labeling-job-name}",
         "dataObject": {"source-ref": "${source-ref}"}}) },
    { "sagemaker", "ground-truth-annotation-consolidation", NULL, WITH(consolidation),
      J({"version": "2018-10-16", "labelingJobArn":
           "arn:${partition}:sagemaker:${region}:${account-id}:labeling-job/${labeling-job-name}",
         "labelCategories": ["cat", "dog"], "labelAttributeName": "${label-attribute-name}",
         "roleArn": "arn:${partition}:iam::${account-id}:role/${execution-role}", "outputConfig": "${s3-output-path}",
         "payload": {"s3Uri":) "\"${s3-output-path}/${labeling-job-name}/annotations/consolidated-annotation/"
           "consolidation-request/${iteration-object-timestamp}.json\"" J(}}) },
    { "stepfunctions", "error", "sfn", WITH(failure), J({"Error": "${error}", "Cause": "${cause}"}) },
    { "stepfunctions", "task-input", "sfn", WITH(task), .flags = LI_SAMPLE_EXTRA,
      .text = J({"orderId": "${order}", "items": [1, 2, 3]}) },
    { "rds", "invoke", "rds", WITH(row), .flags = LI_SAMPLE_EXTRA, .text = J({"id": "${id}", "total": 12.5}) },
    { "pipes", "sqs-batch", "pipes", WITH(pipe), "\"${=records}\"",
      { { "records",
          { J({"messageId": "19dd0b57-b21e-4ac1-bd88-01bbb06${@i}8", "receiptHandle": "MessageReceiptHandle${@i}",
               "body": "${body}", "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1523232000000",
               "SenderId": "${account-id}", "ApproximateFirstReceiveTimestamp": "1523232000001"}, "messageAttributes": {},
               "md5OfBody": "${body:md5}", "eventSource": "aws:sqs",
               "eventSourceARN": "arn:${partition}:sqs:${region}:${account-id}:${queue-name}", "awsRegion": "${region}"}) },
          1, 0 } }, LI_SAMPLE_EXTRA, 0 },
    { .service = NULL }
};
