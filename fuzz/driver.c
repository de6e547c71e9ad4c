/* fuzz/driver.c -- replays files through a fuzz target where no libFuzzer is linked.
 *
 * TARGET FILE-OR-DIRECTORY...: each file once, directories recursively; then says how many. What fails, fails by crashing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_MAX = 64 << 20 };

static int64_t n_files;

static void replay(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(size ? size : 1);

    if (file && bytes && fread(bytes, 1, size, file) == size) {
        fprintf(stderr, "%s\n", path); /* the last line names the culprit */
        LLVMFuzzerTestOneInput(bytes, size);
        n_files++;
    }
    if (file)
        fclose(file);
    free(bytes);
}

static void visit(const char *path);

static void visit_directory(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char below[4096];

    while (dir && (entry = readdir(dir))) {
        int n = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && n > 0 && (size_t)n < sizeof below)
            visit(below);
    }
    if (dir)
        closedir(dir);
}

static void visit(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return;
    if (S_ISDIR(st.st_mode))
        visit_directory(path);
    else if (S_ISREG(st.st_mode) && st.st_size <= FILE_MAX)
        replay(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        visit(argv[i]);
    printf("%lld files\n", (long long)n_files);
    return 0;
}
