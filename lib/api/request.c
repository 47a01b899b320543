/* request.c - headers, percent-escapes and query parameters of a request. */
#include <string.h>
#include <strings.h>

#include "api/call.h"

li_slice lii_header_named(const li_api_request *request, const char *name, size_t len)
{
    const li_api_header *h = request->headers, *end = h + request->n_headers;

    for (; h < end; h++) {
        if ((h->name.len != len && h->name.len != LI_Z) || (h->name.ptr[0] | 32) != (name[0] | 32))
            continue;
        if (lii_measured(h->name).len == len && strncasecmp(h->name.ptr, name, len) == 0)
            return lii_measured(h->value);
    }
    return lii_slice(NULL, 0);
}

li_slice lii_name_in(const char *text)
{
    const char *mark = strstr(text, "function:");

    while (mark && mark != text && mark[-1] != ':')      /* the end of a name, as in myfunction:live */
        mark = strstr(mark + 1, "function:");
    if (mark)
        text = mark + 9;
    return lii_slice(text, strcspn(text, ":"));
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

long lii_percent_decode(li_slice text, int plus_is_blank, char *out, size_t out_size)
{
    size_t i, n = 0;

    for (i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '%') {
            int high = text.len - i > 2 ? hex(text.ptr[i + 1]) : -1, low = text.len - i > 2 ? hex(text.ptr[i + 2]) : -1;

            if (high < 0 || low < 0 || high * 16 + low == 0)
                return -1;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (c == '\0' || n + 1 >= out_size)
            return -1;
        out[n++] = c;
    }
    out[n] = '\0';
    return (long)n;
}

int lii_query(const lii_call *call, const char *name, char *out, size_t out_size)
{
    size_t i = 0, len = strlen(name);
    li_slice q = call->query;

    while (i < q.len) {
        const char *start = q.ptr + i, *end = memchr(start, '&', q.len - i);
        size_t n = end ? (size_t)(end - start) : q.len - i;

        if (n > len && memcmp(start, name, len) == 0 && start[len] == '=')
            return lii_percent_decode(lii_slice(start + len + 1, n - len - 1), 1, out, out_size) < 0 ? -1 : 1;
        i += n + 1;
    }
    return 0;
}
