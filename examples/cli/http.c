/* http.c - a request sent, its answer read to the end. */
#include "http.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli.h"

static int split(const char *command, const char *endpoint, char host[256], char port[8])
{
    static const char scheme[] = "http://";
    const char *p = endpoint, *end, *colon;

    if (strncmp(p, scheme, sizeof scheme - 1) == 0)
        p += sizeof scheme - 1;
    else if (strstr(p, "://"))
        return cli_fail(command, "%s: only http:// is spoken", endpoint);
    end = p + strcspn(p, "/");
    colon = memrchr(p, ':', (size_t)(end - p));
    if (p[0] == '[' && colon && colon[-1] != ']')
        colon = NULL;
    snprintf(port, 8, "%.*s", colon ? (int)(end - colon - 1) : 2, colon ? colon + 1 : "80");
    if (colon)
        end = colon;
    if (*p == '[' && end > p + 1 && end[-1] == ']') {
        p++;
        end--;
    }
    snprintf(host, 256, "%.*s", (int)(end - p), p);
    return host[0] ? CLI_OK : cli_fail(command, "%s: an endpoint is http://HOST:PORT", endpoint);
}

static int open_socket(const char *command, const char *host, const char *port)
{
    struct addrinfo hints = { 0 }, *list = NULL, *a;
    int fd = -1, error;

    hints.ai_socktype = SOCK_STREAM;
    error = getaddrinfo(host, port, &hints, &list);
    if (error != 0) {
        cli_fail(command, "%s:%s: %s", host, port, gai_strerror(error));
        return -1;
    }
    for (a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            error = errno;
            close(fd);
            fd = -1;
            errno = error;
        }
    }
    freeaddrinfo(list);
    if (fd < 0)
        cli_fail(command, "%s:%s: %s; is lambdainvoked running there?", host, port, strerror(errno));
    return fd;
}

static int send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* All bytes until the end, and a NUL. */
static char *read_all(int fd, size_t *len)
{
    size_t cap = 65536;
    char *text = malloc(cap + 1), *grown;
    ssize_t n;

    *len = 0;
    while (text) {
        n = read(fd, text + *len, cap - *len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        *len += (size_t)n;
        if (*len == cap) {
            cap *= 2;
            grown = realloc(text, cap + 1);
            if (!grown)
                free(text);
            text = grown;
        }
    }
    if (text)
        text[*len] = '\0';
    return text;
}

static size_t join_chunks(char *body, size_t len)
{
    char *from = body, *to = body, *end = body + len, *line;

    while (from < end) {
        size_t n = strtoul(from, &line, 16);

        line = memchr(line, '\n', (size_t)(end - line));
        if (!line || n == 0 || n > (size_t)(end - line - 1))
            break;
        memmove(to, line + 1, n);
        to += n;
        from = line + 1 + n + 2;
    }
    return (size_t)(to - body);
}

static int read_reply(const char *command, char *text, size_t len, cli_reply *reply)
{
    char *end = strstr(text, "\r\n\r\n"), *line = strstr(text, "\r\n");
    char coding[64];

    memset(reply, 0, sizeof *reply);
    reply->text = text;
    if (!end || strncmp(text, "HTTP/1.", 7) != 0)
        return cli_fail(command, "the answer is not HTTP");
    reply->status = atoi(text + 9);
    reply->headers = line + 2;
    end[2] = '\0';
    reply->body = end + 4;
    reply->body_len = len - (size_t)(end + 4 - text);
    if (cli_http_header(reply, "Transfer-Encoding", coding, sizeof coding) && strcasecmp(coding, "chunked") == 0)
        reply->body_len = join_chunks(end + 4, reply->body_len);
    return CLI_OK;
}

int cli_http_header(const cli_reply *reply, const char *name, char *value, size_t size)
{
    const char *p = reply->headers;
    size_t n = strlen(name);

    while (p && *p) {
        size_t line = strcspn(p, "\r");

        if (strncasecmp(p, name, n) == 0 && p[n] == ':') {
            const char *from = p + n + 1 + strspn(p + n + 1, " ");

            snprintf(value, size, "%.*s", (int)(p + line - from), from);
            return 1;
        }
        p += line + strspn(p + line, "\r\n");
    }
    return 0;
}

int cli_http(const char *command, const char *endpoint, const char *method, const char *path, const char *headers,
             const char *body, size_t body_len, cli_reply *reply)
{
    const char *from_environment = getenv("LAMBDAINVOKE_ENDPOINT");
    char host[256], port[8], *head = NULL, *text;
    int fd, n, status;
    size_t len;

    if (!endpoint)
        endpoint = from_environment && from_environment[0] ? from_environment : "http://127.0.0.1:9001";
    status = split(command, endpoint, host, port);
    if (status != CLI_OK)
        return status;
    fd = open_socket(command, host, port);
    if (fd < 0)
        return CLI_FAILED;
    n = asprintf(&head, "%s %s HTTP/1.1\r\nHost: %s%s%s:%s\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n", method, path,
                 strchr(host, ':') ? "[" : "", host, strchr(host, ':') ? "]" : "", port, body_len, headers);
    if (n < 0 || send_all(fd, head, (size_t)n) != 0 || (body_len > 0 && send_all(fd, body, body_len) != 0))
        status = CLI_FAILED;     /* it may have answered all the same */
    free(n < 0 ? NULL : head);
    text = read_all(fd, &len);
    close(fd);
    if (!text || len == 0) {
        free(text);
        return cli_fail(command, "%s:%s gave no answer", host, port);
    }
    return read_reply(command, text, len, reply);
}

char *cli_read_file(const char *command, const char *path, size_t *len)
{
    int is_input = strcmp(path, "-") == 0;
    FILE *f = is_input ? stdin : fopen(path, "re");
    size_t cap = 65536, n;
    char *text = f ? malloc(cap + 1) : NULL, *grown;

    *len = 0;
    while (text && (n = fread(text + *len, 1, cap - *len, f)) > 0) {
        *len += n;
        if (*len < cap)
            continue;
        cap *= 2;
        grown = realloc(text, cap + 1);
        if (!grown)
            free(text);
        text = grown;
    }
    if (!text || ferror(f)) {
        cli_fail(command, "%s: %s", path, strerror(errno));
        free(text);
        text = NULL;
    } else {
        text[*len] = '\0';
    }
    if (f && !is_input)
        fclose(f);
    return text;
}
