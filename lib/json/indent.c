/* indent.c - JSON laid out for readers: a member a line. */
#include "json/scan.h"
#include "json/write.h"

static int is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void new_line(lii_buf *out, size_t blanks)
{
    lii_buf_add_byte(out, '\n');
    while (blanks-- > 0)
        lii_buf_add_byte(out, ' ');
}

/* Behind the string that begins at i. */
static size_t string_end(const char *text, size_t len, size_t i)
{
    for (i++; i < len && text[i] != '"'; i++)
        i += text[i] == '\\';
    return i < len ? i + 1 : len;
}

/* The next byte that is no white space. */
static size_t skip(const char *text, size_t len, size_t i)
{
    while (i < len && is_space(text[i]))
        i++;
    return i;
}

void lii_json_indent(const char *text, size_t len, unsigned blanks, lii_buf *out)
{
    size_t i = 0, end, depth = 0;

    while ((i = skip(text, len, i)) < len) {
        char c = text[i];

        if (c == '"') {
            end = string_end(text, len, i);
            lii_buf_add(out, text + i, end - i);
            i = end;
            continue;
        }
        i++;
        if (c == '}' || c == ']')
            new_line(out, --depth * blanks);
        lii_buf_add_byte(out, c);
        if (c == '{' || c == '[') {
            end = skip(text, len, i);
            if (end < len && (text[end] == '}' || text[end] == ']')) {
                lii_buf_add_byte(out, text[end]);
                i = end + 1;
            } else {
                new_line(out, ++depth * blanks);
            }
        } else if (c == ',') {
            new_line(out, depth * blanks);
        } else if (c == ':') {
            lii_buf_add_byte(out, ' ');
        }
    }
}
