/**
 * Natural language inference data: readers of the published formats, a generator of pairs of our own for when no data is at
 * hand, and the classifier that is fine-tuned on them.
 *
 * <p>Start at {@link dev.fastif.examples.nli.NliData} and {@link dev.fastif.examples.nli.NliTask}. All types but the latter
 * are immutable or stateless, and thread-safe.
 */
@NullMarked
package dev.fastif.examples.nli;

import org.jspecify.annotations.NullMarked;
