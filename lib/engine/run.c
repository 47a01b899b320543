/* run.c - one invocation through one environment: initialise, call the handler, find out how it ended, settle. */
#include <stdio.h>

#include "base/cold.h"
#include "engine/faults.h"

struct li_init {
    li_function *function;
    uint64_t simulated_ns;
    char error_type[128];
    char message[512];
};

void li_init_fail(li_init *init, const char *error_type, const char *message)
{
    snprintf(init->error_type, sizeof init->error_type, "%s", error_type ? error_type : "Runtime.InitError");
    snprintf(init->message, sizeof init->message, "%s", message ? message : "");
}

void li_init_simulate(li_init *init, uint64_t duration_ns)
{
    if (init->function->engine->is_virtual && duration_ns < LI_NEVER / 8 && init->simulated_ns < LI_NEVER / 8)
        init->simulated_ns += duration_ns;
}

const char *li_init_get_function_name(const li_init *init)
{
    return init->function->name;
}

static int is_nested(const li_invocation *inv)
{
    uint32_t depth;

    return lii_current(inv->engine, &depth) != NULL;
}

/* One try of the initialisation, in a phase; LI_DONE with the environment initialised, or LI_FAILED with init filled.
 *   inv  for whom; NULL: nobody yet */
static LII_COLD int32_t init_once(lii_env *env, const li_invocation *inv, const char *phase, li_init *init, uint64_t *took_ns)
{
    li_engine *engine = env->function->engine;
    const lii_code *code = env->code;
    uint64_t before = lii_now_ns(engine);
    int32_t verdict = LI_DONE;
    lii_frame frame;

    lii_journal(engine, LI_STEP_INIT, inv ? &inv->id : NULL, env->function->name, inv ? inv->attempt : 0, phase);
    memset(init, 0, sizeof *init);
    init->function = env->function;
    env->environment = NULL;
    lii_frame_push(&frame, engine, NULL);
    if (code->binding == LII_BIND_EXECUTOR)
        verdict = code->executor.init(code->executor_self, init, &env->environment);
    else if (code->binding == LII_BIND_C && code->handler.init)
        verdict = code->handler.init(init, code->handler.user, &env->environment);
    lii_frame_pop(&frame);
    *took_ns = lii_now_ns(engine) - before + init->simulated_ns;
    if (verdict == LI_DONE && *took_ns > (uint64_t)LII_CONFIG(engine, init_ms) * LI_MS_NS) {
        li_init_fail(init, "Sandbox.Timedout", "initialisation took longer than limits.init_ms");
        env->is_initialised = 1;    /* so that its fini runs */
        verdict = LI_FAILED;
    }
    lii_journal(engine, LI_STEP_INIT_END, inv ? &inv->id : NULL, env->function->name, inv ? inv->attempt : 0,
                verdict == LI_DONE ? "ok" : env->is_initialised ? "timeout" : "error");
    return verdict;
}

static LII_COLD void forget_environment(lii_env *env)
{
    const lii_code *code = env->code;
    lii_frame frame;

    if (!env->is_initialised)
        return;
    env->is_initialised = 0;
    lii_frame_push(&frame, env->function->engine, NULL);
    if (code->binding == LII_BIND_EXECUTOR)
        code->executor.retire(code->executor_self, env->environment, LI_RETIRE_FAILURE);
    else if (code->handler.fini)
        code->handler.fini(env->environment, code->handler.user, LI_RETIRE_FAILURE);
    lii_frame_pop(&frame);
    env->environment = NULL;
}

LII_COLD int lii_env_initialise(lii_env *env, uint64_t *simulated_ns)
{
    li_engine *engine = env->function->engine;
    uint64_t took;
    li_init init;

    pthread_mutex_lock(&engine->lock);
    env->function->locked.sums.inits++;
    pthread_mutex_unlock(&engine->lock);
    if (init_once(env, NULL, "provisioned", &init, &took) != LI_DONE) {
        forget_environment(env);
        return -1;
    }
    env->is_initialised = 1;
    *simulated_ns = init.simulated_ns;
    return 0;
}

/* Phase INIT, and once more inside the invocation when it fails (INV-330, INV-331). 0, or -1 with the answer made. */
static LII_COLD int initialise(li_invocation *inv)
{
    li_engine *engine = inv->engine;
    lii_env *env = inv->env;
    uint64_t took, again = 0;
    li_init init;

    if (env->code->binding != LII_BIND_EXECUTOR && !env->code->handler.init) {
        env->is_initialised = 1;
        pthread_mutex_lock(&engine->lock);
        env->function->locked.sums.inits++;
        pthread_mutex_unlock(&engine->lock);
        return 0;
    }
    pthread_mutex_lock(&engine->lock);
    env->function->locked.sums.inits++;
    pthread_mutex_unlock(&engine->lock);
    if (init_once(env, inv, "on-demand", &init, &took) == LI_DONE) {
        env->is_initialised = 1;
        inv->init_ns = took > 0 ? took : 1;
        inv->lead_ns = init.simulated_ns;
        return 0;
    }
    forget_environment(env);
    inv->init_ns = took > 0 ? took : 1;
    inv->lead_ns = init.simulated_ns;
    if (LII_CONFIG(engine, init_retry)) {
        if (init_once(env, inv, "in-invoke", &init, &again) == LI_DONE || again <= inv->code->timeout_ns) {
            if (init.error_type[0] == '\0' || strcmp(init.error_type, "Sandbox.Timedout") == 0) {
                env->is_initialised = 1;
                inv->simulated_ns += init.simulated_ns;     /* now under the function's own time-out */
                return 0;
            }
        }
        forget_environment(env);
    }
    if (init.error_type[0] == '\0')
        li_init_fail(&init, "Runtime.InitError", "initialisation failed");
    lii_buf_clear(&inv->response_buf);
    lii_error_document(&inv->response_buf, init.error_type, init.message, "");
    inv->response = inv->response_buf.data;
    inv->response_len = inv->response_buf.len;
    inv->out_of_memory = inv->response_buf.status != LI_OK;
    inv->answer_kind = LII_ANSWER_UNHANDLED;
    return -1;
}

static LII_COLD void invalid_entrypoint(li_invocation *inv)
{
    char message[256];

    snprintf(message, sizeof message, "RequestId: %s Error: no handler \"%.100s\" is registered",
             li_invocation_get_request_id(inv), inv->code->binding_text);
    lii_buf_clear(&inv->response_buf);
    lii_error_document(&inv->response_buf, "Runtime.InvalidEntrypoint", message, NULL);
    inv->response = inv->response_buf.data;
    inv->response_len = inv->response_buf.len;
    inv->out_of_memory = inv->response_buf.status != LI_OK;
    inv->answer_kind = LII_ANSWER_UNHANDLED;
}

static void deadline_run(lii_timer *timer);

static li_status watch_locked(li_invocation *inv, uint64_t due_ns)
{
    inv->deadline.run = deadline_run;
    inv->deadline.user = inv;
    return lii_deadline_set_locked(inv->engine, &inv->deadline, due_ns);
}

/* The handler said PENDING. 1: it has been answered meanwhile. */
static int go_pending(li_invocation *inv)
{
    li_engine *engine = inv->engine;
    int ready = 0, answered;

    pthread_mutex_lock(&engine->lock);
    inv->was_pending = 1;
    lii_env_leave_locked(inv->env);
    answered = atomic_load(&inv->has_answer);
    if (answered == 2) {
        ready = 1;
    } else if (answered == 1) {
        inv->deadline.run = deadline_run;
        inv->deadline.user = inv;
        atomic_store(&inv->state, LII_INV_COMPLETING);
        lii_hold_locked(inv);
    } else if (watch_locked(inv, inv->deadline_ns) != LI_OK) {
        inv->out_of_memory = 1;
        ready = 1;
    } else {
        atomic_store(&inv->state, LII_INV_PENDING);
        if (inv->wants_hold)
            lii_hold_locked(inv);
    }
    pthread_mutex_unlock(&engine->lock);
    return ready;
}

static int go_polling(li_invocation *inv)
{
    li_engine *engine = inv->engine;
    li_function *function = inv->function;
    uint64_t patience = (uint64_t)LII_CONFIG(engine, init_ms) * LI_MS_NS;
    int ready = 0;

    pthread_mutex_lock(&engine->lock);
    inv->was_pending = 1;
    lii_env_leave_locked(inv->env);
    inv->polled = 1;
    inv->next = NULL;
    inv->deadline_ns = inv->start_ns + patience + inv->code->timeout_ns;
    if (watch_locked(inv, inv->deadline_ns) != LI_OK) {
        inv->out_of_memory = 1;
        ready = 1;
    } else {
        if (function->locked.polls_last)
            function->locked.polls_last->next = inv;
        else
            function->locked.polls_first = inv;
        function->locked.polls_last = inv;
        atomic_store(&inv->state, LII_INV_PENDING);
        lii_hold_locked(inv);
        pthread_cond_broadcast(&engine->changed);
    }
    pthread_mutex_unlock(&engine->lock);
    return ready;
}

static void poll_forget_locked(li_invocation *inv)
{
    li_function *function = inv->function;
    li_invocation **link = &function->locked.polls_first, *last = NULL;

    for (; *link; last = *link, link = &(*link)->next)
        if (*link == inv) {
            *link = inv->next;
            if (function->locked.polls_last == inv)
                function->locked.polls_last = last;
            return;
        }
}

/* Done, with simulated time to pass first. 1: no memory for the timer, or nobody could wait: it is ready now. */
static int go_simulated(li_invocation *inv)
{
    li_engine *engine = inv->engine;
    uint64_t total = inv->simulated_ns, due;
    int ready;

    due = inv->start_ns + (total > inv->code->timeout_ns ? inv->code->timeout_ns : total);
    pthread_mutex_lock(&engine->lock);
    lii_env_leave_locked(inv->env);
    atomic_store(&inv->state, LII_INV_SIMULATED);
    ready = watch_locked(inv, due) != LI_OK;
    pthread_mutex_unlock(&engine->lock);
    return ready;
}

static int32_t call_handler(li_invocation *inv)
{
    lii_env *env = inv->env;
    const lii_code *code = inv->code;
    int32_t verdict;

    inv->in_handler = 1;
    lii_frame_push(&inv->frame, inv->engine, inv);
    verdict = code->binding == LII_BIND_C ? code->handler.handler(inv, env->environment, code->handler.user)
                                          : code->executor.run(code->executor_self, inv, env->environment);
    lii_frame_pop(&inv->frame);
    inv->in_handler = 0;
    return verdict;
}

/* What the handler returned, as an answer. */
static void read_verdict(li_invocation *inv, int32_t verdict)
{
    if (verdict == LI_FAILED && inv->lane && inv->is_stream)
        return;                  /* an event that streamed has succeeded (INV-223) */
    if (verdict == LI_FAILED && (inv->answer_kind == LII_ANSWER_NONE || inv->answer_kind == LII_ANSWER_OK)) {
        inv->answer_kind = LII_ANSWER_UNHANDLED;
        inv->response = NULL;
    } else if (verdict != LI_DONE && verdict != LI_FAILED && verdict != LI_PENDING) {
        inv->response = NULL;
        inv->answer_kind = LII_ANSWER_UNHANDLED;
    } else if (verdict == LI_DONE &&
               (inv->answer_kind == LII_ANSWER_UNHANDLED || inv->answer_kind == LII_ANSWER_HANDLED)) {
        /* it said that it failed, and returned as if not: the words count */
        return;
    }
}

int lii_invocation_returned(li_invocation *inv, int32_t verdict)
{
    li_engine *engine = inv->engine;

    if (inv->watched && !lii_watch_end(inv, 0)) {
        lii_watch_late(inv, verdict);
        return 0;
    }
    if (verdict == LI_PENDING) {
        if (!go_pending(inv))
            return 0;
    } else {
        read_verdict(inv, verdict);
    }
    inv->end_ns = lii_now_ns(engine) + inv->lead_ns;
    if (inv->simulated_ns > 0 || inv->lead_ns > 0) {
        if (!is_nested(inv))
            return go_simulated(inv);
        inv->end_ns = inv->start_ns + inv->simulated_ns;
    }
    if (inv->end_ns - inv->start_ns > inv->code->timeout_ns) {
        inv->answer_kind = LII_ANSWER_TIMEOUT;
        inv->end_ns = inv->start_ns + inv->code->timeout_ns;
    }
    return 1;
}

int lii_invocation_run(li_invocation *inv)
{
    li_engine *engine = inv->engine;
    lii_env *env = inv->env;
    int32_t verdict = LI_DONE;
    int is_faulted;

    if (inv->wants_tail)
        lii_log_start(inv);
    if (inv->code->binding == LII_BIND_C && !inv->code->handler.handler) {
        inv->start_ns = inv->end_ns = lii_now_ns(engine);
        inv->deadline_ns = inv->start_ns + inv->code->timeout_ns;
        invalid_entrypoint(inv);
        return 1;
    }
    if (!env->is_initialised && initialise(inv) != 0) {
        inv->start_ns = inv->end_ns = lii_now_ns(engine) + inv->lead_ns;
        inv->deadline_ns = inv->start_ns + inv->code->timeout_ns;
        return 1;
    }
    inv->start_ns = lii_now_ns(engine) + inv->lead_ns;
    inv->deadline_ns = inv->start_ns + inv->code->timeout_ns;
    is_faulted = lii_fault_armed(engine, LII_FAULTS_RUN) && lii_fault_runs(inv, &verdict);
    if (inv->code->binding == LII_BIND_POLL && !is_faulted)
        return go_polling(inv);
    lii_journal(engine, LI_STEP_START, &inv->id, inv->function->name, inv->attempt, "");
    if (inv->is_on_worker)
        lii_watch_begin(inv, 1);
    return lii_invocation_returned(inv, is_faulted ? verdict : call_handler(inv));
}

/* INV-723: what an execution gives, zeros too. */
static void measure_execution(const li_invocation *inv)
{
    li_engine *engine = inv->engine;
    const char *name = inv->function->name, *q = inv->qualifier ? inv->qualifier : "";
    const char *version = q[0] && strspn(q, "0123456789") < strlen(q) ? inv->code->version : NULL;
    uint64_t at = lii_ms_of_ns(engine, inv->start_ns);
    char resource[216];

    snprintf(resource, sizeof resource, "%s%s%s", name, q[0] ? ":" : "", q);
    lii_measure(engine, "Invocations", name, resource, version, 1, at);
    lii_measure(engine, "Errors", name, resource, version, inv->answer.function_error != LI_FUNCTION_ERROR_NONE, at);
    lii_measure(engine, "Throttles", name, resource, version, 0, at);
    lii_measure(engine, "Duration", name, resource, version, inv->answer.duration_ns / LI_MS_NS, at);
}

void lii_invocation_settle(li_invocation *inv)
{
    li_engine *engine = inv->engine;
    lii_env *env = inv->env;

    if (atomic_load_explicit(&inv->state, memory_order_relaxed) != LII_INV_ABANDONED)
        atomic_store_explicit(&inv->state, LII_INV_SETTLED, memory_order_relaxed);
    lii_answer_make(inv);
    if (inv->wants_tail)
        lii_log_report(inv);
    lii_env_count(env, inv->answer.duration_ns, inv->answer.function_error != LI_FUNCTION_ERROR_NONE);
    lii_journal(engine, LI_STEP_END, &inv->id, inv->function->name, inv->attempt,
                inv->answer_kind == LII_ANSWER_TIMEOUT    ? "timeout"
                : inv->answer.function_error == LI_FUNCTION_ERROR_NONE ? "ok"
                                                          : "function-error");
    if (engine->metrics_ops.sample)
        measure_execution(inv);
}

/* A pending invocation's object rests for a while, so that a second completion finds it settled and not another's. */
static void quarantine(lii_env *env)
{
    li_engine *engine = env->function->engine;
    li_invocation *old = env->invocation, *fresh = NULL, *out = NULL, **link;

    pthread_mutex_lock(&engine->lock);
    old->next = NULL;
    for (link = &engine->locked.quarantine; *link; link = &(*link)->next) {
    }
    *link = old;
    engine->locked.n_quarantine++;
    if (engine->locked.n_quarantine > LII_QUARANTINE) {
        out = engine->locked.quarantine;
        engine->locked.quarantine = out->next;
        engine->locked.n_quarantine--;
        out->next = NULL;
        if (!lii_invocation_is_retained(out)) {
            fresh = out;
            out = NULL;
        }
    }
    pthread_mutex_unlock(&engine->lock);
    if (!fresh)
        fresh = lii_invocation_new(engine);
    lii_invocation_free(out);
    lii_invocation_attach(fresh, env);
}

LII_COLD void lii_quarantine_free(li_engine *engine)
{
    while (engine->locked.quarantine) {
        li_invocation *inv = engine->locked.quarantine;

        engine->locked.quarantine = inv->next;
        lii_invocation_free(inv);
    }
}

void lii_job_run(li_invocation *inv)
{
    if (!lii_invocation_run(inv))
        return;
    lii_invocation_settle(inv);
    if (inv->on_settled)
        inv->on_settled(inv);
    lii_invocation_finish(inv);
}

void lii_invocation_finish(li_invocation *inv)
{
    lii_env *env = inv->env;
    int reset = inv->answer_kind == LII_ANSWER_TIMEOUT || inv->answer_kind == LII_ANSWER_EXIT || !env->is_initialised;

    if (inv->is_postponed)
        return;
    env->last_used_ns = inv->end_ns;
    lii_invocation_drop_response(inv);
    if (inv->was_pending || lii_invocation_is_retained(inv)) {
        quarantine(env);
        if (!env->invocation)
            reset = 1;
    }
    if (reset)
        lii_env_discard(env, inv->answer_kind == LII_ANSWER_TIMEOUT ? LI_RETIRE_TIMEOUT : LI_RETIRE_FAILURE);
    else
        lii_env_release(env);
}

/* ---- the deadline timer: a time-out, the end of a simulated duration, or a completion from elsewhere */

static void settle_and_tell(li_invocation *inv)
{
    lii_invocation_settle(inv);
    if (inv->on_settled)
        inv->on_settled(inv);
}

static void run_pending_due(li_invocation *inv, int was_completing)
{
    li_engine *engine = inv->engine;

    if (was_completing) {
        inv->end_ns = lii_now_ns(engine) + inv->lead_ns;
        if (inv->simulated_ns > inv->end_ns - inv->start_ns) {
            if (!go_simulated(inv))
                return;
        }
        settle_and_tell(inv);
        lii_invocation_finish(inv);
        return;
    }
    settle_and_tell(inv);       /* timed out; what is left of it waits for its completion */
}

static void deadline_run(lii_timer *timer)
{
    li_invocation *inv = timer->user;
    li_engine *engine = inv->engine;
    uint32_t state;
    int overrun = 0, discard = 0, was_polled;

    pthread_mutex_lock(&engine->lock);
    state = atomic_load(&inv->state);
    was_polled = inv->polled;
    switch (state) {
    case LII_INV_PENDING:
        inv->answer_kind = LII_ANSWER_TIMEOUT;
        atomic_store(&inv->is_cancelled, 1);
        atomic_store(&inv->state, LII_INV_ABANDONED);
        inv->env->state = LII_ENV_ABANDONED;
        inv->end_ns = inv->deadline_ns;
        inv->is_telling = 1;
        lii_env_credit_back_locked(inv->env);
        if (was_polled == 1)
            poll_forget_locked(inv);
        lii_external_end_locked(inv);
        break;
    case LII_INV_SIMULATED:
        overrun = inv->simulated_ns > inv->code->timeout_ns;
        inv->end_ns = overrun ? inv->start_ns + inv->code->timeout_ns : inv->start_ns + inv->simulated_ns;
        if (overrun) {
            inv->answer_kind = LII_ANSWER_TIMEOUT;
            atomic_store(&inv->is_cancelled, 1);
            atomic_store(&inv->state, LII_INV_ABANDONED);
            inv->env->state = LII_ENV_ABANDONED;
        }
        break;
    case LII_INV_ABANDONED:
        discard = 1;
        if (!inv->was_pending) {
            inv->function->locked.sums.late_results++;
        }
        break;
    default:
        break;
    }
    pthread_mutex_unlock(&engine->lock);
    if (discard) {
        lii_env_discard(inv->env, LI_RETIRE_TIMEOUT);
    } else if (state == LII_INV_PENDING) {
        lii_invocation_pin(inv);
        if (inv->code->binding == LII_BIND_EXECUTOR && inv->code->executor.cancel)
            inv->code->executor.cancel(inv->code->executor_self, inv, inv->env->environment);
        run_pending_due(inv, 0);
        pthread_mutex_lock(&engine->lock);
        inv->is_telling = 0;
        discard = was_polled == 1 || atomic_load(&inv->has_answer);     /* nobody has it, or it came while this was told */
        pthread_mutex_unlock(&engine->lock);
        if (discard)
            lii_env_discard(inv->env, LI_RETIRE_TIMEOUT);
    } else if (state == LII_INV_COMPLETING) {
        run_pending_due(inv, 1);
    } else if (overrun) {
        uint64_t rest = inv->start_ns + inv->simulated_ns;

        settle_and_tell(inv);
        pthread_mutex_lock(&engine->lock);
        watch_locked(inv, rest);    /* cannot fail: the heap had a place for it a moment ago */
        pthread_mutex_unlock(&engine->lock);
    } else {
        settle_and_tell(inv);
        lii_invocation_finish(inv);
    }
}
