/** The race against the same computation written plainly in torch. */
@NullMarked
package dev.fastif.benchmarks.race;

import org.jspecify.annotations.NullMarked;
