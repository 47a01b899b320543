/* source.h - the vtable of event sources that a mapping polls: queues, sharded logs, grouped logs.
 *
 * The engine owns batching, filters, retries and destinations; a source owns lanes, fetching, the event's shape, and
 * settling. One thread calls a source at a time, except wake. Spec: ESM-350..361. */
#ifndef LAMBDAINVOKE_SOURCE_H
#define LAMBDAINVOKE_SOURCE_H

#include <lambdainvoke/allocator.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LI_SOURCE_SHARDED = 1,      /* lanes appear and end; parents first */
    LI_SOURCE_REVOKES = 2,      /* lanes can be taken away */
    LI_SOURCE_LEASED = 4,       /* items come back by themselves when not settled in time */
    LI_SOURCE_OWN_POSITION = 8, /* the source stores positions */
    LI_SOURCE_GROUPS = 16       /* items carry an order key */
};

typedef struct li_source_lane { /* shard, partition, queue; texts belong to the source until close */
    size_t size;
    li_slice id;
    li_slice parents[2];
    uint32_t flags;
    uint32_t reserved;
} li_source_lane;

enum { LI_POSITION_LATEST = 1, LI_POSITION_TRIM_HORIZON = 2, LI_POSITION_TIME = 3, LI_POSITION_STORED = 4 };

typedef struct li_source_position {
    size_t size;
    li_slice stored;       /* LI_POSITION_STORED: as commit gave it */
    uint64_t time_ms;      /* LI_POSITION_TIME */
    int32_t kind;          /* LI_POSITION_* */
    uint32_t reserved;
} li_source_position;

typedef struct li_item {   /* one record; memory belongs to the fetch until release */
    uint64_t tag;          /* the source's handle */
    li_slice sequence;     /* printable position; empty for queues */
    li_slice group;        /* order key inside the lane; empty: none */
    li_slice identifier;   /* what batchItemFailures names it by */
    uint64_t arrival_ms;   /* for age and windows */
    uint64_t lease_until_ms; /* when it comes back by itself; UINT64_MAX: never */
    const char *data;      /* payload bytes, unparsed */
    size_t data_len;
    void *internal;        /* the source's record, for encode */
    li_slice trace;        /* X-Amzn-Trace-Id that came with it; empty: none */
} li_item;

typedef struct li_fetch {
    size_t size;
    li_item *items;        /* in/out: the engine's array */
    size_t max;            /* of them */
    size_t n;              /* out */
    uint64_t behind_ms;    /* out: lag */
    int32_t is_end;        /* out: 1: the lane is closed and drained */
    int32_t reserved;
    void *internal;        /* the source's, until release */
} li_fetch;

enum { LI_SETTLE_DONE = 1, LI_SETTLE_RETRY = 2, LI_SETTLE_DROP = 3 }; /* delete, give back, gave up (reported already) */
enum { LI_SOURCE_LANES = 1, LI_SOURCE_REVOKE = 2, LI_SOURCE_FATAL = 3, LI_SOURCE_READY = 4 }; /* what post_event says */

/* What a source gets at open, valid until close. */
typedef struct li_source_host {
    size_t size;
    const li_allocator *allocator;
    uint64_t (*now_ms)(void *host);
    void (*post_event)(void *host, int32_t event, const li_source_lane *lane, uint64_t deadline_ms); /* any thread */
    li_status (*position_get)(void *host, const char *lane, size_t lane_len, char *out, size_t out_size, size_t *len);
    li_status (*position_put)(void *host, const char *lane, size_t lane_len, const char *data, size_t len);
    const char *region;
    const char *source_arn;
    void (*md5)(const void *data, size_t len, uint8_t digest[16]); /* NULL: none */
    void *host;
} li_source_host;

/* A piece of an event being written: append bytes; LI_E_NOMEM or LI_E_TOO_LARGE. */
typedef struct li_writer {
    li_status (*write)(void *self, const char *data, size_t len);
    void *self;
} li_writer;

/* What becomes of a record whose data has another form than a pattern has for it (ESM-221, PAT-113). */
enum {
    LI_FILTER_STRICT = 1,       /* the pattern does not match: SQS */
    LI_FILTER_OBJECT = 2,       /* nor does it; and a pattern that has no object for the data is refused: Kinesis, DynamoDB */
    LI_FILTER_LENIENT = 3       /* the rest of the pattern counts: MQ, Kafka */
};

/* What filters look for beside the metadata of a source's records. */
typedef struct li_source_data {
    size_t size;
    const char *names[2];       /* "body"; "key", "value"; … in patterns; NULL: no such */
    int32_t rule;               /* LI_FILTER_* */
    uint32_t reserved;
} li_source_data;

/* Who reads filters: li_pattern_filter_ops() of liblambdainvoke-match. Threads: any; one a filter. */
typedef struct li_filter_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t reserved;
    const char *name;
    /* filters: JSON array of at most max patterns, each an object or a string that holds one; all borrowed, data static.
     * *filter NULL: the list is empty. LI_E_INVALID LI_DETAIL_MAPPING_FILTER; LI_E_VALIDATION too many or too long; LI_E_NOMEM */
    li_status (*compile)(const li_allocator *allocator, const li_source_data *data, const char *filters, size_t len, size_t max,
                         void **filter, li_error *err);                                                    /* required */
    /* Whether any pattern matches. metadata: a JSON object; data: bytes as sent, by the names, ptr NULL: none. LI_E_NOMEM */
    li_status (*passes)(void *filter, const char *metadata, size_t len, const li_slice data[2], int32_t *is_wanted); /* required */
    void (*free)(void *filter);                                                                            /* required */
} li_filter_ops;

typedef struct li_source_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* LI_SOURCE_* */
    const char *name; /* the kind: "sqs", "kinesis", … */
    li_status (*open)(void *self, const li_source_host *host, li_error *err);                              /* required */
    li_status (*lanes)(void *self, li_source_lane *lanes, size_t max, size_t *n);                          /* required */
    li_status (*start)(void *self, const li_source_lane *lane, const li_source_position *from);            /* required */
    li_status (*fetch)(void *self, const li_source_lane *lane, uint64_t wait_ms, li_fetch *fetch);         /* required */
    size_t (*encoded_size)(void *self, const li_item *item);             /* required; bytes it adds to the event */
    li_status (*encode)(void *self, const li_item *const *items, size_t n, const li_writer *out);          /* required */
    li_status (*settle)(void *self, const li_source_lane *lane, const li_item *const *items, size_t n, int32_t how,
                        uint64_t delay_ms);                                                                /* required */
    li_status (*extend)(void *self, const li_item *const *items, size_t n, uint64_t for_ms);               /* NULL: none */
    li_status (*commit)(void *self, const li_source_lane *lane, const char *position, size_t len);         /* NULL: none */
    void (*release)(void *self, li_fetch *fetch);                                                          /* required */
    uint64_t (*next_ready_ms)(void *self, const li_source_lane *lane);   /* NULL: unknown; when fetch may give more */
    void (*wake)(void *self);                                            /* NULL: fetch never waits */
    void (*stop)(void *self, const li_source_lane *lane);                /* NULL: nothing to do */
    void (*close)(void *self);                                                                             /* required */
    void (*free)(void *self);                                            /* NULL: the caller keeps self */
    const li_source_data *data;                                          /* NULL: no filters */
    /* What filters see of an item: an object of its metadata, without the data, written to metadata; the data as it was sent,
     * by the names, living as long as the item (ESM-223, ESM-355). LI_E_NOMEM. NULL: no filters. */
    li_status (*view)(void *self, const li_item *item, const li_writer *metadata, li_slice data[2]);
} li_source_ops;

typedef struct li_source {
    const li_source_ops *ops; /* static */
    void *self;
} li_source;

#ifdef __cplusplus
}
#endif
#endif
