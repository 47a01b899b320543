/* trigger.h - what the files of this folder share: the stored row, the table of kinds, reading of options, delivery. */
#ifndef LII_TRIGGER_TRIGGER_H
#define LII_TRIGGER_TRIGGER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/heap.h"
#include "base/intern.h"
#include "base/slice.h"
#include "base/table.h"
#include "engine/extend.h"
#include "json/scan.h"
#include "json/write.h"

typedef struct lii_triggers lii_triggers;
typedef struct lii_trigger_kind lii_trigger_kind;

/* Options by kind; texts lie in the trigger's own block. */
typedef struct lii_custom {
    li_slice source;
} lii_custom;

typedef struct lii_s3 {
    li_slice bucket;
    li_slice prefix;             /* decoded */
    li_slice suffix;             /* decoded */
    li_slice configuration_id;
    char made_id[LI_ID_TEXT_SIZE];
    uint32_t events;             /* chosen entries of the event table and the members of chosen families */
} lii_s3;

typedef struct lii_schedule {
    li_slice name;
    li_slice input;              /* {NULL, 0}: the Scheduled Event */
    uint64_t period_ns;          /* LI_NEVER: beyond the clock's end */
    uint64_t period_ms;
    uint64_t next_ns;
    uint64_t next_ms;            /* the same time as Unix milliseconds */
} lii_schedule;

struct li_trigger {
    atomic_uint refs;            /* one of the registry, one of each delivery under way */
    int32_t is_enabled;          /* registry lock */
    int32_t type;                /* LI_EVENT or LI_REQUEST_RESPONSE */
    uint32_t reserved;
    li_engine *engine;
    const lii_trigger_kind *kind;
    const char *journal_name;    /* NAME or NAME:QUALIFIER; lives as long as the registry's engine */
    uint64_t sequence;           /* of creation */
    uint64_t created_ms;
    atomic_ullong deliveries;
    atomic_ullong failures;
    lii_heap_node due;           /* registry lock; of schedules */
    li_slice function;           /* as given */
    li_slice options;            /* as given */
    char id[104];
    char source_arn[520];
    union {
        lii_custom custom;
        lii_s3 s3;
        lii_schedule schedule;
    } is;
    char texts[];
};

/* The registry of an engine. The lock is taken before any of the engine's, never while one of those is held, and never
 * held while events are built or submitted; only the one timer is set under it. */
struct lii_triggers {
    li_engine *engine;
    const li_allocator *allocator;
    lii_timer timer;             /* of the earliest schedule */
    struct {
        pthread_mutex_t lock;
        lii_table by_id;
        lii_intern names;
        li_trigger **list;       /* in order of creation */
        size_t count;
        size_t cap;
        uint64_t sequence;
        uint64_t s3_sequencer;
        lii_heap due;            /* schedules by (next_ns, sequence) */
    } locked;
};

/* Text of options or occurrences, unescaped into one block that is large enough for all of it. */
typedef struct lii_arena {
    char *at;
} lii_arena;
li_slice lii_arena_text(lii_arena *arena, lii_json_value string); /* type NONE: {NULL, 0} */

/* A member that an object may have. */
enum { LII_MEMBER_REQUIRED = 1, LII_MEMBER_ANY = -1 };
typedef struct lii_member {
    const char *name;
    int32_t type;                /* LII_JSON_*, or LII_MEMBER_ANY */
    int32_t flags;
    lii_json_value value;        /* out */
} lii_member;
/* Fill members from the text of an object. LI_E_INVALID with detail: not JSON, no object, an unknown member, a required
 * one missing, a wrong type; what is "options" or "occurrence". */
li_status lii_members_read(const char *text, size_t len, lii_member *members, size_t n, const char *what,
                           int32_t detail, li_error *err);

/* What happened at a source, read and checked; facts that all events made from it share. */
typedef struct lii_occurrence {
    li_slice source;             /* custom */
    lii_json_value detail;       /* custom */
    li_s3_occurrence s3;
    int32_t s3_event;            /* its place in the event table; -1: only its family is known */
    uint32_t s3_mask;            /* what a trigger must have chosen */
    uint64_t time_ms;
    uint64_t sequencer;          /* s3 */
    li_id ids[4];                /* s3: of the request */
} lii_occurrence;

struct lii_trigger_kind {
    const char *name;
    int32_t type;                /* invocation type; custom triggers may choose */
    int32_t is_scheduled;        /* 1: fires by itself, has no occurrences */
    li_status (*read)(li_trigger *trigger, lii_arena *arena, li_error *err); /* options into is, source_arn */
    li_status (*check)(const li_trigger *mine, const li_trigger *other, li_error *err); /* may both be; NULL: always */
    li_status (*occurrence)(const char *text, size_t len, lii_arena *arena, lii_occurrence *out, li_error *err);
    int (*matches)(const li_trigger *trigger, const lii_occurrence *occurrence);
    void (*build)(const li_trigger *trigger, const lii_occurrence *occurrence, lii_buf *event);
};

extern const lii_trigger_kind lii_custom_kind;
extern const lii_trigger_kind lii_s3_kind;
extern const lii_trigger_kind lii_schedule_kind;

/* ---- kinds.c */
li_status lii_kind_find(li_slice name, const lii_trigger_kind **kind, li_error *err);
li_status lii_option_wrong(const char *member, li_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
li_status lii_occurrence_wrong(const char *member, li_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- trigger.c */
lii_triggers *lii_triggers_get(li_engine *engine);   /* NULL: no memory */
void lii_trigger_release(li_trigger *trigger);

/* ---- deliver.c */
li_status lii_occur(li_engine *engine, const lii_trigger_kind *kind, lii_occurrence *occurrence, uint64_t *n_matched,
                    li_error *err);
void lii_deliver(li_trigger *trigger, const lii_occurrence *occurrence); /* releases it when it is done */

/* ---- firing.c */
li_status lii_firing_start_locked(lii_triggers *triggers, li_trigger *trigger); /* one period from now; LI_E_NOMEM */
void lii_firing_run(lii_timer *timer);

/* ---- s3.c, s3_events.c: pure */
li_status lii_s3_complete(lii_occurrence *occurrence, li_error *err); /* defaults, event name, limits */
size_t lii_s3_prefix_decode(const char *text, size_t len, char *out); /* SIZE_MAX: a % without two digits */
void lii_s3_key_encode(lii_buf *out, const char *key, size_t len);
int lii_s3_overlap(const lii_s3 *a, const lii_s3 *b);
enum { LII_S3_HAS_SIZE = 1, LII_S3_HAS_ETAG = 2, LII_S3_HAS_SEQUENCER = 4 };
int lii_s3_event_find(li_slice name, uint32_t *mask);   /* of a configuration, "s3:…"; -1: no such type */
int lii_s3_event_named(li_slice name, uint32_t *mask);  /* of an occurrence; -1: new in a family, -2: none */
const char *lii_s3_event_version(li_slice name);
uint32_t lii_s3_event_parts(li_slice name);

#endif
