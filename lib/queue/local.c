/* local.c - a message queue in memory that behaves as an SQS standard queue: visibility, receive counts, redrive.
 *
 * All messages are in a list, oldest first; each is also in one of two heaps: those that can be received, by place, and
 * those that are hidden, by the time at which they come back. A table finds a message by its newest receipt. */
#include "queue/local.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/heap.h"
#include "base/options.h"
#include "base/slice.h"
#include "base/table.h"

enum { NAME_MOST = 80, LISTENERS = 16, VISIBILITY_MOST_MS = 43200000 };

typedef struct message {
    struct message *next;        /* younger */
    struct message *prev;
    lii_heap_node node;
    uint64_t sequence;           /* its place */
    uint64_t visible_ms;         /* not before */
    int32_t is_hidden;           /* in the heap of hidden ones */
    int32_t has_receipt;         /* in the table */
    li_local_message shown;      /* what receive shows; its texts follow in the same block */
} message;

typedef struct listener {
    void (*on_change)(void *user);
    void *user;
} listener;

struct li_local_queue {
    lii_local_host host;
    li_local_queue *dead_letter; /* made before this one: locks are taken in that direction */
    uint64_t visibility_timeout_ms;
    uint64_t max_messages;
    uint64_t max_message_bytes;
    uint64_t max_receive_count;
    pthread_mutex_t lock;
    struct {
        message *first;          /* the oldest */
        message *last;
        lii_heap ready;          /* has room for every message */
        lii_heap hidden;
        lii_table receipts;
        uint64_t count;
        uint64_t sequence;
        message *looked_at;      /* where peek was last, and its number; NULL: nowhere */
        size_t looked_at_index;
        listener listeners[LISTENERS];
    } locked;
    char name[NAME_MOST + 1];
};

/* ---- making one */

li_status li_local_queue_options_init(li_local_queue_options *options, size_t size)
{
    static const li_local_queue_options defaults = LI_LOCAL_QUEUE_OPTIONS_INIT;

    return lii_options_init(options, size, &defaults, sizeof defaults);
}

static int is_name(li_slice name)
{
    size_t i;

    if (name.len == 0 || name.len > NAME_MOST)
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
    if (o->visibility_timeout_ms > VISIBILITY_MOST_MS)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_LIMIT_RANGE, "visibility_timeout_ms", LI_Z,
                        "a visibility time-out is 0 to %d ms", VISIBILITY_MOST_MS);
    if (o->max_messages == 0 || o->max_message_bytes == 0)
        return lii_fail(err, LI_E_VALIDATION, LI_DETAIL_LIMIT_RANGE,
                        o->max_messages == 0 ? "max_messages" : "max_message_bytes", LI_Z,
                        "max_messages and max_message_bytes are 1 or more");
    return LI_OK;
}

li_status lii_local_queue_create(const lii_local_host *host, const li_local_queue_options *options,
                                 li_local_queue *dead_letter, li_local_queue **queue, li_error *err)
{
    li_slice name = lii_measured(options->name);
    li_local_queue *q;
    li_status status = check_options(options, err);

    if (status != LI_OK)
        return status;
    q = lii_calloc(host->allocator, 1, sizeof *q);
    if (q == NULL || pthread_mutex_init(&q->lock, NULL) != 0) {
        lii_free(host->allocator, q);
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, name.ptr, name.len, "no memory for a local queue");
    }
    q->host = *host;
    q->dead_letter = dead_letter;
    q->visibility_timeout_ms = options->visibility_timeout_ms;
    q->max_messages = options->max_messages;
    q->max_message_bytes = options->max_message_bytes;
    q->max_receive_count = options->max_receive_count;
    memcpy(q->name, name.ptr, name.len);
    lii_heap_init(&q->locked.ready, host->allocator, 0);
    lii_heap_init(&q->locked.hidden, host->allocator, 0);
    lii_table_init(&q->locked.receipts, host->allocator);
    *queue = q;
    return LI_OK;
}

void lii_local_queue_destroy(li_local_queue *queue)
{
    if (queue == NULL)
        return;
    li_local_queue_purge(queue);
    lii_heap_fini(&queue->locked.ready);
    lii_heap_fini(&queue->locked.hidden);
    lii_table_fini(&queue->locked.receipts);
    pthread_mutex_destroy(&queue->lock);
    lii_free(queue->host.allocator, queue);
}

static uint64_t now_of(const li_local_queue *q)
{
    return q->host.now_ms(q->host.owner);
}

static uint64_t later(uint64_t now_ms, uint64_t by_ms)
{
    return by_ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + by_ms;
}

/* ---- a message */

static li_slice put_text(char **at, li_slice text)
{
    char *copy = *at;

    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *at += text.len + 1;
    return lii_slice(copy, text.len);
}

/* Those of the queue itself, or the others. */
static size_t copy_attributes(li_record_attribute *out, const li_record_attribute *attributes, size_t n, int system, char **at)
{
    size_t i, made = 0;

    for (i = 0; i < n; i++) {
        if (lii_slice_is(lii_measured(attributes[i].type), LI_ATTRIBUTE_SYSTEM) != system)
            continue;
        out[made].name = put_text(at, lii_measured(attributes[i].name));
        out[made].type = put_text(at, lii_measured(attributes[i].type));
        out[made++].value = put_text(at, lii_measured(attributes[i].value));
    }
    return made;
}

/* One block: the message, its attributes, all texts. */
static message *message_new(const li_local_queue *q, li_slice body, const li_record_attribute *attributes, size_t n)
{
    size_t size = sizeof(message) + n * sizeof *attributes + body.len + 1, i, n_users;
    li_record_attribute *copies;
    message *m;
    char *at;

    for (i = 0; i < n; i++)
        size += lii_measured(attributes[i].name).len + lii_measured(attributes[i].type).len +
                lii_measured(attributes[i].value).len + 3;
    m = lii_alloc(q->host.allocator, size);
    if (m == NULL)
        return NULL;
    memset(m, 0, sizeof *m);
    copies = (li_record_attribute *)(void *)(m + 1);
    at = (char *)(copies + n);
    n_users = copy_attributes(copies, attributes, n, 0, &at);
    m->shown.n_system = copy_attributes(copies + n_users, attributes, n, 1, &at);
    m->shown.size = sizeof m->shown;
    m->shown.body = put_text(&at, body).ptr;
    m->shown.body_len = body.len;
    m->shown.attributes = n > 0 ? copies : NULL;
    m->shown.n_attributes = n_users;
    return m;
}

static message *message_of(lii_heap_node *node)
{
    return (message *)(void *)((char *)node - offsetof(message, node));
}

/* As the youngest, ready. LI_E_FULL, LI_E_NOMEM: not there. */
static li_status add_locked(li_local_queue *q, message *m)
{
    size_t room = (size_t)q->locked.count + 1 - q->locked.ready.count;

    if (q->locked.count >= q->max_messages)
        return LI_E_FULL;
    if (lii_heap_reserve(&q->locked.ready, room) != LI_OK)
        return LI_E_NOMEM;
    m->sequence = ++q->locked.sequence;
    m->visible_ms = 0;
    m->is_hidden = 0;
    m->node.place = 0;
    lii_heap_set(&q->locked.ready, &m->node, m->sequence, 0);
    m->next = NULL;
    m->prev = q->locked.last;
    if (m->prev)
        m->prev->next = m;
    else
        q->locked.first = m;
    q->locked.last = m;
    q->locked.count++;
    return LI_OK;
}

static void forget_receipt_locked(li_local_queue *q, message *m)
{
    if (m->has_receipt)
        lii_table_remove(&q->locked.receipts, (const char *)m->shown.receipt.bytes, sizeof m->shown.receipt.bytes);
    m->has_receipt = 0;
}

static void remove_locked(li_local_queue *q, message *m)
{
    forget_receipt_locked(q, m);
    lii_heap_remove(m->is_hidden ? &q->locked.hidden : &q->locked.ready, &m->node);
    if (m->prev)
        m->prev->next = m->next;
    else
        q->locked.first = m->next;
    if (m->next)
        m->next->prev = m->prev;
    else
        q->locked.last = m->prev;
    q->locked.count--;
    q->locked.looked_at = NULL;
}

static void show_locked(li_local_queue *q, message *m)
{
    if (!m->is_hidden)
        return;
    lii_heap_remove(&q->locked.hidden, &m->node);
    m->is_hidden = 0;
    lii_heap_set(&q->locked.ready, &m->node, m->sequence, 0);
}

/* LI_E_NOMEM: as before. */
static li_status hide_locked(li_local_queue *q, message *m, uint64_t until_ms)
{
    if (!m->is_hidden) {
        if (lii_heap_reserve(&q->locked.hidden, 1) != LI_OK)
            return LI_E_NOMEM;
        lii_heap_remove(&q->locked.ready, &m->node);
        m->is_hidden = 1;
    }
    m->visible_ms = until_ms;
    lii_heap_set(&q->locked.hidden, &m->node, until_ms, m->sequence);
    return LI_OK;
}

/* Those whose time has come are ready again, in their old places. */
static void show_due_locked(li_local_queue *q, uint64_t now_ms)
{
    while (q->locked.hidden.count > 0 && lii_heap_first(&q->locked.hidden)->due <= now_ms)
        show_locked(q, message_of(lii_heap_first(&q->locked.hidden)->node));
}

/* ---- listeners */

/* Without a lock. */
static void tell(li_local_queue *q)
{
    listener l;
    size_t i;

    for (i = 0; i < LISTENERS; i++) {
        pthread_mutex_lock(&q->lock);
        l = q->locked.listeners[i];
        pthread_mutex_unlock(&q->lock);
        if (l.on_change)
            l.on_change(l.user);
    }
}

li_status li_local_queue_listen(li_local_queue *queue, void (*on_change)(void *user), void *user)
{
    listener *l, *free_one = NULL;
    size_t i;

    if (*queue->host.mark == 0)
        return LI_E_FORKED;
    pthread_mutex_lock(&queue->lock);
    for (i = LISTENERS; i-- > 0;) {
        l = &queue->locked.listeners[i];
        if (l->on_change && l->user == user)
            l->on_change = NULL;
        if (!l->on_change)
            free_one = l;
    }
    if (on_change && free_one) {
        free_one->on_change = on_change;
        free_one->user = user;
    }
    pthread_mutex_unlock(&queue->lock);
    return on_change == NULL || free_one ? LI_OK : LI_E_NOMEM;
}

/* ---- sending, receiving */

li_status li_local_queue_send(li_local_queue *queue, const char *body, size_t body_len,
                              const li_record_attribute *attributes, size_t n_attributes, li_id *id)
{
    li_slice text = lii_slice(body, body_len);
    li_id message_id;
    li_status status;
    message *m;

    if (*queue->host.mark == 0)
        return LI_E_FORKED;
    if (text.len > queue->max_message_bytes)
        return LI_E_TOO_LARGE;
    m = message_new(queue, text, attributes, n_attributes);
    if (m == NULL)
        return LI_E_NOMEM;
    queue->host.new_id(queue->host.owner, &message_id);
    m->shown.id = message_id;
    m->shown.sent_ms = now_of(queue);
    pthread_mutex_lock(&queue->lock);
    status = add_locked(queue, m);
    pthread_mutex_unlock(&queue->lock);
    if (status != LI_OK) {
        lii_free(queue->host.allocator, m);
        return status;
    }
    if (id)
        *id = message_id;        /* the message may be gone by now */
    tell(queue);
    return LI_OK;
}

/* A message that was received too often moves as it is, with its id and its time, and counts from 0 there. When the
 * dead-letter queue has no room it stays, and is received once more rather than lost. */
static int redrive_locked(li_local_queue *q, message *m)
{
    li_local_queue *to = q->dead_letter;
    li_status status;

    if (to == NULL || q->max_receive_count == 0 || m->shown.receive_count < q->max_receive_count)
        return 0;
    pthread_mutex_lock(&to->lock);
    status = to->locked.count < to->max_messages
                 ? lii_heap_reserve(&to->locked.ready, (size_t)to->locked.count + 1 - to->locked.ready.count)
                 : LI_E_FULL;
    if (status == LI_OK) {
        remove_locked(q, m);
        m->shown.receive_count = 0;
        m->shown.first_received_ms = 0;
        memset(&m->shown.receipt, 0, sizeof m->shown.receipt);
        status = add_locked(to, m);
    }
    pthread_mutex_unlock(&to->lock);
    return status == LI_OK;
}

/* Hide it under a new receipt. LI_E_NOMEM: as before. */
static li_status receive_locked(li_local_queue *q, message *m, uint64_t now_ms, uint64_t timeout_ms)
{
    if (lii_table_reserve(&q->locked.receipts, 1) != LI_OK || hide_locked(q, m, later(now_ms, timeout_ms)) != LI_OK)
        return LI_E_NOMEM;
    forget_receipt_locked(q, m);
    q->host.new_id(q->host.owner, &m->shown.receipt);
    m->has_receipt = lii_table_put(&q->locked.receipts, (const char *)m->shown.receipt.bytes,
                                   sizeof m->shown.receipt.bytes, m, NULL) == LI_OK;
    m->shown.receive_count++;
    if (m->shown.first_received_ms == 0)
        m->shown.first_received_ms = now_ms;
    return LI_OK;
}

size_t li_local_queue_receive(li_local_queue *queue, uint64_t visibility_timeout_ms, size_t max,
                              li_local_message *messages)
{
    uint64_t now_ms = now_of(queue);
    uint64_t timeout_ms = visibility_timeout_ms ? visibility_timeout_ms : queue->visibility_timeout_ms;
    size_t n = 0;
    int has_moved = 0;

    if (*queue->host.mark == 0)
        return 0;
    pthread_mutex_lock(&queue->lock);
    show_due_locked(queue, now_ms);
    while (n < max && queue->locked.ready.count > 0) {
        message *m = message_of(lii_heap_first(&queue->locked.ready)->node);

        if (redrive_locked(queue, m)) {
            has_moved = 1;
            continue;
        }
        if (receive_locked(queue, m, now_ms, timeout_ms) != LI_OK)
            break;
        messages[n++] = m->shown;
    }
    pthread_mutex_unlock(&queue->lock);
    if (has_moved)
        tell(queue->dead_letter);
    return n;
}

static message *find_locked(const li_local_queue *q, const li_id *receipt)
{
    return lii_table_get(&q->locked.receipts, (const char *)receipt->bytes, sizeof receipt->bytes);
}

li_status li_local_queue_delete(li_local_queue *queue, const li_id *receipt)
{
    message *m;

    if (*queue->host.mark == 0)
        return LI_E_FORKED;
    pthread_mutex_lock(&queue->lock);
    m = find_locked(queue, receipt);
    if (m)
        remove_locked(queue, m);
    pthread_mutex_unlock(&queue->lock);
    lii_free(queue->host.allocator, m);
    return m ? LI_OK : LI_E_NOT_FOUND;
}

li_status li_local_queue_change_visibility(li_local_queue *queue, const li_id *receipt, uint64_t timeout_ms)
{
    uint64_t now_ms = now_of(queue);
    li_status status = LI_OK;
    message *m;

    if (*queue->host.mark == 0)
        return LI_E_FORKED;
    pthread_mutex_lock(&queue->lock);
    m = find_locked(queue, receipt);
    if (m == NULL)
        status = LI_E_NOT_FOUND;
    else if (timeout_ms == 0)
        show_locked(queue, m);
    else
        status = hide_locked(queue, m, later(now_ms, timeout_ms));
    pthread_mutex_unlock(&queue->lock);
    if (status == LI_OK && timeout_ms == 0)
        tell(queue);
    return status;
}

/* ---- looking */

/* Message number index; going on from where the last look was, if that is behind it. */
static message *look_locked(li_local_queue *q, size_t index)
{
    message *m = q->locked.first;
    size_t at = 0;

    if (q->locked.looked_at && q->locked.looked_at_index <= index) {
        m = q->locked.looked_at;
        at = q->locked.looked_at_index;
    }
    for (; m && at < index; at++)
        m = m->next;
    if (m) {
        q->locked.looked_at = m;
        q->locked.looked_at_index = index;
    }
    return m;
}

li_status li_local_queue_peek(li_local_queue *queue, size_t index, li_local_message *message_out)
{
    li_local_message found;
    message *m;

    if (*queue->host.mark == 0)
        return LI_E_FORKED;
    pthread_mutex_lock(&queue->lock);
    m = look_locked(queue, index);
    if (m) {
        found = m->shown;
        memset(&found.receipt, 0, sizeof found.receipt);
    }
    pthread_mutex_unlock(&queue->lock);
    return m ? lii_options_write(message_out, &found, sizeof found) : LI_E_NOT_FOUND;
}

uint64_t li_local_queue_visible(li_local_queue *queue)
{
    uint64_t now_ms = now_of(queue), n;

    if (*queue->host.mark == 0)
        return 0;
    pthread_mutex_lock(&queue->lock);
    show_due_locked(queue, now_ms);
    n = queue->locked.ready.count;
    pthread_mutex_unlock(&queue->lock);
    return n;
}

uint64_t li_local_queue_count(li_local_queue *queue)
{
    uint64_t n;

    if (*queue->host.mark == 0)
        return 0;
    pthread_mutex_lock(&queue->lock);
    n = queue->locked.count;
    pthread_mutex_unlock(&queue->lock);
    return n;
}

uint64_t li_local_queue_next_visible_ms(li_local_queue *queue)
{
    uint64_t now_ms = now_of(queue), next;

    if (*queue->host.mark == 0)
        return UINT64_MAX;
    pthread_mutex_lock(&queue->lock);
    show_due_locked(queue, now_ms);
    next = queue->locked.hidden.count > 0 ? lii_heap_first(&queue->locked.hidden)->due : UINT64_MAX;
    pthread_mutex_unlock(&queue->lock);
    return next;
}

void li_local_queue_purge(li_local_queue *queue)
{
    message *out = NULL, *m;

    if (*queue->host.mark == 0)
        return;
    pthread_mutex_lock(&queue->lock);
    while ((m = queue->locked.last) != NULL) {
        remove_locked(queue, m);
        m->next = out;
        out = m;
    }
    pthread_mutex_unlock(&queue->lock);
    while ((m = out) != NULL) {
        out = m->next;
        lii_free(queue->host.allocator, m);
    }
}

const char *li_local_queue_get_name(const li_local_queue *queue)
{
    return queue->name;
}

uint64_t li_local_queue_get_visibility_timeout_ms(const li_local_queue *queue)
{
    return queue->visibility_timeout_ms;
}
