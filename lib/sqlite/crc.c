/* crc.c - CRC-32C, eight bytes at a time; and the head of a row, which carries the sum. */
#include <string.h>

#include "sqlite/sqlite.h"

/* The processor's own instruction where it has one: a sixth of the table's time. */
#if defined __x86_64__ && defined __GNUC__
__attribute__((target("sse4.2"))) static uint32_t crc_of_processor(uint32_t crc, const unsigned char *p, size_t len)
{
    uint64_t sum = crc, eight;

    for (; len >= 8; len -= 8, p += 8) {
        memcpy(&eight, p, sizeof eight);
        sum = __builtin_ia32_crc32di(sum, eight);
    }
    crc = (uint32_t)sum;
    for (; len > 0; len--, p++)
        crc = __builtin_ia32_crc32qi(crc, *p);
    return crc;
}

static int has_instruction(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") != 0;
}
#else
static uint32_t crc_of_processor(uint32_t crc, const unsigned char *p, size_t len)
{
    (void)p;
    (void)len;
    return crc;
}

static int has_instruction(void)
{
    return 0;
}
#endif

void lii_crc_init(lii_crc_table *table)
{
    uint32_t i, k;

    table->is_in_processor = has_instruction();
    for (i = 0; i < 256; i++) {
        uint32_t c = i;

        for (k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ UINT32_C(0x82F63B78) : c >> 1;
        table->t[0][i] = c;
    }
    for (i = 0; i < 256; i++)
        for (k = 1; k < 8; k++)
            table->t[k][i] = table->t[k - 1][i] >> 8 ^ table->t[0][table->t[k - 1][i] & 255];
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(const unsigned char *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static void put32(unsigned char *p, uint32_t v)
{
    p[0] = (unsigned char)v;
    p[1] = (unsigned char)(v >> 8);
    p[2] = (unsigned char)(v >> 16);
    p[3] = (unsigned char)(v >> 24);
}

static void put64(unsigned char *p, uint64_t v)
{
    put32(p, (uint32_t)v);
    put32(p + 4, (uint32_t)(v >> 32));
}

uint32_t lii_crc(const lii_crc_table *table, uint32_t crc, const void *data, size_t len)
{
    const unsigned char *p = data;

    crc = ~crc;
    if (table->is_in_processor)
        return ~crc_of_processor(crc, p, len);
    for (; len >= 8; len -= 8, p += 8) {
        uint32_t a = get32(p) ^ crc, b = get32(p + 4);

        crc = table->t[7][a & 255] ^ table->t[6][a >> 8 & 255] ^ table->t[5][a >> 16 & 255] ^ table->t[4][a >> 24] ^ table->t[3][b & 255] ^
              table->t[2][b >> 8 & 255] ^ table->t[1][b >> 16 & 255] ^ table->t[0][b >> 24];
    }
    for (; len > 0; len--, p++)
        crc = crc >> 8 ^ table->t[0][(crc ^ *p) & 255];
    return ~crc;
}

/* The sum covers the row's number, the head before it, and the bytes. */
static uint32_t sum_of(const lii_sq *q, uint64_t seq, const unsigned char *head, const char *data, size_t len)
{
    unsigned char number[8];
    uint32_t crc;

    put64(number, seq);
    crc = lii_crc(&q->crc, 0, number, sizeof number);
    crc = lii_crc(&q->crc, crc, head, LII_SQ_HEAD - 4);
    return len ? lii_crc(&q->crc, crc, data, len) : crc;
}

void lii_sq_head_write(const lii_sq *q, const li_event_header *h, uint64_t seq, uint8_t lost, const char *data, size_t len,
                       unsigned char head[LII_SQ_HEAD])
{
    memcpy(head, h->id.bytes, 16);
    put64(head + 16, h->accepted_ms);
    put64(head + 24, h->due_ms);
    put32(head + 32, h->lane);
    head[36] = h->starts;
    head[37] = h->function_failures;
    head[38] = (unsigned char)h->system_failures;
    head[39] = (unsigned char)(h->system_failures >> 8);
    put32(head + 40, h->payload_len);
    put32(head + 44, h->tail_len);
    head[48] = lost;
    head[49] = head[50] = head[51] = 0;
    put32(head + 52, sum_of(q, seq, head, data, len));
}

int lii_sq_head_read(const lii_sq *q, const unsigned char *head, size_t head_len, uint64_t seq, const char *data, size_t len,
                     li_event_header *h, uint8_t *lost)
{
    if (head_len != LII_SQ_HEAD || get32(head + 52) != sum_of(q, seq, head, data, len))
        return -1;
    memcpy(h->id.bytes, head, 16);
    h->accepted_ms = get64(head + 16);
    h->due_ms = get64(head + 24);
    h->lane = get32(head + 32);
    h->starts = head[36];
    h->function_failures = head[37];
    h->system_failures = (uint16_t)(head[38] | head[39] << 8);
    h->payload_len = get32(head + 40);
    h->tail_len = get32(head + 44);
    *lost = head[48];
    return 0;
}
