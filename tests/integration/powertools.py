"""powertools.py DIR - reads events with the parser models of AWS Lambda Powertools for Python, as a Python handler would.

Every DIR/WHAT.json of which the table knows a model must be valid by it. A model's aliases and validators do their work; what
a model cannot read although the service sends it has the model None, and the reason beside it.
"""
import json
import os
import sys

from pydantic import TypeAdapter, ValidationError
from aws_lambda_powertools.utilities.parser import models as m
from aws_lambda_powertools.utilities.parser.models.cognito import CognitoPreTokenGenerationTriggerModelV1
from aws_lambda_powertools.utilities.parser.models.transfer_family import TransferFamilyAuthorizer

COGNITO = {
    "pre-sign-up": m.CognitoPreSignupTriggerModel,
    "post-confirmation": m.CognitoPostConfirmationTriggerModel,
    "pre-authentication": m.CognitoPreAuthenticationTriggerModel,
    "post-authentication": m.CognitoPostAuthenticationTriggerModel,
    "custom-message": m.CognitoCustomMessageTriggerModel,
    "define-auth-challenge": m.CognitoDefineAuthChallengeTriggerModel,
    "create-auth-challenge": m.CognitoCreateAuthChallengeTriggerModel,
    "verify-auth-challenge-response": m.CognitoVerifyAuthChallengeTriggerModel,
    "pre-token-generation-v": None,  # the service sends a list of scopes, the model wants a map
    "pre-token-generation": CognitoPreTokenGenerationTriggerModelV1,
    "user-migration": m.CognitoMigrateUserTriggerModel,
    "custom-sms-sender": m.CognitoCustomSMSSenderTriggerModel,
    "custom-email-sender": m.CognitoCustomEmailSenderTriggerModel,
}

# Names begin with the first; the first row that fits counts.
ROWS = [
    ("sample.alb.request-multi-value", None),  # the model has single values only
    ("built.alb.multi-value", None),
    ("sample.alb.", m.AlbModel),
    ("built.alb.", m.AlbModel),
    ("sample.apigateway.authorizer", m.ApiGatewayAuthorizerToken),
    ("built.apigw-authorizer.example", m.ApiGatewayAuthorizerToken),
    ("sample.apigateway.request-authorizer", None),  # as aws-lambda-go has it: without protocol and time
    ("built.apigw-authorizer.request", m.ApiGatewayAuthorizerRequest),
    ("sample.apigateway.http-authorizer-v2", m.ApiGatewayAuthorizerRequestV2),
    ("built.apigw-authorizer.http-v2", m.ApiGatewayAuthorizerRequestV2),
    ("sample.apigateway.aws-proxy", m.APIGatewayProxyEventModel),
    ("built.apigw-rest.", m.APIGatewayProxyEventModel),
    ("built.apigw-http.payload-1", m.APIGatewayProxyEventModel),
    ("sample.apigateway.http-api-proxy", m.APIGatewayProxyEventV2Model),
    ("built.apigw-http.", m.APIGatewayProxyEventV2Model),
    ("sample.apigateway.websocket-connect", m.APIGatewayWebSocketConnectEventModel),
    ("sample.apigateway.websocket-disconnect", m.APIGatewayWebSocketDisconnectEventModel),
    ("sample.apigateway.websocket-message", m.APIGatewayWebSocketMessageEventModel),
    ("built.apigw-ws.connect", m.APIGatewayWebSocketConnectEventModel),
    ("built.apigw-ws.example", m.APIGatewayWebSocketMessageEventModel),
    ("sample.lambda.function-url", m.LambdaFunctionUrlModel),
    ("sample.appsync.batch-resolver", list[m.AppSyncResolverEventModel]),
    ("sample.appsync.resolver", m.AppSyncResolverEventModel),
    ("built.appsync.", m.AppSyncResolverEventModel),
    ("sample.bedrock.", m.BedrockAgentEventModel),
    ("built.bedrock.", m.BedrockAgentEventModel),
    ("sample.cloudformation.create", m.CloudFormationCustomResourceCreateModel),
    ("sample.cloudformation.update", m.CloudFormationCustomResourceUpdateModel),
    ("sample.cloudformation.delete", m.CloudFormationCustomResourceDeleteModel),
    ("built.cfn.example", m.CloudFormationCustomResourceCreateModel),
    ("built.cfn.update", m.CloudFormationCustomResourceUpdateModel),
    ("built.cfn.delete", m.CloudFormationCustomResourceDeleteModel),
    ("sample.cloudwatch.logs", m.CloudWatchLogsModel),
    ("built.logs.", m.CloudWatchLogsModel),
    ("sample.cloudwatch.scheduled-event", m.EventBridgeModel),
    ("sample.dynamodb.", m.DynamoDBStreamModel),
    ("sample.eventbridge.s3-object-created", m.S3EventNotificationEventBridgeModel),
    ("sample.eventbridge.", m.EventBridgeModel),
    ("sample.codebuild.", m.EventBridgeModel),
    ("sample.codedeploy.", m.EventBridgeModel),
    ("sample.codepipeline.execution-state-change", m.EventBridgeModel),
    ("built.events.", m.EventBridgeModel),
    ("built.schedule.", m.EventBridgeModel),
    ("sample.kafka.", m.KafkaSelfManagedEventModel),
    ("sample.msk.", m.KafkaMskEventModel),
    ("sample.kinesis.get-records", m.KinesisDataStreamModel),
    ("sample.kinesis.time-window", m.KinesisDataStreamModel),
    ("sample.kinesis.apachelog", None),  # the standard data that sam has for it is not base64
    ("sample.kinesis.kinesis-firehose", m.KinesisFirehoseModel),
    ("sample.kinesis.syslog", m.KinesisFirehoseModel),
    ("sample.kinesis.cloudwatch-logs-processor", m.KinesisFirehoseModel),
    ("sample.kinesis.streams-as-source", m.KinesisFirehoseModel),
    ("built.firehose.", m.KinesisFirehoseModel),
    ("sample.s3.batch-invocation", m.S3BatchOperationModel),
    ("built.s3batch.", m.S3BatchOperationModel),
    ("sample.s3.object-lambda-get", m.S3ObjectLambdaEvent),
    ("built.s3ol.example", m.S3ObjectLambdaEvent),
    ("sample.s3.object-lambda-", None),  # the model has getObjectContext only
    ("sample.s3.", m.S3Model),
    ("sample.rekognition.", m.S3Model),
    ("built.s3.", m.S3Model),
    ("sample.ses.", m.SesModel),
    ("built.ses.asked", None),  # the model has invocation type Event only
    ("built.ses.", m.SesModel),
    ("sample.sns.", m.SnsModel),
    ("built.sns.", m.SnsModel),
    ("sample.sqs.", m.SqsModel),
    ("built.sqs.", m.SqsModel),
    ("sample.transfer.", TransferFamilyAuthorizer),
    ("sample.vpc-lattice.request-v1", m.VpcLatticeModel),
    ("built.lattice.v1", m.VpcLatticeModel),
    ("sample.vpc-lattice.request-v2", None),  # the service sends lists where the model wants texts (TRG-113)
    ("built.lattice.", None),
    ("built.cognito.verify-auth-challenge-response", None),  # answerCorrect is null until the function has answered
] + [("%s.cognito.%s" % (way, name), model) for name, model in COGNITO.items() for way in ("sample", "built")] + [
    ("built.cognito.example", m.CognitoPreSignupTriggerModel),
]


def main():
    seen, bad, unknown = set(), 0, 0
    for name in sorted(os.listdir(sys.argv[1])):
        what = name[:-len(".json")]
        row = next((r for r in ROWS if what.startswith(r[0])), None)
        if row is None or row[1] is None:
            unknown += 1
            continue
        seen.add(row[0])
        with open(os.path.join(sys.argv[1], name), encoding="utf-8") as f:
            event = json.load(f)
        try:
            TypeAdapter(row[1]).validate_python(event)
        except ValidationError as error:
            bad += 1
            for e in error.errors():
                print("%s as %s: %s: %s" % (what, getattr(row[1], "__name__", row[1]), ".".join(str(x) for x in e["loc"]), e["msg"]))
    for prefix, model in ROWS:
        if model is not None and prefix.startswith("sample.") and prefix not in seen:
            bad += 1
            print("%s: no event" % prefix)
    print("%d models read events, %d events have none, %d wrong" % (len(seen), unknown, bad))
    return 1 if bad else 0


sys.exit(main())
