/* stats/laws.c -- the laws of distribution that a sample can be compared with, by GSL. */
#include <math.h>
#include <pthread.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "stats/drift_tests.h"

static double beta(double x, const double *p)
{
    return x <= 0 ? 0 : x >= 1 ? 1 : gsl_cdf_beta_P(x, p[0], p[1]);
}

static double exponential(double x, const double *p)
{
    return gsl_cdf_exponential_P(x, p[0]);
}

static double gamma_law(double x, const double *p)
{
    return gsl_cdf_gamma_P(x, p[0], p[1]);
}

static double lognormal(double x, const double *p)
{
    return x <= 0 ? 0 : gsl_cdf_lognormal_P(x, p[0], p[1]);
}

static double normal(double x, const double *p)
{
    return gsl_cdf_gaussian_P(x - p[0], p[1]);
}

static double uniform(double x, const double *p)
{
    return x <= p[0] ? 0 : x >= p[1] ? 1 : (x - p[0]) / (p[1] - p[0]);
}

static double weibull(double x, const double *p)
{
    return x <= 0 ? 0 : gsl_cdf_weibull_P(x, p[1], p[0]); /* GSL takes the scale first */
}

const struct law laws[] = {
    {"beta", {{"alpha", true, "first shape"}, {"beta", true, "second shape"}}, beta},
    {"exponential", {{"mean", true, "1 / rate"}}, exponential},
    {"gamma", {{"shape", true, "shape"}, {"scale", true, "mean / shape"}}, gamma_law},
    {"lognormal", {{"mu", false, "mean of the logarithm"}, {"sigma", true, "its deviation"}}, lognormal},
    {"normal", {{"mean", false, "mean"}, {"stdev", true, "standard deviation"}}, normal},
    {"uniform", {{"min", false, "lowest value"}, {"max", false, "highest value"}}, uniform},
    {"weibull", {{"shape", true, "shape"}, {"scale", true, "scale"}}, weibull},
    {0},
};

const struct law *law_find(const char *name)
{
    for (const struct law *l = laws; l->name; l++)
        if (strcmp(l->name, name) == 0)
            return l;
    return NULL;
}

/* GSL's default handler aborts. */
static void silence(void)
{
    gsl_set_error_handler_off();
}

double law_cdf(const struct law *law, const double *parameters, double x)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, silence);
    if (isinf(x))
        return x > 0;
    return law->cdf(x, parameters);
}
