/* firehose.c - transformation of a batch: each record comes back once, or has failed (TRG-122, 123). */
#include "service/firehose.h"

enum { ANSWER_MAX = 6291456 };

/* The answer's record of an id: 1 exactly one, with a result that there is; 0 else. */
static int find_record(lii_json_value list, lii_json_value id, lii_json_value *record)
{
    lii_json_value entry, other, result;
    size_t at = 0;
    int n = 0;

    while (lii_json_next(list, &at, NULL, &entry)) {
        other = lii_json_get(entry, "recordId", LI_Z);
        if (other.len == id.len && other.type == id.type && memcmp(other.ptr, id.ptr, id.len) == 0) {
            *record = entry;
            n++;
        }
    }
    if (n != 1)
        return 0;
    result = lii_json_get(*record, "result", LI_Z);
    if (lii_json_text_is(result, "Ok", LI_Z))
        return lii_json_get(*record, "data", LI_Z).type == LII_JSON_STRING;
    return lii_json_text_is(result, "Dropped", LI_Z) || lii_json_text_is(result, "ProcessingFailed", LI_Z);
}

static void copy(lii_json_writer *w, const char *name, lii_json_value value)
{
    if (value.type == LII_JSON_NONE)
        return;
    lii_json_key(w, name);
    lii_json_raw(w, value.ptr, value.len);
}

/* What goes to the processing-failed output. */
static void write_failed(lii_json_writer *w, const li_trigger *t, const lii_occurrence *o, lii_json_value record,
                         const char *code, const char *why, uint32_t attempts)
{
    lii_json_open(w, '{');
    lii_json_member_u64(w, "attemptsMade", attempts);
    copy(w, "arrivalTimestamp", lii_json_get(record, "approximateArrivalTimestamp", LI_Z));
    lii_json_member_string(w, "errorCode", code, LI_Z);
    lii_json_member_string(w, "errorMessage", why, LI_Z);
    lii_json_member_u64(w, "attemptEndingTimestamp", li_engine_now_ms(t->engine));
    copy(w, "rawData", lii_json_get(record, "data", LI_Z));
    lii_json_member_string(w, "lambdaArn", t->function_arn, LI_Z);
    lii_json_close(w, '}');
    (void)o;
}

/* The batch as it goes on: records that came back well, and those that failed. */
static void divide(const li_trigger *t, const lii_occurrence *o, lii_json_value answered, const char *whole_code,
                   uint32_t attempts, lii_reaction *a)
{
    lii_json_value records = lii_occurrence_get(o, "records"), record, found;
    lii_json_writer w;
    size_t at;
    int n_failed = 0, pass;

    lii_buf_clear(&a->body);
    lii_json_begin(&w, &a->body);
    lii_json_open(&w, '{');
    for (pass = 0; pass < 2; pass++) {
        lii_json_key(&w, pass == 0 ? "records" : "failed");
        lii_json_open(&w, '[');
        for (at = 0; lii_json_next(records, &at, NULL, &record);) {
            int ok = !whole_code && find_record(answered, lii_json_get(record, "recordId", LI_Z), &found);
            int is_failed = !ok || lii_json_text_is(lii_json_get(found, "result", LI_Z), "ProcessingFailed", LI_Z);

            if (pass == 0 && ok && !is_failed)
                lii_json_raw(&w, found.ptr, found.len);
            if (pass == 1 && is_failed) {
                n_failed++;
                write_failed(&w, t, o, record, whole_code ? whole_code : ok ? "Lambda.ProcessingFailedStatus" : "Lambda.MissingRecordId",
                             whole_code ? "the function could not be asked"
                             : ok       ? "ProcessingFailed status set for record"
                                        : "a record id is missing, is there twice, or has no result that there is",
                             attempts);
            }
        }
        lii_json_close(&w, ']');
    }
    lii_json_close(&w, '}');
    a->status = 200;
    a->verdict = n_failed > 0 ? "partly-failed" : "ok";
}

static void answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                   lii_reaction *a)
{
    lii_json_value list;

    memset(&list, 0, sizeof list);
    if (status != LI_OK || result->function_error != LI_FUNCTION_ERROR_NONE || result->payload_len > ANSWER_MAX) {
        divide(t, o, list,
               status == LI_E_TIMEOUT ? "Lambda.FunctionTimedOut"
               : status != LI_OK      ? "Lambda.InvokeFailed"
               : result->payload_len > ANSWER_MAX ? "Lambda.ResponseTooLarge"
                                                  : "Lambda.FunctionError",
               (uint32_t)lii_option_number(t, "retries") + 1, a);
        a->verdict = "failed";
        a->again = 1;
        return;
    }
    list = lii_json_get(lii_json_root(result->payload, result->payload_len), "records", LI_Z);
    divide(t, o, list, list.type == LII_JSON_ARRAY ? NULL : "Lambda.JsonProcessingException", 1, a);
}

li_status lii_firehose_check(lii_json_value object, li_error *err)
{
    lii_json_value record, id;
    size_t at = 0, n = 0;

    while (lii_json_next(lii_json_get(object, "records", LI_Z), &at, NULL, &record)) {
        id = lii_json_get(record, "recordId", LI_Z);
        if ((id.type != LII_JSON_NONE && id.type != LII_JSON_STRING) || lii_json_get(record, "data", LI_Z).type != LII_JSON_STRING)
            return lii_occurrence_wrong("records", err, "each needs data, as base64; a recordId is a text");
        n++;
    }
    return n > 0 ? LI_OK : lii_occurrence_wrong("records", err, "at least one record is needed");
}

static const lii_kind_code code = { .begin = lii_firehose_begin, .answer = answer };

static const lii_field fields[] = {
    { .name = "deliveryStream", .label = "Delivery stream", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64,
      .pattern = "[a-zA-Z0-9_.\\-]+" },
    { .name = "bufferSize", .label = "Buffer size (KB)", .type = LII_FIELD_INTEGER, .standard = "1024", .min = 200, .max = 3072,
      .help = "of data; a full buffer is transformed at once" },
    { .name = "bufferInterval", .label = "Buffer interval (seconds)", .type = LII_FIELD_INTEGER, .standard = "60", .min = 0,
      .max = 900, .help = "from the first record on; 0: each occurrence is a batch" },
    { .name = "retries", .label = "Retries", .type = LII_FIELD_INTEGER, .standard = "3", .min = 0, .max = 300 },
    { .name = "timeout", .label = "Time-out (ms)", .type = LII_FIELD_INTEGER, .standard = "300000", .min = 1000,
      .max = 300000 },
    { .name = "failureArn", .label = "Processing-failed output", .type = LII_FIELD_ARN, .max = 1024,
      .help = "a destination that gets each failed record" },
    { .name = "roleArn", .label = "Role of the stream", .type = LII_FIELD_ARN, .max = 1024 },
    { .name = NULL }
};

const lii_trigger_kind lii_firehose_kind = {
    .name = "firehose",
    .label = "Firehose transformation",
    .principal = "firehose.amazonaws.com",
    .source_arn = "arn:${@partition}:firehose:${@region}:${@account}:deliverystream/${$deliveryStream}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ROLE | LII_KIND_ONE,
    .answer_ms = 300000,
    .retries = "Firehose: three times, then the processing-failed output",
    .fields = fields,
    .members = "deliveryStream:s! records:a! sourceKinesisStreamArn:s",
    .match = "deliveryStream=deliveryStream",
    .same = "deliveryStream",
    .same_max = 1,
    .event = "{\"invocationId\":\"${@id0}\",\"deliveryStreamArn\":\"${@source}\",\"region\":\"${@region}\","
             "\"?sourceKinesisStreamArn\":\"${sourceKinesisStreamArn}\",\"records\":\"${=records}\"}",
    .shape = "invocationId:s! deliveryStreamArn:s! region:s! records:a! records.0.recordId:s! records.0.data:s!",
    .options_example = "{\"deliveryStream\":\"clicks\",\"bufferInterval\":0}",
    .example = "{\"deliveryStream\":\"clicks\",\"records\":[{\"recordId\":\"record1\",\"approximateArrivalTimestamp\":"
               "1507217624302,\"data\":\"SGVsbG8gV29ybGQ=\"}]}",
    .code = &code,
};
