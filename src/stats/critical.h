/* Critical values: how far out a test statistic must lie to be there by chance with probability
 * `tail` only, on one side (0 < tail ≤ 0.5). A two-sided 95 % interval takes tail = 0.025.
 *
 *     cyn_normal_critical(0.025)         // 1.959964
 *     cyn_student_critical(10, 0.025)    // 2.228139
 *
 * Accurate to about 12 digits. Pure functions.
 */
#pragma once

double cyn_normal_critical(double tail);
/* df > 0 degrees of freedom, not necessarily whole: effective sample sizes are not. */
double cyn_student_critical(double df, double tail);
