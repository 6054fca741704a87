@NullMarked
package dev.fastif.benchmarks;

import org.jspecify.annotations.NullMarked;
