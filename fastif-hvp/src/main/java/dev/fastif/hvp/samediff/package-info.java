/** SameDiff graphs as models: {@link dev.fastif.hvp.samediff.SameDiffModel#of}. */
@NullMarked
package dev.fastif.hvp.samediff;

import org.jspecify.annotations.NullMarked;
