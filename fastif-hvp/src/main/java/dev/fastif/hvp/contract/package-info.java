/**
 * Checks for what users add: an operation against central differences. For tests; needs no test framework, and failures are
 * {@link java.lang.AssertionError}s.
 */
@NullMarked
package dev.fastif.hvp.contract;

import org.jspecify.annotations.NullMarked;
