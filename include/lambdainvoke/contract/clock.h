/* clock.h - the contract of clocks: forward, in the right units, and a virtual one by itself not at all. */
#ifndef LAMBDAINVOKE_CONTRACT_CLOCK_H
#define LAMBDAINVOKE_CONTRACT_CLOCK_H

#include <lambdainvoke/contract/contract.h>
#include <lambdainvoke/clock.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_contract_clock_env {
    li_status (*open)(void *user, li_clock **clock);
    void (*close)(void *user, li_clock *clock);
    void (*pass)(void *user, li_clock *clock, uint64_t ns); /* let at least so much time go by on it */
    void *user;
} li_contract_clock_env;

/* One rule's world. */
typedef struct li_cc {
    li_contract *c;
    const li_contract_clock_env *env;
    li_clock *clock;
} li_cc;

static inline int li_cc_open(li_cc *t, li_contract *c, const li_contract_clock_env *env)
{
    memset(t, 0, sizeof *t);
    t->c = c;
    t->env = env;
    if (env->open(env->user, &t->clock) == LI_OK)
        return 1;
    li_contract_fail(c, "the environment opens a clock", __LINE__);
    return 0;
}

static inline void li_cc_close(li_cc *t)
{
    if (t->clock)
        t->env->close(t->env->user, t->clock);
}

static inline void li_cc_rule_forward(li_cc *t)
{
    uint64_t last = li_clock_now_ns(t->clock), now;
    int i;

    for (i = 0; i < 10000; i++) {
        now = li_clock_now_ns(t->clock);
        LI_CONTRACT_CHECK(t->c, now >= last);
        last = now;
    }
}

static inline void li_cc_rule_passes(li_cc *t)
{
    uint64_t before = li_clock_now_ns(t->clock);

    t->env->pass(t->env->user, t->clock, 5 * LI_MS_NS);
    LI_CONTRACT_CHECK(t->c, li_clock_now_ns(t->clock) - before >= 5 * LI_MS_NS);
    LI_CONTRACT_CHECK(t->c, li_clock_now_ns(t->clock) - before < LI_HOUR_NS);
}

static inline void li_cc_rule_wall(li_cc *t)
{
    uint64_t before = li_clock_wall_ms(t->clock), ns = li_clock_now_ns(t->clock), passed_ms;

    LI_CONTRACT_CHECK(t->c, before > UINT64_C(946684800000) && before < UINT64_C(4102444800000)); /* milliseconds, of this century */
    t->env->pass(t->env->user, t->clock, 20 * LI_MS_NS);
    passed_ms = (li_clock_now_ns(t->clock) - ns) / LI_MS_NS;
    LI_CONTRACT_CHECK(t->c, li_clock_wall_ms(t->clock) - before + 15 >= passed_ms);
}

static inline void li_cc_rule_still(li_cc *t)
{
    uint64_t before = li_clock_now_ns(t->clock), wall = li_clock_wall_ms(t->clock);
    volatile uint32_t spin;

    if (!li_clock_is_virtual(t->clock)) {
        li_contract_not_claimed(t->c);
        t->c->has_failed = 1;  /* said */
        return;
    }
    for (spin = 0; spin < 1000000;)
        spin = spin + 1;
    LI_CONTRACT_CHECK(t->c, li_clock_now_ns(t->clock) == before && li_clock_wall_ms(t->clock) == wall);
    LI_CONTRACT_CHECK(t->c, li_clock_advance(t->clock, 1234567890, NULL) == LI_OK);
    LI_CONTRACT_CHECK(t->c, li_clock_now_ns(t->clock) == before + 1234567890);
    LI_CONTRACT_CHECK(t->c, li_clock_wall_ms(t->clock) == wall + 1234);
}

/* Run the suite. Verdicts go to c's report; c->n_failed is what to look at in the end. */
static inline void li_contract_clock(li_contract *c, const li_contract_clock_env *env)
{
    static const struct {
        const char *name;
        void (*run)(li_cc *t);
    } rules[] = {
        { "forward", li_cc_rule_forward }, /* the monotonic reading never goes back */
        { "passes", li_cc_rule_passes }, /* it is in nanoseconds */
        { "wall", li_cc_rule_wall }, /* the wall reading is in Unix milliseconds and goes along */
        { "still", li_cc_rule_still }, /* a clock that claims LI_CLOCK_VIRTUAL moves only when it is moved, and exactly so */
    };
    size_t i;
    li_cc t;

    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!li_contract_begin(c, "clock", rules[i].name))
            continue;
        if (li_cc_open(&t, c, env))
            rules[i].run(&t);
        li_cc_close(&t);
        li_contract_end(c);
    }
}

#ifdef __cplusplus
}
#endif
#endif
