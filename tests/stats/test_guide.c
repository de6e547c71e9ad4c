/* tests/stats/test_guide.c -- where keys lie: as a walk over all of them says, however they are spread. */
#include "tests/stats/fixture.h"

#include "stats/guide.h"
#include "stats/order_key.h"

enum { KEYS = 5000, ASKED = 997 };

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint64_t key_of_kind(int kind)
{
    uint64_t r = test_random();
    double x;

    switch (kind) {
    case 0: /* anywhere */
        return r;
    case 1: /* small whole numbers */
        return r % 3000;
    case 2: /* all but one in one place: searched by halves */
        return r % 50 == 0 ? r : ((uint64_t)1 << 63) + r % 100000;
    case 3: /* doubles around zero */
        x = ((double)(r >> 11) * 0x1p-53 - 0.5) * pow(10, (double)(r % 7) - 3);
        memcpy(&r, &x, sizeof r);
        return order_key(LANE_F64, r);
    case 4: /* the ends of the range */
        return r % 3 == 0 ? r % 4 : r % 3 == 1 ? UINT64_MAX - r % 4 : r;
    default: /* microseconds of a day */
        return ((uint64_t)1 << 63) + 1700000000000000u + r % 86400000000u;
    }
}

static uint32_t slot_by_walk(const uint64_t *keys, size_t n, uint64_t key)
{
    uint32_t rank = 0;

    while (rank < n && keys[rank] < key)
        rank++;
    return 2 * rank + (rank < n && keys[rank] == key);
}

static void check(const uint64_t *keys, size_t n, int kind)
{
    uint64_t asked[ASKED];
    uint32_t slots[ASKED];
    struct guide g;

    assert_true(guide_init(&g, NULL, keys, n));
    for (int64_t i = 0; i < ASKED; i++) {
        asked[i] = n && test_random() % 2 ? keys[test_random() % n] + test_random() % 3 - 1 : key_of_kind(kind);
        if (i < 4)
            asked[i] = (uint64_t[]){0, UINT64_MAX, n ? keys[0] - 1 : 1, n ? keys[n - 1] + 1 : 2}[i];
    }
    for (int64_t m = ASKED; m > 0; m = m * 2 / 3) {
        memset(slots, 0xff, sizeof slots);
        guide_find(&g, asked, m, slots);
        for (int64_t i = 0; i < m; i++)
            if (slots[i] != slot_by_walk(keys, n, asked[i]))
                fail_msg("kind %d, %zu keys: %llx in slot %u, not %u", kind, n, (unsigned long long)asked[i], slots[i],
                         slot_by_walk(keys, n, asked[i]));
    }
    guide_done(&g, NULL);
}

static void keys_are_found_where_they_are(void **state)
{
    static uint64_t keys[KEYS];

    (void)state;
    for (int kind = 0; kind < 6; kind++)
        for (size_t size = 0; size <= KEYS; size = size < 20 ? size + 1 : size * 3 / 2) {
            size_t n = 0;

            for (size_t i = 0; i < size; i++)
                keys[i] = key_of_kind(kind);
            qsort(keys, size, sizeof *keys, by_value);
            for (size_t i = 0; i < size; i++)
                if (n == 0 || keys[i] != keys[n - 1])
                    keys[n++] = keys[i];
            check(keys, n, kind);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys_are_found_where_they_are)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
