/** Mislabelled examples found by self-influence: networks of DL4J on handwritten digits. */
@NullMarked
package dev.fastif.examples.digits;

import org.jspecify.annotations.NullMarked;
