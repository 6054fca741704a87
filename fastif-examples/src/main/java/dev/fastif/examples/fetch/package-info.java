/** Fetches the published archives of data sets and encoders, when the user asks for it. */
@NullMarked
package dev.fastif.examples.fetch;

import org.jspecify.annotations.NullMarked;
