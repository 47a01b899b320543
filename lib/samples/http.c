/* http.c - samples of requests: API Gateway, function URLs, Application Load Balancer, VPC Lattice, AppSync. */
#include "samples/samples.h"

#define BROWSER "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

/* ---- API Gateway REST */

static const li_sample_parameter rest[] = {
    P("body", "{\"test\":\"body\"}"), P("stage", "prod"), P("method", "POST"), P("resource", "/{proxy+}"),
    P("path", "path/to/resource"), LII_P("querystringparameters", "{\"foo\": \"bar\"}", LI_SAMPLE_OBJECT, 0), ACCOUNT,
    P("dns-suffix", "us-east-1.amazonaws.com"), EXTRA_REGION,
};

#define IDENTITY \
    J({"cognitoIdentityPoolId": null, "accountId": null, "cognitoIdentityId": null, "caller": null, "sourceIp": "203.0.113.10", \
       "principalOrgId": null, "accessKey": null, "cognitoAuthenticationType": null, "cognitoAuthenticationProvider": null, \
       "userArn": null, "userAgent":) "\"" BROWSER "\"" J(, "user": null})

#define REST_HEAD \
    J("resource": "${resource}", "path": "/${path}", "httpMethod": "${method}", \
      "headers": {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "Content-Type": "application/json", \
                  "Host": "1234567890.execute-api.${dns-suffix}", "User-Agent":) "\"" BROWSER "\"" \
    J(, "X-Amzn-Trace-Id": "Root=1-5e272390-8c398be037738dc042009320", "X-Forwarded-For": "203.0.113.10", \
                  "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https"}, \
      "multiValueHeaders": {"Accept": ["application/json"], "Accept-Encoding": ["gzip, deflate"], \
                  "Content-Type": ["application/json"], "Host": ["1234567890.execute-api.${dns-suffix}"], "User-Agent":) \
    "[\"" BROWSER "\"]" \
    J(, "X-Amzn-Trace-Id": ["Root=1-5e272390-8c398be037738dc042009320"], "X-Forwarded-For": ["203.0.113.10"], \
                  "X-Forwarded-Port": ["443"], "X-Forwarded-Proto": ["https"]},)

#define REST_CONTEXT \
    J("requestContext": {"resourceId": "123456", "resourcePath": "${resource}", "httpMethod": "${method}", \
      "extendedRequestId": "fj5nJGPMvHcFZ1A=", "requestTime": "01/Jan/2026:12:15:00 +0000", "path": "/${stage}/${path}", \
      "accountId": "${account-id}", "protocol": "HTTP/1.1", "stage": "${stage}", "domainPrefix": "1234567890", \
      "requestTimeEpoch": 1767269700000, "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "identity":) IDENTITY \
    J(, "domainName": "1234567890.execute-api.${dns-suffix}", "apiId": "1234567890"})

#define REST \
    J({) REST_HEAD \
    J("queryStringParameters": "${=querystringparameters}", \
      "multiValueQueryStringParameters": "${=querystringparameters.lists}", "pathParameters": {"proxy": "${path}"}, \
      "stageVariables": {"baz": "qux"},) REST_CONTEXT J(, "body": "${body:base64}", "isBase64Encoded": true})

/* ---- API Gateway HTTP, and function URLs, which have the same shape */

static const li_sample_parameter http[] = {
    P("body", "{\"test\":\"body\"}"), P("stage", "$default"), P("method", "POST"), P("path", "path/to/resource"), ACCOUNT,
    P("dns-suffix", "us-east-1.amazonaws.com"), EXTRA_REGION,
};

static const li_sample_parameter http_iam[] = {
    EXTRA("body", "{\"test\":\"body\"}"), EXTRA("stage", "$default"), EXTRA("method", "POST"), EXTRA("path", "path/to/resource"),
    EXTRA_ACCOUNT, EXTRA("dns-suffix", "us-east-1.amazonaws.com"), EXTRA_REGION, EXTRA_PARTITION,
};

#define URL_PARAMETERS \
    EXTRA("body", "{\"test\":\"body\"}"), EXTRA("method", "POST"), EXTRA("path", "path/to/resource"), EXTRA_ACCOUNT, \
        EXTRA_REGION, EXTRA("url-id", "abcdefghijklmnopqrstuvwxyz012345")
static const li_sample_parameter url[] = { URL_PARAMETERS };
static const li_sample_parameter url_iam[] = { URL_PARAMETERS, EXTRA_PARTITION };

#define V2_HEAD(route, domain) \
    J({"version": "2.0", "routeKey": route, "rawPath": "/${path}", \
       "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value", "cookies": ["cookie1", "cookie2"], \
       "headers": {"accept": "application/json", "content-type": "application/json", "host": domain, \
                   "user-agent": "curl/8.5.0", "x-amzn-trace-id": "Root=1-5e272390-8c398be037738dc042009320", \
                   "x-forwarded-for": "203.0.113.10", "x-forwarded-port": "443", "x-forwarded-proto": "https"}, \
       "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"}, \
       "requestContext": {"accountId": "${account-id}", "domainName": domain,)

#define V2_CONTEXT \
    J("http": {"method": "${method}", "path": "/${path}", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.10", \
               "userAgent": "curl/8.5.0"}, "requestId": "JKJaXmPLvHcESHA=",)

#define V2_TIME J("time": "01/Jan/2026:12:15:00 +0000", "timeEpoch": 1767269700000})


#define CERTIFICATE \
    {"clientCertPem": "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----", "subjectDN": "CN=subject", \
     "issuerDN": "CN=issuer", "serialNumber": "1", \
     "validity": {"notBefore": "Jan  1 00:00:00 2026 GMT", "notAfter": "Dec 31 23:59:59 2026 GMT"}}
#define V2(...) \
    V2_HEAD("${method} /${path}", "1234567890.execute-api.${dns-suffix}") \
    J("apiId": "1234567890", __VA_ARGS__ "domainPrefix": "1234567890",) V2_CONTEXT \
    J("routeKey": "${method} /${path}", "stage": "${stage}",) V2_TIME \
    J(, "body": "${body:base64}", "pathParameters": {"proxy": "${path}"}, "isBase64Encoded": true, \
       "stageVariables": {"stageVariable1": "value1"}})

#define URL(...) \
    V2_HEAD("$default", "${url-id}.lambda-url.${region}.on.aws") \
    J("apiId": "${url-id}", __VA_ARGS__ "domainPrefix": "${url-id}",) V2_CONTEXT \
    J("routeKey": "$default", "stage": "$default",) V2_TIME J(, "body": "${body:base64}", "isBase64Encoded": true})

/* ---- API Gateway WebSocket */

static const li_sample_parameter socket[] = {
    EXTRA("stage", "prod"), EXTRA("connection-id", "cR0RxfG0LPECFaA="), EXTRA("dns-suffix", "us-east-1.amazonaws.com"),
    EXTRA_REGION,
};
static const li_sample_parameter socket_message[] = {
    EXTRA("stage", "prod"), EXTRA("connection-id", "cR0RxfG0LPECFaA="), EXTRA("dns-suffix", "us-east-1.amazonaws.com"),
    EXTRA_REGION, EXTRA("route", "sendmessage"), EXTRA("body", "{\"action\":\"sendmessage\",\"data\":\"hello\"}"),
};

#define SOCKET_HEADERS \
    J("headers": {"Host": "abcd1234.execute-api.${dns-suffix}", "Sec-WebSocket-Version": "13", \
                  "X-Amzn-Trace-Id": "Root=1-5e272390-8c398be037738dc042009320", "X-Forwarded-For": "203.0.113.10", \
                  "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https"}, \
      "multiValueHeaders": {"Host": ["abcd1234.execute-api.${dns-suffix}"], "Sec-WebSocket-Version": ["13"], \
                  "X-Amzn-Trace-Id": ["Root=1-5e272390-8c398be037738dc042009320"], "X-Forwarded-For": ["203.0.113.10"], \
                  "X-Forwarded-Port": ["443"], "X-Forwarded-Proto": ["https"]},)
#define SOCKET_CONTEXT(route, type, ...) \
    J("requestContext": {"routeKey": route, __VA_ARGS__ "eventType": type, "extendedRequestId": "cR0RxF1_rPEFvwg=", \
      "requestTime": "01/Jan/2026:12:15:00 +0000", "messageDirection": "IN", "stage": "${stage}", \
      "connectedAt": 1767269699000, "requestTimeEpoch": 1767269700000, \
      "identity": {"sourceIp": "203.0.113.10", "userAgent": "websocket-client/1.8"}, "requestId": "cR0RxF1_rPEFvwg=", \
      "domainName": "abcd1234.execute-api.${dns-suffix}", "connectionId": "${connection-id}", "apiId": "abcd1234"})

/* ---- Application Load Balancer */

static const li_sample_parameter alb[] = {
    P("body", "{\"test\":\"body\"}"), P("method", "POST"), P("path", "path/to/resource"), ACCOUNT,
    P("dns-suffix", "us-east-2.elb.amazonaws.com"), EXTRA("region", "us-east-2"), EXTRA_PARTITION,
};
static const li_sample_parameter alb_extra[] = {
    EXTRA("body", "{\"test\":\"body\"}"), EXTRA("method", "POST"), EXTRA("path", "path/to/resource"), EXTRA_ACCOUNT,
    EXTRA("dns-suffix", "us-east-2.elb.amazonaws.com"), EXTRA("region", "us-east-2"), EXTRA_PARTITION,
};
static const li_sample_parameter alb_health[] = { EXTRA_ACCOUNT, EXTRA("region", "us-east-2"), EXTRA_PARTITION };

#define ALB_HEAD \
    J({"requestContext": {"elb": {"targetGroupArn": \
       "arn:${partition}:elasticloadbalancing:${region}:${account-id}:targetgroup/lambda-target/6d0ecf831eec9f09"}},)

/* ---- VPC Lattice */

static const li_sample_parameter lattice1[] = {
    EXTRA("body", "{\"test\":\"body\"}"), EXTRA("method", "POST"), EXTRA("path", "path/to/resource"),
};
static const li_sample_parameter lattice2[] = {
    EXTRA("body", "{\"test\":\"body\"}"), EXTRA("method", "POST"), EXTRA("path", "path/to/resource"), EXTRA_ACCOUNT,
    EXTRA_PARTITION, EXTRA_REGION,
};

/* ---- AppSync */

#define APPSYNC(arguments, source) \
    J({"arguments": arguments, "identity": {"claims": {"sub": "192879fc-a240-4bf1-ab5a-d6a00f3063f9", \
       "iss": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_EXAMPLE", "username": "jdoe", "token_use": "access"}, \
       "defaultAuthStrategy": "ALLOW", "groups": ["editors"], \
       "issuer": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_EXAMPLE", "sourceIp": ["203.0.113.10"], \
       "sub": "192879fc-a240-4bf1-ab5a-d6a00f3063f9", "username": "jdoe"}, "source": source, \
       "request": {"headers": {"accept": "application/json", "content-type": "application/json", "host": \
       "abcdefg.appsync-api.us-west-2.amazonaws.com", "x-amzn-trace-id": "Root=1-5e272390-8c398be037738dc042009320"}, \
       "domainName": null}, "prev": null, "info": {"selectionSetList": ["id", "title"], \
       "selectionSetGraphQL": "{\n  id\n  title\n}", "fieldName": "getPost", "parentTypeName": "Query", "variables": {}}, \
       "stash": {}})

const lii_sample lii_samples_http[] = {
    { "apigateway", "aws-proxy", "apigw-rest", WITH(rest), REST },
    { "apigateway", "http-api-proxy", "apigw-http", WITH(http),
      V2("authentication": {"clientCert": CERTIFICATE}, "authorizer": {"jwt": {"claims": {"claim1": "value1", "claim2": "value2"},
         "scopes": ["scope1", "scope2"]}},) },
    { "apigateway", "http-api-proxy-open", "apigw-http", WITH(http), .flags = LI_SAMPLE_EXTRA, .text = V2("authentication": null,) },
    { "apigateway", "http-api-proxy-iam", "apigw-http", WITH(http_iam), .flags = LI_SAMPLE_EXTRA,
      .text = V2("authentication": null, "authorizer": {"iam": {"accessKey": "AKIAIOSFODNN7EXAMPLE", "accountId": "${account-id}",
          "callerId": "AIDAEXAMPLE", "cognitoIdentity": null, "principalOrgId": "o-example",
          "userArn": "arn:${partition}:iam::${account-id}:user/jdoe", "userId": "AIDAEXAMPLE"}},) },
    { "apigateway", "websocket-connect", "apigw-ws", WITH(socket), .flags = LI_SAMPLE_EXTRA,
      .text = J({) SOCKET_HEADERS SOCKET_CONTEXT("$connect", "CONNECT",) J(, "isBase64Encoded": false}) },
    { "apigateway", "websocket-disconnect", "apigw-ws", WITH(socket), .flags = LI_SAMPLE_EXTRA,
      .text = J({) SOCKET_HEADERS
          SOCKET_CONTEXT("$disconnect", "DISCONNECT", "disconnectStatusCode": 1005,
                         "disconnectReason": "Client-side close frame status not set",)
          J(, "isBase64Encoded": false}) },
    { "apigateway", "websocket-message", "apigw-ws", WITH(socket_message), .flags = LI_SAMPLE_EXTRA,
      .text = J({) SOCKET_CONTEXT("${route}", "MESSAGE", "messageId": "cR0TLfDcLPECFaA=",)
          J(, "body": "${body}", "isBase64Encoded": false}) },
    { "lambda", "function-url", NULL, WITH(url), .flags = LI_SAMPLE_EXTRA, .text = URL() },
    { "lambda", "function-url-iam", NULL, WITH(url_iam), .flags = LI_SAMPLE_EXTRA,
      .text = URL("authorizer": {"iam": {"accessKey": "AKIAIOSFODNN7EXAMPLE", "accountId": "${account-id}",
          "callerId": "AIDAEXAMPLE", "userArn": "arn:${partition}:iam::${account-id}:user/jdoe", "userId": "AIDAEXAMPLE"}},) },
    { "alb", "request", "alb", WITH(alb),
      ALB_HEAD J("httpMethod": "${method}", "path": "/${path}", "queryStringParameters": {"query": "1234ABCD"},
        "headers": {"accept": "application/json", "accept-encoding": "gzip", "connection": "keep-alive",
          "content-type": "application/json", "host": "lambda-alb-123578498.${dns-suffix}", "user-agent": "curl/8.5.0",
          "x-amzn-trace-id": "Root=1-5c536348-3d683b8b04734faae651f476", "x-forwarded-for": "203.0.113.10",
          "x-forwarded-port": "80", "x-forwarded-proto": "http"},
        "body": "${body:base64}", "isBase64Encoded": true}) },
    { "alb", "request-multi-value", "alb", WITH(alb_extra), .flags = LI_SAMPLE_EXTRA,
      .text = ALB_HEAD J("httpMethod": "${method}", "path": "/${path}",
        "multiValueQueryStringParameters": {"query": ["1234ABCD", "5678"]},
        "multiValueHeaders": {"accept": ["application/json", "text/plain"], "accept-encoding": ["gzip"],
          "connection": ["keep-alive"], "content-type": ["application/json"], "host": ["lambda-alb-123578498.${dns-suffix}"],
          "user-agent": ["curl/8.5.0"], "x-amzn-trace-id": ["Root=1-5c536348-3d683b8b04734faae651f476"],
          "x-forwarded-for": ["203.0.113.10"], "x-forwarded-port": ["80"], "x-forwarded-proto": ["http"]},
        "body": "${body}", "isBase64Encoded": false}) },
    { "alb", "health-check", "alb", WITH(alb_health), .flags = LI_SAMPLE_EXTRA,
      .text = ALB_HEAD J("httpMethod": "GET", "path": "/", "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"}, "body": "", "isBase64Encoded": false}) },
    { "vpc-lattice", "request-v1", "lattice", WITH(lattice1), .flags = LI_SAMPLE_EXTRA,
      .text = J({"raw_path": "/${path}?key=value", "method": "${method}",
        "headers": {"accept": "*/*", "host": "service-0123456789abcdef0.7d67968.vpc-lattice-svcs.us-east-1.on.aws",
          "user-agent": "curl/8.5.0", "x-forwarded-for": "10.0.2.128"},
        "query_string_parameters": {"key": "value"}, "body": "${body}", "is_base64_encoded": false}) },
    { "vpc-lattice", "request-v2", "lattice", WITH(lattice2), .flags = LI_SAMPLE_EXTRA,
      .text = J({"version": "2.0", "path": "/${path}", "method": "${method}",
        "headers": {"accept": ["*/*"], "host": ["service-0123456789abcdef0.7d67968.vpc-lattice-svcs.${region}.on.aws"],
          "user-agent": ["curl/8.5.0"], "x-forwarded-for": ["10.0.2.128"]},
        "queryStringParameters": {"key": ["value"]}, "body": "${body}", "isBase64Encoded": false,
        "requestContext": {
          "serviceNetworkArn": "arn:${partition}:vpc-lattice:${region}:${account-id}:servicenetwork/sn-0123456789abcdef0",
          "serviceArn": "arn:${partition}:vpc-lattice:${region}:${account-id}:service/svc-0123456789abcdef0",
          "targetGroupArn": "arn:${partition}:vpc-lattice:${region}:${account-id}:targetgroup/tg-0123456789abcdef0",
          "identity": {"sourceVpcArn": "arn:${partition}:ec2:${region}:${account-id}:vpc/vpc-0123456789abcdef0",
            "type": "AWS_IAM", "principal": "arn:${partition}:sts::${account-id}:assumed-role/caller/session",
            "principalOrgID": "o-example", "sessionName": "session"},
          "region": "${region}", "timeEpoch": "1767269700000000"}}) },
    { "appsync", "resolver", "appsync", .text = APPSYNC({"id": "1"}, null) },
    { "appsync", "batch-resolver", NULL, .flags = LI_SAMPLE_EXTRA,
      .text = "[" APPSYNC({}, {"id": "1"}) "," APPSYNC({}, {"id": "2"}) "]" },
    { .service = NULL }
};
