/* http.h - one request to a host, over a socket of its own: what invoke and trigger need of HTTP/1.1. */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <stddef.h>

typedef struct cli_reply {
    int status;
    char *text;                  /* the whole answer; free it */
    const char *headers;         /* in text, each line ends in CR LF */
    const char *body;            /* in text, decoded */
    size_t body_len;
} cli_reply;

/* endpoint: http://HOST:PORT, or NULL: LAMBDAINVOKE_ENDPOINT, else http://127.0.0.1:9001. headers: lines that end in CR LF,
 * or "". CLI_OK and a reply, or CLI_FAILED and a sentence on stderr. */
int cli_http(const char *command, const char *endpoint, const char *method, const char *path, const char *headers,
             const char *body, size_t body_len, cli_reply *reply);
/* The value of a header, cut to size; 0: it is not there. */
int cli_http_header(const cli_reply *reply, const char *name, char *value, size_t size);

/* All of a file; "-" is standard input. NULL and a sentence on stderr when it cannot be read; free it. */
char *cli_read_file(const char *command, const char *path, size_t *len);

#endif
