/* place.h - a directory of its own for each test of files, removed at its end; files by number, copied as they are. */
#ifndef TESTS_PLACE_H
#define TESTS_PLACE_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lambdainvoke/sqlite.h>

typedef struct place {
    char dir[200];
    int n;                       /* of the file in use: a crash copies to the next */
    uint64_t cache_bytes;
} place;

static place here;

static inline const char *file_of(int n, const char *suffix)
{
    static char path[4][300];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%.200s/%d.db%s", here.dir, n, suffix);
    return path[turn];
}

static inline void set_up_place(void)
{
    const char *tmp = getenv("TMPDIR");

    memset(&here, 0, sizeof here);
    here.cache_bytes = 1 << 28;
    snprintf(here.dir, sizeof here.dir, "%.150s/li-sqlite-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert(mkdtemp(here.dir) != NULL);
}

static inline void remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char name[600];

    while (dir && (entry = readdir(dir)) != NULL) {
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        unlink(name);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

static inline void tear_down_place(void)
{
    if (here.dir[0])
        remove_dir(here.dir);
}

static inline void copy_file(const char *from, const char *to)
{
    char block[65536];
    int in = open(from, O_RDONLY), out;
    ssize_t n;

    unlink(to);
    if (in < 0)
        return;
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(out, 0);
    while ((n = read(in, block, sizeof block)) > 0)
        ck_assert_int_eq(write(out, block, (size_t)n), n);
    close(in);
    close(out);
}

/* What is on disk at this moment, and what the kernel has of a process that is gone, in another place. */
static inline void freeze(int from, int to)
{
    static const char *const ends[] = { "", "-wal", "-lock" };
    char source[300];
    size_t i;

    for (i = 0; i < 3; i++) {
        snprintf(source, sizeof source, "%s", file_of(from, ends[i]));
        copy_file(source, file_of(to, ends[i]));
    }
    unlink(file_of(to, "-shm"));
}

static inline li_status open_file(int n, li_queue *queue, li_store *store, li_error *err)
{
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;

    o.path = li_z(file_of(n, ""));
    o.cache_bytes = here.cache_bytes;
    return li_sqlite_open(&o, queue, store, err);
}

#endif
