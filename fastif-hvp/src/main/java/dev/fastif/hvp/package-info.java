@NullMarked
package dev.fastif.hvp;

import org.jspecify.annotations.NullMarked;
