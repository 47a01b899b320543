/* zones.c - zones by name, read once and kept. A name can reach nothing but a zone: no dots, no empty parts. */
#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "base/slice.h"
#include "base/table.h"
#include "schedule/zone.h"

enum { KEPT_MAX = 1024 }; /* there are about 600; beyond it a zone is read each time */

struct li_zones {
    li_allocator allocator;
    li_zone_source_ops ops;
    void *self;
    struct {
        pthread_mutex_t lock;
        lii_table by_name;
    } locked;
};

/* What give() makes of a file. */
typedef struct loading {
    const li_allocator *allocator;
    const char *name;
    lii_zone *zone;
    const char *reason;
    li_status status;
    int32_t n_given;
} loading;

static int is_part_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-';
}

/* Parts of letters, digits, _ + -, with / between; and none of the two files that are the machine's own choice. */
static int is_name(li_slice name)
{
    size_t i, part = 0;

    for (i = 0; i < name.len; i++) {
        if (name.ptr[i] == '/' ? part == 0 : !is_part_byte(name.ptr[i]))
            return 0;
        part = name.ptr[i] == '/' ? 0 : part + 1;
    }
    return part > 0 && name.len <= LII_ZONE_NAME_MAX && !lii_slice_is(name, "localtime") && !lii_slice_is(name, "posixrules");
}

static void give(void *user, const void *data, size_t len)
{
    loading *l = user;

    if (l->n_given++ == 0)
        l->status = lii_zone_parse(l->allocator, l->name, data, len, &l->zone, &l->reason);
}

static li_status load(const li_zone_source_ops *ops, void *self, loading *l, li_error *err)
{
    li_status status;

    l->status = LI_E_NOT_FOUND; /* of a source that gives nothing */
    status = ops->read(self, l->name, give, l);
    if (status == LI_OK)
        status = l->status;
    if (status == LI_OK)
        return LI_OK;
    lii_zone_release(l->zone);
    if (status == LI_E_NOMEM)
        return lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for the zone %s", l->name);
    if (status == LI_E_CORRUPT && l->reason)
        return lii_fail(err, status, LI_DETAIL_ZONE_FILE, l->name, LI_Z, "the file of the zone %s is damaged: %s", l->name,
                        l->reason);
    if (status == LI_E_NOT_FOUND)
        return lii_fail(err, status, LI_DETAIL_ZONE, l->name, LI_Z, "there is no time zone %s", l->name);
    return lii_fail(err, status, LI_DETAIL_ZONE_FILE, l->name, LI_Z, "the file of the zone %s cannot be read", l->name);
}

static lii_zone *kept(li_zones *zones, li_slice name)
{
    lii_zone *zone;

    pthread_mutex_lock(&zones->locked.lock);
    zone = lii_table_get(&zones->locked.by_name, name.ptr, name.len);
    if (zone)
        lii_zone_retain(zone);
    pthread_mutex_unlock(&zones->locked.lock);
    return zone;
}

/* Keep a zone for others; if another thread was quicker, or there is no memory to keep it, it is used once. */
static void keep(li_zones *zones, lii_zone *zone)
{
    size_t len = strlen(zone->name);

    pthread_mutex_lock(&zones->locked.lock);
    if (zones->locked.by_name.count < KEPT_MAX && !lii_table_get(&zones->locked.by_name, zone->name, len) &&
        lii_table_put(&zones->locked.by_name, zone->name, len, zone, NULL) == LI_OK)
        lii_zone_retain(zone);
    pthread_mutex_unlock(&zones->locked.lock);
}

li_status lii_zones_get(li_zones *zones, const li_allocator *allocator, li_slice name, lii_zone **zone, li_error *err)
{
    char text[LII_ZONE_NAME_MAX + 2];
    loading l;
    li_status status;

    if (name.len == 0 || lii_slice_is(name, "UTC") || lii_slice_is(name, "Etc/UTC")) {
        *zone = NULL;
        return LI_OK;
    }
    if (!is_name(name))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_ZONE, name.ptr, name.len,
                        "a zone is Area/City or UTC, of at most %d letters, digits, _ + and -, with / between parts",
                        LII_ZONE_NAME_MAX);
    *zone = zones ? kept(zones, name) : NULL;
    if (*zone)
        return LI_OK;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    memset(&l, 0, sizeof l);
    l.allocator = zones ? &zones->allocator : allocator;
    l.name = text;
    status = load(zones ? &zones->ops : &lii_zone_files, zones ? zones->self : NULL, &l, err);
    if (status != LI_OK)
        return status;
    if (zones)
        keep(zones, l.zone);
    *zone = l.zone;
    return LI_OK;
}

/* The caller's table over ours, whole. */
static li_status read_source(const li_zone_source *source, li_zone_source_ops *ops, li_error *err)
{
    li_status status = lii_ops_read(ops, sizeof *ops, source->ops, "li_zone_source_ops", err);

    if (status == LI_OK && !ops->read)
        status = lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "read", LI_Z, "a source of zones needs the method read");
    return status;
}

li_status li_zones_new(const li_allocator *allocator, const li_zone_source *source, li_zones **zones, li_error *err)
{
    li_zone_source_ops ops = lii_zone_files;
    li_zones *z = NULL;
    li_allocator memory;
    li_status status;

    if (source && source->ops) {
        status = read_source(source, &ops, err);
        if (status != LI_OK)
            goto failed;
    }
    status = zones ? lii_allocator_read(allocator, &memory, err)
                   : lii_is_null(err, "zones");
    if (status != LI_OK)
        goto failed;
    z = lii_calloc(&memory, 1, sizeof *z);
    if (!z || pthread_mutex_init(&z->locked.lock, NULL) != 0) {
        status = lii_no_memory(err, "zones");
        goto failed;
    }
    z->allocator = memory;
    z->ops = ops;
    z->self = source ? source->self : NULL;
    lii_table_init(&z->locked.by_name, &z->allocator);
    *zones = z;
    return LI_OK;

failed:
    if (z)
        lii_free(&memory, z);
    if (ops.free)
        ops.free(source->self);
    return status;
}

void li_zones_free(li_zones *zones)
{
    li_allocator memory;
    lii_table_slot *slot;
    size_t i = 0;

    if (!zones)
        return;
    while ((slot = lii_table_next(&zones->locked.by_name, &i)) != NULL) {
        lii_zone_release(slot->value);
        i++;
    }
    lii_table_fini(&zones->locked.by_name);
    pthread_mutex_destroy(&zones->locked.lock);
    if (zones->ops.free)
        zones->ops.free(zones->self);
    memory = zones->allocator;
    lii_free(&memory, zones);
}
