/** What an experiment leaves behind: resumable results, tables, and pages with figures that need nothing from outside. */
@NullMarked
package dev.fastif.examples.report;

import org.jspecify.annotations.NullMarked;
