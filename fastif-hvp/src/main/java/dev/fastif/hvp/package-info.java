/**
 * Inverse-Hessian-vector products (paper, section 3.3): {@link dev.fastif.hvp.Lissa} and
 * {@link dev.fastif.hvp.ConjugateGradient}.
 */
@NullMarked
package dev.fastif.hvp;

import org.jspecify.annotations.NullMarked;
