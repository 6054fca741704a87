package dev.fastif.hvp.autodiff;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The work that a team has shared during a pass, in its order, to be done again after the numbers that it begins with were
 * replaced where they lie. A pass makes objects at every step, a recording none. For the team's own thread.
 */
final class Recording {
    private record Work(int parts, IntConsumer work) {}

    private final List<Work> works = new ArrayList<>();

    void add(int parts, IntConsumer work) {
        works.add(new Work(parts, work));
    }

    /** Does all of it again. */
    void replay(Team team) {
        for (int i = 0; i < works.size(); i++) {
            team.perform(works.get(i).parts, works.get(i).work);
        }
    }
}
