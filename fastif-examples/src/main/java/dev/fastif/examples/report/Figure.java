package dev.fastif.examples.report;

/**
 * A figure of a page. Immutable.
 *
 * @param caption what to see in it
 * @param svg the image; elements with an attribute {@code data-tip} show its text when the pointer is over them
 * @param table the same in numbers
 */
public record Figure(String caption, String svg, Table table) {}
