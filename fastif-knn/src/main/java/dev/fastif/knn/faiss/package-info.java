/**
 * Approximate nearest neighbours by <a href="https://github.com/facebookresearch/faiss">FAISS</a>, through a native
 * library of our own: {@link dev.fastif.knn.faiss.FaissIndex}. All that is native stays inside of the package, so that
 * no caller can reach what FAISS leaves unchecked.
 */
@NullMarked
package dev.fastif.knn.faiss;

import org.jspecify.annotations.NullMarked;
