/* fold.c - case forms of letters, from a table of Unicode's full mappings. */
#include "match/fold.h"

#include <stdint.h>
#include <string.h>

#include "match/fold_table.h"

enum { FORM_SIZE = 12 };  /* three letters at most, three bytes each, or one of four */

typedef struct form {
    char bytes[FORM_SIZE];
    size_t len;
} form;

static int is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The letter at p (n > 0 bytes) and its length. */
static uint32_t decode(const char *p, size_t n, size_t *len)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t want = u[0] < 0x80 ? 1 : u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4, i;
    uint32_t letter = want == 1 ? u[0] : u[0] & (0x7Fu >> want);

    for (i = 1; i < want && i < n && is_continuation(p[i]); i++)
        letter = letter << 6 | (u[i] & 0x3Fu);
    *len = i;
    return letter;
}

static void add_letter(form *f, uint32_t letter)
{
    unsigned char *out = (unsigned char *)f->bytes + f->len;

    if (letter < 0x80) {
        out[0] = (unsigned char)letter;
        f->len += 1;
    } else if (letter < 0x800) {
        out[0] = (unsigned char)(0xC0 | letter >> 6);
        out[1] = (unsigned char)(0x80 | (letter & 0x3F));
        f->len += 2;
    } else if (letter < 0x10000) {
        out[0] = (unsigned char)(0xE0 | letter >> 12);
        out[1] = (unsigned char)(0x80 | (letter >> 6 & 0x3F));
        out[2] = (unsigned char)(0x80 | (letter & 0x3F));
        f->len += 3;
    } else {
        out[0] = (unsigned char)(0xF0 | letter >> 18);
        out[1] = (unsigned char)(0x80 | (letter >> 12 & 0x3F));
        out[2] = (unsigned char)(0x80 | (letter >> 6 & 0x3F));
        out[3] = (unsigned char)(0x80 | (letter & 0x3F));
        f->len += 4;
    }
}

static const fold_special *special_of(uint32_t letter)
{
    size_t low = 0, high = sizeof fold_specials / sizeof fold_specials[0];

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (fold_specials[middle].letter == letter)
            return &fold_specials[middle];
        if (fold_specials[middle].letter < letter)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Both cases of a letter whose forms are one letter each. */
static void cases_of(uint32_t letter, uint32_t *lower, uint32_t *upper)
{
    size_t low = 0, high = sizeof fold_ranges / sizeof fold_ranges[0];

    *lower = *upper = letter;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const fold_range *r = &fold_ranges[middle];

        if (letter > r->last) {
            low = middle + 1;
        } else if (letter < r->first) {
            high = middle;
        } else if (r->pairs == 0) {
            *lower = (uint32_t)((int32_t)letter + r->lower);
            *upper = (uint32_t)((int32_t)letter + r->upper);
            return;
        } else {
            int is_upper = ((letter - r->first) & 1) == (uint32_t)(r->pairs - 1);

            *lower = is_upper ? letter + 1 : letter;
            *upper = is_upper ? letter : letter - 1;
            return;
        }
    }
}

static void forms_of(uint32_t letter, form *lower, form *upper)
{
    const fold_special *special;
    uint32_t l, u;

    lower->len = upper->len = 0;
    if (letter < 0x80) {
        lower->bytes[0] = (char)(letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter);
        upper->bytes[0] = (char)(letter >= 'a' && letter <= 'z' ? letter & ~UINT32_C(0x20) : letter);
        lower->len = upper->len = 1;
    } else if ((special = special_of(letter)) != NULL) {
        lower->len = strlen(special->lower);
        upper->len = strlen(special->upper);
        memcpy(lower->bytes, special->lower, lower->len);
        memcpy(upper->bytes, special->upper, upper->len);
    } else {
        cases_of(letter, &l, &u);
        add_letter(lower, l);
        add_letter(upper, u);
    }
}

/* Each letter of in in its lower or upper case. */
static void map(const form *in, int to_upper, form *out)
{
    form lower, upper, *taken = to_upper ? &upper : &lower;
    size_t at, len;

    out->len = 0;
    for (at = 0; at < in->len; at += len) {
        forms_of(decode(in->bytes + at, in->len - at, &len), &lower, &upper);
        if (taken->len > FORM_SIZE - out->len)
            return;
        memcpy(out->bytes + out->len, taken->bytes, taken->len);
        out->len += taken->len;
    }
}

size_t lii_fold(const char *text, size_t len, char *out)
{
    size_t at, n = 0, letter_len;
    form one, lower, upper, folded;

    for (at = 0; at < len; at += letter_len) {
        unsigned char c = (unsigned char)text[at];

        if (c < 0x80) {
            out[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
            letter_len = 1;
            continue;
        }
        one.len = 0;
        add_letter(&one, decode(text + at, len - at, &letter_len));
        map(&one, 0, &lower); /* lower, upper, lower: then the forms of one letter fold alike */
        map(&lower, 1, &upper);
        map(&upper, 0, &folded);
        memcpy(out + n, folded.bytes, folded.len);
        n += folded.len;
    }
    return n;
}

static int begins(const form *f, const char *text, size_t len)
{
    return f->len <= len && memcmp(text, f->bytes, f->len) == 0;
}

static int ends(const form *f, const char *text, size_t len)
{
    return f->len <= len && memcmp(text + len - f->len, f->bytes, f->len) == 0;
}

/* No form begins or ends with the other form of its letter, so the first that fits is the only one. */
size_t lii_fold_begins(const char *operand, size_t operand_len, const char *text, size_t len)
{
    size_t at, taken = 0, letter_len;
    form lower, upper;

    for (at = 0; at < operand_len; at += letter_len) {
        forms_of(decode(operand + at, operand_len - at, &letter_len), &lower, &upper);
        if (begins(&lower, text + taken, len - taken))
            taken += lower.len;
        else if (begins(&upper, text + taken, len - taken))
            taken += upper.len;
        else
            return (size_t)-1;
    }
    return taken;
}

size_t lii_fold_ends(const char *operand, size_t operand_len, const char *text, size_t len)
{
    size_t at, left = len, letter_len;
    form lower, upper;

    for (at = operand_len; at > 0;) {
        do
            at--;
        while (at > 0 && is_continuation(operand[at]));
        forms_of(decode(operand + at, operand_len - at, &letter_len), &lower, &upper);
        if (ends(&lower, text, left))
            left -= lower.len;
        else if (ends(&upper, text, left))
            left -= upper.len;
        else
            return (size_t)-1;
    }
    return len - left;
}
