/**
 * @file
 * Numbers as text, with a point in every locale.
 *
 * `printf`, `strtod` and their relatives follow the locale of the program: in one that has called
 * `setlocale(LC_ALL, "")`, as programs with Qt or GTK do, they write and read `12,5` on a German
 * computer. What goes to instruments, files and other programs needs these functions instead.
 *
 * ```c
 * char text[32];
 * if (ald_number_format(12.5, ALD_NOTATION_FIXED, 3, text, sizeof text, NULL, &err) == ALD_OK) {
 *     printf("%s mm\n", text);                    // 12.500 mm
 * }
 * ```
 */
#ifndef ALIDADE_NUMBER_H
#define ALIDADE_NUMBER_H

#include <alidade/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Notation of a number. */
typedef int32_t ald_notation;

/** Notation of a number. */
enum {
    /** With the fewest digits that read back as the same number: 12.5, 1e-09. */
    ALD_NOTATION_SHORTEST = 0,
    /** With so many digits behind the point: 12.500. */
    ALD_NOTATION_FIXED = 1,
    /** With one digit before the point, so many behind it, and an exponent: 1.250e+01. */
    ALD_NOTATION_SCIENTIFIC = 2,
    /** With so many digits in all, without zeros at the end, with an exponent where that is
     * shorter: 12.5, as "%g" in the C locale. */
    ALD_NOTATION_GENERAL = 3
};

/**
 * Writes a number as text, the same in every locale. What is no number is "nan", "inf" or "-inf".
 *
 * @param x the number.
 * @param notation `ALD_NOTATION_<X>`.
 * @param digits 0 to 100, as the notation says; counts for nothing in ALD_NOTATION_SHORTEST.
 * @param text receives the text, ended by NUL.
 * @param capacity bytes that there is room for. 32 are enough for ALD_NOTATION_SHORTEST, and for
 *   up to 23 digits of ALD_NOTATION_SCIENTIFIC and ALD_NOTATION_GENERAL; 420 always are.
 * @param size receives how many bytes the text has without the NUL; may be NULL.
 * @return ALD_OK; ALD_E_LIMIT if there was no room; ALD_E_RANGE for a number of digits out of
 *   range; ALD_E_INVALID for an unknown notation.
 */
ALD_API ald_status ald_number_format(double x, ald_notation notation, int32_t digits, char *text,
                                     size_t capacity, size_t *size, ald_error **err) ALD_NOEXCEPT;

/**
 * Reads a number from text, the same in every locale: blanks and line ends, a sign, digits with a
 * point, an exponent; or "nan" or "inf". `12,5` is 12 followed by ",5".
 *
 * @param text borrowed for the call.
 * @param size its size in bytes, at most 16 MiB; it need not end with NUL.
 * @param x receives the number.
 * @param used receives how many bytes the number took, with the blanks before it. NULL wants the
 *   whole text to be one number with nothing but blanks around it.
 * @return ALD_OK; ALD_E_INVALID if there is no number, or something behind it; ALD_E_RANGE if it
 *   does not fit a double.
 */
ALD_API ald_status ald_number_parse(const char *text, size_t size, double *x, size_t *used,
                                    ald_error **err) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
