/* faults.c - the fault plan of the engine: put, looked at, ended. */
#include <lambdainvoke/testing.h>

#include "api/call.h"

static void add_fault(void *user, const li_fault_report *report)
{
    lii_json_writer *w = user;

    lii_json_open(w, '{');
    lii_json_member_string(w, "Do", report->what, LI_Z);
    lii_json_member_string(w, "Subject", report->subject, LI_Z);
    lii_json_member_u64(w, "Seen", report->seen);
    lii_json_member_u64(w, "Fired", report->fired);
    lii_json_key(w, "Left");
    if (report->left == UINT64_MAX)
        lii_json_null(w);        /* without end */
    else
        lii_json_u64(w, report->left);
    lii_json_close(w, '}');
}

void lii_op_get_faults(lii_call *call)
{
    lii_json_writer w;

    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Faults");
    lii_json_open(&w, '[');
    li_faults_report(call->engine, add_fault, &w);
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    lii_reply(call, 200);
}

void lii_op_put_faults(lii_call *call)
{
    li_error err = LI_ERROR_INIT;
    li_status status = li_faults_apply(call->engine, call->request->body.ptr ? call->request->body.ptr : "",
                                       call->request->body.len, &err);

    if (status == LI_OK)
        lii_op_get_faults(call);
    else if (status == LI_E_NOMEM)
        lii_reply_status(call, status, &err);
    else
        lii_reply_error(call, status == LI_E_NOTSUP ? 409 : 400,
                        status == LI_E_NOTSUP ? "ResourceConflictException" : "InvalidParameterValueException", "User",
                        "%s (byte %llu)", err.text, (unsigned long long)err.offset);
}

void lii_op_delete_faults(lii_call *call)
{
    li_faults_clear(call->engine);
    lii_reply_empty(call, 204);
}
