/* bench_json.c - the strict check of a payload against parsing it with cJSON, on three kinds of event. */
#include <string.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "bench.h"
#include "json/scan.h"
#include "json/write.h"

typedef struct text {
    char *data;
    size_t len;
} text;

static void fail(const char *what)
{
    fprintf(stderr, "bench_json: %s\n", what);
    exit(1);
}

/* One notification of an object in a bucket. */
static void add_notification(lii_buf *out, unsigned i)
{
    lii_buf_addf(out,
                 "{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"us-east-1\","
                 "\"eventTime\":\"2026-01-01T00:00:%02u.000Z\",\"eventName\":\"ObjectCreated:Put\","
                 "\"userIdentity\":{\"principalId\":\"EXAMPLE\"},\"requestParameters\":{\"sourceIPAddress\":\"127.0.0.1\"},"
                 "\"responseElements\":{\"x-amz-request-id\":\"%016X\",\"x-amz-id-2\":\"EXAMPLE123/5678abcdefghijkl\"},",
                 i % 60, i * 2654435761u);
    lii_buf_addf(out,
                 "\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":\"thumbnails\",\"bucket\":{\"name\":\"photos\","
                 "\"ownerIdentity\":{\"principalId\":\"EXAMPLE\"},\"arn\":\"arn:aws:s3:::photos\"},\"object\":"
                 "{\"key\":\"in/2026/01/01/camera-3/a+walk+in+the+park+with+the+neighbours+dog+and+a+ball+on+a+string+in+"
                 "winter/picture-%u.jpg\",\"size\":%u,\"eTag\":\"0123456789abcdef0123456789abcdef\","
                 "\"sequencer\":\"%016X\"}}}",
                 i, i * 1021 + 1024, i);
}

static void make_notification(lii_buf *out)
{
    lii_buf_add_z(out, "{\"Records\":[");
    add_notification(out, 7);
    lii_buf_add_z(out, "]}");
}

/* Ten messages, as a queue gives them. */
static void make_batch(lii_buf *out)
{
    unsigned i;

    lii_buf_add_z(out, "{\"Records\":[");
    for (i = 0; i < 10; i++)
        lii_buf_addf(out,
                     "%s{\"messageId\":\"059f36b4-87a3-44ab-83d2-%012u\",\"receiptHandle\":\"AQEBwJnKyrHigUMZj6rYigCgx"
                     "laS3SLy0a%08u\",\"body\":\"{\\\"customer\\\":\\\"a regular one of many years\\\",\\\"ship\\\":\\\""
                     "12 Long Street, 1st floor, door to the left\\\",\\\"order\\\":%u,\\\"total\\\":%u}\",\"attributes\":"
                     "{\"ApproximateReceiveCount\":\"1\","
                     "\"SentTimestamp\":\"1545082649183\",\"SenderId\":\"AIDAIENQZJOLO23YVJ4VO\","
                     "\"ApproximateFirstReceiveTimestamp\":\"1545082649185\"},\"messageAttributes\":{},"
                     "\"md5OfBody\":\"098f6bcd4621d373cade4e832627b4f6\",\"eventSource\":\"aws:sqs\","
                     "\"eventSourceARN\":\"arn:aws:sqs:us-east-2:123456789012:orders\",\"awsRegion\":\"us-east-2\"}",
                     i ? "," : "", i, i, i, i * 100);
    lii_buf_add_z(out, "]}");
}

/* A web request whose body is a JSON document inside a string: a backslash every few bytes. */
static void make_request(lii_buf *out)
{
    lii_json_writer w;
    lii_buf body;
    unsigned i;

    lii_buf_init(&body, NULL);
    lii_buf_add_byte(&body, '[');
    for (i = 0; body.len < 80000; i++)
        lii_buf_addf(&body,
                     "%s{\"id\":%u,\"sku\":\"A-%u\",\"name\":\"item %u\","
                     "\"tags\":[\"new\",\"red\"],\"text\":\"one\\ntwo\"}",
                     i ? ",\n " : "", i, i * 31, i);
    lii_buf_add_byte(&body, ']');
    lii_json_begin(&w, out);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "version", "2.0", LI_Z);
    lii_json_member_string(&w, "rawPath", "/orders", LI_Z);
    lii_json_member_string(&w, "body", body.data, body.len);
    lii_json_close(&w, '}');
    lii_buf_fini(&body);
}

static text make(void (*fill)(lii_buf *out))
{
    lii_buf buf;
    text t;

    lii_buf_init(&buf, NULL);
    fill(&buf);
    lii_buf_add_byte(&buf, '\0');
    if (buf.status != LI_OK)
        fail("out of memory");
    t.data = lii_buf_take(&buf, &t.len);
    t.len--;
    if (lii_json_check(t.data, t.len, LII_JSON_DEPTH, NULL) != 0)
        fail("an event of ours is not valid");
    return t;
}

static void run_check(void *arg, size_t n)
{
    const text *t = arg;

    while (n-- > 0) {
        bench_keep(t->data);
        if (lii_json_check(t->data, t->len, LII_JSON_DEPTH, NULL) != 0)
            fail("refused by the check");
    }
}

static void run_cjson(void *arg, size_t n)
{
    const text *t = arg;
    cJSON *tree;

    while (n-- > 0) {
        bench_keep(t->data);
        tree = cJSON_Parse(t->data);
        if (tree == NULL)
            fail("refused by cJSON");
        cJSON_Delete(tree);
    }
}

static void compare(const char *what, double limit, void (*fill)(lii_buf *out))
{
    text t = make(fill);
    bench_case cases[2] = { { .name = "check" }, { .name = "cJSON parse" } };
    char title[96];
    int rounds;
    size_t i;

    for (i = 0; i < 2; i++) {
        cases[i].run = i ? run_cjson : run_check;
        cases[i].arg = &t;
        cases[i].n = 8000000 / t.len + 1;
    }
    rounds = bench_run(cases, 2);
    snprintf(title, sizeof title, "strict JSON check %s", what);
    bench_compare_row("P12", title, &cases[0], &cases[1], rounds, limit);
    free(t.data);
}

int main(void)
{
    compare("750 B", -4, make_notification);
    compare("6 KB batch", -4, make_batch);
    compare("100 KB escaped", -1.5, make_request);
    return 0;
}
