/*
 * Numbers as text for "%s". With "%g" printf writes a comma for the point in programs that have set
 * such a locale, as those with Qt do, and "1,5,2,5" is no CSV.
 */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <alidade.h>

/* The text of a number; the last eight are kept. */
static const char *number(double x, ald_notation notation, int32_t digits) {
    static char texts[8][64];
    static int last = 0;
    last = (last + 1) % 8;
    if (ald_number_format(x, notation, digits, texts[last], sizeof texts[last], NULL, NULL) !=
        ALD_OK) {
        return "?";
    }
    return texts[last];
}

#define FIXED(x, digits) number(x, ALD_NOTATION_FIXED, digits)
#define GENERAL(x, digits) number(x, ALD_NOTATION_GENERAL, digits)

#endif
