/* orders.c - a real one: reads an order, validates it, totals it in whole cents, fails clearly on a bad one.
 *
 *   {"orderId": "o-1", "currency": "EUR", "items": [{"sku": "A1", "quantity": 2, "unitPriceCents": 1250}]}
 *   -> {"orderId":"o-1","items":1,"totalCents":2500,"currency":"EUR"}
 *
 * From a queue it gets {"Records": [{"messageId", "body": "<order>"} …]} and answers which messages were bad. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers.h"

enum { ITEMS_MAX = 1000, QUANTITY_MAX = 1000000 };
static const int64_t price_max_cents = INT64_C(100000000000);

typedef struct order {
    char id[65], currency[4];
    int items;
    int64_t total_cents;
    char wrong[160]; /* why it is refused; "" when it is fine */
} order;

/* A whole number in range: 0, or -1 with the reason. */
static int whole(order *o, const cJSON *item, int index, const char *name, int64_t highest, int64_t *out)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(item, name);

    if (!cJSON_IsNumber(number) || number->valuedouble != floor(number->valuedouble) || number->valuedouble < 1 ||
        number->valuedouble > (double)highest) {
        snprintf(o->wrong, sizeof o->wrong, "items[%d].%s must be a whole number from 1 to %lld", index, name,
                 (long long)highest);
        return -1;
    }
    *out = (int64_t)number->valuedouble;
    return 0;
}

static int add_item(order *o, const cJSON *item, int index)
{
    const cJSON *sku = cJSON_GetObjectItemCaseSensitive(item, "sku");
    int64_t quantity, cents;

    if (!cJSON_IsString(sku) || sku->valuestring[0] == '\0') {
        snprintf(o->wrong, sizeof o->wrong, "items[%d].sku must be a text that is not empty", index);
        return -1;
    }
    if (whole(o, item, index, "quantity", QUANTITY_MAX, &quantity) != 0 ||
        whole(o, item, index, "unitPriceCents", price_max_cents, &cents) != 0)
        return -1;
    if (cents > (INT64_MAX - o->total_cents) / quantity) {
        snprintf(o->wrong, sizeof o->wrong, "the total is too large at items[%d]", index);
        return -1;
    }
    o->total_cents += cents * quantity;
    o->items++;
    return 0;
}

static int text(order *o, const cJSON *document, const char *name, size_t longest, char *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(document, name);
    size_t len = cJSON_IsString(item) ? strlen(item->valuestring) : 0;

    if (len == 0 || len > longest || strspn(item->valuestring, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                                               "0123456789-_.") != len) {
        snprintf(o->wrong, sizeof o->wrong, "%s must be 1 to %zu of A-Z, a-z, 0-9, - _ .", name, longest);
        return -1;
    }
    memcpy(out, item->valuestring, len + 1);
    return 0;
}

static void read_order(order *o, const cJSON *document)
{
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(document, "items"), *item;
    int index = 0;

    memset(o, 0, sizeof *o);
    if (!cJSON_IsObject(document)) {
        snprintf(o->wrong, sizeof o->wrong, "an order is a JSON object");
        return;
    }
    if (text(o, document, "orderId", sizeof o->id - 1, o->id) != 0 || text(o, document, "currency", 3, o->currency) != 0)
        return;
    if (!cJSON_IsArray(items) || cJSON_GetArraySize(items) < 1 || cJSON_GetArraySize(items) > ITEMS_MAX) {
        snprintf(o->wrong, sizeof o->wrong, "items must be a list of 1 to %d", ITEMS_MAX);
        return;
    }
    cJSON_ArrayForEach(item, items)
        if (add_item(o, item, index++) != 0)
            return;
}

static int32_t answer_order(li_invocation *invocation, const cJSON *document)
{
    char out[200];
    order o;

    read_order(&o, document);
    if (o.wrong[0]) {
        li_invocation_fail(invocation, "InvalidOrder", o.wrong);
        return LI_FAILED;
    }
    snprintf(out, sizeof out, "{\"orderId\":\"%s\",\"items\":%d,\"totalCents\":%lld,\"currency\":\"%s\"}", o.id, o.items,
             (long long)o.total_cents, o.currency);
    return li_invocation_respond(invocation, out, LI_Z) == LI_OK ? LI_DONE : LI_FAILED;
}

/* One bad message does not fail its neighbours: its id is reported, and only it comes back. */
static int32_t answer_batch(li_invocation *invocation, const cJSON *records)
{
    cJSON *out = cJSON_CreateObject(), *failures = cJSON_AddArrayToObject(out, "batchItemFailures");
    const cJSON *record;
    char *answer;
    order o;

    cJSON_ArrayForEach(record, records) {
        const cJSON *body = cJSON_GetObjectItemCaseSensitive(record, "body");
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(record, "messageId");
        cJSON *document = cJSON_IsString(body) ? cJSON_Parse(body->valuestring) : NULL, *failure;

        read_order(&o, document);
        cJSON_Delete(document);
        if (!o.wrong[0])
            continue;
        li_invocation_log(invocation, o.wrong, LI_Z);
        failure = cJSON_CreateObject();
        cJSON_AddStringToObject(failure, "itemIdentifier", cJSON_IsString(id) ? id->valuestring : "");
        cJSON_AddItemToArray(failures, failure);
    }
    answer = cJSON_PrintUnformatted(out);
    cJSON_Delete(out);
    if (!answer)
        return LI_FAILED;
    li_invocation_respond(invocation, answer, LI_Z);
    free(answer);
    return LI_DONE;
}

int32_t handle_orders(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    cJSON *event = cJSON_ParseWithLength(payload, len);
    const cJSON *records = cJSON_GetObjectItemCaseSensitive(event, "Records");
    int32_t verdict = cJSON_IsArray(records) ? answer_batch(invocation, records) : answer_order(invocation, event);

    (void)environment;
    (void)user;
    cJSON_Delete(event);
    return verdict;
}
