/**
 * Natural language inference data: readers of MultiNLI, and a generator of pairs of our own for when no data is at hand.
 *
 * <p>Start at {@link dev.fastif.examples.nli.NliData}. All types here are immutable or stateless, and thread-safe.
 */
@NullMarked
package dev.fastif.examples.nli;

import org.jspecify.annotations.NullMarked;
