@NullMarked
package dev.fastif.core;

import org.jspecify.annotations.NullMarked;
