/* replay.c - a fuzzer as a plain test: its corpus (tests/fuzz/corpus/NAME for fuzz_NAME), and some inputs that are the same
 * each time. For make check, where no fuzzing engine is needed; or for the files that are its arguments. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MADE = 3000, LEN = 400 };

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(1 << 20);
    size_t n;

    if (file == NULL || data == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        return 1;
    }
    n = fread(data, 1, 1 << 20, file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, n);
    free(data);
    return 0;
}

static size_t run_corpus(const char *name)
{
    char path[1024];
    struct dirent *entry;
    size_t n = 0;
    DIR *dir;

    snprintf(path, sizeof path, "tests/fuzz/corpus/%s", name);
    dir = opendir(path);
    while (dir && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "tests/fuzz/corpus/%s/%s", name, entry->d_name);
        if (run_file(path) != 0)
            exit(1);
        n++;
    }
    if (dir)
        closedir(dir);
    return n;
}

/* Inputs from a generator that begins the same each time. */
static void run_made(void)
{
    static uint8_t data[LEN];
    uint64_t x = UINT64_C(0x9E3779B97F4A7C15);
    size_t i, len;
    int n;

    for (n = 0; n < MADE; n++) {
        len = (size_t)(x % LEN);
        for (i = 0; i < len; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            data[i] = (uint8_t)(x >> 33);
        }
        LLVMFuzzerTestOneInput(data, len);
    }
}

int main(int argc, char **argv)
{
    const char *name = strstr(argv[0], "fuzz_") ? strrchr(argv[0], '/') + sizeof "fuzz_" : "";
    int i, status = 0;
    size_t n;

    for (i = 1; i < argc; i++)
        status |= run_file(argv[i]);
    if (argc > 1)
        return status;
    n = run_corpus(name);
    run_made();
    printf("%zu inputs of the corpus and %d made ones\n", n, MADE);
    return 0;
}
