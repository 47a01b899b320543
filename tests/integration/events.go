// events.go - decodes events with the types of aws-lambda-go, as a Go handler would, and looks for what got lost.
//
// events DIR: every DIR/WHAT.json of which the table below knows a type is decoded, unknown members refused, encoded again and
// compared: a member that is gone, or another value, is an error unless the table says that the type lacks it. WHAT without
// a row must be in the list of those that have no type.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/events"
)

// A row: events whose names begin with the prefix, their type, and what the type is known to lack.
type row struct {
	prefix string
	decode any
	lacks  string // why and what: paths, * for any index or key
}

const authorizerLacks = "requestContext.identity.userAgent requestContext.protocol requestContext.requestTime " +
	"requestContext.requestTimeEpoch"

var rows = []row{
	{"sample.alb.", events.ALBTargetGroupRequest{}, ""},
	{"built.alb.", events.ALBTargetGroupRequest{}, ""},
	{"sample.apigateway.authorizer", events.APIGatewayCustomAuthorizerRequest{}, ""},
	{"built.apigw-authorizer.example", events.APIGatewayCustomAuthorizerRequest{}, ""},
	{"sample.apigateway.request-authorizer", events.APIGatewayCustomAuthorizerRequestTypeRequest{}, ""},
	{"built.apigw-authorizer.request", events.APIGatewayCustomAuthorizerRequestTypeRequest{}, authorizerLacks},
	{"sample.apigateway.http-authorizer-v1", events.APIGatewayV2CustomAuthorizerV1Request{}, ""},
	{"built.apigw-authorizer.http-v1", events.APIGatewayV2CustomAuthorizerV1Request{}, authorizerLacks},
	{"sample.apigateway.http-authorizer-v2", events.APIGatewayV2CustomAuthorizerV2Request{}, ""},
	{"built.apigw-authorizer.http-v2", events.APIGatewayV2CustomAuthorizerV2Request{}, ""},
	{"sample.apigateway.aws-proxy", events.APIGatewayProxyRequest{}, "requestContext.identity.principalOrgId"},
	{"built.apigw-rest.", events.APIGatewayProxyRequest{}, "requestContext.identity.principalOrgId"},
	{"built.apigw-http.payload-1", events.APIGatewayProxyRequest{}, "version requestContext.identity.principalOrgId"},
	{"sample.apigateway.http-api-proxy", events.APIGatewayV2HTTPRequest{}, ""},
	{"built.apigw-http.", events.APIGatewayV2HTTPRequest{}, ""},
	{"sample.apigateway.websocket-", events.APIGatewayWebsocketProxyRequest{}, ""},
	{"built.apigw-ws.", events.APIGatewayWebsocketProxyRequest{}, ""},
	{"sample.lambda.function-url", events.LambdaFunctionURLRequest{}, "routeKey requestContext.routeKey requestContext.stage"},
	{"sample.appsync.authorizer", events.AppSyncLambdaAuthorizerRequest{}, ""},
	{"sample.clientvpn.", events.ClientVPNConnectionHandlerRequest{}, ""},
	{"sample.cloudformation.", cfn.Event{}, "ServiceToken"},
	{"built.cfn.", cfn.Event{}, "ServiceToken"},
	{"sample.cloudwatch.logs", events.CloudwatchLogsEvent{}, ""},
	{"built.logs.", events.CloudwatchLogsEvent{}, ""},
	{"sample.cloudwatch.scheduled-event", events.EventBridgeEvent{}, ""},
	{"sample.eventbridge.autoscaling-", events.AutoScalingEvent{}, ""},
	{"sample.eventbridge.ecr-image-push", events.ECRImageActionEvent{}, ""},
	{"sample.eventbridge.ecr-image-scan", events.ECRScanEvent{}, ""},
	{"sample.eventbridge.ecs-", events.ECSContainerInstanceEvent{}, "detail.attributes.*.value"},
	{"sample.eventbridge.", events.EventBridgeEvent{}, ""},
	{"sample.scheduler.", events.EventBridgeEvent{}, ""},
	{"built.events.", events.EventBridgeEvent{}, ""},
	{"built.schedule.", events.EventBridgeEvent{}, ""},
	{"built.scheduler.", events.EventBridgeEvent{}, ""},
	{"sample.codebuild.", events.CodeBuildEvent{}, ""},
	{"sample.codecommit.", events.CodeCommitEvent{}, ""},
	{"built.codecommit.", events.CodeCommitEvent{}, ""},
	{"sample.codedeploy.", events.CodeDeployEvent{}, ""},
	{"sample.codepipeline.job", events.CodePipelineJobEvent{}, ""},
	{"built.codepipeline.", events.CodePipelineJobEvent{}, "CodePipeline.job.data.encryptionKey"},
	{"sample.codepipeline.execution-state-change", events.CodePipelineCloudWatchEvent{}, ""},
	{"sample.cognito.sync-trigger", events.CognitoEvent{}, ""},
	{"built.cognito-sync.", events.CognitoEvent{}, ""},
	{"sample.config.", events.ConfigEvent{}, ""},
	{"built.config.", events.ConfigEvent{}, ""},
	{"sample.connect.", events.ConnectEvent{}, "Details.ContactData.MediaStreams"},
	{"built.connect.", events.ConnectEvent{}, "Details.ContactData.MediaStreams"},
	{"sample.dynamodb.update", events.DynamoDBEvent{}, ""},
	{"sample.dynamodb.time-window", events.DynamoDBTimeWindowEvent{}, ""},
	{"sample.iot.button", events.IoTButtonEvent{}, ""},
	{"sample.iot.1-click", events.IoTOneClickEvent{}, ""},
	{"sample.iot.custom-authorizer", events.IoTCoreCustomAuthorizerRequest{}, ""},
	{"built.iot-authorizer.", events.IoTCoreCustomAuthorizerRequest{}, ""},
	{"sample.iot.pre-provisioning-hook", events.IoTPreProvisionHookRequest{}, ""},
	{"sample.kafka.", events.KafkaEvent{}, ""},
	{"sample.msk.", events.KafkaEvent{}, ""},
	{"sample.kinesis.get-records", events.KinesisEvent{}, ""},
	{"sample.kinesis.time-window", events.KinesisTimeWindowEvent{}, ""},
	{"sample.kinesis.kinesis-firehose", events.KinesisFirehoseEvent{}, ""},
	{"sample.kinesis.syslog", events.KinesisFirehoseEvent{}, ""},
	{"sample.kinesis.cloudwatch-logs-processor", events.KinesisFirehoseEvent{}, ""},
	{"sample.kinesis.streams-as-source", events.KinesisFirehoseEvent{}, ""},
	{"built.firehose.", events.KinesisFirehoseEvent{}, ""},
	{"sample.kinesis.analytics", events.KinesisAnalyticsOutputDeliveryEvent{},
		"streamArn records.*.kinesisStreamRecordMetadata records.*.lambdaDeliveryRecordMetadata"},
	{"built.analytics.", events.KinesisAnalyticsOutputDeliveryEvent{},
		"streamArn records.*.kinesisStreamRecordMetadata records.*.lambdaDeliveryRecordMetadata"},
	{"sample.lex.", events.LexEvent{}, ""},
	{"built.lex.", events.LexEvent{}, ""},
	{"sample.mq.activemq", events.ActiveMQEvent{}, ""},
	{"sample.mq.rabbitmq", events.RabbitMQEvent{}, ""},
	{"sample.s3.batch-invocation-v2", events.S3BatchJobEventV2{}, ""},
	{"sample.s3.batch-invocation", events.S3BatchJobEvent{}, ""},
	{"built.s3batch.v1", events.S3BatchJobEvent{}, ""},
	{"built.s3batch.", events.S3BatchJobEventV2{}, ""},
	{"sample.s3.object-lambda-", events.S3ObjectLambdaEvent{}, ""},
	{"built.s3ol.", events.S3ObjectLambdaEvent{}, ""},
	{"sample.s3.", events.S3Event{}, ""},
	{"sample.rekognition.", events.S3Event{}, ""},
	{"built.s3.", events.S3Event{}, "Records.*.replicationEventData.threshold Records.*.replicationEventData.replicationTime"},
	{"sample.secretsmanager.", events.SecretsManagerSecretRotationEvent{}, ""},
	{"built.secrets.", events.SecretsManagerSecretRotationEvent{}, ""},
	{"sample.ses.", events.SimpleEmailEvent{}, ""},
	{"built.ses.", events.SimpleEmailEvent{}, ""},
	{"sample.sns.", events.SNSEvent{}, ""},
	{"built.sns.", events.SNSEvent{}, ""},
	{"sample.sqs.", events.SQSEvent{}, ""},
	{"built.sqs.", events.SQSEvent{}, ""},
	{"*.cognito.pre-sign-up", events.CognitoEventUserPoolsPreSignup{}, ""},
	{"built.cognito.example", events.CognitoEventUserPoolsPreSignup{}, ""},
	{"*.cognito.post-confirmation", events.CognitoEventUserPoolsPostConfirmation{}, ""},
	{"*.cognito.pre-authentication", events.CognitoEventUserPoolsPreAuthentication{}, ""},
	{"*.cognito.post-authentication", events.CognitoEventUserPoolsPostAuthentication{}, ""},
	{"*.cognito.custom-message", events.CognitoEventUserPoolsCustomMessage{}, ""},
	{"*.cognito.define-auth-challenge", events.CognitoEventUserPoolsDefineAuthChallenge{}, ""},
	{"*.cognito.create-auth-challenge", events.CognitoEventUserPoolsCreateAuthChallenge{}, ""},
	{"*.cognito.verify-auth-challenge-response", events.CognitoEventUserPoolsVerifyAuthChallenge{}, ""},
	{"*.cognito.pre-token-generation-v", events.CognitoEventUserPoolsPreTokenGenV2_0{}, ""},
	{"*.cognito.pre-token-generation", events.CognitoEventUserPoolsPreTokenGen{}, ""},
	{"*.cognito.user-migration", events.CognitoEventUserPoolsMigrateUser{}, ""},
	{"*.cognito.inbound-federation", events.CognitoEventUserPoolsInboundFederation{}, ""},
}

// aws-lambda-go has no type for these, or it cannot read them, as said.
var untyped = []string{
	"*.alexa", "*.bedrock.", "*.edge.", "sample.cloudfront.", "*.lex-v2.", "*.lexv2.", "*.lattice.", "sample.vpc-lattice.",
	"sample.appsync.", "built.appsync.", "sample.batch.", "sample.cloudwatch.alarm-action", "built.alarm.", "sample.documentdb.",
	"*.iotevents.", "sample.iot.rule-message", "built.iot.", "*.pipes.", "*.rds.", "sample.sagemaker.", "sample.stepfunctions.",
	"built.sfn.", "sample.transfer.", "sample.workmail.", "*.cognito.custom-sms-sender", "*.cognito.custom-email-sender",
	"built.custom.",
	"sample.kinesis.apachelog", // the standard data that sam has for it is not base64
}

func matches(prefix, name string) bool {
	if strings.HasPrefix(prefix, "*.") {
		_, name, _ = strings.Cut(name, ".")
		return strings.HasPrefix(name, prefix[2:])
	}
	return strings.HasPrefix(name, prefix)
}

func isLacking(lacks, path string) bool {
	for _, one := range strings.Fields(lacks) {
		if one == path || strings.HasPrefix(path, one+".") {
			return true
		}
	}
	return false
}

func isEmpty(value any) bool {
	if value == nil {
		return true
	}
	v := reflect.ValueOf(value)
	return v.IsZero() || (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.Len() == 0
}

// Texts are the same when they are, or when they are the same time.
func isSameText(in, out string) bool {
	if in == out {
		return true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.000-0700", "2006-01-2T15:04:05.000-0700"} {
		if a, err := time.Parse(layout, in); err == nil {
			for _, other := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.000-0700", "2006-01-2T15:04:05.000-0700"} {
				if b, err := time.Parse(other, out); err == nil && a.Equal(b) {
					return true
				}
			}
		}
	}
	return false
}

// What of in is not in out; path names it.
func lost(path string, in, out any, add func(string)) {
	switch in := in.(type) {
	case map[string]any:
		m, _ := out.(map[string]any)
		for key, value := range in {
			inner := strings.TrimPrefix(path+"."+key, ".")
			got, is := m[key]
			for other := range m { // Go decodes whatever the case
				if !is && strings.EqualFold(other, key) {
					got, is = m[other], true
				}
			}
			if !is && isEmpty(value) {
				continue
			}
			if !is {
				add(inner)
				continue
			}
			lost(inner, value, got, add)
		}
	case []any:
		list, _ := out.([]any)
		if len(list) != len(in) {
			add(path)
			return
		}
		for i := range in {
			lost(path+".*", in[i], list[i], add)
		}
	case string:
		text, is := out.(string)
		if !is || !isSameText(in, text) {
			add(fmt.Sprintf("%s (%q became %v)", path, in, out))
		}
	case float64:
		number, is := out.(float64)
		if !is || math.Abs(number-in) > 1e-6*math.Abs(in) {
			add(fmt.Sprintf("%s (%v became %v)", path, in, out))
		}
	case nil: // nothing to lose
	default:
		if !reflect.DeepEqual(in, out) {
			add(fmt.Sprintf("%s (%v became %v)", path, in, out))
		}
	}
}

func check(r row, data []byte) []string {
	var wrong []string
	value := reflect.New(reflect.TypeOf(r.decode))
	decoder := json.NewDecoder(bytes.NewReader(data))
	if r.lacks == "" {
		decoder.DisallowUnknownFields()
	}
	if err := decoder.Decode(value.Interface()); err != nil {
		return []string{err.Error()}
	}
	if logs, is := value.Interface().(*events.CloudwatchLogsEvent); is {
		parsed, err := logs.AWSLogs.Parse()
		if err != nil || len(parsed.LogEvents) == 0 || parsed.MessageType == "" {
			return []string{fmt.Sprint("the data is not that of logs: ", err)}
		}
	}
	again, err := json.Marshal(value.Interface())
	if err != nil {
		return []string{err.Error()}
	}
	var in, out any
	json.Unmarshal(data, &in)
	json.Unmarshal(again, &out)
	lost("", in, out, func(path string) {
		if !isLacking(r.lacks, path) {
			wrong = append(wrong, "lost: "+path)
		}
	})
	return wrong
}

func main() {
	files, _ := filepath.Glob(filepath.Join(os.Args[1], "*.json"))
	sort.Strings(files)
	used := make([]int, len(rows))
	nTyped, nUntyped, nBad := 0, 0, 0
next:
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		data, err := os.ReadFile(file)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		for i, r := range rows {
			if !matches(r.prefix, name) {
				continue
			}
			used[i]++
			nTyped++
			for _, wrong := range check(r, data) {
				nBad++
				fmt.Printf("%s as %T: %s\n", name, r.decode, wrong)
			}
			continue next
		}
		for _, prefix := range untyped {
			if matches(prefix, name) {
				nUntyped++
				continue next
			}
		}
		nBad++
		fmt.Printf("%s: neither a type nor known to have none\n", name)
	}
	for i, r := range rows {
		if used[i] == 0 && strings.HasPrefix(r.prefix, "sample.") {
			nBad++
			fmt.Printf("%s: no event\n", r.prefix)
		}
	}
	fmt.Printf("%d events of %d types decoded, %d have no type, %d wrong\n", nTyped, len(rows), nUntyped, nBad)
	if nBad > 0 {
		os.Exit(1)
	}
}
