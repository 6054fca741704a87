/** Shared by fastif's own modules; not part of the public API. */
@NullMarked
package dev.fastif.core.internal;

import org.jspecify.annotations.NullMarked;
