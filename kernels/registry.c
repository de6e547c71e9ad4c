/* kernels/registry.c -- which variant this CPU gets. ASSAY_KERNELS=<name> forces one; an unknown name is scalar. */
#include <stdatomic.h>
#include <stdlib.h>

#include "kernels/variants.h"

const struct kernels *const kernels_all[] = {
    &kernels_scalar,
#if defined(__x86_64__)
    &kernels_avx2,
    &kernels_avx512,
#endif
    NULL,
};

#if defined(__x86_64__)
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");
}

/* Also that the system keeps the registers: libgcc asks XGETBV before it says yes. */
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
}
#endif

bool kernels_runs_here(const struct kernels *kernels)
{
#if defined(__x86_64__)
    if (kernels == &kernels_avx2)
        return has_avx2();
    if (kernels == &kernels_avx512)
        return has_avx2() && has_avx512();
#endif
    return kernels == &kernels_scalar;
}

static const struct kernels *choose(void)
{
    const char *wanted = getenv("ASSAY_KERNELS");
    const struct kernels *best = &kernels_scalar;

    for (int i = 0; kernels_all[i]; i++)
        if (kernels_runs_here(kernels_all[i]) && (!wanted || strcmp(wanted, kernels_all[i]->name) == 0))
            best = kernels_all[i];
    return best;
}

const struct kernels *kernels_get(void)
{
    static const struct kernels *_Atomic chosen;
    const struct kernels *kernels = atomic_load_explicit(&chosen, memory_order_acquire);

    if (!kernels) {
        kernels = choose(); /* two threads may both choose: they choose the same */
        atomic_store_explicit(&chosen, kernels, memory_order_release);
    }
    return kernels;
}
