/* secrets.c - rotation: four calls in order with one token, at once and then by the clock; an error in one ends it (TRG-129, 130). */
#include "service/secrets.h"

#include "trigger/firing.h"

enum { TOKEN_MIN = 32, TOKEN_MAX = 64, HOURS_MIN = 4 };
#define DAY_MS UINT64_C(86400000)

static const char steps[] = "createSecret setSecret testSecret finishSecret";

/* A rotation under way. */
typedef struct rotation {
    li_engine *engine;
    li_trigger_answered done;    /* may be NULL */
    void *user;
    const char *step;            /* where the next one stands in steps */
    lii_buf text;                /* the occurrence, up to its step */
    size_t text_len;
} rotation;

static void end(rotation *r, const li_trigger_answer *a)
{
    if (r->done)
        r->done(r->user, a);
    lii_buf_fini(&r->text);
    lii_free(lii_engine_allocator(r->engine), r);
}

static void stepped(void *user, const li_trigger_answer *a);

static li_status next_step(rotation *r, uint64_t *n_matched, li_error *err)
{
    size_t n = strcspn(r->step, " ");
    lii_occasion *o = NULL;
    li_status status;

    r->text.len = r->text_len;
    lii_buf_addf(&r->text, ",\"step\":\"%.*s\"}", (int)n, r->step);
    status = r->text.status;
    if (status == LI_OK)
        status = lii_occasion_new(r->engine, &lii_secrets_kind, r->text.data, r->text.len, &o, err);
    if (status != LI_OK)
        return status;
    r->step += n + (r->step[n] == ' ');
    return lii_occasion_run(o, stepped, r, n_matched, err);
}

/* Later steps are not called after an error. */
static void stepped(void *user, const li_trigger_answer *a)
{
    rotation *r = user;
    li_trigger_answer failed;

    if (a->status != 200 || !r->step[0]) {
        end(r, a);
    } else if (next_step(r, NULL, NULL) != LI_OK) {
        memset(&failed, 0, sizeof failed);
        failed.size = sizeof failed;
        failed.status = 500;
        failed.verdict = "failed";
        failed.n_matched = a->n_matched;
        end(r, &failed);
    }
}

static li_status begin(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user, uint64_t *n_matched,
                       li_error *err)
{
    lii_json_value step = lii_json_get(object, "step", LI_Z), token = lii_json_get(object, "token", LI_Z);
    char text[TOKEN_MAX + 1];
    size_t n = lii_json_text(step, text, sizeof text);
    lii_occasion *o = NULL;
    rotation *r;
    li_status status;

    if (step.type != LII_JSON_NONE && (n > sizeof text || lii_word_place(steps, ' ', lii_slice(text, n)) < 0))
        return lii_occurrence_wrong("step", err, "createSecret, setSecret, testSecret or finishSecret; none: all of them in order");
    n = lii_json_text(token, text, sizeof text);
    if (n < TOKEN_MIN || n > TOKEN_MAX)
        return lii_occurrence_wrong("token", err, "a ClientRequestToken has %d to %d characters", (int)TOKEN_MIN, (int)TOKEN_MAX);
    if (step.type != LII_JSON_NONE) {
        status = lii_occasion_new(engine, &lii_secrets_kind, object.ptr, object.len, &o, err);
        return status == LI_OK ? lii_occasion_run(o, done, user, n_matched, err) : status;
    }
    r = lii_calloc(lii_engine_allocator(engine), 1, sizeof *r);
    if (!r)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a rotation");
    r->engine = engine;
    r->done = done;
    r->user = user;
    r->step = steps;
    lii_buf_init(&r->text, lii_engine_allocator(engine));
    lii_buf_add(&r->text, object.ptr, object.len - 1);
    r->text_len = r->text.len;
    status = next_step(r, n_matched, err);
    if (status != LI_OK) {
        lii_buf_fini(&r->text);
        lii_free(lii_engine_allocator(engine), r);
    }
    return status == LI_E_NOMEM ? lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for a rotation") : status;
}

/* ---- by the clock */

/* The next word of an expression; empty at its end. */
static li_slice next_word(li_slice *rest)
{
    li_slice word;
    size_t n = 0;

    while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t')) {
        rest->ptr++;
        rest->len--;
    }
    while (n < rest->len && rest->ptr[n] != ' ' && rest->ptr[n] != '\t' && rest->ptr[n] != ')')
        n++;
    word = lii_slice(rest->ptr, n);
    rest->ptr += n;
    rest->len -= n;
    return word;
}

static int begins_with(li_slice text, const char *with)
{
    return text.len >= strlen(with) && memcmp(text.ptr, with, strlen(with)) == 0;
}

li_status lii_rotation_check(li_slice expression, li_error *err)
{
    li_slice rest = lii_slice(expression.ptr, expression.len), count, unit, word;
    int i;

    if (!begins_with(rest, "rate(") && !begins_with(rest, "cron("))
        return LI_OK;            /* the grammar says so better */
    rest.ptr += 5;
    rest.len -= 5;
    word = count = next_word(&rest);
    if (expression.ptr[0] == 'r') {
        unit = next_word(&rest);
        if (begins_with(unit, "minute") || (begins_with(unit, "hour") && count.len == 1 && count.ptr[0] < '0' + HOURS_MIN))
            return lii_option_wrong("schedule", err, "a rotation comes every %d hours at most: rate(4 hours), rate(10 days)", (int)HOURS_MIN);
        return LI_OK;
    }
    for (i = 0; i < 5; i++)
        word = next_word(&rest);
    if (!lii_slice_is(count, "0") || (word.len > 0 && !lii_slice_is(word, "*")))
        return lii_option_wrong("schedule", err, "a rotation's cron has minutes 0 and year *: cron(0 8 1 * ? *), in UTC");
    return LI_OK;
}

static li_status prepare(li_trigger *t, li_error *err)
{
    li_slice expression = lii_option_text(t, "schedule");
    uint64_t days = (uint64_t)lii_option_number(t, "every");
    lii_firing *f = lii_state_new(t, sizeof *f, err);
    li_status status;

    if (!f)
        return LI_E_NOMEM;
    if (days > 0 && expression.len > 0)
        return lii_option_wrong("schedule", err, "a rotation has either every, in days, or a schedule");
    f->starts_now = lii_option_number(t, "rotateNow") != 0;
    f->period_ms = days * DAY_MS;
    status = expression.len > 0 ? lii_rotation_check(expression, err) : LI_OK;
    return status == LI_OK ? lii_firing_prepare(t, "schedule", LI_SCHEDULE_RULE, f, err) : status;
}

/* Due: a rotation with a token of its own. Takes over a reference. */
static void fired(li_trigger *t, uint64_t time_ms)
{
    li_engine *engine = t->engine;
    char token[LI_ID_TEXT_SIZE];
    lii_json_writer w;
    li_status status;
    lii_buf text;
    li_id id;

    (void)time_ms;
    lii_engine_new_id(engine, &id);
    li_id_format(&id, token);
    lii_buf_init(&text, lii_engine_allocator(engine));
    lii_json_begin(&w, &text);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "secret", lii_option_text(t, "secret").ptr, lii_option_text(t, "secret").len);
    lii_json_member_string(&w, "token", token, LI_Z);
    lii_json_close(&w, '}');
    status = text.status;
    if (status == LI_OK)
        status = begin(engine, lii_json_root(text.data, text.len), NULL, NULL, NULL, NULL);
    lii_buf_fini(&text);
    if (status != LI_OK) {
        atomic_fetch_add_explicit(&t->failures, 1, memory_order_relaxed);
        lii_engine_journal(engine, LI_STEP_TRIGGER, NULL, t->journal_name, 0, "rotation-not-begun");
    }
    lii_trigger_release(t);
}

static const lii_kind_code code = { .prepare = prepare, .finish = lii_firing_end_state, .begin = begin, .firing = lii_firing_in_state,
                                    .fired = fired };

static const lii_field fields[] = {
    { .name = "secret", .label = "Secret", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 2048 },
    { .name = "every", .label = "Rotate every (days)", .type = LII_FIELD_INTEGER, .min = 1, .max = 1000 },
    { .name = "schedule", .label = "or by schedule", .type = LII_FIELD_EXPRESSION, .max = 256,
      .pattern = "[0-9A-Za-z()#?*\\-/, ]+" },
    { .name = "duration", .label = "Window", .max = 3, .pattern = "[0-9]+h", .help = "a rotation begins with its window" },
    { .name = "rotateNow", .label = "Rotate at once", .type = LII_FIELD_BOOL, .standard = "true",
      .help = "when it is added, enabled, or its schedule changes" },
    { .name = NULL }
};
const lii_trigger_kind lii_secrets_kind = {
    .name = "secrets",
    .label = "Secrets Manager rotation",
    .principal = "secretsmanager.amazonaws.com",
    .source_arn = "${$secret}",
    .type = LI_REQUEST_RESPONSE,
    .flags = LII_KIND_ONE,
    .retries = "the service tries the rotation again later",
    .fields = fields,
    .members = "secret:s! step:s token:s! rotationToken:s",
    .match = "secret=secret",
    .same = "secret",
    .same_max = 1,
    .event = "{\"Step\":\"${step}\",\"SecretId\":\"${secret}\",\"ClientRequestToken\":\"${token}\","
             "\"?RotationToken\":\"${rotationToken}\"}",
    .shape = "Step:s! SecretId:s! ClientRequestToken:s! RotationToken:s",
    .options_example = "{\"secret\":\"arn:aws:secretsmanager:us-east-1:111122223333:secret:id-ABCD1E\",\"every\":30,\"rotateNow\":false}",
    .example = "{\"secret\":\"arn:aws:secretsmanager:us-east-1:111122223333:secret:id-ABCD1E\",\"step\":\"createSecret\","
               "\"token\":\"1ab23456-cde7-8912-34ab-456781901234\"}",
    .code = &code,
};
