/* policy.c - AddPermission, GetPolicy and RemovePermission (TRG-14..17). */
#include <cjson/cJSON.h>
#include <string.h>

#include "api/call.h"

static void refuse(lii_call *call, li_status status, const li_error *err)
{
    if (err->detail == LI_DETAIL_STATEMENT_EXISTS)
        lii_reply_error(call, 409, "ResourceConflictException", "User", "%s", err->text);
    else if (err->detail == LI_DETAIL_STATEMENT_NOT_FOUND)
        lii_reply_error(call, 404, "ResourceNotFoundException", "User", "%s", err->text);
    else if (err->detail == LI_DETAIL_POLICY_SIZE)
        lii_reply_error(call, 400, "PolicyLengthExceededException", "User", "%s", err->text);
    else if (status == LI_E_PRECONDITION)
        lii_reply_error(call, 412, "PreconditionFailedException", "User",
                        "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to "
                        "retrieve the latest RevisionId");
    else if (err->detail == LI_DETAIL_STATEMENT)
        lii_reply_error(call, 400, "ValidationException", NULL, "1 validation error detected: %s", err->text);
    else
        lii_reply_status(call, status, err);
}

static li_slice text_of(const cJSON *body, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, name);

    return cJSON_IsString(item) ? lii_slice(item->valuestring, LI_Z) : lii_slice(NULL, 0);
}

/* A document as a text member: that is how both answers have it. */
static void write_text(void *user, const char *json, size_t len)
{
    lii_json_writer *w = user;

    lii_json_member_string(w, "Statement", json, len);
}

static void write_policy(void *user, const char *json, size_t len, const char *revision_id)
{
    lii_json_writer *w = user;

    lii_json_member_string(w, "Policy", json, len);
    lii_json_member_string(w, "RevisionId", revision_id, LI_Z);
}

void lii_op_add_permission(lii_call *call)
{
    li_permission permission = LI_PERMISSION_INIT;
    const char *qualifier = lii_call_qualifier(call);
    cJSON *body = lii_body_with(call, "StatementId:s Action:s Principal:s SourceArn:s SourceAccount:s EventSourceToken:s "
                                      "PrincipalOrgID:s FunctionUrlAuthType:s RevisionId:s InvokedViaFunctionUrl:b");
    li_error err = LI_ERROR_INIT;
    const cJSON *url;
    lii_json_writer w;
    li_status status;

    if (!body)
        return;
    permission.statement_id = text_of(body, "StatementId");
    permission.action = text_of(body, "Action");
    permission.principal = text_of(body, "Principal");
    permission.source_arn = text_of(body, "SourceArn");
    permission.source_account = text_of(body, "SourceAccount");
    permission.event_source_token = text_of(body, "EventSourceToken");
    permission.principal_org_id = text_of(body, "PrincipalOrgID");
    permission.function_url_auth = text_of(body, "FunctionUrlAuthType");
    permission.revision_id = text_of(body, "RevisionId");
    url = cJSON_GetObjectItemCaseSensitive(body, "InvokedViaFunctionUrl");
    permission.via_function_url = cJSON_IsBool(url) ? cJSON_IsTrue(url) : -1;
    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    status = li_permission_add(call->engine, call->parts[0].ptr, call->parts[0].len, qualifier[0] ? qualifier : NULL, LI_Z,
                               &permission, write_text, &w, &err);
    cJSON_Delete(body);
    if (status != LI_OK) {
        refuse(call, status, &err);
        return;
    }
    lii_json_close(&w, '}');
    lii_reply(call, 201);
}

void lii_op_get_policy(lii_call *call)
{
    const char *qualifier = lii_call_qualifier(call);
    li_error err = LI_ERROR_INIT;
    lii_json_writer w;
    li_status status;

    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    status = li_permission_get(call->engine, call->parts[0].ptr, call->parts[0].len, qualifier[0] ? qualifier : NULL, LI_Z,
                               write_policy, &w, &err);
    if (status != LI_OK) {
        refuse(call, status, &err);
        return;
    }
    lii_json_close(&w, '}');
    lii_reply(call, 200);
}

void lii_op_remove_permission(lii_call *call)
{
    const char *qualifier = lii_call_qualifier(call);
    li_error err = LI_ERROR_INIT;
    char revision[64] = "";
    li_status status;

    if (lii_query(call, "RevisionId", revision, sizeof revision) < 0)
        revision[0] = '\0';
    status = li_permission_remove(call->engine, call->parts[0].ptr, call->parts[0].len, qualifier[0] ? qualifier : NULL, LI_Z,
                                  call->parts[1].ptr, call->parts[1].len, revision[0] ? revision : NULL, LI_Z, &err);
    if (status != LI_OK)
        refuse(call, status, &err);
    else
        lii_reply_empty(call, 204);
}
