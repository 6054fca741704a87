/** Experiments on the natural language inference task: what the paper measured, and what it takes to choose a solver. */
@NullMarked
package dev.fastif.examples.study;

import org.jspecify.annotations.NullMarked;
