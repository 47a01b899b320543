/* cloudformation.c - custom resources: the request, with all scalars as texts and the service token inside, and the event of
 * it (TRG-75). What becomes of an operation is custom_resource.c's. */
#include "service/custom_resource.h"

static int is_known(lii_json_value type)
{
    return lii_json_text_is(type, "Create", LI_Z) || lii_json_text_is(type, "Update", LI_Z) ||
           lii_json_text_is(type, "Delete", LI_Z);
}

static li_status read(lii_occurrence *o, li_error *err)
{
    lii_json_value type = lii_occurrence_get(o, "requestType");
    int is_create = lii_json_text_is(type, "Create", LI_Z);

    if (!is_known(type))
        return lii_occurrence_wrong("requestType", err, "Create, Update or Delete");
    if (!is_create && lii_occurrence_get(o, "physicalResourceId").type == LII_JSON_NONE)
        return lii_occurrence_wrong("physicalResourceId", err, "it is needed for Update and Delete");
    if (lii_json_text_is(type, "Update", LI_Z) && lii_occurrence_get(o, "oldResourceProperties").type == LII_JSON_NONE)
        return lii_occurrence_wrong("oldResourceProperties", err, "it is needed for Update");
    return LI_OK;
}

/* An operation that names the function is that function's alone. */
static int matches(const li_trigger *t, const lii_occurrence *o)
{
    lii_json_value token = lii_occurrence_get(o, "serviceToken");

    return token.type == LII_JSON_NONE || lii_json_text_is(token, t->function_arn, LI_Z) ||
           lii_json_text_is(token, t->function.ptr, t->function.len);
}

static int better(const li_trigger *a, const li_trigger *b, const lii_occurrence *o)
{
    (void)o;
    return lii_option_text(a, "resourceType").len > 0 && lii_option_text(b, "resourceType").len == 0;
}

static void forget(lii_occurrence *o)
{
    if (o->state)
        lii_later_release(o->state);
}

/* The bytes of a value with numbers, true, false and null made texts; one pass over the raw text. */
static void write_as_texts(lii_buf *out, lii_json_value value)
{
    const char *p = value.ptr, *end = p + value.len;

    while (p < end) {
        const char *from = p;

        if (*p == '"') {
            for (p++; p < end && *p != '"'; p++)
                p += *p == '\\';
            p++;
            lii_buf_add(out, from, (size_t)(p - from));
        } else if ((*p >= '0' && *p <= '9') || *p == '-' || (*p >= 'a' && *p <= 'z')) {
            while (p < end && *p != ',' && *p != ']' && *p != '}' && *p > ' ')
                p++;
            lii_buf_add_byte(out, '"');
            if (*from != 'n')    /* null: the empty text */
                lii_buf_add(out, from, (size_t)(p - from));
            lii_buf_add_byte(out, '"');
        } else {
            lii_buf_add_byte(out, *p++);
        }
    }
}

static void write_properties(lii_json_writer *w, const li_trigger *t, const char *name, lii_json_value object)
{
    lii_json_value key, value;
    size_t at = 0;

    lii_json_key(w, name);
    lii_json_open(w, '{');
    lii_json_member_string(w, "ServiceToken", t->function_arn, LI_Z);
    while (lii_json_next(object, &at, &key, &value)) {
        if (lii_json_text_is(key, "ServiceToken", LI_Z))
            continue;
        lii_json_raw(w, key.ptr, key.len);
        lii_buf_add_byte(w->out, ':');
        write_as_texts(w->out, value);
    }
    lii_json_close(w, '}');
}

static void copy(lii_json_writer *w, const char *name, lii_json_value value)
{
    if (value.type == LII_JSON_NONE)
        return;
    lii_json_key(w, name);
    lii_json_raw(w, value.ptr, value.len);
}

static void build(const li_trigger *t, const lii_occurrence *o, lii_buf *event)
{
    lii_json_value id = lii_occurrence_get(o, "requestId"), old = lii_occurrence_get(o, "oldResourceProperties");
    lii_custom_resource *operation = o->state;
    char made[LI_ID_TEXT_SIZE];
    lii_json_writer w;

    li_id_format(operation ? &operation->request_id : &o->ids[0], made);
    if (operation)
        lii_custom_resource_given(operation, t);
    lii_json_begin(&w, event);
    lii_json_open(&w, '{');
    copy(&w, "RequestType", lii_occurrence_get(o, "requestType"));
    lii_json_member_string(&w, "ServiceToken", t->function_arn, LI_Z);
    if (operation)
        lii_json_member_string(&w, "ResponseURL", operation->url.data, operation->url.len);
    else
        copy(&w, "ResponseURL", lii_occurrence_get(o, "responseURL"));
    copy(&w, "StackId", lii_occurrence_get(o, "stackId"));
    if (id.type != LII_JSON_NONE)
        copy(&w, "RequestId", id);
    else
        lii_json_member_string(&w, "RequestId", made, LI_Z);
    copy(&w, "LogicalResourceId", lii_occurrence_get(o, "logicalResourceId"));
    copy(&w, "PhysicalResourceId", lii_occurrence_get(o, "physicalResourceId"));
    copy(&w, "ResourceType", lii_occurrence_get(o, "resourceType"));
    write_properties(&w, t, "ResourceProperties", lii_occurrence_get(o, "resourceProperties"));
    if (old.type != LII_JSON_NONE)
        write_properties(&w, t, "OldResourceProperties", old);
    lii_json_close(&w, '}');
}

static const lii_kind_code code = { .read = read, .forget = forget, .matches = matches, .better = better, .build = build,
                                    .begin = lii_custom_resource_begin, .respond = lii_custom_resource_respond };

static const lii_field fields[] = {
    { .name = "resourceType", .label = "Resource type", .max = 60, .min = 1, .pattern = "[A-Za-z0-9:@_\\-]+",
      .help = "AWS::CloudFormation::CustomResource or Custom::NAME; none: all that name the function" },
    { .name = "serviceTimeout", .label = "Service time-out (seconds)", .type = LII_FIELD_INTEGER, .standard = "3600",
      .min = 1, .max = 3600, .help = "an operation without an answer has failed then" },
    { .name = "cleanUp", .label = "Clean up", .type = LII_FIELD_BOOL, .standard = "true",
      .help = "an Update that names a new resource is followed by Delete for the old one" },
    { .name = "roleArn", .label = "Role of the stack operation", .type = LII_FIELD_ARN, .max = 1024 },
    { .name = NULL }
};

const lii_trigger_kind lii_cfn_kind = {
    .name = "cfn",
    .label = "CloudFormation custom resource",
    .principal = "cloudformation.amazonaws.com",
    .source_arn = "",
    .type = LI_EVENT,
    .flags = LII_KIND_ROLE | LII_KIND_ONE,
    .retries = "the function's queue; the stack waits for the answer at ResponseURL",
    .fields = fields,
    .members = "requestType:s! responseURL:s responseBase:s stackId:s! logicalResourceId:s! resourceType:s! requestId:s "
               "physicalResourceId:s resourceProperties:o oldResourceProperties:o serviceToken:s",
    .match = "resourceType=resourceType",
    .shape = "RequestType:s! ServiceToken:s ResponseURL:s! StackId:s! RequestId:s! LogicalResourceId:s! ResourceType:s! "
             "ResourceProperties:o!",
    .options_example = "{\"resourceType\":\"Custom::TestResource\"}",
    .example = "{\"requestType\":\"Create\",\"responseURL\":\"http://127.0.0.1:9/response\",\"stackId\":"
               "\"arn:aws:cloudformation:us-east-1:123456789012:stack/MyStack/guid\",\"logicalResourceId\":\"MyTestResource\","
               "\"resourceType\":\"Custom::TestResource\",\"resourceProperties\":{\"StackName\":\"MyStack\",\"List\":[1,\"2\",true]}}",
    .code = &code,
};
