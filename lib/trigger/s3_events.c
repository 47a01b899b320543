/* s3_events.c - the 31 event types of S3 notifications, their families, and what the events of each carry (TRG-28, 29). */
#include "trigger/trigger.h"

const char lii_s3_choices[] =
    "s3:ReducedRedundancyLostObject|s3:ObjectCreated:*|s3:ObjectCreated:Put|s3:ObjectCreated:Post|s3:ObjectCreated:Copy|"
    "s3:ObjectCreated:CompleteMultipartUpload|s3:ObjectRemoved:*|s3:ObjectRemoved:Delete|"
    "s3:ObjectRemoved:DeleteMarkerCreated|s3:ObjectRestore:*|s3:ObjectRestore:Post|s3:ObjectRestore:Completed|"
    "s3:ObjectRestore:Delete|s3:Replication:*|s3:Replication:OperationFailedReplication|"
    "s3:Replication:OperationNotTracked|s3:Replication:OperationMissedThreshold|"
    "s3:Replication:OperationReplicatedAfterThreshold|s3:LifecycleTransition|s3:LifecycleExpiration:*|"
    "s3:LifecycleExpiration:Delete|s3:LifecycleExpiration:DeleteMarkerCreated|s3:IntelligentTiering|s3:ObjectAcl:Put|"
    "s3:ObjectTagging:*|s3:ObjectTagging:Put|s3:ObjectTagging:Delete|s3:ObjectAnnotation:*|s3:ObjectAnnotation:Put|"
    "s3:ObjectAnnotation:Delete|s3:ObjectRetention:Put";

/* What differs by family. TRG-36 has size and eTag of created and restored objects only; what AWS publishes of objects that
 * are replicated or moved has them, too, and readers want them (Powertools). The first prefix that fits counts, the last fits all. */
typedef struct family {
    char prefix[36], version[4];
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

/* The next type of the list, whose place is its bit; len 0 at the end. */
static li_slice next_type(const char **p)
{
    li_slice type = lii_slice(*p, strcspn(*p, "|"));

    *p += type.len + ((*p)[type.len] == '|');
    return type;
}

static int is_wildcard(li_slice type)
{
    return type.ptr[type.len - 1] == '*';
}

int lii_s3_event_find(li_slice name, uint32_t *mask)
{
    const char *p = lii_s3_choices;
    uint32_t bit = 1;
    li_slice type;
    int found = 0;

    *mask = 0;
    for (; (type = next_type(&p)).len > 0; bit <<= 1) {
        if (lii_slice_equal(name, type))
            found = 1;
        else if (name.len == 0 || !is_wildcard(name) || !starts(type, name.ptr, name.len - 1))
            continue;
        *mask |= bit;
    }
    return found ? 0 : -1;
}

int lii_s3_event_named(li_slice name, uint32_t *mask)
{
    const char *p = lii_s3_choices;
    uint32_t bit = 1, family_bit = 0;
    li_slice type;

    if (name.len == 0 || is_wildcard(name))
        return -2;
    for (; (type = next_type(&p)).len > 0; bit <<= 1) {
        type = lii_slice(type.ptr + 3, type.len - 3);
        if (lii_slice_equal(name, type)) {
            *mask = bit;
            return 0;
        }
        if (is_wildcard(type) && name.len >= type.len && starts(name, type.ptr, type.len - 1))
            family_bit = bit;
    }
    *mask = family_bit;
    return family_bit ? -1 : -2;
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
