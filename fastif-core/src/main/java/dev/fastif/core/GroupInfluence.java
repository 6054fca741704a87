package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The influence of a group of training examples that are weighted, or left out, together: to first order the sum of their
 * influences.
 *
 * @param members the influence of each, in the order asked for
 * @param value the sum of {@code I(z)}: positive is harmful, negative is helpful
 * @param changeIfRemoved {@code (m s_test . grad R - sum of I(z)) / (N - m)}: the predicted change of the measured quantity if the
 *     model were trained again on the examples that are not among these m, as {@link Influence#changeIfRemoved} says; NaN if there
 *     are no others
 * @param changeIfUnweighted the same if the weights of these were set to 0 while all others keep theirs, 1/N
 */
public record GroupInfluence(List<Influence> members, double value, double changeIfRemoved, double changeIfUnweighted) {
    /** Makes the list immutable. */
    public GroupInfluence {
        members = List.copyOf(members);
    }

    static GroupInfluence of(List<Influence> members, Removal removal) {
        double sum = members.stream().mapToDouble(Influence::value).sum();
        return new GroupInfluence(members, sum, removal.averaged(sum, members.size()), removal.unweighted(sum));
    }

    /** Of ids of a group. */
    static void requireDistinct(int... ids) {
        Set<Integer> seen = new HashSet<>();
        for (int id : ids) {
            Check.argument(
                    seen.add(id), "id %d is twice in the group: an example is left out once, so name each once", id);
        }
    }
}
