/** Fetches the published archives of the data sets, when the user asks for it. */
@NullMarked
package dev.fastif.examples.fetch;

import org.jspecify.annotations.NullMarked;
