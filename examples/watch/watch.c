/* watch.c - a directory as a bucket: a text that is dropped in makes an S3 event, the function counts its words and writes
 * NAME.count beside it. `watch DIR` goes on until it is interrupted; without a directory it shows itself in one of its own. */
#include <cjson/cJSON.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lambdainvoke/lambdainvoke.h>

typedef struct bucket {
    char path[4000];
    int n_counted;
} bucket;

/* ---- the function */

/* Keys of S3 events are URL-encoded as form values. */
static void decode(char *text)
{
    char *to = text, hex[3] = "";

    for (; *text; text++) {
        if (*text == '%' && text[1] && text[2]) {
            memcpy(hex, text + 1, 2);
            *to++ = (char)strtol(hex, NULL, 16);
            text += 2;
        } else {
            *to++ = *text == '+' ? ' ' : *text;
        }
    }
    *to = '\0';
}

static long count_words(FILE *f)
{
    int c, was_space = 1;
    long n = 0;

    while ((c = getc(f)) != EOF) {
        int is_space = strchr(" \t\r\n", c) != NULL;

        n += was_space && !is_space;
        was_space = is_space;
    }
    return n;
}

static int32_t count(li_invocation *invocation, void *environment, void *user)
{
    bucket *b = user;
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    cJSON *event = cJSON_ParseWithLength(payload, len);
    const cJSON *record = cJSON_GetArrayItem(cJSON_GetObjectItem(event, "Records"), 0);
    const cJSON *key = cJSON_GetObjectItem(cJSON_GetObjectItem(cJSON_GetObjectItem(record, "s3"), "object"), "key");
    char path[4400];
    FILE *in, *out;

    (void)environment;
    if (cJSON_IsString(key))
        decode(key->valuestring);
    snprintf(path, sizeof path, "%s/%.255s", b->path, cJSON_IsString(key) ? key->valuestring : "");
    in = fopen(path, "re");
    strncat(path, ".count", sizeof path - strlen(path) - 1);
    out = in ? fopen(path, "we") : NULL;
    if (out) {
        long n = count_words(in);

        fprintf(out, "%ld\n", n);
        fclose(out);
        b->n_counted++;
        printf("%s has %ld words\n", key->valuestring, n);
        fflush(stdout);
    } else {
        li_invocation_fail(invocation, "NotReadable", "the object or its result cannot be opened");
    }
    if (in)
        fclose(in);
    cJSON_Delete(event);
    return out ? LI_DONE : LI_FAILED;
}

/* ---- the bucket */

static void tell(li_engine *engine, const bucket *b, const struct inotify_event *seen)
{
    li_s3_occurrence o = LI_S3_OCCURRENCE_INIT;
    li_error err = LI_ERROR_INIT;
    char path[4400];
    struct stat st;

    snprintf(path, sizeof path, "%s/%.255s", b->path, seen->name);
    o.bucket = li_z("watched");
    o.key = li_z(seen->name);
    if (seen->mask & (IN_DELETE | IN_MOVED_FROM))
        o.event_name = li_z("ObjectRemoved:Delete");
    else if (stat(path, &st) == 0)
        o.object_size = (uint64_t)st.st_size;
    if (li_s3_occur(engine, &o, NULL, &err) != LI_OK)
        fprintf(stderr, "watch: %s\n", err.text);
}

static void read_changes(li_engine *engine, const bucket *b, int fd)
{
    char buffer[16384] __attribute__((aligned(8)));
    ssize_t n = read(fd, buffer, sizeof buffer);
    const char *p = buffer;

    while (n > 0 && p < buffer + n) {
        const struct inotify_event *seen = (const struct inotify_event *)(const void *)p;

        if (seen->len > 0)
            tell(engine, b, seen);
        p += sizeof *seen + seen->len;
    }
}

static li_engine *set_up(bucket *b)
{
    li_function_spec function = LI_FUNCTION_SPEC_INIT;
    li_trigger_spec trigger = LI_TRIGGER_SPEC_INIT;
    li_engine *engine = NULL;

    function.name = li_z("count");
    function.handler = count;
    function.user = b;
    trigger.kind = li_z("s3");
    trigger.function = li_z("count");
    trigger.options = li_z("{\"bucket\":\"watched\",\"events\":[\"s3:ObjectCreated:*\"],\"suffix\":\".txt\"}");
    if (li_engine_new(&engine, NULL, NULL) != LI_OK || li_function_register(engine, &function, NULL, NULL) != LI_OK ||
        li_trigger_add(engine, &trigger, NULL, NULL) != LI_OK)
        return NULL;
    return engine;
}

static volatile sig_atomic_t is_over;

static void on_signal(int number)
{
    (void)number;
    is_over = 1;
}

/* Until a signal, or until so many were counted (0: no end). */
static void serve(li_engine *engine, bucket *b, int fd, int n_wanted)
{
    struct pollfd fds[2] = { { fd, POLLIN, 0 }, { li_engine_fd(engine), POLLIN, 0 } };

    while (!is_over && (n_wanted == 0 || b->n_counted < n_wanted)) {
        if (poll(fds, 2, n_wanted ? 10000 : -1) == 0)
            return;
        if (fds[0].revents)
            read_changes(engine, b, fd);
        li_engine_run_until_idle(engine, NULL);
    }
}

static void put(const bucket *b, const char *name, const char *text)
{
    char path[4400], part[4410];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", b->path, name);
    snprintf(part, sizeof part, "%s.part", path);
    f = fopen(part, "we");
    if (f) {
        fputs(text, f);
        fclose(f);
        rename(part, path);      /* there at once, whole */
    }
}

static int demonstrate(li_engine *engine, bucket *b, int fd)
{
    static const char *const names[] = { "a poem.txt", "a poem.txt.count", "notes.txt", "notes.txt.count", "picture.jpg" };
    char path[4400];
    size_t i;

    put(b, "a poem.txt", "the woods are lovely dark and deep\n");
    put(b, "picture.jpg", "no words");
    put(b, "notes.txt", "milk\nbread\n");
    serve(engine, b, fd, 2);
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", b->path, names[i]);
        unlink(path);
    }
    return rmdir(b->path) == 0 && b->n_counted == 2 ? 0 : 1;
}

int main(int argc, char **argv)
{
    char own[] = "/tmp/watch-XXXXXX";
    li_engine *engine;
    bucket b = { "", 0 };
    int fd, status = 0;

    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        fprintf(stderr, "usage: watch [DIRECTORY]\n");
        return 2;
    }
    snprintf(b.path, sizeof b.path, "%s", argc == 2 ? argv[1] : mkdtemp(own) ? own : "/nowhere");
    fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0 || inotify_add_watch(fd, b.path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM) < 0) {
        perror(b.path);
        return 1;
    }
    engine = set_up(&b);
    if (!engine)
        return 1;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (argc == 2)
        serve(engine, &b, fd, 0);
    else
        status = demonstrate(engine, &b, fd);
    close(fd);
    return li_engine_free(engine) == LI_OK ? status : 1;
}
