/* test_sample.c - sample events: the table of names, parameters, what comes out (TRG-214 to TRG-220). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/sample.h>
#include <lambdainvoke/services.h>

#include "base/buf.h"
#include "json/scan.h"
#include "json/write.h"
#include "samples/samples.h"

enum { MAX_EVENTS = 400, MAX_VALUES = 24 };

/* ---- help */

typedef struct text {
    char *data;
    size_t len;
} text;

static void keep(void *user, const char *data, size_t len)
{
    text *t = user;

    ck_assert_ptr_null(t->data);
    t->data = malloc(len + 1);
    ck_assert_ptr_nonnull(t->data);
    memcpy(t->data, data, len);
    t->data[len] = '\0';
    t->len = len;
}

static void must_not(void *user, const char *data, size_t len)
{
    (void)user;
    (void)data;
    (void)len;
    ck_abort_msg("written after a failure");
}

typedef struct list {
    li_sample_info rows[MAX_EVENTS];
    size_t n;
} list;

static void collect(void *user, const li_sample_info *info)
{
    list *l = user;

    ck_assert_uint_lt(l->n, MAX_EVENTS);
    ck_assert_uint_eq(info->size, sizeof *info);
    l->rows[l->n++] = *info;
}

static list *all(void)
{
    static list l;

    l.n = 0;
    li_event_sample_each(collect, &l);
    return &l;
}

static int is(li_slice s, const char *z)
{
    return s.len == strlen(z) && memcmp(s.ptr, z, s.len) == 0;
}

static const li_sample_info *find(const char *service, const char *event)
{
    list *l = all();
    size_t i;

    for (i = 0; i < l->n; i++)
        if (is(l->rows[i].service, service) && is(l->rows[i].event, event))
            return &l->rows[i];
    return NULL;
}

/* The document of a row with the values; its bytes are the caller's. */
static text make(const li_sample_info *row, const li_sample_value *values, size_t n)
{
    li_error err = LI_ERROR_INIT;
    text t = { NULL, 0 };
    li_status status = li_event_sample(NULL, row->service.ptr, row->service.len, row->event.ptr, row->event.len, values, n,
                                       keep, &t, &err);

    ck_assert_msg(status == LI_OK, "%.*s %.*s: %s", (int)row->service.len, row->service.ptr, (int)row->event.len,
                  row->event.ptr, err.text);
    return t;
}

/* name, value, …, NULL */
static text sample(const char *service, const char *event, const char *const *pairs)
{
    li_sample_value values[MAX_VALUES];
    const li_sample_info *row = find(service, event);
    size_t n = 0;

    ck_assert_msg(row != NULL, "%s %s", service, event);
    for (; pairs && pairs[2 * n]; n++) {
        values[n].name = li_z(pairs[2 * n]);
        values[n].value = li_z(pairs[2 * n + 1]);
    }
    return make(row, values, n);
}

static void expect_has(const text *t, const char *part, int wanted)
{
    ck_assert_msg((strstr(t->data, part) != NULL) == wanted, "%s%s:\n%s", wanted ? "lacks " : "has ", part, t->data);
}

/* Up to six parts, NULL at the end, stand in the document. */
static void expect(const char *service, const char *event, const char *const *pairs, const char *const *parts)
{
    text t = sample(service, event, pairs);

    for (; *parts; parts++)
        expect_has(&t, *parts, 1);
    free(t.data);
}

/* ---- the table */

typedef struct line {
    char service[64], event[64], name[64], standard[200];
} line;

/* A line of the file: four columns. 0 at its end. */
static int read_line(FILE *file, line *l)
{
    char row[512], *p = row, *columns[4];
    int i;

    if (!fgets(row, sizeof row, file))
        return 0;
    row[strcspn(row, "\n")] = '\0';
    for (i = 0; i < 4; i++) {
        columns[i] = p;
        p += strcspn(p, "\t");
        if (*p)
            *p++ = '\0';
    }
    snprintf(l->service, sizeof l->service, "%s", columns[0]);
    snprintf(l->event, sizeof l->event, "%s", columns[1]);
    snprintf(l->name, sizeof l->name, "%s", columns[2]);
    snprintf(l->standard, sizeof l->standard, "%s", columns[3]);
    return 1;
}

START_TEST(test_trg_214_every_service_event_and_parameter_of_sam_with_its_standard_value)
{
    FILE *file = fopen("tests/data/sample-events.tsv", "r");
    size_t n_lines = 0, n_rows = 0, n_services = 0, n_parameters = 0, i, k;
    list *l = all();
    line was;

    ck_assert_ptr_nonnull(file);
    memset(&was, 0, sizeof was);
    for (line now; read_line(file, &now); was = now) {
        const li_sample_info *row = find(now.service, now.event);

        ck_assert_msg(row != NULL && row->flags == 0, "%s %s", now.service, now.event);
        n_services += strcmp(was.service, now.service) != 0;
        n_rows += strcmp(was.service, now.service) != 0 || strcmp(was.event, now.event) != 0;
        if (strcmp(now.name, "-") == 0)
            continue;
        n_lines++;
        for (k = 0; k < row->n_parameters && !is(row->parameters[k].name, now.name); k++)
            continue;
        ck_assert_msg(k < row->n_parameters, "%s %s lacks %s", now.service, now.event, now.name);
        ck_assert_msg(is(row->parameters[k].standard, now.standard) && row->parameters[k].flags == 0,
                      "%s %s %s is \"%.*s\", not \"%s\"",
                      now.service, now.event, now.name, (int)row->parameters[k].standard.len, row->parameters[k].standard.ptr,
                      now.standard);
    }
    fclose(file);
    ck_assert_uint_eq(n_services, 26);
    ck_assert_uint_eq(n_rows, 68);
    /* and what goes beyond says so */
    for (i = 0; i < l->n; i++) {
        n_rows -= l->rows[i].flags == 0;
        for (k = 0; k < l->rows[i].n_parameters; k++)
            n_parameters += l->rows[i].flags == 0 && l->rows[i].parameters[k].flags == 0;
    }
    ck_assert_uint_eq(n_rows, 0);
    ck_assert_uint_eq(n_parameters, n_lines);
}
END_TEST

START_TEST(test_trg_214_the_list_is_in_the_order_of_names_and_no_name_is_there_twice)
{
    list *l = all();
    size_t i, k, n;

    for (i = 1; i < l->n; i++) {
        const li_sample_info *a = &l->rows[i - 1], *b = &l->rows[i];
        int order = strcmp(a->service.ptr, b->service.ptr);

        ck_assert_msg(order < 0 || (order == 0 && strcmp(a->event.ptr, b->event.ptr) < 0), "%s %s", b->service.ptr, b->event.ptr);
    }
    for (i = 0; i < l->n; i++)
        for (k = 0; k < l->rows[i].n_parameters; k++)
            for (n = k + 1; n < l->rows[i].n_parameters; n++)
                ck_assert_msg(!is(l->rows[i].parameters[k].name, l->rows[i].parameters[n].name.ptr), "%s %s %s",
                              l->rows[i].service.ptr, l->rows[i].event.ptr, l->rows[i].parameters[k].name.ptr);
}
END_TEST

/* ---- every one of them */

START_TEST(test_trg_215_two_blanks_a_level_and_the_same_bytes_each_time)
{
    list *l = all();
    size_t i;

    for (i = 0; i < l->n; i++) {
        text a = make(&l->rows[i], NULL, 0), b = make(&l->rows[i], NULL, 0);
        lii_buf again;

        lii_buf_init(&again, &lii_malloc_allocator);
        ck_assert_uint_eq(a.len, b.len);
        ck_assert_int_eq(memcmp(a.data, b.data, a.len), 0);
        ck_assert_int_eq(lii_json_check(a.data, a.len, 64, NULL), 0);
        lii_json_indent(a.data, a.len, 2, &again);
        lii_buf_add_byte(&again, '\n');
        ck_assert_msg(again.len == a.len && memcmp(again.data, a.data, a.len) == 0, "%s", a.data);
        expect_has(&a, "${", 0);
        lii_buf_fini(&again);
        free(a.data);
        free(b.data);
    }
}
END_TEST

START_TEST(test_trg_219_every_template_is_valid_json)
{
    static const lii_sample *const files[] = {
        lii_samples_http,    lii_samples_edge, lii_samples_authorizers, lii_samples_storage,  lii_samples_messages,
        lii_samples_streams, lii_samples_brokers, lii_samples_bus,      lii_samples_cognito,  lii_samples_dialogue,
        lii_samples_builds,  lii_samples_control, lii_samples_data,
    };
    const lii_sample *row;
    size_t i, k, n;

    for (i = 0; i < sizeof files / sizeof *files; i++)
        for (row = files[i]; row->service; row++) {
            ck_assert_msg(lii_json_check(row->text, strlen(row->text), 64, NULL) == 0, "%s %s: %s", row->service, row->event,
                          row->text);
            for (k = 0; k < 2 && row->parts[k].name; k++)
                for (n = 0; n < LII_PARTS && row->parts[k].texts[n]; n++)
                    ck_assert_msg(lii_json_check(row->parts[k].texts[n], strlen(row->parts[k].texts[n]), 64, NULL) == 0,
                                  "%s %s: %s", row->service, row->event, row->parts[k].texts[n]);
        }
}
END_TEST

/* Keys come in the order of the template. */
START_TEST(test_trg_215_the_whole_of_a_small_one)
{
    text t = sample("stepfunctions", "error", NULL);

    ck_assert_str_eq(t.data, "{\n  \"Error\": \"ErrorName\",\n  \"Cause\": \"This is the cause of the error.\"\n}\n");
    free(t.data);
}
END_TEST

/* A value that the parameter takes and that is not its standard one. */
static const char *another(const li_sample_parameter *p)
{
    return p->type == LI_SAMPLE_ACCOUNT ? "000011112222"
           : p->type == LI_SAMPLE_OBJECT ? "{\"it's\": \"an \\\"object\\\"\"}"
           : p->type == LI_SAMPLE_COUNT  ? "7"
           : strcmp(p->name.ptr, "partition") == 0 ? "aws-cn"
                                                   : "a \"quote\"\n\\ and \xc3\xa9 or {brackets}";
}

START_TEST(test_trg_216_every_parameter_changes_the_event_and_any_text_stays_valid_json)
{
    list *l = all();
    size_t i, k;

    for (i = 0; i < l->n; i++) {
        text plain = make(&l->rows[i], NULL, 0);

        for (k = 0; k < l->rows[i].n_parameters; k++) {
            const li_sample_parameter *p = &l->rows[i].parameters[k];
            li_sample_value value = { p->name, li_z(another(p)) };
            text t = make(&l->rows[i], &value, 1);

            ck_assert_msg(t.len != plain.len || memcmp(t.data, plain.data, t.len) != 0, "%s %s: %s changes nothing",
                          l->rows[i].service.ptr, l->rows[i].event.ptr, p->name.ptr);
            ck_assert_msg(lii_json_check(t.data, t.len, 64, NULL) == 0, "%s %s: %s: %s", l->rows[i].service.ptr,
                          l->rows[i].event.ptr, p->name.ptr, t.data);
            free(t.data);
        }
        free(plain.data);
    }
}
END_TEST

/* Any bytes, by a small generator: the event is valid JSON and of the same shape as without them. */
START_TEST(test_trg_216_random_bytes_as_values_give_valid_json_of_the_same_shape)
{
    static const char likely[] = "\"\\{}[]$:,|=\n\t\xc3\xa9\xff\x01 ab";
    uint32_t random = 7;
    list *l = all();
    size_t i, k, n, round;

    for (round = 0; round < 8; round++)
        for (i = 0; i < l->n; i++) {
            li_sample_value values[MAX_VALUES];
            char bytes[MAX_VALUES][24];
            size_t members = 0, at;
            lii_json_value key, value;
            text t;

            for (k = n = 0; k < l->rows[i].n_parameters && n < MAX_VALUES; k++) {
                if (l->rows[i].parameters[k].type != LI_SAMPLE_TEXT)
                    continue;
                values[n].name = l->rows[i].parameters[k].name;
                values[n].value.ptr = bytes[n];
                values[n].value.len = round * 3;
                for (at = 0; at < values[n].value.len; at++) {
                    random = random * 1664525u + 1013904223u;
                    bytes[n][at] = likely[(random >> 16) % (sizeof likely - 1)];
                }
                n++;
            }
            t = make(&l->rows[i], values, n);
            ck_assert_msg(lii_json_check(t.data, t.len, 64, NULL) == 0, "%s %s: %s", l->rows[i].service.ptr, l->rows[i].event.ptr,
                          t.data);
            for (at = 0; lii_json_next(lii_json_root(t.data, t.len), &at, &key, &value);)
                members++;
            free(t.data);
            t = make(&l->rows[i], NULL, 0);
            for (at = 0; lii_json_next(lii_json_root(t.data, t.len), &at, &key, &value);)
                members--;
            ck_assert_uint_eq(members, 0);
            free(t.data);
        }
}
END_TEST

/* Also what is JSON inside a text: Config's invokingEvent. */
START_TEST(test_trg_216_a_quote_in_json_inside_a_text_is_escaped_twice)
{
    const char *pairs[] = { "region", "a\"b", NULL };
    text t = sample("config", "item-change-notification", pairs);
    lii_json_value inner, item;
    char room[4096];
    size_t n;

    inner = lii_json_get(lii_json_root(t.data, t.len), "invokingEvent", LI_Z);
    n = lii_json_text(inner, room, sizeof room);
    ck_assert_uint_le(n, sizeof room);
    ck_assert_int_eq(lii_json_check(room, n, 16, NULL), 0);
    item = lii_json_get(lii_json_root(room, n), "configurationItem", LI_Z);
    ck_assert_int_eq(lii_json_text_is(lii_json_get(item, "awsRegion", LI_Z), "a\"b", 3), 1);
    free(t.data);
}
END_TEST

START_TEST(test_trg_216_keys_are_url_encoded_bodies_and_data_base64_and_md5_is_of_the_body)
{
    expect("s3", "put", (const char *[]){ "key", "my cat+dog/\xc3\xa9.jpg", NULL },
           (const char *[]){ "\"key\": \"my+cat%2Bdog/%C3%A9.jpg\"", NULL });
    expect("s3", "batch-invocation", (const char *[]){ "key", "a b", NULL }, (const char *[]){ "\"s3Key\": \"a+b\"", NULL });
    expect("kinesis", "get-records", (const char *[]){ "data", "hi\n", NULL }, (const char *[]){ "\"data\": \"aGkK\"", NULL });
    expect("kinesis", "kinesis-firehose", (const char *[]){ "data", "aGkK", NULL }, (const char *[]){ "\"data\": \"aGkK\"", NULL });
    expect("apigateway", "aws-proxy", (const char *[]){ "body", "hi", NULL },
           (const char *[]){ "\"body\": \"aGk=\"", "\"isBase64Encoded\": true", NULL });
    expect("alb", "request", NULL, (const char *[]){ "\"body\": \"eyJ0ZXN0IjoiYm9keSJ9\"", NULL });
    expect("sqs", "receive-message", NULL, (const char *[]){ "\"md5OfBody\": \"7b270e59b47ff90a553787216d55d91d\"", NULL });
    expect("sqs", "receive-message", (const char *[]){ "body", "", NULL },
           (const char *[]){ "\"body\": \"\"", "\"md5OfBody\": \"d41d8cd98f00b204e9800998ecf8427e\"", NULL });
}
END_TEST

START_TEST(test_trg_216_querystringparameters_is_an_object)
{
    li_sample_value value = { li_z("querystringparameters"), li_z("[1]") };
    li_error err = LI_ERROR_INIT;

    expect("apigateway", "aws-proxy", (const char *[]){ "querystringparameters", "{\"a\":\"1\",\"b\":\"x y\"}", NULL },
           (const char *[]){ "\"queryStringParameters\": {\n    \"a\": \"1\",\n    \"b\": \"x y\"\n  }",
                             "\"a\": [\n      \"1\"\n    ]", NULL });
    expect("apigateway", "aws-proxy", (const char *[]){ "querystringparameters", "{}", NULL },
           (const char *[]){ "\"queryStringParameters\": {},\n  \"multiValueQueryStringParameters\": {},", NULL });
    ck_assert_int_eq(li_event_sample(NULL, "apigateway", LI_Z, "aws-proxy", LI_Z, &value, 1, must_not, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_SAMPLE_VALUE);
    ck_assert_ptr_nonnull(strstr(err.text, "JSON object"));
}
END_TEST

/* Notes on the samples of others: S3 sends no urlDecodedKey, and names of events have no prefix. */
START_TEST(test_trg_37_samples_of_s3_have_no_decoded_key_and_no_prefix)
{
    list *l = all();
    size_t i, n = 0;

    for (i = 0; i < l->n; i++) {
        text t = { NULL, 0 };

        if (!is(l->rows[i].kind, "s3"))
            continue;
        t = make(&l->rows[i], NULL, 0);
        expect_has(&t, "urlDecodedKey", 0);
        expect_has(&t, "\"eventName\": \"s3:", 0);
        expect_has(&t, "\"eventName\": \"", 1);
        free(t.data);
        n++;
    }
    ck_assert_uint_eq(n, 9);
}
END_TEST

START_TEST(test_trg_217_region_and_partition_change_arns_and_host_names)
{
    text t;

    expect("sns", "notification", (const char *[]){ "region", "cn-north-1", "partition", "aws-cn", NULL },
           (const char *[]){ "arn:aws-cn:sns:cn-north-1:123456789012:ExampleTopic",
                             "https://sns.cn-north-1.amazonaws.com.cn/Simple", NULL });
    expect("ses", "email-receiving", (const char *[]){ "region", "eu-west-1", NULL },
           (const char *[]){ "arn:aws:lambda:eu-west-1:", "inbound-smtp.eu-west-1.amazonaws.com ", NULL });
    expect("alb", "request", (const char *[]){ "region", "eu-west-1", NULL },
           (const char *[]){ ".eu-west-1.elb.amazonaws.com", "elasticloadbalancing:eu-west-1:", NULL });
    expect("alb", "request", (const char *[]){ "region", "cn-north-1", "partition", "aws-cn", NULL },
           (const char *[]){ ".cn-north-1.elb.amazonaws.com.cn", NULL });
    expect("alb", "request", (const char *[]){ "region", "eu-west-1", "dns-suffix", "example.net", NULL },
           (const char *[]){ "lambda-alb-123578498.example.net", NULL });
    /* nothing of the standard region is left over */
    t = sample("kinesis", "get-records", (const char *[]){ "region", "eu-west-1", "partition", "aws-x", NULL });
    expect_has(&t, "us-east-1", 0);
    expect_has(&t, "arn:aws:", 0);
    free(t.data);
}
END_TEST

static void expect_refused(const char *name, const char *value, li_status wanted)
{
    li_sample_value given = { li_z(name), li_z(value) };
    li_error err = LI_ERROR_INIT;
    text t = { NULL, 0 };

    ck_assert_msg(li_event_sample(NULL, "sqs", LI_Z, "receive-message", LI_Z, &given, 1, wanted == LI_OK ? keep : must_not, &t,
                                  &err) == wanted,
                  "%s=%s: %s", name, value, err.text);
    free(t.data);
}

START_TEST(test_trg_217_an_account_id_has_12_digits)
{
    expect_refused("account-id", "000000000000", LI_OK);
    expect_refused("account-id", "00000000000", LI_E_INVALID);
    expect_refused("account-id", "0000000000000", LI_E_INVALID);
    expect_refused("account-id", "00000000000x", LI_E_INVALID);
    expect_refused("account-id", "", LI_E_INVALID);
}
END_TEST

START_TEST(test_trg_218_count_is_from_1_to_10000)
{
    expect_refused("count", "0", LI_E_INVALID);
    expect_refused("count", "1", LI_OK);
    expect_refused("count", "10000", LI_OK);
    expect_refused("count", "10001", LI_E_INVALID);
    expect_refused("count", "99999999999999999999999999", LI_E_INVALID);
    expect_refused("count", "-1", LI_E_INVALID);
    expect_refused("count", "two", LI_E_INVALID);
    expect_refused("count", "", LI_E_INVALID);
}
END_TEST

/* The member `name` of each record, in order: all differ. Returns how many records there are. */
static size_t expect_unique(const char *service, const char *event, const char *path, const char *count)
{
    const char *pairs[] = { "count", count, NULL };
    text t = sample(service, event, count ? pairs : NULL);
    lii_json_value records = lii_json_get(lii_json_root(t.data, t.len), "Records", LI_Z), record;
    char was[200] = "", now[200];
    size_t at = 0, n = 0, len;

    while (lii_json_next(records, &at, NULL, &record)) {
        const char *dot = strchr(path, '.');

        if (dot)
            record = lii_json_get(record, path, (size_t)(dot - path));
        len = lii_json_text(lii_json_get(record, dot ? dot + 1 : path, LI_Z), now, sizeof now - 1);
        ck_assert_uint_lt(len, sizeof now);
        now[len] = '\0';
        ck_assert_msg(strcmp(was, now) < 0, "%s %s: %s after %s", service, event, now, was);
        snprintf(was, sizeof was, "%s", now);
        n++;
    }
    free(t.data);
    return n;
}

START_TEST(test_trg_218_count_gives_so_many_records_each_with_ids_of_its_own)
{
    ck_assert_uint_eq(expect_unique("sqs", "receive-message", "messageId", NULL), 1);
    ck_assert_uint_eq(expect_unique("sqs", "receive-message", "messageId", "10000"), 10000);
    ck_assert_uint_eq(expect_unique("sns", "notification", "Sns.MessageId", "3"), 3);
    ck_assert_uint_eq(expect_unique("kinesis", "get-records", "kinesis.sequenceNumber", "120"), 120);
    ck_assert_uint_eq(expect_unique("kinesis", "get-records", "eventID", NULL), 1);
    ck_assert_uint_eq(expect_unique("dynamodb", "update", "dynamodb.SequenceNumber", NULL), 3);
    ck_assert_uint_eq(expect_unique("dynamodb", "update", "dynamodb.SequenceNumber", "11"), 11);
}
END_TEST

START_TEST(test_trg_218_sequence_numbers_count_on_from_the_given_one)
{
    expect("kinesis", "get-records", (const char *[]){ "sequence", "499", "count", "3", NULL },
           (const char *[]){ "\"sequenceNumber\": \"499\"", "\"sequenceNumber\": \"500\"", "\"sequenceNumber\": \"501\"",
                             "shardId-000000000000:501", NULL });
    expect("kinesis", "get-records", (const char *[]){ "sequence", "s-1", "count", "2", NULL },
           (const char *[]){ "\"sequenceNumber\": \"s-1\"", NULL });
    expect("dynamodb", "update", (const char *[]){ "count", "4", NULL },
           (const char *[]){ "\"INSERT\"", "\"MODIFY\"", "\"REMOVE\"", NULL });
}
END_TEST

/* ---- as the kinds want them */

static void note_kind(void *user, const li_trigger_kind_info *info)
{
    char (*names)[32] = user;

    while ((*names)[0])
        names++;
    snprintf(*names, sizeof *names, "%s", info->name);
}

START_TEST(test_trg_220_every_sample_has_the_shape_of_its_kind)
{
    static char names[100][32];
    list *l = all();
    size_t i, k, n = 0;
    li_engine *engine;

    ck_assert_int_eq(li_engine_new(&engine, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_kinds_add(engine, li_services_kinds(), NULL), LI_OK);
    memset(names, 0, sizeof names);
    li_trigger_kind_each(engine, note_kind, names);
    for (i = 0; i < l->n; i++) {
        text t = make(&l->rows[i], NULL, 0);
        li_error err = LI_ERROR_INIT;

        for (k = 0; names[k][0] && !is(l->rows[i].kind, names[k]); k++)
            continue;
        if (names[k][0]) {
            n++;
            ck_assert_msg(li_trigger_event_check(engine, names[k], LI_Z, t.data, t.len, &err) == LI_OK, "%s %s: %s",
                          l->rows[i].service.ptr, l->rows[i].event.ptr, err.text);
        }
        free(t.data);
    }
    ck_assert_uint_ge(n, 30);
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

START_TEST(test_trg_218_every_kind_of_trigger_and_source_has_a_sample)
{
    static const char *const ours[] = { "custom", "schedule" }; /* the embedder's shape; that of EventBridge */
    static char names[100][32];
    list *l = all();
    li_engine *engine;
    size_t i, k;

    memset(names, 0, sizeof names);
    ck_assert_int_eq(li_engine_new(&engine, NULL, NULL), LI_OK);
    ck_assert_int_eq(li_trigger_kinds_add(engine, li_services_kinds(), NULL), LI_OK);
    li_trigger_kind_each(engine, note_kind, names);
    for (k = 0; names[k][0]; k++) {
        for (i = 0; i < l->n && !is(l->rows[i].kind, names[k]); i++)
            continue;
        ck_assert_msg(i < l->n || strcmp(names[k], ours[0]) == 0 || strcmp(names[k], ours[1]) == 0, "no sample for kind %s",
                      names[k]);
    }
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
}
END_TEST

/* TRG-23: a sample reaches the handler byte for byte. */
static int32_t compare(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    text *t = user;

    (void)environment;
    ck_assert_uint_eq(len, t->len);
    ck_assert_int_eq(memcmp(payload, t->data, len), 0);
    return LI_DONE;
}

START_TEST(test_trg_23_every_sample_reaches_the_handler_byte_for_byte)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_engine *engine = NULL;
    list *l = all();
    text t;
    size_t i;

    ck_assert_int_eq(li_clock_virtual_new(NULL, NULL, &options.clock), LI_OK);
    ck_assert_int_eq(li_engine_new(&engine, &options, NULL), LI_OK);
    spec.name = li_z("compare");
    spec.handler = compare;
    spec.user = &t;
    ck_assert_int_eq(li_function_register(engine, &spec, NULL, NULL), LI_OK);
    for (i = 0; i < l->n; i++) {
        li_invoke_result result = LI_INVOKE_RESULT_INIT;

        t = make(&l->rows[i], NULL, 0);
        ck_assert_int_eq(li_invoke(engine, "compare", LI_Z, t.data, t.len, NULL, &result, NULL), LI_OK);
        li_invoke_result_fini(&result);
        free(t.data);
    }
    ck_assert_int_eq(li_engine_free(engine), LI_OK);
    li_clock_free(options.clock);
}
END_TEST

/* ---- what is wrong */

static void expect_error(const char *service, const char *event, const char *name, const char *part)
{
    li_sample_value value = { li_z(name), li_z("x") };
    li_error err = LI_ERROR_INIT;

    ck_assert_int_eq(li_event_sample(NULL, service, LI_Z, event, LI_Z, &value, name ? 1 : 0, must_not, NULL, &err), LI_E_NOT_FOUND);
    ck_assert_int_eq(err.detail, LI_DETAIL_SAMPLE);
    ck_assert_msg(strstr(err.text, part) != NULL, "%s", err.text);
}

START_TEST(test_trg_214_errors_say_what_would_be_right)
{
    char long_name[2000];

    expect_error("S3", "put", NULL, "\"S3\"; is it \"s3\"?");
    expect_error("dynamo", "update", NULL, "no service with samples is called \"dynamo\"; is it \"dynamodb\"?");
    expect_error("mainframe-tapes", "read", NULL, "is called \"mainframe-tapes\"");
    expect_error("sns", "notify", NULL, "sns has no event \"notify\"; it has notification");
    expect_error("codecommit", "repository", "branch",
                 "it has account-id, partition, region, repository, trigger, custom-data");
    expect_error("batch", "get-job", "region", "batch get-job has no parameter \"region\"; it has none");
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    expect_error(long_name, "put", NULL, "no service");
    expect_error("s3", long_name, NULL, "s3 has no event");
    expect_error("s3", "get", NULL, "it has batch-invocation, batch-invocation-v2, copy, delete, ");
    expect_error("s3", "get", NULL, ", ...");
    expect_error("s3", "put", long_name, "s3 put has no parameter");
}
END_TEST

START_TEST(test_a_missing_argument_is_invalid)
{
    ck_assert_int_eq(li_event_sample(NULL, NULL, 0, "put", LI_Z, NULL, 0, must_not, NULL, NULL), LI_E_INVALID);
    ck_assert_int_eq(li_event_sample(NULL, "s3", LI_Z, NULL, 0, NULL, 0, must_not, NULL, NULL), LI_E_INVALID);
    ck_assert_int_eq(li_event_sample(NULL, "s3", LI_Z, "put", LI_Z, NULL, 1, must_not, NULL, NULL), LI_E_INVALID);
    ck_assert_int_eq(li_event_sample(NULL, "s3", LI_Z, "put", LI_Z, NULL, 0, NULL, NULL, NULL), LI_E_INVALID);
}
END_TEST

START_TEST(test_the_last_of_two_values_counts_and_bad_utf8_becomes_u_fffd)
{
    expect("stepfunctions", "error", (const char *[]){ "error", "first", "error", "second", "cause", "a\xff", NULL },
           (const char *[]){ "\"Error\": \"second\"", "\"Cause\": \"a\xef\xbf\xbd\"", NULL });
}
END_TEST

/* ---- memory */

static size_t n_allowed, n_live;

static void *few_alloc(void *self, size_t size)
{
    (void)self;
    if (n_allowed == 0)
        return NULL;
    n_allowed--;
    n_live++;
    return malloc(size);
}

static void *few_realloc(void *self, void *block, size_t size)
{
    (void)self;
    if (n_allowed == 0)
        return NULL;
    n_allowed--;
    n_live += block == NULL;
    return realloc(block, size);
}

static void few_free(void *self, void *block)
{
    (void)self;
    n_live -= block != NULL;
    free(block);
}

START_TEST(test_out_of_memory_anywhere_writes_nothing_and_keeps_nothing)
{
    static const li_allocator_ops ops = { sizeof ops, 1, 0, "few", few_alloc, few_realloc, few_free };
    li_allocator few = { &ops, NULL };
    list *l = all();
    size_t i, k;

    for (i = 0; i < l->n; i++) {
        li_status status = LI_E_NOMEM;

        for (k = 0; status != LI_OK; k++) {
            text t = { NULL, 0 };

            n_allowed = k;
            status = li_event_sample(&few, l->rows[i].service.ptr, LI_Z, l->rows[i].event.ptr, LI_Z, NULL, 0, keep, &t, NULL);
            ck_assert_msg(status == LI_OK ? t.data != NULL : status == LI_E_NOMEM && t.data == NULL, "%s %s, %zu: %s",
                          l->rows[i].service.ptr, l->rows[i].event.ptr, k, li_status_name(status));
            ck_assert_uint_eq(n_live, 0);
            free(t.data);
        }
        ck_assert_uint_gt(k, 1);
    }
}
END_TEST

/* ---- MD5, the cases of RFC 1321 and lengths around a block */

START_TEST(test_md5_gives_the_digests_of_rfc_1321)
{
    static const struct {
        const char *text, *digest;
    } cases[] = {
        { "", "d41d8cd98f00b204e9800998ecf8427e" },
        { "a", "0cc175b9c0f1b6a831c399e269772661" },
        { "abc", "900150983cd24fb0d6963f7d28e17f72" },
        { "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
        { "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b" },
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f" },
        { "12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a" },
    };
    size_t i, k;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t digest[16];
        char hex[33];

        lii_md5(cases[i].text, strlen(cases[i].text), digest);
        for (k = 0; k < 16; k++)
            snprintf(hex + 2 * k, 3, "%02x", digest[k]);
        ck_assert_str_eq(hex, cases[i].digest);
    }
}
END_TEST

Suite *suite_sample(void)
{
    Suite *suite = suite_create("sample");
    TCase *table = tcase_create("table"), *values = tcase_create("values"), *errors = tcase_create("errors");

    tcase_add_test(table, test_trg_214_every_service_event_and_parameter_of_sam_with_its_standard_value);
    tcase_add_test(table, test_trg_214_the_list_is_in_the_order_of_names_and_no_name_is_there_twice);
    tcase_add_test(table, test_trg_215_two_blanks_a_level_and_the_same_bytes_each_time);
    tcase_add_test(table, test_trg_219_every_template_is_valid_json);
    tcase_add_test(table, test_trg_215_the_whole_of_a_small_one);
    tcase_add_test(table, test_trg_220_every_sample_has_the_shape_of_its_kind);
    tcase_add_test(table, test_trg_218_every_kind_of_trigger_and_source_has_a_sample);
    tcase_add_test(table, test_trg_23_every_sample_reaches_the_handler_byte_for_byte);
    suite_add_tcase(suite, table);
    tcase_add_test(values, test_trg_216_every_parameter_changes_the_event_and_any_text_stays_valid_json);
    tcase_add_test(values, test_trg_216_random_bytes_as_values_give_valid_json_of_the_same_shape);
    tcase_add_test(values, test_trg_216_a_quote_in_json_inside_a_text_is_escaped_twice);
    tcase_add_test(values, test_trg_216_keys_are_url_encoded_bodies_and_data_base64_and_md5_is_of_the_body);
    tcase_add_test(values, test_trg_216_querystringparameters_is_an_object);
    tcase_add_test(table, test_trg_37_samples_of_s3_have_no_decoded_key_and_no_prefix);
    tcase_add_test(values, test_trg_217_region_and_partition_change_arns_and_host_names);
    tcase_add_test(values, test_trg_217_an_account_id_has_12_digits);
    tcase_add_test(values, test_trg_218_count_is_from_1_to_10000);
    tcase_add_test(values, test_trg_218_count_gives_so_many_records_each_with_ids_of_its_own);
    tcase_add_test(values, test_trg_218_sequence_numbers_count_on_from_the_given_one);
    suite_add_tcase(suite, values);
    tcase_add_test(errors, test_trg_214_errors_say_what_would_be_right);
    tcase_add_test(errors, test_a_missing_argument_is_invalid);
    tcase_add_test(errors, test_the_last_of_two_values_counts_and_bad_utf8_becomes_u_fffd);
    tcase_add_test(errors, test_out_of_memory_anywhere_writes_nothing_and_keeps_nothing);
    tcase_add_test(errors, test_md5_gives_the_digests_of_rfc_1321);
    suite_add_tcase(suite, errors);
    return suite;
}
