/** Oracle values that were computed elsewhere, and how tests compare with them. */
@NullMarked
package dev.fastif.golden;

import org.jspecify.annotations.NullMarked;
