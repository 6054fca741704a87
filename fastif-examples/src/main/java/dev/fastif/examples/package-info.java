@NullMarked
package dev.fastif.examples;

import org.jspecify.annotations.NullMarked;
