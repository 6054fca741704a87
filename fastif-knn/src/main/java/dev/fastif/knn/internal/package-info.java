/** What the indexes share; not for users. */
@NullMarked
package dev.fastif.knn.internal;

import org.jspecify.annotations.NullMarked;
