/* events_s3.c - what occurs in a bucket as an event of aws.s3 on the default bus; keys are as the application has them (TRG-39). */
#include "service/bus.h"

#include <stdio.h>

#include "base/random.h"

/* The first prefix that the event's name begins with counts. */
static const struct change {
    const char *name, *detail_type, *member, *value;
    uint32_t has_size;
} changes[] = {
    { "ObjectCreated:Put", "Object Created", "reason", "PutObject", 1 },
    { "ObjectCreated:Post", "Object Created", "reason", "POST Object", 1 },
    { "ObjectCreated:Copy", "Object Created", "reason", "CopyObject", 1 },
    { "ObjectCreated:CompleteMultipartUpload", "Object Created", "reason", "CompleteMultipartUpload", 1 },
    { "ObjectCreated:", "Object Created", NULL, NULL, 1 },
    { "ObjectRemoved:DeleteMarkerCreated", "Object Deleted", "deletion-type", "Delete Marker Created", 0 },
    { "ObjectRemoved:", "Object Deleted", "deletion-type", "Permanently Deleted", 0 },
    { "LifecycleExpiration:DeleteMarkerCreated", "Object Deleted", "deletion-type", "Delete Marker Created", 0 },
    { "LifecycleExpiration:", "Object Deleted", "deletion-type", "Permanently Deleted", 0 },
    { "ObjectRestore:Post", "Object Restore Initiated", NULL, NULL, 1 },
    { "ObjectRestore:Completed", "Object Restore Completed", NULL, NULL, 1 },
    { "ObjectRestore:Delete", "Object Restore Expired", NULL, NULL, 0 },
    { "LifecycleTransition", "Object Storage Class Changed", NULL, NULL, 1 },
    { "IntelligentTiering", "Object Access Tier Changed", NULL, NULL, 1 },
    { "ObjectAcl:Put", "Object ACL Updated", NULL, NULL, 0 },
    { "ObjectTagging:Put", "Object Tags Added", NULL, NULL, 0 },
    { "ObjectTagging:Delete", "Object Tags Deleted", NULL, NULL, 0 },
};

static const struct change *change_of(li_slice name)
{
    size_t i, n;

    for (i = 0; i < sizeof changes / sizeof *changes; i++) {
        n = strlen(changes[i].name);
        if (name.len >= n && memcmp(name.ptr, changes[i].name, n) == 0)
            return &changes[i];
    }
    return NULL;
}

static void write_text(lii_json_writer *w, const char *name, li_slice text)
{
    if (text.ptr)
        lii_json_member_string(w, name, text.ptr, text.len);
}

static void write_object(lii_json_writer *w, const lii_occurrence *o, const struct change *c)
{
    const li_s3_occurrence *s3 = o->state;
    char sequencer[24];

    lii_json_open(w, '{');
    write_text(w, "key", s3->key);
    if (c->has_size) {
        lii_json_member_u64(w, "size", s3->object_size);
        write_text(w, "etag", s3->etag);
    }
    write_text(w, "version-id", s3->version_id);
    snprintf(sequencer, sizeof sequencer, "%016llX", (unsigned long long)o->sequence);
    lii_json_member_string(w, "sequencer", sequencer, LI_Z);
    lii_json_close(w, '}');
}

static void write_detail(lii_json_writer *w, const lii_occurrence *o, const struct change *c)
{
    const li_s3_occurrence *s3 = o->state;
    char id[16];
    size_t i;

    lii_id_hex(o->ids[0].bytes, sizeof id / 2, id);
    for (i = 0; i < sizeof id; i++)
        id[i] = (char)(id[i] >= 'a' ? id[i] - 'a' + 'A' : id[i]);
    lii_json_open(w, '{');
    lii_json_member_string(w, "version", "0", 1);
    lii_json_key(w, "bucket");
    lii_json_open(w, '{');
    write_text(w, "name", s3->bucket);
    lii_json_close(w, '}');
    lii_json_key(w, "object");
    write_object(w, o, c);
    lii_json_member_string(w, "request-id", id, sizeof id);
    lii_json_member_string(w, "requester", li_engine_get_account(o->engine), LI_Z);
    write_text(w, "source-ip-address", s3->source_ip);
    if (c->member)
        lii_json_member_string(w, c->member, c->value, LI_Z);
    lii_json_close(w, '}');
}

void lii_events_of_s3(const lii_occurrence *o)
{
    const li_s3_occurrence *s3 = o->state;
    const struct change *c = change_of(s3->event_name);
    li_status status = LI_OK;
    lii_json_writer w;
    lii_buf text, arn;

    if (!c)
        return;
    lii_buf_init(&text, lii_engine_allocator(o->engine));
    lii_buf_init(&arn, lii_engine_allocator(o->engine));
    lii_buf_addf(&arn, "arn:%s:s3:::%.*s", li_engine_get_partition(o->engine), (int)s3->bucket.len, s3->bucket.ptr);
    lii_json_begin(&w, &text);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "source", "aws.s3", LI_Z);
    lii_json_member_string(&w, "detailType", c->detail_type, LI_Z);
    lii_json_key(&w, "resources");
    lii_json_open(&w, '[');
    lii_json_string(&w, arn.data, arn.len);
    lii_json_close(&w, ']');
    lii_json_key(&w, "detail");
    write_detail(&w, o, c);
    lii_json_close(&w, '}');
    status = text.status == LI_OK ? arn.status : text.status;
    if (status == LI_OK)
        status = lii_events_begin(o->engine, lii_json_root(text.data, text.len), NULL, NULL, NULL, NULL);
    if (status != LI_OK)
        lii_engine_journal(o->engine, LI_STEP_TRIGGER, NULL, "", 0, "bus-not-told");
    lii_buf_fini(&text);
    lii_buf_fini(&arn);
}
