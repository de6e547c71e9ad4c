/* tests/core/check.h -- what the tests of core/ and columns/ share. */
#ifndef TESTS_CORE_CHECK_H
#define TESTS_CORE_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))

/* Fails naming the case of a table that it was. */
#define check(condition, ...)                                                           \
    do {                                                                                \
        if (!(condition)) {                                                             \
            print_error(__VA_ARGS__);                                                   \
            print_error("\n");                                                          \
            fail_msg("%s", #condition);                                                 \
        }                                                                               \
    } while (0)

/* Numbers with entropy, the same on every run (splitmix64). */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

#endif
