/**
 * The command line of the bundled examples: start at {@link dev.fastif.examples.Fastif}.
 */
@NullMarked
package dev.fastif.examples;

import org.jspecify.annotations.NullMarked;
