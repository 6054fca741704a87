/** Benchmarks: each class with a main method prints one table of docs/BENCHMARKS.md. */
@NullMarked
package dev.fastif.benchmarks;

import org.jspecify.annotations.NullMarked;
