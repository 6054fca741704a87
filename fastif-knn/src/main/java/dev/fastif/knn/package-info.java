@NullMarked
package dev.fastif.knn;

import org.jspecify.annotations.NullMarked;
