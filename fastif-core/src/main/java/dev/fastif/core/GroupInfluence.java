package dev.fastif.core;

import java.util.List;

/**
 * The influence of a group of training examples that are weighted, or left out, together: to first order the sum of their
 * influences.
 *
 * @param members the influence of each, in the order asked for
 * @param value the sum of {@code I(z)}: positive is harmful, negative is helpful
 * @param changeIfRemoved the predicted change of the measured quantity if all of them were left out and the model retrained
 */
public record GroupInfluence(List<Influence> members, double value, double changeIfRemoved) {
    /** Makes the list immutable. */
    public GroupInfluence {
        members = List.copyOf(members);
    }

    static GroupInfluence of(List<Influence> members) {
        return new GroupInfluence(
                members,
                members.stream().mapToDouble(Influence::value).sum(),
                members.stream().mapToDouble(Influence::changeIfRemoved).sum());
    }
}
