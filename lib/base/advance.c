/* advance.c - virtual time: everything that comes due in the attached engines runs, in order, while the clock moves on. */
#include "base/clock_private.h"

typedef struct advance {
    li_clock *clock;
    uint64_t target;
    uint64_t steps;
    uint64_t given_up;       /* so many external handlers did not answer in time: no more waiting for these */
    uint64_t changes;        /* of the list, when the present walk of it began */
} advance;

/* Walk the users without holding the lock in a callback. Enter the first, or the one after `at`; NULL at the end, or when
 * the list has changed since the walk began (then *is_stale is 1 and the walk begins again). */
static lii_clock_user *enter(advance *a, lii_clock_user *at, int *is_stale)
{
    li_clock *clock = a->clock;
    lii_clock_user *user;

    pthread_mutex_lock(&clock->locked.lock);
    if (at) {
        clock->locked.called = NULL;
        pthread_cond_broadcast(&clock->locked.left);
    } else {
        a->changes = clock->locked.changes;
    }
    *is_stale = a->changes != clock->locked.changes;
    user = *is_stale ? NULL : at ? at->next : clock->locked.first;
    if (user) {
        clock->locked.called = user;
        clock->locked.caller = pthread_self();
    }
    pthread_mutex_unlock(&clock->locked.lock);
    return user;
}

/* Enter one user again after a walk; 0 when it has been detached since. */
static int enter_again(advance *a, lii_clock_user *user)
{
    li_clock *clock = a->clock;
    int is_there;

    pthread_mutex_lock(&clock->locked.lock);
    is_there = a->changes == clock->locked.changes;
    if (is_there) {
        clock->locked.called = user;
        clock->locked.caller = pthread_self();
    }
    pthread_mutex_unlock(&clock->locked.lock);
    return is_there;
}

static void leave(advance *a)
{
    li_clock *clock = a->clock;

    pthread_mutex_lock(&clock->locked.lock);
    clock->locked.called = NULL;
    pthread_cond_broadcast(&clock->locked.left);
    pthread_mutex_unlock(&clock->locked.lock);
}

/* The user whose next thing is due first, by attachment among equals; NULL when nothing waits. */
static lii_clock_user *find_first_due(advance *a, uint64_t *due)
{
    lii_clock_user *first, *user;
    int is_stale;

    do {
        first = NULL;
        *due = LI_NEVER;
        for (user = enter(a, NULL, &is_stale); user; user = enter(a, user, &is_stale)) {
            uint64_t next = user->next_due(user->user);

            if (next < *due) {
                *due = next;
                first = user;
            }
        }
    } while (is_stale);
    return first;
}

/* External handlers under way, and the first user that has one. */
static uint64_t count_external(advance *a, lii_clock_user **holder)
{
    lii_clock_user *user;
    uint64_t count, n;
    int is_stale;

    do {
        count = 0;
        *holder = NULL;
        for (user = enter(a, NULL, &is_stale); user; user = enter(a, user, &is_stale)) {
            n = user->external(user->user);
            if (n > 0 && *holder == NULL)
                *holder = user;
            count += n;
        }
    } while (is_stale);
    return count;
}

static int is_inside_callback(advance *a)
{
    lii_clock_user *user;
    int is_stale, inside = 0;

    do
        for (user = enter(a, NULL, &is_stale); user; user = enter(a, user, &is_stale))
            inside |= user->in_callback(user->user) != 0;
    while (is_stale);
    return inside;
}

enum { GO_ON, LOOK_AGAIN, HOLD };

/* May time move while external handlers work? */
static int check_external(advance *a, int may_wait)
{
    lii_clock_user *holder;
    uint64_t count = count_external(a, &holder);
    int answered;

    if (count == 0 || count == a->given_up)
        return GO_ON;
    if (!may_wait)
        return HOLD;
    if (!enter_again(a, holder))
        return LOOK_AGAIN;
    answered = holder->wait_external(holder->user, a->clock->options.watchdog_ms);
    leave(a);
    if (!answered)
        a->given_up = count;
    return LOOK_AGAIN;
}

static li_status run(advance *a, int may_wait)
{
    uint64_t max_steps = a->clock->options.max_steps, due, now;
    lii_clock_user *user;
    int answer;

    for (;;) {
        user = find_first_due(a, &due);
        now = li_clock_now_ns(a->clock);
        if (user == NULL || due > a->target)
            user = NULL;
        if (user == NULL && now >= a->target)
            return LI_OK;
        if (user == NULL || due > now) {
            answer = check_external(a, may_wait);
            if (answer == HOLD)
                return LI_OK;
            if (answer == LOOK_AGAIN)
                continue;
        }
        if (user == NULL) {
            lii_clock_jump(a->clock, a->target);
            return LI_OK;
        }
        if (max_steps != 0 && a->steps == max_steps)
            return LI_E_FULL;
        if (!enter_again(a, user))
            continue;
        lii_clock_jump(a->clock, due);
        a->steps++;
        user->run_due(user->user);
        leave(a);
    }
}

static int begin(li_clock *clock)
{
    int is_free;

    pthread_mutex_lock(&clock->locked.lock);
    is_free = !clock->locked.is_advancing;
    clock->locked.is_advancing = 1;
    pthread_mutex_unlock(&clock->locked.lock);
    return is_free;
}

static void end(li_clock *clock)
{
    pthread_mutex_lock(&clock->locked.lock);
    clock->locked.is_advancing = 0;
    pthread_mutex_unlock(&clock->locked.lock);
}

li_status li_clock_advance(li_clock *clock, uint64_t delta_ns, uint64_t *remaining_ns)
{
    advance a = { clock, 0, 0, 0, 0 };
    uint64_t now;
    li_status status;

    if (clock == NULL)
        return LI_E_INVALID;
    if (!li_clock_is_virtual(clock))
        return LI_E_NOTSUP;
    if (*clock->mark == 0)
        return LI_E_FORKED;
    if (!begin(clock))
        return LI_E_MISUSE;
    if (is_inside_callback(&a)) {
        end(clock);
        return LI_E_MISUSE;
    }
    now = li_clock_now_ns(clock);
    a.target = delta_ns < LI_NEVER - 1 - now ? now + delta_ns : LI_NEVER - 1;
    status = run(&a, remaining_ns == NULL);
    now = li_clock_now_ns(clock);
    end(clock);
    if (remaining_ns)
        *remaining_ns = now < a.target ? a.target - now : 0;
    return status;
}
