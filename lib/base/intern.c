/* intern.c - texts that are kept once each until the end. */
#include "base/intern.h"

#include "base/slice.h"

void lii_intern_init(lii_intern *texts, const li_allocator *allocator)
{
    lii_table_init(&texts->table, allocator);
}

void lii_intern_fini(lii_intern *texts)
{
    lii_table_slot *slot;
    size_t i;

    for (i = 0; (slot = lii_table_next(&texts->table, &i)) != NULL; i++)
        lii_free(texts->table.allocator, slot->value);
    lii_table_fini(&texts->table);
}

const char *lii_intern_text(lii_intern *texts, const char *text, size_t len)
{
    size_t n = lii_len(text, len);
    char *copy = lii_table_get(&texts->table, text, n);

    if (copy)
        return copy;
    copy = lii_copy_text(texts->table.allocator, text, n);
    if (copy && lii_table_put(&texts->table, copy, n, copy, NULL) != LI_OK) {
        lii_free(texts->table.allocator, copy);
        copy = NULL;
    }
    return copy;
}
