package dev.fastif.examples.nli;

/**
 * What a text classifier is trained and evaluated on: a text or two, and the class they belong to. Immutable and
 * thread-safe.
 *
 * @param id names the example within its data set
 * @param first the premise, or the only text
 * @param second the hypothesis; empty if there is only one text
 * @param label the class index, from 0
 * @param group the part of the data set that the example is counted with, such as a heuristic of HANS; may be empty
 */
public record TextExample(String id, String first, String second, int label, String group) {}
