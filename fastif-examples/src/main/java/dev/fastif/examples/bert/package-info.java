/** Pretrained BERT encoders and their tokenizers, read from Maven artifacts, and the classifier that is built on one. */
@NullMarked
package dev.fastif.examples.bert;

import org.jspecify.annotations.NullMarked;
