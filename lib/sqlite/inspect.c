/* inspect.c - a file looked over, read out or copied, without changing it; another process may have it open. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "json/write.h"
#include "sqlite/sqlite.h"

typedef struct inspector {
    lii_sq q;                    /* path, allocator and sums; nothing else of it */
    sqlite3 *db;
    li_sqlite_report report;
    void (*say)(void *user, const char *line);
    li_status (*write)(void *user, const char *text, size_t text_len);
    void *user;
    lii_buf line;
    uint64_t n_bad;              /* what check or export found wrong */
} inspector;

static void say(inspector *in, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(inspector *in, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    in->n_bad++;
    if (in->say)
        in->say(in->user, text);
}

static li_status number(inspector *in, const char *sql, uint64_t *out, li_error *err)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(in->db, sql, -1, &st, NULL);

    if (rc != SQLITE_OK)
        return lii_sq_error(&in->q, in->db, "reading it", err);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *out = (uint64_t)sqlite3_column_int64(st, 0);
    if (sqlite3_finalize(st) != SQLITE_OK)
        return lii_sq_error(&in->q, in->db, "reading it", err);
    return LI_OK;
}

static li_status check_kind(inspector *in, li_error *err)
{
    uint64_t application = 0, schema = 0;
    li_status status = number(in, "PRAGMA application_id", &application, err);

    if (status == LI_OK)
        status = number(in, "PRAGMA user_version", &schema, err);
    if (status != LI_OK)
        return status;
    if (application != LII_SQ_APPLICATION)
        return lii_fail(err, LI_E_CORRUPT, LI_DETAIL_SQLITE_FOREIGN, in->q.path, LI_Z, "%s is not a queue of lambdainvoke", in->q.path);
    if (schema > LII_SQ_SCHEMA)
        return lii_fail(err, LI_E_NOTSUP, LI_DETAIL_SQLITE_NEWER, in->q.path, LI_Z, "%s has schema %llu, this library knows %d",
                        in->q.path, (unsigned long long)schema, LII_SQ_SCHEMA);
    in->report.schema = (uint32_t)schema;
    return LI_OK;
}

static void inspector_fini(inspector *in)
{
    sqlite3_close(in->db);
    lii_buf_fini(&in->line);
    lii_free(&in->q.allocator, in->q.path);
}

/* As SQLite has it in a URI, with what says that nobody changes the file: it is read without a log and its index then. */
static char *still_uri(const inspector *in)
{
    static const char tail[] = "?immutable=1", digits[] = "0123456789abcdef";
    size_t n = strlen(in->q.path);
    char *uri = lii_alloc(&in->q.allocator, 3 * n + 5 + sizeof tail), *out = uri;
    const char *p;

    if (!uri)
        return NULL;
    memcpy(out, "file:", 5);
    out += 5;
    for (p = in->q.path; *p; p++) {
        if (strchr("?#%", *p)) {
            *out++ = '%';
            *out++ = digits[(unsigned char)*p >> 4];
            *out++ = digits[*p & 15];
        } else {
            *out++ = *p;
        }
    }
    memcpy(out, tail, sizeof tail);
    return uri;
}

static int has_log(const inspector *in)
{
    size_t n = strlen(in->q.path);
    char *path = lii_calloc(&in->q.allocator, 1, n + 5);
    struct stat st;
    int has = 1;

    if (path) {
        memcpy(path, in->q.path, n);
        memcpy(path + n, "-wal", 4);
        has = stat(path, &st) == 0 && st.st_size > 0;
    }
    lii_free(&in->q.allocator, path);
    return has;
}

/* is_lenient: with a schema that may be written, which it cannot be here, SQLite reads also what is left of a file that was cut
 * short. */
static li_status open_file(inspector *in, const char *name, int flags, int is_lenient, li_error *err)
{
    if (sqlite3_open_v2(name, &in->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | flags, NULL) != SQLITE_OK)
        return in->db ? lii_sq_error(&in->q, in->db, "opening it", err) : LI_E_NOMEM;
    sqlite3_extended_result_codes(in->db, 1);
    sqlite3_busy_timeout(in->db, 10000);
    if (lii_sq_run(in->db, is_lenient ? "PRAGMA trusted_schema = OFF; PRAGMA writable_schema = ON; BEGIN"
                                      : "PRAGMA trusted_schema = OFF; BEGIN") != LI_OK)
        return lii_sq_error(&in->q, in->db, "opening it", err);
    return check_kind(in, err);
}

static li_status inspector_init(inspector *in, const char *path, size_t path_len, int is_lenient, li_error *err)
{
    static const li_sqlite_report empty = LI_SQLITE_REPORT_INIT;
    li_error first = LI_ERROR_INIT;
    struct stat st;
    li_status status;
    char *uri;

    memset(in, 0, sizeof *in);
    lii_io_read(&in->q.io, NULL, NULL);
    in->q.allocator = lii_malloc_allocator;
    in->report = empty;
    lii_crc_init(&in->q.crc);
    lii_buf_init(&in->line, &in->q.allocator);
    in->q.path = lii_copy_text(&in->q.allocator, path, path_len);
    if (!in->q.path)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory");
    if (stat(in->q.path, &st) != 0)
        return lii_fail(err, errno == ENOENT ? LI_E_NOT_FOUND : LI_E_IO, LI_DETAIL_SQLITE_FILE, in->q.path, LI_Z, "%s: %s",
                        in->q.path, strerror(errno));
    in->report.file_bytes = (uint64_t)st.st_size;
    status = open_file(in, in->q.path, 0, is_lenient, &first);
    /* where nothing can be made beside it, a file is read as it stands, if there is no log that belongs to it */
    if (status != LI_OK && in->db && (sqlite3_errcode(in->db) & 0xff) == SQLITE_CANTOPEN && !has_log(in)) {
        sqlite3_close(in->db);
        in->db = NULL;
        uri = still_uri(in);
        status = uri ? open_file(in, uri, SQLITE_OPEN_URI, is_lenient, err) : LI_E_NOMEM;
        lii_free(&in->q.allocator, uri);
    } else if (status != LI_OK && err) {
        lii_options_write(err, &first, sizeof first);
    }
    return status;
}

static void read_clock(inspector *in)
{
    char kind[16] = "";

    if (lii_sq_meta_get(in->db, "clock", kind, sizeof kind - 1) != LI_OK)
        say(in, "clock: %s", sqlite3_errmsg(in->db));
    in->report.is_virtual = strcmp(kind, "virtual") == 0;
}

/* ---- check */

static li_status check_log(inspector *in, li_error *err)
{
    li_error inner = LI_ERROR_INIT;
    uint64_t page = 0;
    li_status status = number(in, "PRAGMA page_size", &page, err);
    char *path;

    if (status != LI_OK)
        return status;
    path = lii_calloc(&in->q.allocator, 1, strlen(in->q.path) + 8);
    if (!path)
        return LI_E_NOMEM;
    strcpy(path, in->q.path);
    strcat(path, "-wal");
    status = lii_sq_wal_scan(&in->q.io, path, (uint32_t)page, &in->q.allocator, &in->report.torn_frames, &inner);
    lii_free(&in->q.allocator, path);
    if (status == LI_E_CORRUPT)
        say(in, "%s", inner.text);
    return status == LI_E_CORRUPT ? LI_OK : status;
}

static void check_structure(inspector *in)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(in->db, "PRAGMA integrity_check(20)", -1, &st, NULL);

    while (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(st, 0);

        if (text && strcmp(text, "ok") != 0)
            say(in, "structure: %s", text);
    }
    if (rc != SQLITE_OK || sqlite3_finalize(st) != SQLITE_OK)
        say(in, "structure: %s", sqlite3_errmsg(in->db));
}

/* ---- rows: from the first on, and where that ends in damage, from the last back */

static const char row_sql[] = "SELECT e.seq, e.head, e.data, s.head, o.record FROM event e LEFT JOIN state s ON s.seq = e.seq "
                              "LEFT JOIN outcome o ON o.seq = e.seq";

static int is_utf8(const char *text, size_t len)
{
    size_t at = 0, good, n;

    for (; at < len; at += n) {
        n = lii_utf8_length((const unsigned char *)text + at, len - at, &good);
        if (n == 0)
            return 0;
    }
    return 1;
}

static void write_bytes(lii_json_writer *w, const char *name, const char *name_64, const char *data, size_t len)
{
    if (is_utf8(data, len)) {
        lii_json_member_string(w, name, data ? data : "", len);
        return;
    }
    lii_json_key(w, name_64);
    lii_buf_add_byte(w->out, '"');
    lii_base64(w->out, data, len);
    lii_buf_add_byte(w->out, '"');
    w->needs_comma = 1;
}

static li_status write_line(inspector *in)
{
    lii_buf_add_byte(&in->line, '\n');
    return in->line.status == LI_OK ? in->write(in->user, in->line.data, in->line.len) : in->line.status;
}

static li_status write_event(inspector *in, const li_event_header *h, uint64_t seq, const char *lane, size_t lane_len,
                             const char *data, const char *record, size_t record_len)
{
    char id[LI_ID_TEXT_SIZE];
    lii_json_writer w;

    if (!in->write)
        return LI_OK;
    li_id_format(&h->id, id);
    lii_buf_clear(&in->line);
    lii_json_begin(&w, &in->line);
    lii_json_open(&w, '{');
    lii_json_key(&w, "event");
    lii_json_open(&w, '{');
    lii_json_member_u64(&w, "sequence", seq);
    lii_json_member_string(&w, "requestId", id, LI_Z);
    lii_json_member_string(&w, "function", lane ? lane : "", lane_len);
    lii_json_member_u64(&w, "acceptedMs", h->accepted_ms);
    lii_json_member_u64(&w, "dueMs", h->due_ms);
    lii_json_member_u64(&w, "starts", h->starts);
    lii_json_member_u64(&w, "functionFailures", h->function_failures);
    lii_json_member_u64(&w, "systemFailures", h->system_failures);
    write_bytes(&w, "payload", "payloadBase64", data, h->payload_len);
    if (record)
        write_bytes(&w, "record", "recordBase64", record, record_len);
    lii_json_close(&w, '}');
    lii_json_close(&w, '}');
    return write_line(in);
}

static const char *lane_name(inspector *in, uint32_t number, size_t *len, sqlite3_stmt **st)
{
    *len = 0;
    if (sqlite3_prepare_v2(in->db, "SELECT name FROM lane WHERE id = ?", -1, st, NULL) != SQLITE_OK)
        return NULL;
    sqlite3_bind_int64(*st, 1, number);
    if (sqlite3_step(*st) != SQLITE_ROW)
        return NULL;
    *len = (size_t)sqlite3_column_bytes(*st, 0);
    return sqlite3_column_blob(*st, 0);
}

static li_status one_event(inspector *in, sqlite3_stmt *st)
{
    uint64_t seq = (uint64_t)sqlite3_column_int64(st, 0);
    const char *data = sqlite3_column_blob(st, 2), *lane;
    size_t len = (size_t)sqlite3_column_bytes(st, 2), lane_len;
    li_event_header header, later;
    sqlite3_stmt *names = NULL;
    li_status status;
    uint8_t lost;

    if (lii_sq_head_read(&in->q, sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1), seq, data, len, &header, &lost) != 0 ||
        (size_t)header.payload_len + header.tail_len != len) {
        in->report.damaged++;
        say(in, "event %llu: its sum is wrong", (unsigned long long)seq);
        return LI_OK;
    }
    if (sqlite3_column_type(st, 3) != SQLITE_NULL) {
        if (lii_sq_head_read(&in->q, sqlite3_column_blob(st, 3), (size_t)sqlite3_column_bytes(st, 3), seq, NULL, 0, &later, &lost) == 0)
            header = later;
        else
            say(in, "event %llu: the sum of its counters is wrong; the event itself is whole", (unsigned long long)seq);
    }
    in->report.events++;
    in->report.bytes += header.payload_len;
    lane = lane_name(in, header.lane, &lane_len, &names);
    status = write_event(in, &header, seq, lane, lane_len, data, sqlite3_column_blob(st, 4), (size_t)sqlite3_column_bytes(st, 4));
    sqlite3_finalize(names);
    return status;
}

/* Events on from *at, in one direction, until the end or damage. */
static int walk(inspector *in, int is_back, int64_t *at, int64_t stop, li_status *status)
{
    char sql[400];
    sqlite3_stmt *st;
    int rc;

    snprintf(sql, sizeof sql, "%s WHERE e.seq %s ? ORDER BY e.seq %s", row_sql, is_back ? "<" : ">", is_back ? "DESC" : "ASC");
    rc = sqlite3_prepare_v2(in->db, sql, -1, &st, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(st, 1, *at);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW && *status == LI_OK) {
        int64_t seq = sqlite3_column_int64(st, 0);

        if (is_back && seq <= stop)
            break;
        *status = one_event(in, st);
        *at = seq;
    }
    sqlite3_finalize(st);
    return rc == SQLITE_ROW ? SQLITE_DONE : rc;
}

/* Between two places of damage: each event by its number, those that can be found. Where no last one is known, as many as fit
 * into the file. */
static li_status probe(inspector *in, int64_t first, int64_t last)
{
    int64_t at = first < 0 ? 1 : first + 1, most = at + (int64_t)(in->report.file_bytes / sizeof(li_event_header));
    li_status status = LI_OK;
    sqlite3_stmt *st;
    char sql[400];

    snprintf(sql, sizeof sql, "%s WHERE e.seq = ?", row_sql);
    if (sqlite3_prepare_v2(in->db, sql, -1, &st, NULL) != SQLITE_OK)
        return LI_OK;            /* said already */
    for (; at < (last < most ? last : most) && status == LI_OK; at++) {
        sqlite3_bind_int64(st, 1, at);
        if (sqlite3_step(st) == SQLITE_ROW)
            status = one_event(in, st);
        sqlite3_reset(st);
    }
    sqlite3_finalize(st);
    return status;
}

static li_status each_event(inspector *in)
{
    int64_t first = INT64_MIN, last = INT64_MAX;
    li_status status = LI_OK;
    int rc = walk(in, 0, &first, 0, &status);

    if (rc == SQLITE_DONE || status != LI_OK)
        return status;
    say(in, "events after %lld: %s", first < 0 ? 0 : (long long)first, sqlite3_errmsg(in->db));
    rc = walk(in, 1, &last, first, &status);
    if (rc == SQLITE_DONE || status != LI_OK)
        return status;
    say(in, "events before %lld: %s", (long long)last, sqlite3_errmsg(in->db));
    return probe(in, first, last);
}

static li_status one_setting(inspector *in, sqlite3_stmt *st)
{
    const char *part[3];
    size_t len[3];
    uint32_t sum = 0;
    lii_json_writer w;
    int i;

    for (i = 0; i < 3; i++) {
        part[i] = sqlite3_column_blob(st, i);
        len[i] = (size_t)sqlite3_column_bytes(st, i);
        sum = lii_crc(&in->q.crc, sum, part[i], len[i]);
    }
    if (sum != (uint32_t)sqlite3_column_int64(st, 3)) {
        in->report.damaged++;
        say(in, "setting %.*s %.*s: its sum is wrong", (int)(len[0] & 63), part[0] ? part[0] : "", (int)(len[1] & 127),
            part[1] ? part[1] : "");
        return LI_OK;
    }
    in->report.settings++;
    if (!in->write)
        return LI_OK;
    lii_buf_clear(&in->line);
    lii_json_begin(&w, &in->line);
    lii_json_open(&w, '{');
    lii_json_key(&w, "setting");
    lii_json_open(&w, '{');
    write_bytes(&w, "table", "tableBase64", part[0], len[0]);
    write_bytes(&w, "key", "keyBase64", part[1], len[1]);
    write_bytes(&w, "value", "valueBase64", part[2], len[2]);
    lii_json_close(&w, '}');
    lii_json_close(&w, '}');
    return write_line(in);
}

static li_status each_setting(inspector *in)
{
    li_status status = LI_OK;
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(in->db, "SELECT tab, key, value, sum FROM setting ORDER BY tab, key", -1, &st, NULL);

    while (rc == SQLITE_OK && status == LI_OK && sqlite3_step(st) == SQLITE_ROW)
        status = one_setting(in, st);
    if (rc != SQLITE_OK || sqlite3_finalize(st) != SQLITE_OK)
        say(in, "settings: %s", sqlite3_errmsg(in->db));
    return status;
}

static li_status end(inspector *in, li_status status, li_sqlite_report *report, li_error *err)
{
    number(in, "SELECT count(*) FROM quarantine", &in->report.quarantined, NULL);
    if (report)
        lii_options_write(report, &in->report, sizeof in->report);
    if (status == LI_OK && in->n_bad > 0)
        status = lii_fail(err, LI_E_CORRUPT, LI_DETAIL_SQLITE_DAMAGED, in->q.path, LI_Z,
                          "%s: %llu findings; %llu events can be read", in->q.path, (unsigned long long)in->n_bad,
                          (unsigned long long)in->report.events);
    return status;
}

li_status li_sqlite_check(const char *path, size_t path_len, li_sqlite_report *report,
                          void (*say_line)(void *user, const char *line), void *user, li_error *err)
{
    inspector in;
    li_status status = inspector_init(&in, path, path_len, 1, err);

    in.say = say_line;
    in.user = user;
    if (status == LI_OK)
        status = check_log(&in, err);
    if (status == LI_OK) {
        read_clock(&in);
        check_structure(&in);
        status = each_event(&in);
        if (status == LI_OK)
            status = each_setting(&in);
        status = end(&in, status, report, err);
    }
    inspector_fini(&in);
    return status;
}

li_status li_sqlite_export(const char *path, size_t path_len, li_sqlite_report *report,
                           li_status (*write)(void *user, const char *text, size_t text_len), void *user, li_error *err)
{
    inspector in;
    li_status status = inspector_init(&in, path, path_len, 1, err);

    in.write = write;
    in.user = user;
    if (status == LI_OK) {
        read_clock(&in);
        in.n_bad = 0;            /* it is of no line */
        status = each_event(&in);
        if (status == LI_OK)
            status = each_setting(&in);
        status = end(&in, status, report, err);
    }
    inspector_fini(&in);
    return status;
}

/* ---- backup */

static li_status copy_pages(inspector *in, const char *to, li_error *err)
{
    sqlite3 *copy = NULL;
    sqlite3_backup *backup;
    li_status status = LI_OK;
    int rc = sqlite3_open_v2(to, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc == SQLITE_OK) {
        backup = sqlite3_backup_init(copy, "main", in->db, "main");
        if (backup)
            sqlite3_backup_step(backup, -1);
        rc = backup ? sqlite3_backup_finish(backup) : sqlite3_errcode(copy);
    }
    if (rc != SQLITE_OK)
        status = lii_fail(err, lii_sq_status(rc), LI_DETAIL_SQLITE_FILE, to, LI_Z, "%s: %s", to,
                          copy ? sqlite3_errmsg(copy) : sqlite3_errstr(rc));
    sqlite3_close(copy);
    return status;
}

li_status li_sqlite_backup(const char *path, size_t path_len, const char *to, size_t to_len, li_error *err)
{
    inspector in;
    li_status status = inspector_init(&in, path, path_len, 0, err);
    char *target = status == LI_OK ? lii_copy_text(&in.q.allocator, to, to_len) : NULL;
    int fd = -1;

    if (status == LI_OK && !target)
        status = LI_E_NOMEM;
    if (status == LI_OK) {
        fd = lii_io_open(&in.q.io, target, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd < 0)
            status = lii_fail(err, fd == -EEXIST ? LI_E_CONFLICT : lii_io_status(fd), LI_DETAIL_SQLITE_FILE, target, LI_Z, "%s: %s",
                              target, strerror(-fd));
        else
            lii_io_close(&in.q.io, fd);
    }
    if (status == LI_OK) {
        status = copy_pages(&in, target, err);
        if (status == LI_OK && (fd = lii_io_sync_parent(&in.q.io, target)) < 0)
            status = lii_fail(err, lii_io_status(fd), LI_DETAIL_SQLITE_FILE, target, LI_Z, "%s: %s", target, strerror(-fd));
        if (status != LI_OK)
            lii_io_unlink(&in.q.io, target);
    }
    lii_free(&in.q.allocator, target);
    inspector_fini(&in);
    return status;
}
