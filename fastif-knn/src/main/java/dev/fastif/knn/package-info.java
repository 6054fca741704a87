/** Preselection of candidates by nearest neighbours (paper, section 3.2): {@link dev.fastif.knn.ExactIndex}. */
@NullMarked
package dev.fastif.knn;

import org.jspecify.annotations.NullMarked;
