/* s3_events.c - the 31 event types of S3 notifications, their families, and what the events of each carry (TRG-28, 29). */
#include "trigger/trigger.h"

typedef struct event_type {
    const char *name;
} event_type;

static const event_type types[] = {
    { "s3:ReducedRedundancyLostObject" },
    { "s3:ObjectCreated:*" },
    { "s3:ObjectCreated:Put" },
    { "s3:ObjectCreated:Post" },
    { "s3:ObjectCreated:Copy" },
    { "s3:ObjectCreated:CompleteMultipartUpload" },
    { "s3:ObjectRemoved:*" },
    { "s3:ObjectRemoved:Delete" },
    { "s3:ObjectRemoved:DeleteMarkerCreated" },
    { "s3:ObjectRestore:*" },
    { "s3:ObjectRestore:Post" },
    { "s3:ObjectRestore:Completed" },
    { "s3:ObjectRestore:Delete" },
    { "s3:Replication:*" },
    { "s3:Replication:OperationFailedReplication" },
    { "s3:Replication:OperationNotTracked" },
    { "s3:Replication:OperationMissedThreshold" },
    { "s3:Replication:OperationReplicatedAfterThreshold" },
    { "s3:LifecycleTransition" },
    { "s3:LifecycleExpiration:*" },
    { "s3:LifecycleExpiration:Delete" },
    { "s3:LifecycleExpiration:DeleteMarkerCreated" },
    { "s3:IntelligentTiering" },
    { "s3:ObjectAcl:Put" },
    { "s3:ObjectTagging:*" },
    { "s3:ObjectTagging:Put" },
    { "s3:ObjectTagging:Delete" },
    { "s3:ObjectAnnotation:*" },
    { "s3:ObjectAnnotation:Put" },
    { "s3:ObjectAnnotation:Delete" },
    { "s3:ObjectRetention:Put" },
};

enum { N_TYPES = sizeof types / sizeof *types };

/* What differs by family. TRG-36 has size and eTag of created and restored objects only; what AWS publishes of objects that
 * are replicated or moved has them, too, and readers want them (Powertools). The first prefix that fits counts, the last fits all. */
typedef struct family {
    const char *prefix;
    const char *version;
    uint32_t parts;
} family;

static const family families[] = {
    { "ObjectCreated:", "2.1", LII_S3_HAS_SIZE | LII_S3_HAS_ETAG | LII_S3_HAS_SEQUENCER },
    { "ObjectRemoved:DeleteMarkerCreated", "2.1", LII_S3_HAS_ETAG | LII_S3_HAS_SEQUENCER },
    { "ObjectRemoved:", "2.1", LII_S3_HAS_SEQUENCER },
    { "ObjectRestore:", "2.1", LII_S3_HAS_SIZE | LII_S3_HAS_ETAG },
    { "Replication:", "2.2", LII_S3_HAS_SIZE | LII_S3_HAS_ETAG },
    { "LifecycleTransition", "2.3", LII_S3_HAS_SIZE | LII_S3_HAS_ETAG },
    { "LifecycleExpiration:", "2.3", 0 },
    { "ObjectTagging:", "2.3", 0 },
    { "ObjectAcl:", "2.3", 0 },
    { "IntelligentTiering", "2.3", LII_S3_HAS_SIZE | LII_S3_HAS_ETAG },
    { "", "2.1", 0 },
};

static int starts(li_slice text, const char *prefix, size_t n)
{
    return text.len >= n && memcmp(text.ptr, prefix, n) == 0;
}

/* The length of a wildcard's family, "s3:ObjectCreated:"; 0 for a single type. */
static size_t family_len(const char *name)
{
    size_t n = strlen(name);

    return name[n - 1] == '*' ? n - 1 : 0;
}

int lii_s3_event_find(li_slice name, uint32_t *mask)
{
    size_t i, k, n;

    for (i = 0; i < N_TYPES; i++) {
        if (!lii_slice_is(name, types[i].name))
            continue;
        n = family_len(types[i].name);
        *mask = UINT32_C(1) << i;
        for (k = 0; n > 0 && k < N_TYPES; k++)
            if (strncmp(types[k].name, types[i].name, n) == 0)
                *mask |= UINT32_C(1) << k;
        return (int)i;
    }
    return -1;
}

int lii_s3_event_named(li_slice name, uint32_t *mask)
{
    size_t i, n;

    if (name.len == 0 || name.ptr[name.len - 1] == '*')
        return -2;
    for (i = 0; i < N_TYPES; i++)
        if (lii_slice_is(name, types[i].name + 3)) {
            *mask = UINT32_C(1) << i;
            return (int)i;
        }
    for (i = 0; i < N_TYPES; i++) {
        n = family_len(types[i].name);
        if (n > 0 && name.len > n - 3 && starts(name, types[i].name + 3, n - 3)) {
            *mask = UINT32_C(1) << i;
            return -1;
        }
    }
    return -2;
}

static const family *family_of(li_slice name)
{
    const family *f = families;

    while (!starts(name, f->prefix, strlen(f->prefix)))
        f++;
    return f;
}

const char *lii_s3_event_version(li_slice name)
{
    return family_of(name)->version;
}

uint32_t lii_s3_event_parts(li_slice name)
{
    return family_of(name)->parts;
}
