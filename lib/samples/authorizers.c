/* authorizers.c - samples of questions whether somebody may: API Gateway, AppSync, IoT, Client VPN, Transfer Family. */
#include "samples/samples.h"

static const li_sample_parameter token[] = {
    ACCOUNT, PARTITION, REGION, P("stage", "prod"), P("method", "POST"), P("resource", "{proxy+}"), P("restApiId", "example"),
};
static const li_sample_parameter request[] = {
    ACCOUNT, PARTITION, REGION, P("stage", "test"), P("method", "GET"), P("resource", "request"), P("restApiId", "abcdef123"),
};
static const li_sample_parameter http[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("stage", "$default"), EXTRA("method", "GET"), EXTRA("resource", "request"),
    EXTRA("apiId", "abcdef123"),
};
static const li_sample_parameter appsync[] = { EXTRA_ACCOUNT, EXTRA("token", "ExampleAUTHtoken123123123") };
static const li_sample_parameter iot[] = { EXTRA("token", "aToken"), EXTRA("client-id", "myClientId") };
static const li_sample_parameter hook[] = {
    EXTRA_ACCOUNT, EXTRA_PARTITION, EXTRA_REGION, EXTRA("template", "MyTemplate"), EXTRA("client-id", "221a6d10-9c7f-42f1-9153"),
};
static const li_sample_parameter login[] = { EXTRA("username", "jdoe") };

#define CERTIFICATE \
    J({"clientCertPem": "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----", "issuerDN": "CN=issuer", \
       "serialNumber": "1", "subjectDN": "CN=subject", \
       "validity": {"notAfter": "Dec 31 23:59:59 2026 GMT", "notBefore": "Jan  1 00:00:00 2026 GMT"}})

const lii_sample lii_samples_authorizers[] = {
    { "apigateway", "authorizer", "apigw-authorizer", WITH(token),
      J({"type": "TOKEN", "authorizationToken": "incoming-client-token",
         "methodArn": "arn:${partition}:execute-api:${region}:${account-id}:${restApiId}/${stage}/${method}/${resource}"}) },
    { "apigateway", "request-authorizer", "apigw-authorizer", WITH(request),
      J({"type": "REQUEST",
         "methodArn": "arn:${partition}:execute-api:${region}:${account-id}:${restApiId}/${stage}/${method}/${resource}",
         "resource": "/${resource}", "path": "/${resource}", "httpMethod": "${method}",
         "headers": {"Accept": "*/*", "Authorization": "incoming-client-token",
           "Host": "${restApiId}.execute-api.${region}.${@dns}",
           "X-Forwarded-For": "203.0.113.10"},
         "multiValueHeaders": {"Accept": ["*/*"], "Authorization": ["incoming-client-token"],
           "Host": ["${restApiId}.execute-api.${region}.${@dns}"], "X-Forwarded-For": ["203.0.113.10"]},
         "queryStringParameters": {"QueryString1": "queryValue1"},
         "multiValueQueryStringParameters": {"QueryString1": ["queryValue1"]}, "pathParameters": {},
         "stageVariables": {"StageVar1": "stageValue1"},
         "requestContext": {"path": "/${resource}", "accountId": "${account-id}", "resourceId": "05c7jb", "stage": "${stage}",
           "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "identity": {"apiKey": "example-key", "sourceIp": "203.0.113.10",
           "clientCert":) CERTIFICATE J(}, "resourcePath": "/${resource}", "httpMethod": "${method}", "apiId": "${restApiId}"}}) },
    { "apigateway", "http-authorizer-v1", "apigw-authorizer", WITH(http), .flags = LI_SAMPLE_EXTRA,
      .text = J({"version": "1.0", "type": "REQUEST",
         "methodArn": "arn:${partition}:execute-api:${region}:${account-id}:${apiId}/${stage}/${method}/${resource}",
         "identitySource": "user1,123", "authorizationToken": "user1,123", "resource": "/${resource}", "path": "/${resource}",
         "httpMethod": "${method}", "headers": {"X-AMZ-Date": "20260101T121500Z", "Accept": "*/*", "HeaderAuth1": "user1"},
         "queryStringParameters": {"QueryString1": "queryValue1"}, "pathParameters": {},
         "stageVariables": {"StageVar1": "stageValue1"},
         "requestContext": {"path": "/${resource}", "accountId": "${account-id}", "resourceId": "05c7jb", "stage": "${stage}",
           "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "identity": {"apiKey": "example-key", "sourceIp": "203.0.113.10",
           "clientCert":) CERTIFICATE J(}, "resourcePath": "/${resource}", "httpMethod": "${method}", "apiId": "${apiId}"}}) },
    { "apigateway", "http-authorizer-v2", "apigw-authorizer", WITH(http), .flags = LI_SAMPLE_EXTRA,
      .text = J({"version": "2.0", "type": "REQUEST",
         "routeArn": "arn:${partition}:execute-api:${region}:${account-id}:${apiId}/${stage}/${method}/${resource}",
         "identitySource": ["user1", "123"], "routeKey": "${method} /${resource}", "rawPath": "/${resource}",
         "rawQueryString": "parameter1=value1", "cookies": ["cookie1", "cookie2"], "headers": {"header1": "value1"},
         "queryStringParameters": {"parameter1": "value1"},
         "requestContext": {"accountId": "${account-id}", "apiId": "${apiId}", "authentication": {"clientCert":) CERTIFICATE
      J(}, "domainName": "${apiId}.execute-api.${region}.${@dns}", "domainPrefix": "${apiId}",
           "http": {"method": "${method}", "path": "/${resource}", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.10",
           "userAgent": "curl/8.5.0"}, "requestId": "JKJaXmPLvHcESHA=", "routeKey": "${method} /${resource}",
           "stage": "${stage}", "time": "01/Jan/2026:12:15:00 +0000", "timeEpoch": 1767269700000},
         "pathParameters": {"parameter1": "value1"}, "stageVariables": {"stageVariable1": "value1"}}) },
    { "appsync", "authorizer", NULL, WITH(appsync), .flags = LI_SAMPLE_EXTRA,
      .text = J({"authorizationToken": "${token}", "requestContext": {"apiId": "aaaaaa123123123example123",
         "accountId": "${account-id}", "requestId": "f4081827-1111-4444-5555-5cf4695f339f",
         "queryString": "query MyQuery { getPost { id } }", "operationName": "MyQuery", "variables": {}}}) },
    { "iot", "custom-authorizer", "iot-authorizer", WITH(iot), .flags = LI_SAMPLE_EXTRA,
      .text = J({"token": "${token}", "signatureVerified": true, "protocols": ["tls", "http", "mqtt"],
         "protocolData": {"tls": {"serverName": "serverName"}, "http": {"headers": {"X-Request-ID": "abc123"},
           "queryString": "?foo=bar"}, "mqtt": {"username": "myUserName", "password": "bXlQYXNzd29yZA==",
           "clientId": "${client-id}"}},
         "connectionMetadata": {"id": "e56f08c3-c559-490f-aa9f-7e8427d0f57b"}}) },
    { "iot", "pre-provisioning-hook", "iot-authorizer", WITH(hook), .flags = LI_SAMPLE_EXTRA,
      .text = J({"claimCertificateId": "claim-certificate-id", "certificateId": "certificate-id",
         "certificatePem": "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----",
         "templateArn": "arn:${partition}:iot:${region}:${account-id}:provisioningtemplate/${template}",
         "clientId": "${client-id}", "parameters": {"SerialNumber": "1234", "Location": "Oslo"}}) },
    { "clientvpn", "connection", NULL, WITH(login), .flags = LI_SAMPLE_EXTRA,
      .text = J({"connection-id": "cvpn-connection-04e7e1b2f0daf9460", "endpoint-id": "cvpn-endpoint-0f13eab7f860433cc",
         "common-name": "", "username": "${username}", "platform": "linux", "platform-version": "6.1",
         "public-ip": "203.0.113.10", "client-openvpn-version": "2.6.3", "schema-version": "v1"}) },
    { "transfer", "authorizer", NULL, WITH(login), .flags = LI_SAMPLE_EXTRA,
      .text = J({"username": "${username}", "password": "secret", "protocol": "SFTP", "serverId": "s-01234567890123456",
         "sourceIp": "203.0.113.10"}) },
    { .service = NULL }
};
