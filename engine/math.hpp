#pragma once

/// Functions that give the same bits on every machine. They use nothing but IEEE basic operations
/// (+ - * / and integers), where those of a C library differ between libraries, CPUs and versions.
/// The result is within 1 unit in the last place of the exact value (pow within 2), infinities and
/// zeros are those of C99's Annex F, and every NaN returned is the same quiet NaN. Build with
/// -ffp-contract=off; nothing is thrown and errno is not touched.
namespace reprise::math {

/// e to the power `x`; exact 1 at 0.
double exp(double x);

/// e to the power `x`, minus 1: precise where x is small.
double expm1(double x);

/// The natural logarithm: -infinity at 0, NaN below.
double log(double x);

/// The natural logarithm of 1 + `x`: precise where x is small.
double log1p(double x);

/// `x` to the power `y`; NaN where x is negative and y is not a whole number.
double pow(double x, double y);

/// Sine and cosine of `x` radians, over all doubles: pi counts with as many digits as x asks for.
double sin(double x);
double cos(double x);

/// The hyperbolic tangent.
double tanh(double x);

/// The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to `x`.
double erf(double x);

}  // namespace reprise::math
