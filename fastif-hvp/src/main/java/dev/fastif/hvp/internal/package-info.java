/** What the adapters of other libraries share. Not for users. */
@NullMarked
package dev.fastif.hvp.internal;

import org.jspecify.annotations.NullMarked;
