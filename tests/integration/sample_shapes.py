"""sample_shapes.py OURS THEIRS - sample events beside those of other projects: the same members, of the same types?

A member that only one of the two has, or another type, is an error unless PAIRS says so beside the pair. Names that are data
(of headers, attributes, metrics …) count as one, and null stands for any type.
"""
import json
import os
import sys

# Maps whose keys are data.
MAPS = {"headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters", "pathParameters",
        "stageVariables", "messageAttributes", "MessageAttributes", "Keys", "NewImage", "OldImage", "properties", "claims",
        "userAttributes", "validationData", "clientMetadata", "slots", "sessionAttributes", "requestAttributes", "attributes",
        "Attributes", "Parameters", "parameters", "state", "records", "rmqMessagesByQueue", "datasetRecords", "ResourceProperties",
        "OldResourceProperties", "userArguments", "devices", "privateChallengeParameters", "query_string_parameters", "dimensions",
        "detail", "slotDetails", "variables", "userAttributesToMap", "tokenResponse", "idToken", "userInfo"}

# sample: file, members that only theirs has or has of another type, members that only ours has; the line before says why.
PAIRS = {
    "alb.request": ("alb-lambda-target-request-headers-only", "", ""),
    "alb.request-multi-value": ("alb-lambda-target-request-multivalue-headers", "", ""),
    "apigateway.authorizer": ("apigw-custom-auth-request", "", ""),
    "apigateway.request-authorizer": ("apigw-custom-auth-request-type-request", "", ""),
    # an authorizer, a key and a certificate are there when they are used; TRG-87, TRG-88 have the others
    "apigateway.aws-proxy": ("apigw-request", 
        ".requestContext.authorizer .requestContext.identity.apiKey .requestContext.identity.apiKeyId "
        ".requestContext.identity.clientCert", ".isBase64Encoded .requestContext.identity.principalOrgId"),
    "apigateway.http-api-proxy": ("apigw-v2-request-jwt-authorizer", "", ""),
    # no client certificate; theirs has no body, query or cookie
    "apigateway.http-api-proxy-open": ("apigw-v2-request-no-authorizer", ".requestContext.authentication.clientCert",
        ".body .cookies .pathParameters .queryStringParameters .stageVariables"),
    # no client certificate, no Cognito identity
    "apigateway.http-api-proxy-iam": ("apigw-v2-request-iam", 
        ".requestContext.authentication.clientCert .requestContext.authorizer.iam.cognitoIdentity", ""),
    "apigateway.http-authorizer-v1": ("apigw-v2-custom-authorizer-v1-request", "", ""),
    "apigateway.http-authorizer-v2": ("apigw-v2-custom-authorizer-v2-request", "", ""),
    # theirs has what the type has; TRG-103 says what is there
    "apigateway.websocket-connect": ("apigw-websocket-request", 
        ".body .httpMethod .multiValueQueryStringParameters .path .pathParameters .queryStringParameters "
        ".requestContext.accountId .requestContext.authorizer .requestContext.error .requestContext.httpMethod "
        ".requestContext.identity .requestContext.integrationLatency .requestContext.resourceId "
        ".requestContext.resourcePath .requestContext.status .resource .stageVariables", ""),
    "apigateway.websocket-disconnect": ("apigw-websocket-request-disconnect", "", ""),
    "apigateway.websocket-message": ("apigw-websocket-request-send-message", "", ""),
    "appsync.authorizer": ("appsync-lambda-auth-request", "", ""),
    "eventbridge.autoscaling-launch-successful": ("autoscaling-event-launch-successful", "", ""),
    "clientvpn.connection": ("clientvpn-connectionhandler-request", "", ""),
    "cloudwatch.logs": ("cloudwatch-logs-event", "", ""),
    # theirs has no custom data
    "codecommit.repository": ("code-commit-event", "", ".Records[].customData"),
    # ours sets no variables
    "codebuild.state-change": ("codebuild-state-change", ".detail.*.environment.environment-variables[]", ""),
    "codedeploy.deployment-state-change": ("codedeploy-deployment-event", "", ""),
    "codepipeline.execution-state-change": ("codepipeline-execution-state-change-event", "", ""),
    # theirs has no output artifact
    "codepipeline.job": ("codepipeline-job-event", "", ".CodePipeline.job.data.outputArtifacts[]"),
    # the response is null until the function has answered
    "cognito.create-auth-challenge": ("cognito-event-userpools-create-auth-challenge", 
        ".response.privateChallengeParameters .response.publicChallengeParameters", ""),
    # attributes of users are texts
    "cognito.custom-message": ("cognito-event-userpools-custommessage", ".request.userAttributes.*", ""),
    "cognito.define-auth-challenge": ("cognito-event-userpools-define-auth-challenge", "", ""),
    # other attributes; the response is empty until the function has answered
    "cognito.inbound-federation": ("cognito-event-userpools-inbound-federation-oidc",
        ".request.attributes.*.email_verified .response.userAttributesToMap.*",
        ""),
    # the response is null until the function has answered
    "cognito.user-migration": ("cognito-event-userpools-migrateuser",
        ".response.desiredDeliveryMediums[] .response.userAttributes.*",
        ""),
    "cognito.post-authentication": ("cognito-event-userpools-postauthentication", "", ""),
    "cognito.post-confirmation": ("cognito-event-userpools-postconfirmation", "", ""),
    "cognito.pre-authentication": ("cognito-event-userpools-preauthentication", "", ""),
    "cognito.pre-sign-up": ("cognito-event-userpools-presignup", "", ""),
    # the response is null until the function has answered
    "cognito.pre-token-generation": ("cognito-event-userpools-pretokengen", ".response.claimsOverrideDetails", ""),
    # the same; ours has groups and metadata
    "cognito.pre-token-generation-v2": ("cognito-event-userpools-pretokengen-v2",
        ".response.claimsAndScopeOverrideDetails",
        ".request.clientMetadata .request.groupConfiguration"),
    "cognito.verify-auth-challenge-response": ("cognito-event-userpools-verify-auth-challenge", "", ""),
    "cognito.sync-trigger": ("cognito-event", "", ""),
    "config.item-change-notification": ("config-event", "", ""),
    # no attributes, no queue; TRG-131 has media streams
    "connect.contact-flow-event": ("connect-event",
        ".Details.ContactData.Attributes.* .Details.ContactData.Queue",
        ".Details.ContactData.MediaStreams"),
    # items of other attributes; userIdentity is there when time to live removed the item
    "dynamodb.update": ("dynamodb-event", 
        ".Records[].dynamodb.Keys .Records[].dynamodb.NewImage .Records[].userIdentity", ".Records[].dynamodb.Keys .Records[].dynamodb.OldImage"),
    "dynamodb.time-window": ("dynamodb-time-window-event", "", ""),
    "eventbridge.ecr-image-push": ("ecr-image-push-event", "", ""),
    "eventbridge.ecr-image-scan": ("ecr-image-scan-event", "", ""),
    # no sets of texts; an attribute may have a value
    "eventbridge.ecs-container-instance-state-change": ("ecs-container-instance-state-change",
        ".detail.*[].stringSetValue",
        ".detail.*[].value"),
    "iot.1-click": ("iot-1-click-event", "", ""),
    "iot.button": ("iot-button-event", "", ""),
    "iot.custom-authorizer": ("iot-custom-auth-request", "", ""),
    "iot.pre-provisioning-hook": ("iot-preprovision-hook-request", "", ""),
    "msk.records": ("kafka-event", "", ""),
    # the service adds a retry hint
    "kinesis.analytics-output": ("kinesis-analytics-output-delivery-event", "", ".records[].lambdaDeliveryRecordMetadata"),
    "kinesis.get-records": ("kinesis-event", "", ""),
    "kinesis.streams-as-source": ("kinesis-firehose-event", "", ""),
    "kinesis.time-window": ("kinesis-time-window-event", "", ""),
    # always $default, and the type leaves them out
    "lambda.function-url-iam": ("lambda-urls-request", "", ".requestContext.routeKey .requestContext.stage .routeKey"),
    # no attributes, no details of slots
    "lex.book-hotel": ("lex-event", 
        ".currentIntent.slotDetails.* .requestAttributes.* .sessionAttributes.*", ""),
    "mq.activemq": ("activemq-event", "", ""),
    "mq.rabbitmq": ("rabbitmq-event", "", ""),
    "s3.batch-invocation": ("s3-batch-job-event-request-1.0", "", ""),
    "s3.batch-invocation-v2": ("s3-batch-job-event-request-2.0", "", ""),
    # versionId on buckets with versions only (TRG-36)
    "s3.put": ("s3-event", ".Records[].s3.object.versionId", ""),
    # TRG-37; a sequencer on creates and deletes only, versionId on buckets with versions (TRG-36)
    "s3.intelligent-tiering": ("s3-intelligenttier-event", 
        ".Records[].s3.object.sequencer .Records[].s3.object.urlDecodedKey .Records[].s3.object.versionId", ""),
    # TRG-37; a sequencer on creates and deletes only, versionId on buckets with versions (TRG-36)
    "s3.lifecycle-transition": ("s3-lifecycle-event", 
        ".Records[].s3.object.sequencer .Records[].s3.object.urlDecodedKey .Records[].s3.object.versionId", ""),
    # TRG-37; a sequencer on creates and deletes only, versionId on buckets with versions (TRG-36)
    "s3.restore-completed": ("s3-glacier-event", 
        ".Records[].s3.object.sequencer .Records[].s3.object.urlDecodedKey .Records[].s3.object.versionId", ""),
    # TRG-37; a sequencer on creates and deletes only, versionId on buckets with versions (TRG-36)
    "s3.replication-failed": ("s3-replication-event", 
        ".Records[].s3.object.sequencer .Records[].s3.object.urlDecodedKey .Records[].s3.object.versionId", ""),
    "s3.object-lambda-get": ("s3-object-lambda-event-get-object-assumed-role", "", ""),
    # theirs is a user, ours a role that was assumed
    "s3.object-lambda-head": ("s3-object-lambda-event-head-object-iam", "", ".userIdentity.sessionContext"),
    # theirs is a user, ours a role that was assumed
    "s3.object-lambda-list": ("s3-object-lambda-event-list-objects-iam", "", ".userIdentity.sessionContext"),
    # theirs is a user, ours a role that was assumed
    "s3.object-lambda-list-v2": ("s3-object-lambda-event-list-objects-v2-iam", "", ".userIdentity.sessionContext"),
    "secretsmanager.rotation": ("secretsmanager-secret-rotation-event", "", ""),
    "ses.email-receiving": ("ses-lambda-event", "", ""),
    "sns.notification": ("sns-event", "", ""),
    # one text as attribute; lists are not in use
    "sqs.receive-message-fifo": ("sqs-event", 
        ".Records[].messageAttributes.*.binaryListValues[] .Records[].messageAttributes.*.binaryValue "
        ".Records[].messageAttributes.*.stringListValues[]", ""),
    # the device plays audio
    "alexa-skills-kit.start-session": ("own-alexa-launch", "", 
        ".context.AudioPlayer .context.System.device.supportedInterfaces.AudioPlayer"),
    "cloudformation.create-request": ("own-cloudformation-create", "", ""),
    "cloudformation.update-request": ("own-cloudformation-update", "", ""),
    "cloudfront.origin-response": ("own-cloudfront-origin-response", "", ""),
    "cloudfront.ab-test": ("own-cloudfront-viewer-request", "", ""),
    "cloudwatch.alarm-action": ("own-cloudwatch-alarm-action", "", ""),
    "documentdb.change": ("own-documentdb-event", "", ""),
    # detail is the sender's
    "eventbridge.custom-event": ("own-eventbridge-custom-event", ".detail.*", ""),
    "eventbridge.s3-object-created": ("own-eventbridge-s3-object-created", "", ""),
    "cloudwatch.scheduled-event": ("own-eventbridge-scheduled-event", "", ""),
    # the message is the device's
    "iot.rule-message": ("own-iot-rule-message", "", ".humidity"),
    # theirs is for fulfilment: no action is open while slots are filled
    "lex-v2.book-hotel": ("own-lexv2-fulfillment", ".sessionState.dialogAction", 
        ".proposedNextState.dialogAction.slotToElicit .proposedNextState.intent.slots.* .sessionState.intent.slots.* .sessionState.runtimeHints.slotHints"),
    # theirs has no headers
    "kafka.records": ("own-self-managed-kafka-event", "", ".records.*[].headers[]"),
    "scheduler.default-event": ("own-scheduler-default-event", "", ""),
    "stepfunctions.task-input": ("own-stepfunctions-task-input", "", ""),
    "vpc-lattice.request-v1": ("own-vpc-lattice-v1", "", ""),
    "vpc-lattice.request-v2": ("own-vpc-lattice-v2", "", ""),
}

def paths(value, path, out):
    if isinstance(value, dict):
        out.setdefault(path, set()).add("object")
        key_of = path.rsplit(".", 1)[-1]
        for key, inner in value.items():
            paths(inner, path + "." + ("*" if key_of in MAPS else key), out)
    elif isinstance(value, list):
        out.setdefault(path, set()).add("array")
        for inner in value:
            paths(inner, path + "[]", out)
    else:
        kind = {str: "text", bool: "bool", type(None): "null"}.get(type(value), "number")
        out.setdefault(path, set()).add(kind)
    return out


def main():
    bad = n = 0
    for sample, (file, only_theirs, only_ours) in PAIRS.items():
        with open(os.path.join(sys.argv[1], "sample.%s.json" % sample), encoding="utf-8") as f:
            ours = paths(json.load(f), "", {})
        with open(os.path.join(sys.argv[2], file + ".json"), encoding="utf-8") as f:
            theirs = paths(json.load(f), "", {})
        n += 1
        for path, kinds in sorted(theirs.items()):
            if any(path == p or path.startswith(p + ".") or path.startswith(p + "[") for p in only_theirs.split()):
                continue
            if path not in ours:
                bad += 1
                print("%s: only %s has %s" % (sample, file, path))
            elif kinds != ours[path] and "null" not in kinds | ours[path]:
                bad += 1
                print("%s: %s is %s, in %s %s" % (sample, path, ours[path], file, kinds))
        for path in sorted(set(ours) - set(theirs)):
            if not any(path == p or path.startswith(p + ".") or path.startswith(p + "[") for p in only_ours.split()):
                bad += 1
                print("%s: %s has no %s" % (sample, file, path))
    print("%d samples beside those of others, %d differences without a reason" % (n, bad))
    return 1 if bad else 0


sys.exit(main())
