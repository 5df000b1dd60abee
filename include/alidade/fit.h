/**
 * @file
 * Fitting curves to points: weighted least squares with the covariance of what was found.
 *
 * The method is that of Levenberg and Marquardt (J. J. Moré, Lecture Notes in Mathematics 630,
 * 1978). With `sigma` the covariance is that of the given errors, and chi squared tells whether the
 * curve describes the points; without, it follows from the scatter of the points about the curve.
 */
#ifndef ALIDADE_FIT_H
#define ALIDADE_FIT_H

#include <alidade/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A curve that can be fitted. */
typedef int32_t ald_fit_model;

/** Curves; each says its parameters, in their order. */
enum {
    /** y = offset + slope x. Parameters: offset, slope. */
    ALD_FIT_LINE = 1,
    /**
     * Malus's law of a turned polarizer: y = amplitude cos^2(x - angle) + offset, angles in
     * degrees. Parameters: amplitude, angle, offset; amplitude is not negative, angle is at least 0
     * and below 180.
     */
    ALD_FIT_MALUS = 2,
    /**
     * Malus's law of a turned half-wave plate: y = amplitude cos^2(2 (x - angle)) + offset, angles
     * in degrees. Parameters: amplitude, angle, offset; amplitude is not negative, angle is at
     * least 0 and below 90.
     */
    ALD_FIT_MALUS_HALF_WAVE = 3,
    /**
     * A knife edge in a Gaussian beam: y = offset + amplitude / 2 (1 + erf(sqrt(2) (x - center) /
     * radius)). Parameters: amplitude, center, radius, offset; radius is where the beam's intensity
     * is 1/e^2 of its maximum, and above 0; offset is the level at small x, and amplitude is
     * negative for one that falls.
     */
    ALD_FIT_EDGE = 4,
    /**
     * y = offset + amplitude exp(-(x - center)^2 / (2 sigma^2)). Parameters: amplitude, center,
     * sigma, offset; sigma is above 0, amplitude is negative for a dip.
     */
    ALD_FIT_GAUSSIAN = 5,
    /**
     * A resonance: y = offset + amplitude / (1 + (2 (x - center) / fwhm)^2). Parameters: amplitude,
     * center, fwhm, offset; fwhm, the full width at half of the maximum, is above 0, amplitude is
     * negative for a dip.
     */
    ALD_FIT_LORENTZIAN = 6,
    /**
     * y = offset + amplitude exp(-x / tau). Parameters: amplitude, tau, offset; amplitude is that
     * at x = 0; tau is above 0 for what decays with x and below 0 for what grows.
     */
    ALD_FIT_EXPONENTIAL = 7,
    /**
     * y = offset + amplitude sin(2 pi frequency x + phase). Parameters: amplitude, frequency,
     * phase, offset; amplitude and frequency (periods per unit of x) are not negative, phase is
     * that at x = 0, in degrees, at least 0 and below 360.
     *
     * Without `start`, frequencies up to half a period from one of `count` points at equal
     * distances to the next are looked through. A faster one looks at such points exactly as a slow
     * one does, its alias, which is found then.
     */
    ALD_FIT_SINE = 8,
    /**
     * y = offset + amplitude exp(-x / tau) sin(2 pi frequency x + phase). Parameters: amplitude,
     * frequency, phase, tau, offset, as of ALD_FIT_SINE and ALD_FIT_EXPONENTIAL.
     */
    ALD_FIT_DAMPED_SINE = 9
};

/** Limit of the number of parameters of a curve. */
enum { ALD_FIT_PARAMETERS_MAX = 8 };

/** Result of a fit. */
typedef struct ald_fit {
    /** Size of this record in bytes, set by `ald_fit_init`. */
    uint32_t struct_size;
    /** Number of parameters. */
    int32_t parameter_count;
    /** The parameters, in the units of the points. */
    double parameters[8];
    /** Standard deviations of the parameters; 0 for what is fixed or stands at a bound. */
    double errors[8];
    /**
     * Covariance of the parameters: of parameters i and j at 8 i + j. Of what is fixed or stands at
     * a bound it is 0, and the others' is that for its value.
     */
    double covariance[64];
    /** Sum of the squares of residuals over sigma; of residuals, if sigma was not given. */
    double chi_squared;
    /** Points less parameters that are not fixed. */
    int64_t degrees_of_freedom;
    /** Steps that it took. */
    int64_t iterations;
    /** Bits of the parameters that stand at one of their bounds and would go on beyond. */
    uint64_t at_bound;
} ald_fit;

/**
 * Fills a fit: no parameters.
 *
 * @param fit borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_fit) of the caller.
 */
ALD_API void ald_fit_init(ald_fit *fit, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Names a curve.
 *
 * @param model one of `ALD_FIT_<X>`.
 * @return a static string: "line", "malus", "malus-half-wave", "edge", "gaussian", "lorentzian",
 *   "exponential", "sine", "damped-sine"; "" for a number that is no curve.
 */
ALD_API const char *ald_fit_model_name(ald_fit_model model) ALD_NOEXCEPT;

/**
 * Names a parameter of a curve.
 *
 * @param model one of `ALD_FIT_<X>`.
 * @param index from 0.
 * @return a static string; "" behind the last one, and for a number that is no curve.
 */
ALD_API const char *ald_fit_parameter_name(ald_fit_model model, int32_t index) ALD_NOEXCEPT;

/**
 * Fits a curve to points.
 *
 * @param model one of `ALD_FIT_<X>`.
 * @param x borrowed for the call; `count` numbers, in any order.
 * @param y borrowed for the call; `count` numbers.
 * @param sigma borrowed for the call; `count` standard deviations of y, above 0; NULL if they are
 *   not known.
 * @param count points; at least as many as parameters that are not fixed, one more without `sigma`.
 * @param start borrowed for the call; where to begin, a number for each parameter; NULL lets the
 *   points tell: then the deepest minimum is found.
 * @param lower borrowed for the call; the least value of each parameter, -infinity for none; NULL
 *   for no such bounds.
 * @param upper borrowed for the call; the greatest value of each parameter, infinity for none; NULL
 *   for no such bounds. A parameter whose two bounds are equal is fixed. The usual ranges of angles
 *   and signs give way to bounds.
 * @param cancel borrowed for the call; may be NULL.
 * @param fit receives what was found.
 * @return ALD_OK; ALD_E_INVALID for NaN, infinity, a bad sigma, or points that do not determine a
 *   parameter (names it), a lower bound above an upper one; ALD_E_RANGE for too few points, a start
 *   beyond its bounds, and an amplitude at x = 0 that is no number, so far are the points from
 *   there; ALD_E_STATE if no minimum was found, as
 *   where points show too little of a curve;
 *   ALD_E_CANCELLED.
 */
ALD_API ald_status ald_fit_curve(ald_fit_model model, const double *x, const double *y,
                                 const double *sigma, int64_t count, const double *start,
                                 const double *lower, const double *upper, const ald_cancel *cancel,
                                 ald_fit *fit, ald_error **err) ALD_NOEXCEPT;

/**
 * Evaluates a curve.
 *
 * @param model one of `ALD_FIT_<X>`.
 * @param parameters borrowed for the call; a number for each parameter.
 * @param x borrowed for the call; `count` numbers.
 * @param count how many.
 * @param y receives `count` numbers; may be `x`.
 * @return ALD_OK; ALD_E_INVALID.
 */
ALD_API ald_status ald_fit_evaluate(ald_fit_model model, const double *parameters, const double *x,
                                    int64_t count, double *y, ald_error **err) ALD_NOEXCEPT;

/**
 * A function of the application to be fitted: puts its values at all `x` into `y`.
 *
 * All pointers are borrowed for the call. One that fails returns ALD_E_CALLBACK or another
 * `ALD_E_<X>` and may set `*err` to an owned error; the fit ends with that. A number that is no
 * status counts as ALD_E_CALLBACK.
 */
typedef ald_status (*ald_fit_fn)(void *user_data, const double *parameters, int32_t parameter_count,
                                 const double *x, double *y, int64_t count, ald_error **err);

/**
 * Fits a function of the application to points, with derivatives by central differences. Their
 * steps follow from the size of each parameter, and where that is next to nothing from its start:
 * begin with numbers of the right order of magnitude.
 *
 * @param fn runs on this thread, during this call only, some ten times a step; it may call any
 *   function of the library but `ald_shutdown`.
 * @param user_data passed to `fn`.
 * @param parameter_count 1 to 8.
 * @param names borrowed for the call; what errors call the parameters: a name for each, separated
 *   by commas, as "height,rate"; NULL for their numbers, from 0.
 * @param x borrowed for the call; `count` numbers, in any order.
 * @param y borrowed for the call; `count` numbers.
 * @param sigma borrowed for the call; `count` standard deviations of y, above 0; NULL if they are
 *   not known.
 * @param count points; at least as many as parameters that are not fixed, one more without `sigma`.
 * @param start borrowed for the call; where to begin, a number for each parameter.
 * @param lower borrowed for the call; the least value of each parameter, as for `ald_fit_curve`;
 *   may be NULL.
 * @param upper borrowed for the call; the greatest value of each parameter; may be NULL. `fn` is
 *   given nothing beyond its bounds.
 * @param cancel borrowed for the call; may be NULL.
 * @param fit receives what was found.
 * @return as `ald_fit_curve`, or what `fn` returned.
 */
ALD_API ald_status ald_fit_function(ald_fit_fn fn, void *user_data, int32_t parameter_count,
                                    const char *names, const double *x, const double *y,
                                    const double *sigma, int64_t count, const double *start,
                                    const double *lower, const double *upper,
                                    const ald_cancel *cancel, ald_fit *fit,
                                    ald_error **err) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
