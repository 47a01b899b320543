/* storage.c - samples of S3: notifications, batch operations, Object Lambda; Rekognition's request about an object. */
#include "samples/samples.h"

static const li_sample_parameter object[] = { REGION, PARTITION, P("bucket", "example-bucket"), P("key", "test/key") };
static const li_sample_parameter extra[] = {
    EXTRA_REGION, EXTRA_PARTITION, EXTRA("bucket", "example-bucket"), EXTRA("key", "test/key"),
};
static const li_sample_parameter batch[] = { P("bucket-arn", "arn:aws:s3:::examplebucket"), P("key", "test/key") };
static const li_sample_parameter batch2[] = { EXTRA("bucket", "examplebucket"), EXTRA("key", "test/key") };
static const li_sample_parameter object_lambda[] = {
    EXTRA_REGION, EXTRA_PARTITION, EXTRA_ACCOUNT, EXTRA("access-point", "example-object-lambda-ap"), EXTRA("key", "test/key"),
};

#define RECORD(version, name, object, ...) \
    J({"Records": [{"eventVersion": version, "eventSource": "aws:s3", "awsRegion": "${region}", \
       "eventTime": "2026-01-01T12:15:00.000Z", "eventName": name, "userIdentity": {"principalId": "EXAMPLE"}, \
       "requestParameters": {"sourceIPAddress": "203.0.113.10"}, \
       "responseElements": {"x-amz-request-id": "EXAMPLE123456789", \
         "x-amz-id-2": "EXAMPLE123/5678abcdefghijklambdaisawesome/mnopqrstuvwxyzABCDEFGH"}, \
       "s3": {"s3SchemaVersion": "1.0", "configurationId": "testConfigRule", "bucket": {"name": "${bucket}", \
         "ownerIdentity": {"principalId": "EXAMPLE"}, "arn": "arn:${partition}:s3:::${bucket}"},) \
    "\"object\": " object J(} __VA_ARGS__}]})

#define STORED \
    J({"key": "${key:url}", "size": 1024, "eTag": "0123456789abcdef0123456789abcdef", "sequencer": "0A1B2C3D4E5F678901"})
#define VERSIONED J({"key": "${key:url}", "size": 1024, "eTag": "0123456789abcdef0123456789abcdef"})
#define REMOVED J({"key": "${key:url}", "sequencer": "0A1B2C3D4E5F678901"})

#define OBJECT_LAMBDA(context, ...) \
    J({"xAmzRequestId": "1a5ed718-5f53-471d-b6fe-5cf62d88d02a", context: {"inputS3Url": \
       "https://supporting-ap-${account-id}.s3-accesspoint.${region}.${@dns}/${key:url}?X-Amz-Security-Token=example" __VA_ARGS__}, \
       "configuration": {"accessPointArn": \
           "arn:${partition}:s3-object-lambda:${region}:${account-id}:accesspoint/${access-point}", \
         "supportingAccessPointArn": "arn:${partition}:s3:${region}:${account-id}:accesspoint/supporting-ap", "payload": "{}"}, \
       "userRequest": {"url": "https://${access-point}-${account-id}.s3-object-lambda.${region}.${@dns}/${key:url}", \
         "headers": {"Host": "${access-point}-${account-id}.s3-object-lambda.${region}.${@dns}", "Accept-Encoding": "identity", \
           "X-Amz-Content-SHA256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}, \
       "userIdentity": {"type": "AssumedRole", "principalId": "AROAEXAMPLE:session", \
         "arn": "arn:${partition}:sts::${account-id}:assumed-role/Admin/session", "accountId": "${account-id}", \
         "accessKeyId": "ASIAEXAMPLE", "sessionContext": {"attributes": {"mfaAuthenticated": "false", \
           "creationDate": "2026-01-01T12:00:00Z"}, "sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", \
           "arn": "arn:${partition}:iam::${account-id}:role/Admin", "accountId": "${account-id}", "userName": "Admin"}}}, \
       "protocolVersion": "1.00"})

const lii_sample lii_samples_storage[] = {
    { "s3", "batch-invocation", "s3batch", WITH(batch),
      J({"invocationSchemaVersion": "1.0", "invocationId": "YXNkbGZqYWRmaiBhc2RmdW9hZHNmZGpmaGFzbGtkaGZza2RmaAo",
         "job": {"id": "f3cc4f60-61f6-4a2b-8a21-d07600c373ce"},
         "tasks": [{"taskId": "dGFza2lkZ29lc2hlcmUK", "s3Key": "${key:url}", "s3VersionId": "1",
           "s3BucketArn": "${bucket-arn}"}]}) },
    { "s3", "batch-invocation-v2", "s3batch", WITH(batch2), .flags = LI_SAMPLE_EXTRA,
      .text = J({"invocationSchemaVersion": "2.0", "invocationId": "YXNkbGZqYWRmaiBhc2RmdW9hZHNmZGpmaGFzbGtkaGZza2RmaAo",
         "job": {"id": "f3cc4f60-61f6-4a2b-8a21-d07600c373ce", "userArguments": {"MyDestinationBucket": "destination"}},
         "tasks": [{"taskId": "dGFza2lkZ29lc2hlcmUK", "s3Bucket": "${bucket}", "s3Key": "${key:url}", "s3VersionId": "1"}]}) },
    { "s3", "put", "s3", WITH(object), RECORD("2.1", "ObjectCreated:Put", STORED, ) },
    { "s3", "delete", "s3", WITH(object), RECORD("2.1", "ObjectRemoved:Delete", REMOVED, ) },
    { "s3", "copy", "s3", WITH(extra), .flags = LI_SAMPLE_EXTRA, .text = RECORD("2.1", "ObjectCreated:Copy", STORED, ) },
    { "s3", "multipart-upload", "s3", WITH(extra), .flags = LI_SAMPLE_EXTRA,
      .text = RECORD("2.1", "ObjectCreated:CompleteMultipartUpload", STORED, ) },
    { "s3", "restore-completed", "s3", WITH(extra), .flags = LI_SAMPLE_EXTRA,
      .text = RECORD("2.1", "ObjectRestore:Completed", VERSIONED, , "glacierEventData": {"restoreEventData":
         {"lifecycleRestorationExpiryTime": "2026-01-02T00:00:00.000Z", "lifecycleRestoreStorageClass": "GLACIER"}}) },
    { "s3", "replication-failed", "s3", WITH(extra), .flags = LI_SAMPLE_EXTRA,
      .text = RECORD("2.2", "Replication:OperationFailedReplication", VERSIONED, , "replicationEventData":
         {"replicationRuleId": "example-rule", "destinationBucket": "arn:${partition}:s3:::destination-bucket",
          "s3Operation": "OBJECT_PUT", "requestTime": "2026-01-01T12:14:00.000Z", "failureReason": "AssumeRoleNotPermitted"}) },
    { "s3", "intelligent-tiering", "s3", WITH(extra), .flags = LI_SAMPLE_EXTRA,
      .text = RECORD("2.3", "IntelligentTiering", VERSIONED, ,
                     "intelligentTieringEventData": {"destinationAccessTier": "ARCHIVE_ACCESS"}) },
    { "s3", "lifecycle-transition", "s3", WITH(extra), .flags = LI_SAMPLE_EXTRA,
      .text = RECORD("2.3", "LifecycleTransition", VERSIONED, ,
                     "lifecycleEventData": {"transitionEventData": {"destinationStorageClass": "GLACIER"}}) },
    { "s3", "object-lambda-get", "s3ol", WITH(object_lambda), .flags = LI_SAMPLE_EXTRA,
      .text = OBJECT_LAMBDA("getObjectContext", , "outputRoute": "io-use1-001", "outputToken": "OutputToken") },
    { "s3", "object-lambda-head", "s3ol", WITH(object_lambda), .flags = LI_SAMPLE_EXTRA,
      .text = OBJECT_LAMBDA("headObjectContext", ) },
    { "s3", "object-lambda-list", "s3ol", WITH(object_lambda), .flags = LI_SAMPLE_EXTRA,
      .text = OBJECT_LAMBDA("listObjectsContext", ) },
    { "s3", "object-lambda-list-v2", "s3ol", WITH(object_lambda), .flags = LI_SAMPLE_EXTRA,
      .text = OBJECT_LAMBDA("listObjectsV2Context", ) },
    { "rekognition", "s3-request", "s3", WITH(object), RECORD("2.1", "ObjectCreated:Put", STORED, ) },
    { .service = NULL }
};
