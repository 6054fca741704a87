/**
 * Exact second-order differentiation: a {@link dev.fastif.hvp.autodiff.Graph} of operations, each with its tangent, its
 * adjoint and the tangent of its adjoint, and the {@link dev.fastif.hvp.autodiff.GraphModel} that makes a
 * {@link dev.fastif.core.Model} of it.
 */
@NullMarked
package dev.fastif.hvp.autodiff;

import org.jspecify.annotations.NullMarked;
