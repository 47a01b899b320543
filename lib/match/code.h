/* code.h - a list of accepted values as bytes: what the compiler writes, what look-ups are keyed by, and what is run against a
 * value. Equal lists have equal bytes.
 *
 * An item is four bytes, the operator and the length of its operand (little end first, three bytes), and the operand. */
#ifndef LII_MATCH_CODE_H
#define LII_MATCH_CODE_H

#include <stdint.h>
#include <string.h>

enum {
    LII_OP_TEXT = 1,      /* equal text */
    LII_OP_ADDRESS,       /* the same address: its length, 16 bytes */
    LII_OP_NUMBER,        /* the same number: its key, 8 bytes */
    LII_OP_SPELLING,      /* a number spelt so (PAT-41) */
    LII_OP_TRUE,
    LII_OP_FALSE,
    LII_OP_NULL,
    LII_OP_PRESENT,       /* any leaf */
    LII_OP_ABSENT,        /* no leaf */
    LII_OP_PREFIX,
    LII_OP_SUFFIX,
    LII_OP_FOLD,          /* equal but for case */
    LII_OP_FOLD_PREFIX,
    LII_OP_FOLD_SUFFIX,
    LII_OP_WILD,          /* text with LII_STAR for each star */
    LII_OP_RANGE,         /* keys of the least and the greatest number, 16 bytes */
    LII_OP_CIDR,          /* length of the address, bits, 16 bytes */
    LII_OP_NOT            /* anything but: items that must not hold; flags of LII_LEAF_* that they can hold for */
};

enum { LII_STAR = 0xFF };  /* no byte of UTF-8 */

enum { LII_OP_HEAD = 4, LII_OP_MOST = 0xFFFFFF };

typedef struct lii_op {
    uint32_t op;
    uint32_t len;
    const char *operand;
} lii_op;

/* The item at code, and the one behind it. */
static inline const char *lii_op_next(const char *code, lii_op *out)
{
    uint32_t head;

    memcpy(&head, code, sizeof head);
    out->op = head & 0xFF;
    out->len = head >> 8;
    out->operand = code + LII_OP_HEAD;
    return out->operand + out->len;
}

#endif
