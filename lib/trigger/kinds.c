/* kinds.c - the kinds of triggers by name, what front ends see of them, and errors about their members (TRG-22, 193, 209). */
#include <stdarg.h>
#include <stdio.h>

#include "trigger/trigger.h"

/* In the order of their names. */
static const lii_trigger_kind *const kinds[] = {
    &lii_alarm_kind,
    &lii_alb_kind,
    &lii_alexa_kind,
    &lii_alexa_home_kind,
    &lii_analytics_kind,
    &lii_authorizer_kind,
    &lii_apigw_http_kind,
    &lii_apigw_rest_kind,
    &lii_ws_kind,
    &lii_appsync_kind,
    &lii_bedrock_kind,
    &lii_cfn_kind,
    &lii_codecommit_kind,
    &lii_codepipeline_kind,
    &lii_cognito_kind,
    &lii_cognito_sync_kind,
    &lii_config_kind,
    &lii_connect_kind,
    &lii_custom_kind,
    &lii_documentdb_kind,
    &lii_dynamodb_kind,
    &lii_edge_kind,
    &lii_events_kind,
    &lii_firehose_kind,
    &lii_iot_authorizer_kind,
    &lii_iotevents_kind,
    &lii_kafka_kind,
    &lii_kinesis_kind,
    &lii_lattice_kind,
    &lii_lex_kind,
    &lii_lexv2_kind,
    &lii_mq_kind,
    &lii_msk_kind,
    &lii_pipes_kind,
    &lii_rds_kind,
    &lii_s3_kind,
    &lii_s3batch_kind,
    &lii_s3ol_kind,
    &lii_schedule_kind,
    &lii_scheduler_kind,
    &lii_secrets_kind,
    &lii_ses_kind,
    &lii_sfn_kind,
    &lii_sqs_kind,
};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

const lii_trigger_kind *const *lii_kinds(size_t *n)
{
    *n = N_KINDS;
    return kinds;
}

/* Sources that are polled, by names that people try. */
static const char *const polled[] = { "activemq", "rabbitmq", "docdb" };

li_status lii_kind_known(li_slice name, const lii_trigger_kind **kind, li_error *err)
{
    size_t i;

    for (i = 0; i < N_KINDS; i++)
        if (lii_slice_is(name, kinds[i]->name)) {
            *kind = kinds[i];
            return LI_OK;
        }
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, name.ptr, name.len,
                    "no kind of trigger is called \"%.*s\"; li_trigger_kind_each lists them", LII_TEXT(name));
}

li_status lii_kind_find(li_slice name, const lii_trigger_kind **kind, li_error *err)
{
    const lii_trigger_kind *found = NULL;
    li_status status = lii_kind_known(name, &found, err);
    size_t i;

    for (i = 0; i < sizeof polled / sizeof *polled; i++)
        if (lii_slice_is(name, polled[i]) || (found && (found->flags & LII_KIND_POLLED)))
            return lii_fail(err, LI_E_INVALID, LI_DETAIL_TRIGGER_KIND, name.ptr, name.len,
                            "%.*s is polled and no trigger: use event source mappings (li_mapping_create)", LII_TEXT(name));
    if (status == LI_OK)
        *kind = found;
    return status;
}

static li_status wrong(const char *member, int32_t detail, li_error *err, const char *format, va_list args)
{
    char text[200];

    vsnprintf(text, sizeof text, format, args);
    return lii_fail(err, LI_E_INVALID, detail, member, LI_Z, "%s: %s", member, text);
}

li_status lii_option_wrong(const char *member, li_error *err, const char *format, ...)
{
    va_list args;
    li_status status;

    va_start(args, format);
    status = wrong(member, LI_DETAIL_TRIGGER_OPTIONS, err, format, args);
    va_end(args);
    return status;
}

li_status lii_occurrence_wrong(const char *member, li_error *err, const char *format, ...)
{
    va_list args;
    li_status status;

    va_start(args, format);
    status = wrong(member, LI_DETAIL_OCCURRENCE, err, format, args);
    va_end(args);
    return status;
}

/* ---- for front ends */

void li_trigger_kind_each(void (*each)(void *user, const li_trigger_kind_info *info), void *user)
{
    size_t i;

    for (i = 0; i < N_KINDS; i++) {
        const lii_trigger_kind *k = kinds[i];
        li_trigger_kind_info info = { sizeof info, k->name, k->label, k->principal, k->retries,
                                      k->options_example ? k->options_example : "", k->example ? k->example : "",
                                      k->type, k->flags & (LI_TRIGGER_POLLED | LI_TRIGGER_SCHEDULED | LI_TRIGGER_ONE |
                                                           LI_TRIGGER_ROLE) };

        each(user, &info);
    }
}

static const char *type_word(char letter)
{
    return letter == 's' ? "text" : letter == 'n' ? "number" : letter == 'o' ? "object" : letter == 'a' ? "array"
           : letter == 'b' ? "bool" : letter == 'z' ? "null" : "any";
}

/* The members of an occurrence: name, type, required. */
static void write_members(lii_json_writer *w, const char *p)
{
    lii_json_open(w, '[');
    while (p && *p) {
        size_t n = strcspn(p, " "), colon = strcspn(p, ":");

        lii_json_open(w, '{');
        lii_json_member_string(w, "name", p, colon);
        lii_json_member_string(w, "type", type_word(p[colon + 1]), LI_Z);
        lii_json_key(w, "required");
        lii_json_bool(w, p[n - 1] == '!');
        lii_json_close(w, '}');
        p += n + (p[n] == ' ');
    }
    lii_json_close(w, ']');
}

static void write_kind(lii_json_writer *w, const lii_trigger_kind *k)
{
    lii_json_open(w, '{');
    lii_json_member_string(w, "kind", k->name, LI_Z);
    lii_json_member_string(w, "label", k->label, LI_Z);
    lii_json_member_string(w, "group", k->flags & LII_KIND_POLLED ? "event source mapping" : "push", LI_Z);
    lii_json_member_string(w, "invocationType", k->type == LI_EVENT ? "Event" : "RequestResponse", LI_Z);
    lii_json_member_string(w, "principal", k->principal, LI_Z);
    lii_json_member_string(w, "permission",
                           k->flags & LII_KIND_ROLE ? "role" : k->principal[0] ? "policy" : "none", LI_Z);
    lii_json_member_string(w, "retries", k->retries, LI_Z);
    lii_json_key(w, "fields");
    lii_form_write(k->fields, w->out);
    w->needs_comma = 1;
    if (!(k->flags & (LII_KIND_POLLED | LII_KIND_SCHEDULED))) {
        lii_json_key(w, "occurrence");
        write_members(w, k->members);
    }
    lii_json_close(w, '}');
}

li_status li_trigger_kind_form(li_engine *engine, const char *kind, size_t kind_len,
                               void (*write)(void *user, const char *data, size_t len), void *user, li_error *err)
{
    const lii_trigger_kind *one = NULL;
    li_status status = LI_OK;
    lii_json_writer w;
    lii_buf out;
    size_t i;

    if (!engine || !write)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "engine and write are needed");
    status = lii_engine_check_fork(engine, err);
    if (status == LI_OK && kind)
        status = lii_kind_known(lii_slice(kind, kind_len), &one, err);
    if (status != LI_OK)
        return status;
    lii_buf_init(&out, lii_engine_allocator(engine));
    lii_json_begin(&w, &out);
    if (one) {
        write_kind(&w, one);
    } else {
        lii_json_open(&w, '[');
        for (i = 0; i < N_KINDS; i++)
            write_kind(&w, kinds[i]);
        lii_json_close(&w, ']');
    }
    status = out.status;
    if (status == LI_OK)
        write(user, out.data, out.len);
    lii_buf_fini(&out);
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for the form");
}
