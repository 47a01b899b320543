/* eventstream.c - messages of application/vnd.amazon.eventstream: prelude, headers, payload, and two checksums (INV-162, 163). */
#include "api/call.h"

/* The polynomial of zlib and IEEE 802.3, four bits at a time. */
static uint32_t crc32_of(const char *data, size_t len)
{
    static const uint32_t table[16] = { 0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
                                        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C };
    uint32_t crc = 0xFFFFFFFF;
    size_t i;

    for (i = 0; i < len; i++) {
        crc ^= (unsigned char)data[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

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
    add_u32(out, crc32_of(out->data + start, PRELUDE));
    add_header(out, ":event-type", event);
    add_header(out, ":content-type", type);
    add_header(out, ":message-type", "event");
    lii_buf_add(out, payload, len);
    add_u32(out, crc32_of(out->data + start, out->len - start));
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
