/**
 * The operations of a graph: those of transformers ({@link dev.fastif.hvp.autodiff.operations.Layers}) and the general ones, of
 * which other libraries' networks are made ({@link dev.fastif.hvp.autodiff.operations.Tensors}). Most general ones belong to
 * a family that is differentiated once: linear maps, picked elements, bilinear maps, functions of every element.
 */
@NullMarked
package dev.fastif.hvp.autodiff.operations;

import org.jspecify.annotations.NullMarked;
