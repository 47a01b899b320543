/* edge.c - samples of CloudFront: requests and responses at the edge. */
#include "samples/samples.h"

static const li_sample_parameter request[] = { P("uri", "/test"), P("method", "GET") };
static const li_sample_parameter extra[] = { EXTRA("uri", "/test"), EXTRA("method", "GET") };
static const li_sample_parameter forecast[] = {
    P("uri", "/forecast/Seattle:NewYork:Chicago:SanFrancisco"), P("method", "GET"),
};

/* type: of the event. The rest: the members of request.headers after host. */
#define REQUEST_OF(type, path, query, verb, ...) \
    J({"Records": [{"cf": {"config": {"distributionDomainName": "d123.cloudfront.net", "distributionId": "EDFDVBD6EXAMPLE", \
       "eventType": type, "requestId": "MRVMF7KydIvxMWfJIglgwHQwZsbG2IhRJ07sn9AkKUFSHS9EXAMPLE=="}, \
       "request": {"clientIp": "203.0.113.178", "method": verb, "uri": path, "querystring": query, \
       "headers": {"host": [{"key": "Host", "value": "d123.cloudfront.net"}], \
       "user-agent": [{"key": "User-Agent", "value": "curl/8.5.0"}] __VA_ARGS__})
#define END J(}}}]})
#define REQUEST(type, query, ...) REQUEST_OF(type, "${uri}", query, "${method}", __VA_ARGS__) END

#define ORIGIN \
    J(, "origin": {"custom": {"customHeaders": {}, "domainName": "example.org", "keepaliveTimeout": 5, "path": "", \
        "port": 443, "protocol": "https", "readTimeout": 30, "sslProtocols": ["TLSv1.2"]}})
#define RESPONSE \
    J(}, "response": {"status": "200", "statusDescription": "OK", "headers": { \
        "server": [{"key": "Server", "value": "MyCustomOrigin"}], \
        "content-type": [{"key": "Content-Type", "value": "text/html"}], \
        "x-amz-meta-last-modified": [{"key": "X-Amz-Meta-Last-Modified", "value": "2026-01-01"}]})

const lii_sample lii_samples_edge[] = {
    { "cloudfront", "ab-test", "edge", WITH(request),
      REQUEST("viewer-request", "", , "cookie": [{"key": "Cookie", "value": "X-Experiment-Name=A"}]) },
    { "cloudfront", "access-request-in-response", "edge", WITH(request),
      REQUEST_OF("viewer-response", "${uri}", "", "${method}", ) RESPONSE END },
    { "cloudfront", "http-redirect", "edge", WITH(request), REQUEST("viewer-request", "", ) },
    { "cloudfront", "modify-querystring", "edge", WITH(request), REQUEST("viewer-request", "size=LARGE&color=RED", ) },
    { "cloudfront", "modify-response-header", "edge",
      .text = REQUEST_OF("viewer-response", "/test", "", "GET", ) RESPONSE END },
    { "cloudfront", "multiple-remote-calls-aggregate-response", "edge", WITH(forecast), REQUEST("viewer-request", "", ) },
    { "cloudfront", "normalize-querystring-to-improve-cache-hit", "edge", WITH(request),
      REQUEST("viewer-request", "size=LARGE&color=RED", ) },
    { "cloudfront", "origin-request", "edge", WITH(extra), .flags = LI_SAMPLE_EXTRA,
      .text = REQUEST_OF("origin-request", "${uri}", "", "${method}", ) ORIGIN END },
    { "cloudfront", "origin-response", "edge", WITH(extra), .flags = LI_SAMPLE_EXTRA,
      .text = REQUEST_OF("origin-response", "${uri}", "", "${method}", ) ORIGIN RESPONSE END },
    { "cloudfront", "redirect-on-viewer-country", "edge", WITH(request),
      REQUEST_OF("origin-request", "${uri}", "", "${method}", ,
                 "cloudfront-viewer-country": [{"key": "CloudFront-Viewer-Country", "value": "TW"}]) ORIGIN END },
    { "cloudfront", "redirect-unauthenticated-users", "edge", WITH(request), REQUEST("viewer-request", "", ) },
    { "cloudfront", "response-generation", "edge", WITH(request), REQUEST("viewer-request", "", ) },
    { "cloudfront", "serve-object-on-viewer-device", "edge", WITH(request),
      REQUEST_OF("origin-request", "${uri}", "", "${method}", ,
                 "cloudfront-is-desktop-viewer": [{"key": "CloudFront-Is-Desktop-Viewer", "value": "false"}],
                 "cloudfront-is-mobile-viewer": [{"key": "CloudFront-Is-Mobile-Viewer", "value": "true"}],
                 "cloudfront-is-tablet-viewer": [{"key": "CloudFront-Is-Tablet-Viewer", "value": "false"}]) ORIGIN END },
    { "cloudfront", "simple-remote-call", "edge", WITH(request), REQUEST("viewer-request", "", ) },
    { .service = NULL }
};
