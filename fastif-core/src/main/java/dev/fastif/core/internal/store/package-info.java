/**
 * How fastif keeps files: written under another name until they are complete, forced to the disk, checked before anything of
 * them is believed. Not part of the public API.
 */
@NullMarked
package dev.fastif.core.internal.store;

import org.jspecify.annotations.NullMarked;
