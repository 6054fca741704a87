/**
 * Fit once, answer at once: curvature in a few thousand coordinates, and an index of the influence of a whole training set.
 */
@NullMarked
package dev.fastif.hvp.index;

import org.jspecify.annotations.NullMarked;
