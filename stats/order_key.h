/* stats/order_key.h -- 64-bit keys whose unsigned order is the order of the values of an 8-byte lane.
 *
 * Signed integers have their sign bit flipped; of doubles the negative ones have all bits flipped, the others the sign bit; -0.0 is 0.0.
 * NaN has no place: callers leave it out. No branches: signs come in any order, and half of them would be foreseen wrongly.
 */
#ifndef STATS_ORDER_KEY_H
#define STATS_ORDER_KEY_H

#include "columns/type.h"

#define ORDER_SIGN_BIT ((uint64_t)1 << 63)

static inline uint64_t order_key(enum lane lane, uint64_t bits)
{
    if (lane == LANE_I64)
        return bits ^ ORDER_SIGN_BIT;
    if (lane != LANE_F64)
        return bits;
    bits &= -(uint64_t)(bits != ORDER_SIGN_BIT); /* -0.0 */
    return bits ^ ((uint64_t)((int64_t)bits >> 63) | ORDER_SIGN_BIT);
}

/* The bits of the value whose key it is. */
static inline uint64_t order_key_bits(enum lane lane, uint64_t key)
{
    if (lane == LANE_I64)
        return key ^ ORDER_SIGN_BIT;
    if (lane != LANE_F64)
        return key;
    return key ^ ((uint64_t)((int64_t)~key >> 63) | ORDER_SIGN_BIT);
}

#endif
