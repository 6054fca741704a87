/** Pretrained BERT encoders and their tokenizer, read from Maven artifacts: no network, no files of our own. */
@NullMarked
package dev.fastif.examples.bert;

import org.jspecify.annotations.NullMarked;
