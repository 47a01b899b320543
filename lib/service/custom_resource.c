/* custom_resource.c - what becomes of an operation on a custom resource: one answer, checked, or none in time; and the Delete
 * of what an Update has replaced (TRG-76..78). */
#include "service/custom_resource.h"

enum { ANSWER_MAX = 4096, ID_MAX = 1024, SERVICE_MS = 3600000 };

static void end(lii_later *later)
{
    lii_custom_resource *r = (lii_custom_resource *)later;

    lii_buf_fini(&r->url);
    lii_buf_fini(&r->answer);
    lii_free(lii_engine_allocator(later->engine), r);
}

/* ---- the outcome */

/* What the service says of an operation that no answer ended. Without memory the document is missing. */
static void fail(lii_custom_resource *r, int32_t status, const char *verdict, const char *reason)
{
    lii_json_writer w;

    r->status = status;
    r->verdict = verdict;
    lii_buf_clear(&r->answer);
    lii_json_begin(&w, &r->answer);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "Status", "FAILED", LI_Z);
    lii_json_member_string(&w, "Reason", reason, LI_Z);
    lii_json_close(&w, '}');
    if (r->answer.status != LI_OK)
        lii_buf_clear(&r->answer);
}

static void copy(lii_json_writer *w, const char *name, lii_json_value value)
{
    if (value.type == LII_JSON_NONE)
        return;
    lii_json_key(w, name);
    lii_json_raw(w, value.ptr, value.len);
}

static lii_json_value member(const lii_custom_resource *r, const char *name)
{
    return lii_json_get(r->object, name, LI_Z);
}

static int is_replaced(const lii_custom_resource *r)
{
    lii_json_value id = lii_json_get(lii_json_root(r->answer.data, r->answer.len), "PhysicalResourceId", LI_Z);
    char text[ID_MAX];

    return r->cleans_up && lii_json_text_is(member(r, "requestType"), "Update", LI_Z) &&
           !lii_json_text_is(member(r, "physicalResourceId"), text, lii_json_text(id, text, sizeof text));
}

/* The old resource goes with the properties that it had, by the same function; nobody waits for that (TRG-77). */
static void clean_up(const lii_custom_resource *r)
{
    li_engine *engine = r->later.engine;
    lii_json_writer w;
    li_status status;
    lii_buf text;

    lii_buf_init(&text, lii_engine_allocator(engine));
    lii_json_begin(&w, &text);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "requestType", "Delete", LI_Z);
    copy(&w, "stackId", member(r, "stackId"));
    copy(&w, "logicalResourceId", member(r, "logicalResourceId"));
    copy(&w, "resourceType", member(r, "resourceType"));
    copy(&w, "physicalResourceId", member(r, "physicalResourceId"));
    copy(&w, "resourceProperties", member(r, "oldResourceProperties"));
    copy(&w, "responseBase", member(r, "responseBase"));
    lii_json_member_string(&w, "serviceToken", r->function_arn, LI_Z);
    lii_json_close(&w, '}');
    status = text.status;
    if (status == LI_OK)
        status = lii_custom_resource_begin(engine, lii_json_root(text.data, text.len), NULL, NULL, NULL, NULL);
    lii_buf_fini(&text);
    if (status != LI_OK)
        lii_engine_journal(engine, LI_STEP_TRIGGER, &r->invoked, r->journal_name, 0, "clean-up-failed");
}

static void tell(const lii_custom_resource *r)
{
    li_trigger_answer a;

    memset(&a, 0, sizeof a);
    a.size = sizeof a;
    a.verdict = r->verdict;
    a.body = r->answer.len > 0 ? r->answer.data : NULL;
    a.body_len = r->answer.len;
    a.n_matched = r->n_matched;
    a.n_refused = strcmp(r->verdict, "refused") == 0;
    a.request_id = r->invoked;
    a.status = r->status;
    r->done(r->user, &a);
}

/* The function has its event, or the outcome is there; with both it has ended. */
static void part(lii_custom_resource *r)
{
    if (atomic_fetch_sub_explicit(&r->open, 1, memory_order_acq_rel) != 1)
        return;
    lii_engine_journal(r->later.engine, LI_STEP_TRIGGER, &r->invoked, r->journal_name, 0, r->verdict);
    if (r->done)
        tell(r);
    if (r->status == 200 && is_replaced(r))
        clean_up(r);
}

static void late(lii_later *later)
{
    lii_custom_resource *r = (lii_custom_resource *)later;

    fail(r, 504, "timeout", "CloudFormation did not receive a response from your Custom Resource. Please check your logs.");
    part(r);
}

/* ---- the answer */

static int is_equal(lii_json_value answered, const char *text, size_t len)
{
    return answered.type == LII_JSON_STRING && lii_json_text_is(answered, text, len);
}

/* Is it the member of the occurrence? Escapes may differ. */
static int is_member(const lii_custom_resource *r, lii_json_value answered, const char *name)
{
    char text[ANSWER_MAX];
    size_t n = answered.type == LII_JSON_STRING ? lii_json_text(answered, text, sizeof text) : SIZE_MAX;

    return n <= sizeof text && lii_json_text_is(member(r, name), text, n);
}

static int is_request(const lii_custom_resource *r, lii_json_value answered)
{
    char made[LI_ID_TEXT_SIZE];

    if (member(r, "requestId").type != LII_JSON_NONE)
        return is_member(r, answered, "requestId");
    li_id_format(&r->request_id, made);
    return is_equal(answered, made, strlen(made));
}

/* What is wrong with an answer; NULL: nothing. */
static const char *wrong_with(const lii_custom_resource *r, li_slice text, int *is_success)
{
    lii_json_value answer, id, reason, data, no_echo;
    int is_failure;
    char room[ID_MAX];
    size_t n;

    if (text.len > ANSWER_MAX)
        return "Response object is too long.";
    if (lii_json_check(text.ptr, text.len, 128, NULL) != 0)
        return "Response object is not JSON.";
    answer = lii_json_root(text.ptr, text.len);
    if (answer.type != LII_JSON_OBJECT)
        return "Response object is not a JSON object.";
    *is_success = is_equal(lii_json_get(answer, "Status", LI_Z), "SUCCESS", 7);
    is_failure = is_equal(lii_json_get(answer, "Status", LI_Z), "FAILED", 6);
    if (!*is_success && !is_failure)
        return "Status is SUCCESS or FAILED.";
    reason = lii_json_get(answer, "Reason", LI_Z);
    if (is_failure && (reason.type != LII_JSON_STRING || reason.len <= 2))
        return "Reason is needed when Status is FAILED.";
    id = lii_json_get(answer, "PhysicalResourceId", LI_Z);
    n = id.type == LII_JSON_STRING ? lii_json_text(id, room, sizeof room) : 0;
    if (n == 0 || n > ID_MAX)
        return "Invalid PhysicalResourceId: a text of 1 to 1024 bytes.";
    if (!is_member(r, lii_json_get(answer, "StackId", LI_Z), "stackId"))
        return "StackId is not that of the request.";
    if (!is_request(r, lii_json_get(answer, "RequestId", LI_Z)))
        return "RequestId is not that of the request.";
    if (!is_member(r, lii_json_get(answer, "LogicalResourceId", LI_Z), "logicalResourceId"))
        return "LogicalResourceId is not that of the request.";
    no_echo = lii_json_get(answer, "NoEcho", LI_Z);
    if (no_echo.type != LII_JSON_NONE && no_echo.type != LII_JSON_TRUE && no_echo.type != LII_JSON_FALSE)
        return "NoEcho is true or false.";
    data = lii_json_get(answer, "Data", LI_Z);
    return data.type == LII_JSON_NONE || data.type == LII_JSON_NULL || data.type == LII_JSON_OBJECT ? NULL : "Data is an object.";
}

li_status lii_custom_resource_respond(li_engine *engine, li_slice token, li_slice answer, li_error *err)
{
    lii_later *later = lii_later_find(engine, &lii_cfn_kind, token);
    lii_custom_resource *r = (lii_custom_resource *)later;
    const char *wrong = NULL;
    int is_success = 0;
    lii_buf kept;

    lii_buf_init(&kept, lii_engine_allocator(engine));
    if (later && lii_buf_add(&kept, answer.ptr, answer.len) != LI_OK) {
        lii_later_release(later);
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for an answer; the operation still waits");
    }
    if (!later || !lii_later_take(later)) {
        if (later)
            lii_later_release(later);
        lii_buf_fini(&kept);
        return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_ANSWER_NOT_AWAITED, token.ptr, token.len,
                        "nothing waits for an answer there: it was answered, is too late, or never was");
    }
    wrong = wrong_with(r, answer, &is_success);
    if (wrong) {
        fail(r, 502, "invalid", wrong);
        lii_buf_fini(&kept);
        lii_fail(err, LI_E_INVALID, LI_DETAIL_ANSWER, NULL, 0, "%s The operation has failed.", wrong);
    } else {
        r->answer = kept;
        r->status = is_success ? 200 : 400;
        r->verdict = is_success ? "SUCCESS" : "FAILED";
    }
    part(r);
    lii_later_release(later);    /* the registry's */
    lii_later_release(later);
    return wrong ? LI_E_INVALID : LI_OK;
}

/* ---- the operation */

void lii_custom_resource_given(lii_custom_resource *r, const li_trigger *t)
{
    memcpy(r->function_arn, t->function_arn, sizeof r->function_arn);
    r->journal_name = t->journal_name;
    r->cleans_up = lii_option_number(t, "cleanUp") != 0;
    lii_later_move(&r->later, (uint64_t)lii_option_number(t, "serviceTimeout") * 1000);
}

/* Whether a function has got the event. Releases the reference of who began. */
static void told(void *user, const li_trigger_answer *a)
{
    lii_custom_resource *r = user;

    r->n_matched = a->n_matched;
    r->invoked = a->request_id;
    if ((a->n_matched == 0 || a->n_refused > 0) && lii_later_take(&r->later)) {
        if (a->n_matched == 0)
            fail(r, 404, "nobody", "No function takes custom resources of this type.");
        else
            fail(r, 502, "refused", "The function could not be invoked.");
        part(r);
        lii_later_release(&r->later);
    }
    part(r);
    lii_later_release(&r->later);
}

static li_status name_url(lii_custom_resource *r)
{
    lii_json_value base = member(r, "responseBase");

    if (base.type == LII_JSON_NONE) {
        lii_buf_add_z(&r->url, "urn:lambdainvoke:cfn:");
    } else if (lii_buf_reserve(&r->url, base.len) == LI_OK) {
        r->url.len = lii_json_text(base, r->url.data, base.len);
    }
    return lii_buf_add_z(&r->url, r->later.token);
}

static lii_custom_resource *make(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    lii_custom_resource *r = lii_calloc(allocator, 1, sizeof *r + object.len + 1);

    if (!r)
        return NULL;
    r->later.engine = engine;
    r->later.kind = &lii_cfn_kind;
    r->later.late = late;
    r->later.end = end;
    atomic_init(&r->open, 2);
    r->done = done;
    r->user = user;
    r->journal_name = "";
    lii_engine_new_id(engine, &r->request_id);
    lii_buf_init(&r->url, allocator);
    lii_buf_init(&r->answer, allocator);
    memcpy(r->text, object.ptr, object.len);
    r->object = lii_json_root(r->text, object.len);
    return r;
}

static li_status run(lii_custom_resource *r, uint64_t *n_matched, li_error *err)
{
    lii_occasion *o = NULL;
    li_status status = name_url(r);

    if (status == LI_OK)
        status = lii_occasion_new(r->later.engine, &lii_cfn_kind, r->object.ptr, r->object.len, &o, err);
    if (status != LI_OK)
        return status;
    atomic_fetch_add_explicit(&r->later.refs, 1, memory_order_relaxed);
    lii_occasion_occurrence(o)->state = r;
    return lii_occasion_run(o, told, r, n_matched, err);
}

li_status lii_custom_resource_begin(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user,
                                    uint64_t *n_matched, li_error *err)
{
    lii_occasion *o = NULL;
    lii_custom_resource *r;
    li_status status;

    if (lii_json_get(object, "responseURL", LI_Z).type != LII_JSON_NONE) {
        status = lii_occasion_new(engine, &lii_cfn_kind, object.ptr, object.len, &o, err);
        return status == LI_OK ? lii_occasion_run(o, done, user, n_matched, err) : status;
    }
    r = make(engine, object, done, user);
    status = r ? lii_later_begin(&r->later, SERVICE_MS) : LI_E_NOMEM;
    if (status != LI_OK && r)
        end(&r->later);
    if (status == LI_OK) {
        status = run(r, n_matched, err);
        if (status != LI_OK) {   /* no function has heard of it */
            lii_later_take(&r->later);
            lii_later_release(&r->later);
            lii_later_release(&r->later);
        }
    }
    return status == LI_E_NOMEM ? lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for an operation") : status;
}
