/**
 * The arithmetic of a pass and what it runs on: a {@link dev.fastif.hvp.autodiff.kernels.Session} owns the threads and the
 * memory, its {@link dev.fastif.hvp.autodiff.kernels.Kernels} compute with them, and a {@link
 * dev.fastif.hvp.autodiff.kernels.RecordedStep} does the same work again for other numbers. A device is one more
 * implementation of {@code Kernels}, chosen in {@code Sessions}.
 */
@NullMarked
package dev.fastif.hvp.autodiff.kernels;

import org.jspecify.annotations.NullMarked;
