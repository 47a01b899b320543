/* control.c - samples of CloudFormation custom resources, Config rules, secrets that rotate, and IoT. */
#include "samples/samples.h"

static const li_sample_parameter stack[] = { ACCOUNT, PARTITION, REGION, P("stack", "MyStack") };
static const li_sample_parameter stack_extra[] = { EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("stack", "MyStack") };
static const li_sample_parameter config[] = { REGION, PARTITION, ACCOUNT };
static const li_sample_parameter secret[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("secret", "example"), EXTRA("step", "createSecret"),
};
static const li_sample_parameter rule[] = { EXTRA("topic", "sensors/room-1") };
static const li_sample_parameter button[] = { EXTRA("serial-number", "ABCDEFG12345"), EXTRA("click-type", "SINGLE") };
static const li_sample_parameter device[] = { EXTRA("device-id", "G030PMXXXXXXXXXX"), EXTRA("click-type", "SINGLE") };
static const li_sample_parameter detector[] = { EXTRA("detector", "motor-1"), EXTRA("event", "overheated") };

#define RESOURCE(type, ...) \
    J({"RequestType": type, "ServiceToken": "arn:${partition}:lambda:${region}:${account-id}:function:custom-resource", \
       "ResponseURL": "https://cloudformation-custom-resource-response.s3.${region}.${@dns}/${stack}?signature=example", \
       "StackId": "arn:${partition}:cloudformation:${region}:${account-id}:stack/${stack}/0a1b2c3d-0000-4000-8000-000000000000", \
       "RequestId": "e5c0ba2a-1c44-4b6c-9f3f-0123456789ab", "LogicalResourceId": "MyTestResource", __VA_ARGS__ \
       "ResourceType": "Custom::TestResource", "ResourceProperties": {"ServiceToken": \
         "arn:${partition}:lambda:${region}:${account-id}:function:custom-resource", "StackName": "${stack}", \
         "List": ["1", "2", "3"]}})

#define RULE() \
    J({"version": "1.0", "invokingEvent": "${invoking-event}", "ruleParameters": "{\"myParameterKey\":\"myParameterValue\"}", \
       "resultToken": "myResultToken", "eventLeftScope": false, \
       "executionRoleArn": "arn:${partition}:iam::${account-id}:role/config-role", \
       "configRuleArn": "arn:${partition}:config:${region}:${account-id}:config-rule/config-rule-0123456", \
       "configRuleName": "example-rule", "configRuleId": "config-rule-0123456", "accountId": "${account-id}"})

#define ITEM(...) \
    {"configurationItemCaptureTime": "2026-01-01T12:14:00.000Z", "awsAccountId": "${account-id}", \
     "configurationItemStatus": "OK", "resourceId": "i-0123456789abcdef0", \
     "ARN": "arn:${partition}:ec2:${region}:${account-id}:instance/i-0123456789abcdef0", "awsRegion": "${region}", \
     "availabilityZone": "${region}a", "resourceType": "AWS::EC2::Instance", __VA_ARGS__}
#define MESSAGE(type, ...) \
    J({__VA_ARGS__ "notificationCreationTime": "2026-01-01T12:15:00.000Z", "messageType": type, "recordVersion": "1.0"})

const lii_sample lii_samples_control[] = {
    { "cloudformation", "create-request", "cfn", WITH(stack), RESOURCE("Create", ) },
    { "cloudformation", "update-request", "cfn", WITH(stack_extra), .flags = LI_SAMPLE_EXTRA,
      .text = RESOURCE("Update", "PhysicalResourceId": "physical-1", "OldResourceProperties": {"ServiceToken":
         "arn:${partition}:lambda:${region}:${account-id}:function:custom-resource", "StackName": "${stack}", "List": ["1"]},) },
    { "cloudformation", "delete-request", "cfn", WITH(stack_extra), .flags = LI_SAMPLE_EXTRA,
      .text = RESOURCE("Delete", "PhysicalResourceId": "physical-1",) },
    { "config", "item-change-notification", "config", WITH(config), RULE(),
      { { "invoking-event",
          { MESSAGE("ConfigurationItemChangeNotification",
              "configurationItem": ITEM("configuration": {"instanceId": "i-0123456789abcdef0"}, "tags": {"Foo": "Bar"},
                                        "relationships": []), "configurationItemDiff": null,) }, 0, 0 } } },
    { "config", "oversized-item-change-notification", "config", WITH(config), RULE(),
      { { "invoking-event",
          { MESSAGE("OversizedConfigurationItemChangeNotification",
              "configurationItemSummary": ITEM("changeType": "UPDATE", "resourceName": null), "s3DeliverySummary":
                {"s3BucketLocation": "config-bucket/AWSLogs/${account-id}/Config/${region}/item.json.gz"},) }, 0, 0 } } },
    { "config", "periodic-rule", "config", WITH(config), RULE(),
      { { "invoking-event", { MESSAGE("ScheduledNotification", "awsAccountId": "${account-id}",) }, 0, 0 } } },
    { "secretsmanager", "rotation", "secrets", WITH(secret), .flags = LI_SAMPLE_EXTRA,
      .text = J({"Step": "${step}", "SecretId": "arn:${partition}:secretsmanager:${region}:${account-id}:secret:${secret}-a1b2c3",
         "ClientRequestToken": "1ab23456-cde7-8912-34fa-b56c78d9e0f1", "RotationToken": "abcd1234-efab-5678-cdef-8ab4515a7db0"}) },
    { "iot", "rule-message", "iot", WITH(rule), .flags = LI_SAMPLE_EXTRA,
      .text = J({"temperature": 21.5, "humidity": 40, "topic": "${topic}"}) },
    { "iot", "button", "iot", WITH(button), .flags = LI_SAMPLE_EXTRA,
      .text = J({"serialNumber": "${serial-number}", "batteryVoltage": "2000 mV", "clickType": "${click-type}"}) },
    { "iot", "1-click", NULL, WITH(device), .flags = LI_SAMPLE_EXTRA,
      .text = J({"deviceEvent": {"buttonClicked": {"clickType": "${click-type}", "reportedTime": "2026-01-01T12:15:00.747Z"}},
         "deviceInfo": {"attributes": {"key1": "value1"}, "type": "button", "deviceId": "${device-id}", "remainingLife": 5.0},
         "placementInfo": {"projectName": "test", "placementName": "myPlacement", "attributes": {"location": "Oslo"},
           "devices": {"myButton": "${device-id}"}}}) },
    { "iotevents", "action", "iotevents", WITH(detector), .flags = LI_SAMPLE_EXTRA,
      .text = J({"event": {"eventName": "${event}", "eventTime": 1767269700000, "payload": {"actionExecutionId":
           "5162af23-647c-3747-b6d7-0123456789ab", "detector": {"detectorModelName": "motors", "keyValue": "${detector}",
           "detectorModelVersion": "1"}, "eventTriggerDetails": {"inputName": "pressure",
           "messageId": "31c2f7c5-0000-4000-8000-000000000000", "triggerType": "Message"},
           "state": {"stateName": "Dangerous", "variables": {"temperature": 99}, "timers": {}}}},
         "payload": {"detector": "${detector}", "temperature": 99}}) },
    { .service = NULL }
};
