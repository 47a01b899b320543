/* faulty.c - rules of decorators: asked at each call, counted by method. */
#include "base/faulty.h"

#include <string.h>

#include "base/alloc.h"
#include "base/options.h"
#include "base/slice.h"

li_status li_fault_rule_init(li_fault_rule *rule, size_t size)
{
    static const li_fault_rule defaults = LI_FAULT_RULE_INIT;

    return lii_options_init(rule, size, &defaults, sizeof defaults);
}

li_status li_faulty_new(uint64_t seed, li_faulty **out)
{
    li_faulty *faulty;

    if (!out)
        return LI_E_INVALID;
    faulty = lii_calloc(&lii_malloc_allocator, 1, sizeof *faulty);
    if (!faulty || pthread_mutex_init(&faulty->lock, NULL) != 0) {
        lii_free(&lii_malloc_allocator, faulty);
        return LI_E_NOMEM;
    }
    lii_random_seed(&faulty->random, seed);
    faulty->refs = 1;
    *out = faulty;
    return LI_OK;
}

void lii_faulty_retain(li_faulty *faulty)
{
    pthread_mutex_lock(&faulty->lock);
    faulty->refs++;
    pthread_mutex_unlock(&faulty->lock);
}

void lii_faulty_release(li_faulty *faulty)
{
    size_t left;

    pthread_mutex_lock(&faulty->lock);
    left = --faulty->refs;
    pthread_mutex_unlock(&faulty->lock);
    if (left > 0)
        return;
    while (faulty->held_first) {
        lii_faulty_reply *reply = faulty->held_first;

        faulty->held_first = reply->next;
        lii_free(&lii_malloc_allocator, reply);
    }
    while (faulty->kept) {
        lii_faulty_kept *kept = faulty->kept;

        faulty->kept = kept->next;
        lii_free(&lii_malloc_allocator, kept);
    }
    pthread_mutex_destroy(&faulty->lock);
    lii_free(&lii_malloc_allocator, faulty);
}

void li_faulty_free(li_faulty *faulty)
{
    if (faulty)
        lii_faulty_release(faulty);
}

void *lii_faulty_new_part(li_faulty *faulty, size_t size)
{
    void *part = lii_calloc(&lii_malloc_allocator, 1, size);

    if (part)
        lii_faulty_retain(faulty);
    return part;
}

void lii_faulty_free_part(li_faulty *faulty, void *part)
{
    lii_free(&lii_malloc_allocator, part);
    lii_faulty_release(faulty);
}

void *lii_faulty_keep_part(li_faulty *faulty, size_t size)
{
    lii_faulty_kept *kept = lii_calloc(&lii_malloc_allocator, 1, sizeof *kept + size);

    if (!kept)
        return NULL;
    pthread_mutex_lock(&faulty->lock);
    kept->next = faulty->kept;
    faulty->kept = kept;
    pthread_mutex_unlock(&faulty->lock);
    return kept->part;
}

li_status li_faulty_add(li_faulty *faulty, const li_fault_rule *rule)
{
    li_fault_rule r = LI_FAULT_RULE_INIT;
    li_status status;
    li_slice method;

    if (!faulty || !rule)
        return LI_E_INVALID;
    status = lii_options_read(&r, sizeof r, rule, "li_fault_rule", NULL);
    if (status != LI_OK)
        return status;
    method = lii_measured(r.method);
    if (r.action < LI_FAULTY_FAIL || r.action > LI_FAULTY_SHORT || r.system_error < 0 || r.rate_ppm > LII_FAULT_SURE ||
        method.len >= LII_FAULTY_NAME || (r.action <= LI_FAULTY_UNKNOWN && r.status >= LI_OK))
        return LI_E_INVALID;
    pthread_mutex_lock(&faulty->lock);
    if (faulty->n_rules == LII_FAULTY_RULES) {
        status = LI_E_FULL;
    } else {
        size_t i = faulty->n_rules++;

        memset(&faulty->rules[i], 0, sizeof faulty->rules[i]);
        faulty->rules[i].count.after = r.after;
        faulty->rules[i].count.times = r.times;
        faulty->rules[i].count.rate_ppm = r.rate_ppm;
        faulty->rules[i].verdict.action = r.action;
        faulty->rules[i].verdict.status = r.status;
        faulty->rules[i].verdict.system_error = r.system_error;
        faulty->rules[i].verdict.jump_ms = r.jump_ms;
        if (method.len > 0)
            memcpy(faulty->rules[i].method, method.ptr, method.len);
    }
    pthread_mutex_unlock(&faulty->lock);
    return status;
}

void li_faulty_clear(li_faulty *faulty)
{
    pthread_mutex_lock(&faulty->lock);
    faulty->n_rules = 0;
    pthread_mutex_unlock(&faulty->lock);
}

static size_t method_locked(li_faulty *faulty, const char *method)
{
    size_t i;

    for (i = 0; i < faulty->n_methods; i++)
        if (strcmp(faulty->methods[i].name, method) == 0)
            return i;
    if (faulty->n_methods == LII_FAULTY_METHODS)
        return LII_FAULTY_METHODS - 1;
    faulty->methods[faulty->n_methods].name = method;
    return faulty->n_methods++;
}

lii_faulty_verdict lii_faulty_ask(li_faulty *faulty, const char *method)
{
    lii_faulty_verdict verdict = { 0, LI_OK, 0, 0 };
    size_t i, m;

    pthread_mutex_lock(&faulty->lock);
    m = method_locked(faulty, method);
    faulty->methods[m].calls++;
    for (i = 0; i < faulty->n_rules; i++) {
        if (faulty->rules[i].method[0] != '\0' && strcmp(faulty->rules[i].method, method) != 0)
            continue;
        if (!lii_fault_hit(&faulty->rules[i].count, &faulty->random))
            continue;
        verdict = faulty->rules[i].verdict;
        faulty->methods[m].fired++;
        break;
    }
    pthread_mutex_unlock(&faulty->lock);
    return verdict;
}

uint64_t li_faulty_calls(li_faulty *faulty, const char *method)
{
    uint64_t n = 0;
    size_t i;

    pthread_mutex_lock(&faulty->lock);
    for (i = 0; i < faulty->n_methods; i++)
        if (!method || strcmp(faulty->methods[i].name, method) == 0)
            n += faulty->methods[i].calls;
    pthread_mutex_unlock(&faulty->lock);
    return n;
}

uint64_t li_faulty_fired(li_faulty *faulty, const char *method)
{
    uint64_t n = 0;
    size_t i;

    pthread_mutex_lock(&faulty->lock);
    for (i = 0; i < faulty->n_methods; i++)
        if (!method || strcmp(faulty->methods[i].name, method) == 0)
            n += faulty->methods[i].fired;
    pthread_mutex_unlock(&faulty->lock);
    return n;
}

/* ---- replies held back */

void lii_faulty_hold(li_faulty *faulty, void (*done)(void *user, li_status status), void *user, li_status status)
{
    lii_faulty_reply *reply = lii_alloc(&lii_malloc_allocator, sizeof *reply);

    if (!reply) {
        done(user, status);
        return;
    }
    reply->next = NULL;
    reply->done = done;
    reply->user = user;
    reply->status = status;
    pthread_mutex_lock(&faulty->lock);
    if (faulty->held_first)
        faulty->held_last->next = reply;
    else
        faulty->held_first = reply;
    faulty->held_last = reply;
    pthread_mutex_unlock(&faulty->lock);
}

size_t li_faulty_let_go(li_faulty *faulty)
{
    lii_faulty_reply *list;
    size_t n = 0;

    pthread_mutex_lock(&faulty->lock);
    list = faulty->held_first;
    faulty->held_first = faulty->held_last = NULL;
    pthread_mutex_unlock(&faulty->lock);
    while (list) {
        lii_faulty_reply *reply = list;

        list = reply->next;
        reply->done(reply->user, reply->status);
        lii_free(&lii_malloc_allocator, reply);
        n++;
    }
    return n;
}
