/* local_queue.h - a message queue in memory with the behaviour of an SQS standard queue: visibility time-out, receive
 * count, redrive. A destination, a dead-letter queue and an event source; what a test reads its records from. */
#ifndef LAMBDAINVOKE_LOCAL_QUEUE_H
#define LAMBDAINVOKE_LOCAL_QUEUE_H

#include <lambdainvoke/destination.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct li_local_queue_options {
    size_t size;
    li_slice name;                   /* 1..80 of [a-zA-Z0-9_-]; required */
    uint64_t visibility_timeout_ms;  /* default 30000 */
    uint64_t max_messages;           /* send beyond: LI_E_FULL; default 1000000 */
    uint64_t max_message_bytes;      /* default 1048576 */
    uint64_t max_receive_count;      /* 0: no redrive */
    li_slice dead_letter_queue;      /* name of another local queue of the engine; {NULL, 0}: none */
} li_local_queue_options;
#define LI_LOCAL_QUEUE_OPTIONS_INIT \
    { sizeof(li_local_queue_options), { NULL, 0 }, 30000u, 1000000u, 1048576u, 0u, { NULL, 0 } }
LI_API li_status li_local_queue_options_init(li_local_queue_options *options, size_t size);

/* Make a local queue of the engine, which owns it: arn:PARTITION:sqs:REGION:ACCOUNT:NAME resolves to it from then on.
 *   queue  out, may be NULL: valid until the engine is freed
 * Errors: LI_E_CONFLICT the name is taken (*queue is set to the one that has it); LI_E_VALIDATION name or range;
 *         LI_E_NOT_FOUND dead-letter queue; LI_E_NOMEM.
 * Threads: any. Since 0.1. */
LI_API li_status li_local_queue_new(li_engine *engine, const li_local_queue_options *options, li_local_queue **queue,
                                    li_error *err);

/* Look one up. Errors: LI_E_NOT_FOUND. Threads: any. Since 0.1. */
LI_API li_status li_local_queue_get(li_engine *engine, const char *name, size_t name_len, li_local_queue **queue);

/* Call each() with every local queue of the engine, in order of name. Threads: any; each() must not call the engine's
 * local-queue functions. Since 0.1. */
LI_API void li_local_queue_each(li_engine *engine, void (*each)(void *user, li_local_queue *queue, const char *name),
                                void *user);

/* Send a message: it can be received at once.
 *   body        copied; any bytes
 *   attributes  copied; may be NULL
 *   id          out, may be NULL: the message id
 * Errors: LI_E_FULL, LI_E_TOO_LARGE, LI_E_NOMEM: not sent. Threads: any. Since 0.1. */
LI_API li_status li_local_queue_send(li_local_queue *queue, const char *body, size_t body_len,
                                     const li_record_attribute *attributes, size_t n_attributes, li_id *id);

/* One message as the queue has it. Pointers belong to the queue and live until the message is deleted. */
typedef struct li_local_message {
    size_t size;
    li_id id;
    li_id receipt;                    /* of this receive; all zero when only looked at */
    const char *body;
    size_t body_len;
    const li_record_attribute *attributes;
    size_t n_attributes;
    uint64_t sent_ms;
    uint64_t first_received_ms;       /* 0: never */
    uint64_t receive_count;
    size_t n_system;                  /* behind those n_attributes: the queue's own, "AWSTraceHeader" */
} li_local_message;

/* Receive up to max messages, oldest visible first: each is hidden for the visibility time-out (0: the queue's own).
 * A message received more than max_receive_count times moves to the dead-letter queue instead.
 * Returns: the number of messages. Threads: any. Since 0.1. */
LI_API size_t li_local_queue_receive(li_local_queue *queue, uint64_t visibility_timeout_ms, size_t max,
                                     li_local_message *messages);

/* Delete a received message, or change how long from now it stays hidden (0: visible at once).
 * Errors: LI_E_NOT_FOUND the receipt is not the newest one of a message that is there. Threads: any. Since 0.1. */
LI_API li_status li_local_queue_delete(li_local_queue *queue, const li_id *receipt);
LI_API li_status li_local_queue_change_visibility(li_local_queue *queue, const li_id *receipt, uint64_t timeout_ms);

/* Look at message number index (0 is the oldest; hidden ones included) without receiving it.
 * Errors: LI_E_NOT_FOUND no so many. Threads: any, but the pointers live only until somebody deletes it. Since 0.1. */
LI_API li_status li_local_queue_peek(li_local_queue *queue, size_t index, li_local_message *message);

/* Messages that can be received now, and all. Threads: any. Since 0.1. */
LI_API uint64_t li_local_queue_visible(li_local_queue *queue);
LI_API uint64_t li_local_queue_count(li_local_queue *queue);

/* When the next hidden message becomes visible (Unix ms of the engine); UINT64_MAX: none is hidden. Since 0.1. */
LI_API uint64_t li_local_queue_next_visible_ms(li_local_queue *queue);

/* Call on_change(user) when a message becomes visible by send or change of visibility; one listener a queue and user;
 * called from the sender's thread; must not call the queue. NULL ends it. Errors: LI_E_NOMEM. Since 0.1. */
LI_API li_status li_local_queue_listen(li_local_queue *queue, void (*on_change)(void *user), void *user);

/* Delete all messages. Threads: any. Since 0.1. */
LI_API void li_local_queue_purge(li_local_queue *queue);

/* name and visibility time-out of the queue; text lives as long as the queue. */
LI_API const char *li_local_queue_get_name(const li_local_queue *queue);
LI_API uint64_t li_local_queue_get_visibility_timeout_ms(const li_local_queue *queue);

#ifdef __cplusplus
}
#endif
#endif
