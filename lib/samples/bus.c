/* bus.c - samples of EventBridge's buses, rules and Scheduler, CloudWatch Logs and alarms. */
#include "samples/samples.h"

static const li_sample_parameter rule[] = { ACCOUNT, PARTITION, REGION, P("rule", "ExampleRule") };
static const li_sample_parameter custom[] = {
    EXTRA_ACCOUNT, EXTRA_REGION, EXTRA("source", "com.example.shop"), EXTRA("detail-type", "order placed"),
    LII_P("detail", "{\"orderId\":\"o-1\"}", LI_SAMPLE_OBJECT, LI_SAMPLE_EXTRA),
};
static const li_sample_parameter object[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("bucket", "example-bucket"), EXTRA("key", "test/key"),
};
static const li_sample_parameter instance[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("instance", "i-0123456789abcdef0"), EXTRA("state", "running"),
};
static const li_sample_parameter group[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("group", "example-group"), EXTRA("instance", "i-0123456789abcdef0"),
};
static const li_sample_parameter image[] = {
    EXTRA_ACCOUNT, EXTRA_REGION, EXTRA("repository", "example-repository"), EXTRA("tag", "latest"),
};
static const li_sample_parameter scan[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("repository", "example-repository"), EXTRA("tag", "latest"),
};
static const li_sample_parameter cluster[] = { EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("cluster", "default") };
static const li_sample_parameter schedule[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("group", "default"), EXTRA("schedule", "nightly"),
};
static const li_sample_parameter alarm[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("alarm", "cpu-high"), EXTRA("state", "ALARM"),
};

/* type, source, resources; then the detail's members. */
#define ENVELOPE(type, source, ...) \
    J({"version": "0", "id": "7bf73129-1428-4cd3-a780-95db273d1602", "detail-type": type, "source": source, \
       "account": "${account-id}", "time": "2026-01-01T12:15:00Z", "region": "${region}", __VA_ARGS__})

const lii_sample lii_samples_bus[] = {
    { "cloudwatch", "scheduled-event", "events", WITH(rule),
      ENVELOPE("Scheduled Event", "aws.events",
               "resources": ["arn:${partition}:events:${region}:${account-id}:rule/${rule}"], "detail": {}) },
    { "cloudwatch", "logs", "logs",
      .text = J({"awslogs": {"data":)
              "\""
              "H4sIAAAAAAAC/6VQTWuEMBT8KxJ6VDTRjas3oXYptBTUm8gSzXMR/KqJ3ZbF/97ntrYU2lNDDmFmMjPvXUgHSokTZG8jkJDcRll0"
              "fIzTNDrExCTDuYcJYcpcb8f9feBQhnA7nA7TMI/I2OKs7FZ0pRQ2vIpubOFDkOoJRIcK5jBuO3S9+c1DlMVpVjhfhqKsJNT4Rc2l"
              "qqZm1M3Q3zWthkmRMCefnlZ9hUhx9Y5foNcrfSGNxAiX7xzX557LKaeMoflW9rv2by+M1Q0uQGMGCanPfcYD31mPuS0G7dMsSjIj"
              "gecZpfcyNCou6kBU3PJLTi1KgVuB8KgVuLCXIGQJONJi/q+d+1c7+rNdHifJU1IYdTMpbWjUGxu5FMs76yiUaeEBAAA="
              "\"" J(}}) },
    { "cloudwatch", "alarm-action", "alarm", WITH(alarm), .flags = LI_SAMPLE_EXTRA,
      .text = J({"source": "aws.cloudwatch", "alarmArn": "arn:${partition}:cloudwatch:${region}:${account-id}:alarm:${alarm}",
         "accountId": "${account-id}", "time": "2026-01-01T12:15:00.123+0000", "region": "${region}",
         "alarmData": {"alarmName": "${alarm}", "state": {"value": "${state}",
             "reason": "Threshold Crossed: 1 datapoint [99.1] was greater than the threshold",
             "reasonData": "{\"version\":\"1.0\",\"threshold\":80.0}", "timestamp": "2026-01-01T12:15:00.100+0000"},
           "previousState": {"value": "OK", "reason": "Threshold Crossed: 1 datapoint [10.2] was not greater than the threshold",
             "reasonData": "{\"version\":\"1.0\",\"threshold\":80.0}", "timestamp": "2026-01-01T12:10:00.100+0000"},
           "configuration": {"description": "CPU is high", "metrics": [{"id": "m1", "metricStat": {"metric":
             {"namespace": "AWS/EC2", "name": "CPUUtilization", "dimensions": {"InstanceId": "i-0123456789abcdef0"}},
             "period": 60, "stat": "Average"}, "returnData": true}]}}}) },
    { "eventbridge", "custom-event", "events", WITH(custom), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("${detail-type}", "${source}", "resources": [], "detail": "${=detail}") },
    { "eventbridge", "s3-object-created", "events", WITH(object), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("Object Created", "aws.s3", "resources": ["arn:${partition}:s3:::${bucket}"],
         "detail": {"version": "0", "bucket": {"name": "${bucket}"}, "object": {"key": "${key}", "size": 5,
           "etag": "b1946ac92492d2347c6235b4d2611184", "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
           "sequencer": "00617F08299329D189"}, "request-id": "N4N7GDK58NMKJ12R", "requester": "${account-id}",
           "source-ip-address": "203.0.113.10", "reason": "PutObject"}) },
    { "eventbridge", "ec2-instance-state-change", "events", WITH(instance), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("EC2 Instance State-change Notification", "aws.ec2",
         "resources": ["arn:${partition}:ec2:${region}:${account-id}:instance/${instance}"],
         "detail": {"instance-id": "${instance}", "state": "${state}"}) },
    { "eventbridge", "autoscaling-launch-successful", "events", WITH(group), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("EC2 Instance Launch Successful", "aws.autoscaling",
         "resources": [
           "arn:${partition}:autoscaling:${region}:${account-id}:autoScalingGroup:eb56d16b:autoScalingGroupName/${group}",
                       "arn:${partition}:ec2:${region}:${account-id}:instance/${instance}"],
         "detail": {"StatusCode": "InProgress", "AutoScalingGroupName": "${group}", "EC2InstanceId": "${instance}",
           "ActivityId": "87654321-4321-4321-4321-210987654321", "Description": "Launching a new EC2 instance: ${instance}",
           "Details": {"Availability Zone": "${region}a", "Subnet ID": "subnet-12345678"}, "Cause": "a demand",
           "StartTime": "2026-01-01T12:14:00Z", "EndTime": "2026-01-01T12:15:00Z"}) },
    { "eventbridge", "ecr-image-push", "events", WITH(image), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("ECR Image Action", "aws.ecr", "resources": [],
         "detail": {"result": "SUCCESS", "repository-name": "${repository}", "action-type": "PUSH", "image-tag": "${tag}",
           "image-digest": "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234"}) },
    { "eventbridge", "ecr-image-scan", "events", WITH(scan), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("ECR Image Scan", "aws.ecr",
         "resources": ["arn:${partition}:ecr:${region}:${account-id}:repository/${repository}"],
         "detail": {"scan-status": "COMPLETE", "repository-name": "${repository}",
           "image-digest": "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234", "image-tags": ["${tag}"],
           "finding-severity-counts": {"CRITICAL": 0, "HIGH": 0, "MEDIUM": 9, "LOW": 3, "INFORMATIONAL": 2, "UNDEFINED": 0}}) },
    { "eventbridge", "ecs-container-instance-state-change", "events", WITH(cluster), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("ECS Container Instance State Change", "aws.ecs",
         "resources": ["arn:${partition}:ecs:${region}:${account-id}:container-instance/a1173316-d40a-4dea-8361-bb25e50f45c4"],
         "detail": {"agentConnected": true, "attributes": [{"name": "ecs.ami-id", "value": "ami-0123456789abcdef0"}],
           "clusterArn": "arn:${partition}:ecs:${region}:${account-id}:cluster/${cluster}",
           "containerInstanceArn":
             "arn:${partition}:ecs:${region}:${account-id}:container-instance/a1173316-d40a-4dea-8361-bb25e50f45c4",
           "ec2InstanceId": "i-0123456789abcdef0",
           "registeredResources": [{"name": "CPU", "type": "INTEGER", "integerValue": 2048}],
           "remainingResources": [{"name": "CPU", "type": "INTEGER", "integerValue": 1988}], "status": "ACTIVE", "version": 14801,
           "versionInfo": {"agentHash": "aebcbca", "agentVersion": "1.13.0", "dockerVersion": "DockerVersion: 1.11.2"},
           "updatedAt": "2026-01-01T12:14:57.991Z"}) },
    { "scheduler", "default-event", "scheduler", WITH(schedule), .flags = LI_SAMPLE_EXTRA,
      .text = ENVELOPE("Scheduled Event", "aws.scheduler",
         "resources": ["arn:${partition}:scheduler:${region}:${account-id}:schedule/${group}/${schedule}"], "detail": "{}") },
    { .service = NULL }
};
