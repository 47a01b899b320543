/* eventstream.c - messages of application/vnd.amazon.eventstream: prelude, headers, payload, and two checksums (INV-162, 163). */
#include "api/call.h"
#include "base/crc.h"

static void add_u32(lii_buf *out, uint32_t v)
{
    char bytes[4] = { (char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v };

    lii_buf_add(out, bytes, sizeof bytes);
}

enum { TYPE_STRING = 7, PRELUDE = 8, AROUND = 16 };

static size_t header_len(const char *name, const char *value)
{
    return 1 + strlen(name) + 1 + 2 + strlen(value);
}

static void add_header(lii_buf *out, const char *name, const char *value)
{
    size_t n = strlen(value);

    lii_buf_add_byte(out, (char)strlen(name));
    lii_buf_add_z(out, name);
    lii_buf_add_byte(out, TYPE_STRING);
    lii_buf_add_byte(out, (char)(n >> 8));
    lii_buf_add_byte(out, (char)n);
    lii_buf_add(out, value, n);
}

/* One message, in place: both checksums are of what is in the buffer already. */
static void add_message(lii_buf *out, const char *event, const char *type, const char *payload, size_t len)
{
    size_t headers = header_len(":event-type", event) + header_len(":content-type", type) +
                     header_len(":message-type", "event");
    size_t start = out->len;

    if (lii_buf_reserve(out, AROUND + headers + len) != LI_OK)
        return;
    add_u32(out, (uint32_t)(AROUND + headers + len));
    add_u32(out, (uint32_t)headers);
    add_u32(out, lii_crc32(out->data + start, PRELUDE));
    add_header(out, ":event-type", event);
    add_header(out, ":content-type", type);
    add_header(out, ":message-type", "event");
    lii_buf_add(out, payload, len);
    add_u32(out, lii_crc32(out->data + start, out->len - start));
}

enum { MESSAGE_MAX = 1 << 20 };  /* a reader takes 24 MiB; smaller ones reach it sooner */

void lii_event_chunk(lii_buf *out, const char *data, size_t len)
{
    while (len > 0 && out->status == LI_OK) {
        size_t n = len < MESSAGE_MAX ? len : MESSAGE_MAX;

        add_message(out, "PayloadChunk", "application/octet-stream", data, n);
        data += n;
        len -= n;
    }
}

void lii_event_complete(lii_buf *out, const char *json, size_t len)
{
    add_message(out, "InvokeComplete", "application/json", json, len);
}
