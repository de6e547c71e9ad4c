/* kernels/class_passes.h -- the loops of class_passes (kernels.h); not a header but a template, included once by each variant's file.
 *
 * The file defines before: CLASS_TARGET, the attribute of its functions, or nothing. Every loop has a constant length and no branch, so that the
 * compiler makes vectors of it, as wide as the attribute allows.
 */

CLASS_TARGET static inline void class_pass_least(uint64_t *restrict reached, const uint64_t *restrict class, int least)
{
    uint64_t runs[CLASS_TEXTS]; /* positions at which so many bytes of the class follow each other */
    int have = 1;

    if (least == 1) {
        for (int i = 0; i < CLASS_TEXTS; i++)
            reached[i] = (reached[i] & class[i]) << 1;
        return;
    }
    for (int i = 0; i < CLASS_TEXTS; i++)
        runs[i] = class[i];
    for (; have * 2 <= least; have *= 2)
        for (int i = 0; i < CLASS_TEXTS; i++)
            runs[i] &= runs[i] >> have;
    for (int i = 0; i < CLASS_TEXTS; i++)
        reached[i] = (reached[i] & runs[i] & runs[i] >> (least - have)) << least;
}

CLASS_TARGET static inline void class_pass_more(uint64_t *restrict reached, const uint64_t *restrict class, const struct class_item *item)
{
    if (item->is_loop)
        for (int i = 0; i < CLASS_TEXTS; i++)
            reached[i] |= ((reached[i] & class[i]) + class[i]) ^ class[i];
    for (int n = 0; n < item->more && !item->is_loop; n++)
        for (int i = 0; i < CLASS_TEXTS; i++)
            reached[i] |= (reached[i] & class[i]) << 1;
}

CLASS_TARGET static void class_passes(const struct class_item *items, int32_t n_items, const uint64_t *masks, uint64_t *reached)
{
    for (int32_t k = 0; k < n_items; k++) {
        const uint64_t *class = masks + items[k].class * CLASS_TEXTS;

        if (items[k].least)
            class_pass_least(reached, class, items[k].least);
        class_pass_more(reached, class, &items[k]);
    }
}
