/* core/names.c -- 'did you mean': the nearest of some names by edit distance.
 *
 * Optimal string alignment (Damerau-Levenshtein without edits inside a transposition), three rows of the matrix at a
 * time, ASCII case folded. Names longer than 64 bytes are nobody's typing mistake.
 */
#include "core/document.h"

enum { WORD_MAX = 64 };

static char folded(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

static int smaller(int a, int b) { return a < b ? a : b; }

static int edit_distance(const char *a, int n, const char *b, int m)
{
    int rows[3][WORD_MAX + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2];

    for (int j = 0; j <= m; j++)
        last[j] = j;
    for (int i = 1; i <= n; i++) {
        int *spare = before;

        now[0] = i;
        for (int j = 1; j <= m; j++) {
            bool is_same = folded(a[i - 1]) == folded(b[j - 1]);

            now[j] = smaller(last[j - 1] + !is_same, smaller(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]))
                now[j] = smaller(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

const char *nearest_name(const char *word, const char *const *names)
{
    size_t n = strlen(word);
    const char *best = NULL;
    int best_distance = (int)(n < 3 ? 1 : n / 3) + 1;

    if (n == 0 || n > WORD_MAX)
        return NULL;
    for (; *names; names++) {
        size_t m = strlen(*names);
        int distance;

        if (m == 0 || m > WORD_MAX)
            continue;
        distance = edit_distance(word, (int)n, *names, (int)m);
        if (distance < best_distance && (size_t)distance < n) {
            best_distance = distance;
            best = *names;
        }
    }
    return best;
}
