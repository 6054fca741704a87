/** The values of frozen layers, kept in files: a layer that is not trained computes the same for an example each time. */
@NullMarked
package dev.fastif.hvp.autodiff.frozen;

import org.jspecify.annotations.NullMarked;
