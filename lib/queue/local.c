/* local.c - a message queue in memory that behaves as an SQS standard queue: visibility, receive counts, redrive. */
#include "queue/local.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/options.h"
#include "base/slice.h"

enum { NAME_MAX_LEN = 80, LISTENERS = 16 };

typedef struct message {
    struct message *next, *prev;
    uint64_t visible_ms;         /* not before */
    li_local_message public;     /* what receive shows; its texts are in the same block */
} message;

typedef struct listener {
    void (*on_change)(void *user);
    void *user;
} listener;

struct li_local_queue {
    lii_local_host host;
    li_local_queue *dead_letter;
    uint64_t visibility_timeout_ms, max_messages, max_message_bytes, max_receive_count;
    char name[NAME_MAX_LEN + 1];
    struct {
        pthread_mutex_t lock;
        message *first, *last;   /* oldest first; hidden ones keep their place */
        uint64_t count;
        listener listeners[LISTENERS];
    } locked;
};

li_status li_local_queue_options_init(li_local_queue_options *options, size_t size)
{
    static const li_local_queue_options defaults = LI_LOCAL_QUEUE_OPTIONS_INIT;

    return lii_options_init(options, size, &defaults, sizeof defaults);
}

static int is_name(li_slice name)
{
    size_t i;

    if (name.len == 0 || name.len > NAME_MAX_LEN)
        return 0;
    for (i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return 0;
    }
    return 1;
}

static li_status check_options(const li_local_queue_options *o, li_error *err)
{
    li_slice name = lii_measured(o->name);

    if (!is_name(name))
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_TEXT, name.ptr, name.len,
                        "a queue's name is 1 to 80 of a-z, A-Z, 0-9, - and _, not \"%.*s\"", LII_TEXT(name));
    if (o->visibility_timeout_ms > 43200000)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_LIMIT_RANGE, "visibility_timeout_ms", LI_Z,
                        "a visibility time-out is 0 to 43200000 ms");
    if (o->max_messages == 0 || o->max_message_bytes == 0)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_LIMIT_RANGE, "max_messages", LI_Z,
                        "max_messages and max_message_bytes are 1 or more");
    return LI_OK;
}

li_status lii_local_queue_create(const lii_local_host *host, const li_local_queue_options *options,
                                 li_local_queue *dead_letter, li_local_queue **out, li_error *err)
{
    li_slice name = lii_measured(options->name);
    li_local_queue *q;
    li_status status = check_options(options, err);

    if (status != LI_OK)
        return status;
    q = lii_calloc(host->allocator, 1, sizeof *q);
    if (!q || pthread_mutex_init(&q->locked.lock, NULL) != 0) {
        lii_free(host->allocator, q);
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a local queue");
    }
    q->host = *host;
    q->dead_letter = dead_letter;
    q->visibility_timeout_ms = options->visibility_timeout_ms;
    q->max_messages = options->max_messages;
    q->max_message_bytes = options->max_message_bytes;
    q->max_receive_count = options->max_receive_count;
    memcpy(q->name, name.ptr, name.len);
    *out = q;
    return LI_OK;
}

void lii_local_queue_destroy(li_local_queue *q)
{
    li_local_queue_purge(q);
    pthread_mutex_destroy(&q->locked.lock);
    lii_free(q->host.allocator, q);
}

/* ---- messages */

static char *put_text(char **at, li_slice text)
{
    char *copy = *at;

    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *at += text.len + 1;
    return copy;
}

static message *message_new(li_local_queue *q, const char *body, size_t len, const li_record_attribute *attributes, size_t n)
{
    size_t size = sizeof(message) + n * sizeof(li_record_attribute) + len + 1, i;
    li_record_attribute *copies;
    message *m;
    char *at;

    for (i = 0; i < n; i++)
        size += attributes[i].name.len + attributes[i].type.len + attributes[i].value.len + 3;
    m = lii_alloc(q->host.allocator, size);
    if (!m)
        return NULL;
    memset(m, 0, sizeof *m);
    copies = (li_record_attribute *)(void *)(m + 1);
    at = (char *)(copies + n);
    for (i = 0; i < n; i++) {
        copies[i].name = lii_slice(put_text(&at, attributes[i].name), attributes[i].name.len);
        copies[i].type = lii_slice(put_text(&at, attributes[i].type), attributes[i].type.len);
        copies[i].value = lii_slice(put_text(&at, attributes[i].value), attributes[i].value.len);
    }
    m->public.size = sizeof m->public;
    m->public.body = put_text(&at, lii_slice(body, len));
    m->public.body_len = len;
    m->public.attributes = n ? copies : NULL;
    m->public.n_attributes = n;
    return m;
}

static void link_last_locked(li_local_queue *q, message *m)
{
    m->next = NULL;
    m->prev = q->locked.last;
    if (m->prev)
        m->prev->next = m;
    else
        q->locked.first = m;
    q->locked.last = m;
    q->locked.count++;
}

static void unlink_locked(li_local_queue *q, message *m)
{
    if (m->prev)
        m->prev->next = m->next;
    else
        q->locked.first = m->next;
    if (m->next)
        m->next->prev = m->prev;
    else
        q->locked.last = m->prev;
    q->locked.count--;
}

static void tell(li_local_queue *q)
{
    listener copies[LISTENERS];
    size_t i;

    pthread_mutex_lock(&q->locked.lock);
    memcpy(copies, q->locked.listeners, sizeof copies);
    pthread_mutex_unlock(&q->locked.lock);
    for (i = 0; i < LISTENERS; i++)
        if (copies[i].on_change)
            copies[i].on_change(copies[i].user);
}

li_status li_local_queue_send(li_local_queue *q, const char *body, size_t body_len, const li_record_attribute *attributes,
                              size_t n_attributes, li_id *id)
{
    size_t len = lii_len(body, body_len);
    message *m;
    int full;

    if (len > q->max_message_bytes)
        return LI_E_TOO_LARGE;
    m = message_new(q, body, len, attributes, n_attributes);
    if (!m)
        return LI_E_NOMEM;
    q->host.new_id(q->host.owner, &m->public.id);
    m->public.sent_ms = q->host.now_ms(q->host.owner);
    if (id)
        *id = m->public.id;
    pthread_mutex_lock(&q->locked.lock);
    full = q->locked.count >= q->max_messages;
    if (!full)
        link_last_locked(q, m);
    pthread_mutex_unlock(&q->locked.lock);
    if (full) {
        lii_free(q->host.allocator, m);
        return LI_E_FULL;
    }
    tell(q);
    return LI_OK;
}

/* What was received too often goes to the dead-letter queue as it is; when that is full, it stays. */
static int redrive_locked(li_local_queue *q, message *m)
{
    if (q->max_receive_count == 0 || m->public.receive_count < q->max_receive_count || !q->dead_letter)
        return 0;
    return li_local_queue_send(q->dead_letter, m->public.body, m->public.body_len, m->public.attributes,
                               m->public.n_attributes, NULL) == LI_OK;
}

size_t li_local_queue_receive(li_local_queue *q, uint64_t visibility_timeout_ms, size_t max, li_local_message *messages)
{
    uint64_t now_ms = q->host.now_ms(q->host.owner);
    message *m, *next;
    size_t n = 0;

    if (visibility_timeout_ms == 0)
        visibility_timeout_ms = q->visibility_timeout_ms;
    pthread_mutex_lock(&q->locked.lock);
    for (m = q->locked.first; m && n < max; m = next) {
        next = m->next;
        if (m->visible_ms > now_ms)
            continue;
        if (redrive_locked(q, m)) {
            unlink_locked(q, m);
            lii_free(q->host.allocator, m);
            continue;
        }
        m->visible_ms = visibility_timeout_ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + visibility_timeout_ms;
        m->public.receive_count++;
        if (m->public.first_received_ms == 0)
            m->public.first_received_ms = now_ms;
        q->host.new_id(q->host.owner, &m->public.receipt);
        messages[n++] = m->public;
    }
    pthread_mutex_unlock(&q->locked.lock);
    return n;
}

static message *find_receipt_locked(li_local_queue *q, const li_id *receipt)
{
    static const li_id none;
    message *m;

    if (memcmp(receipt, &none, sizeof none) == 0)
        return NULL;
    for (m = q->locked.first; m; m = m->next)
        if (memcmp(&m->public.receipt, receipt, sizeof *receipt) == 0)
            return m;
    return NULL;
}

li_status li_local_queue_delete(li_local_queue *q, const li_id *receipt)
{
    message *m;

    pthread_mutex_lock(&q->locked.lock);
    m = find_receipt_locked(q, receipt);
    if (m)
        unlink_locked(q, m);
    pthread_mutex_unlock(&q->locked.lock);
    if (!m)
        return LI_E_NOT_FOUND;
    lii_free(q->host.allocator, m);
    return LI_OK;
}

li_status li_local_queue_change_visibility(li_local_queue *q, const li_id *receipt, uint64_t timeout_ms)
{
    uint64_t now_ms = q->host.now_ms(q->host.owner);
    message *m;

    pthread_mutex_lock(&q->locked.lock);
    m = find_receipt_locked(q, receipt);
    if (m)
        m->visible_ms = timeout_ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + timeout_ms;
    pthread_mutex_unlock(&q->locked.lock);
    if (!m)
        return LI_E_NOT_FOUND;
    if (timeout_ms == 0)
        tell(q);
    return LI_OK;
}

/* ---- looking */

li_status li_local_queue_peek(li_local_queue *q, size_t index, li_local_message *out)
{
    li_local_message found;
    message *m;

    pthread_mutex_lock(&q->locked.lock);
    for (m = q->locked.first; m && index > 0; m = m->next)
        index--;
    if (m) {
        found = m->public;
        memset(&found.receipt, 0, sizeof found.receipt);
    }
    pthread_mutex_unlock(&q->locked.lock);
    return m ? lii_options_write(out, &found, sizeof found) : LI_E_NOT_FOUND;
}

uint64_t li_local_queue_visible(li_local_queue *q)
{
    uint64_t now_ms = q->host.now_ms(q->host.owner), n = 0;
    const message *m;

    pthread_mutex_lock(&q->locked.lock);
    for (m = q->locked.first; m; m = m->next)
        n += m->visible_ms <= now_ms;
    pthread_mutex_unlock(&q->locked.lock);
    return n;
}

uint64_t li_local_queue_count(li_local_queue *q)
{
    uint64_t n;

    pthread_mutex_lock(&q->locked.lock);
    n = q->locked.count;
    pthread_mutex_unlock(&q->locked.lock);
    return n;
}

uint64_t li_local_queue_next_visible_ms(li_local_queue *q)
{
    uint64_t now_ms = q->host.now_ms(q->host.owner), next = UINT64_MAX;
    const message *m;

    pthread_mutex_lock(&q->locked.lock);
    for (m = q->locked.first; m; m = m->next)
        if (m->visible_ms > now_ms && m->visible_ms < next)
            next = m->visible_ms;
    pthread_mutex_unlock(&q->locked.lock);
    return next;
}

li_status li_local_queue_listen(li_local_queue *q, void (*on_change)(void *user), void *user)
{
    li_status status = on_change ? LI_E_NOMEM : LI_OK;
    size_t i;

    pthread_mutex_lock(&q->locked.lock);
    for (i = 0; i < LISTENERS; i++)
        if (q->locked.listeners[i].on_change && q->locked.listeners[i].user == user)
            q->locked.listeners[i].on_change = NULL;
    for (i = 0; on_change && i < LISTENERS; i++)
        if (!q->locked.listeners[i].on_change) {
            q->locked.listeners[i].on_change = on_change;
            q->locked.listeners[i].user = user;
            status = LI_OK;
            break;
        }
    pthread_mutex_unlock(&q->locked.lock);
    return status;
}

void li_local_queue_purge(li_local_queue *q)
{
    message *m, *next;

    pthread_mutex_lock(&q->locked.lock);
    m = q->locked.first;
    q->locked.first = q->locked.last = NULL;
    q->locked.count = 0;
    pthread_mutex_unlock(&q->locked.lock);
    for (; m; m = next) {
        next = m->next;
        lii_free(q->host.allocator, m);
    }
}

const char *li_local_queue_get_name(const li_local_queue *q)
{
    return q->name;
}

uint64_t li_local_queue_get_visibility_timeout_ms(const li_local_queue *q)
{
    return q->visibility_timeout_ms;
}
