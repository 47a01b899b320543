/* secrets.c - rotation: four calls in order with one token; an error in one ends it (TRG-129, 130). */
#include "trigger/trigger.h"

enum { STEPS = 4, TOKEN_MIN = 32, TOKEN_MAX = 64 };

extern const lii_trigger_kind lii_secrets_kind;

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

static const lii_kind_code code = { .begin = begin };

static const lii_field fields[] = {
    { .name = "secret", .label = "Secret", .type = LII_FIELD_ARN, .flags = LII_FIELD_REQUIRED, .max = 2048 },
    { .name = "every", .label = "Rotate every (days)", .type = LII_FIELD_INTEGER, .min = 1, .max = 1000 },
    { .name = "schedule", .label = "or by schedule", .type = LII_FIELD_EXPRESSION, .max = 256,
      .pattern = "[0-9A-Za-z()#?*\\-/, ]+" },
    { .name = "duration", .label = "Window", .max = 3, .pattern = "[0-9]+h" },
    { .name = "rotateNow", .label = "Rotate at once", .type = LII_FIELD_BOOL, .standard = "true" },
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
    .options_example = "{\"secret\":\"arn:aws:secretsmanager:us-east-1:111122223333:secret:id-ABCD1E\",\"every\":30}",
    .example = "{\"secret\":\"arn:aws:secretsmanager:us-east-1:111122223333:secret:id-ABCD1E\",\"step\":\"createSecret\","
               "\"token\":\"1ab23456-cde7-8912-34ab-456781901234\"}",
    .code = &code,
};
