/*
 * Fits Malus's law to the power behind a turned half-wave plate and a polarizer.
 *
 *   cc half_wave_plate.c $(pkg-config --cflags --libs alidade) -o half_wave_plate
 */
#include "numbers.h"

#include <alidade.h>

#include <stdio.h>

enum { POINTS = 10 };

int main(void) {
    /* Angle of the plate in degrees, power in mW, and how well it is known. */
    const double angle[POINTS] = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90};
    const double power[POINTS] = {0.81, 0.46, 0.14, 0.00, 0.12, 0.41, 0.79, 1.05, 1.02, 0.80};
    double sigma[POINTS];
    for (int i = 0; i < POINTS; ++i) {
        sigma[i] = 0.02;
    }

    ald_fit fit;
    ald_error *why = NULL;
    ald_fit_init(&fit, sizeof fit);
    if (ald_fit_curve(ALD_FIT_MALUS_HALF_WAVE, angle, power, sigma, POINTS, NULL, NULL, NULL, NULL,
                      &fit, &why) != ALD_OK) {
        fprintf(stderr, "%s\n", ald_error_message(why));
        ald_error_unref(why);
        return 1;
    }
    for (int i = 0; i < fit.parameter_count; ++i) {
        printf("%-10s %8s +- %s\n", ald_fit_parameter_name(ALD_FIT_MALUS_HALF_WAVE, i),
               FIXED(fit.parameters[i], 4), FIXED(fit.errors[i], 4));
    }
    printf("chi squared %s for %d degrees of freedom\n", FIXED(fit.chi_squared, 1),
           (int)fit.degrees_of_freedom);

    double fitted[POINTS];
    if (ald_fit_evaluate(ALD_FIT_MALUS_HALF_WAVE, fit.parameters, angle, POINTS, fitted, NULL) !=
        ALD_OK) {
        return 1;
    }
    for (int i = 0; i < POINTS; ++i) {
        printf("%4s deg  %5s mW, fitted %5s mW\n", FIXED(angle[i], 0), FIXED(power[i], 2),
               FIXED(fitted[i], 2));
    }
    return 0;
}
