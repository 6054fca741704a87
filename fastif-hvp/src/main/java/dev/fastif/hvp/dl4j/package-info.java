/**
 * Networks of DL4J as models: {@link dev.fastif.hvp.dl4j.Dl4jModel#of}. Needs {@code org.deeplearning4j:deeplearning4j-nn},
 * which fastif does not bring along.
 */
@NullMarked
package dev.fastif.hvp.dl4j;

import org.jspecify.annotations.NullMarked;
