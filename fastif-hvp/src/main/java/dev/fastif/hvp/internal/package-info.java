/** What the packages of this module share. Not for users. */
@NullMarked
package dev.fastif.hvp.internal;

import org.jspecify.annotations.NullMarked;
