/**
 * The vocabulary of influence functions and the engine that joins its parts: start at
 * {@link dev.fastif.core.InfluenceEngine}.
 */
@NullMarked
package dev.fastif.core;

import org.jspecify.annotations.NullMarked;
