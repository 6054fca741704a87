package dev.fastif.hvp.autodiff.kernels;

import java.util.List;

/**
 * The work that a session has shared during a pass, in its order, to be done again after the numbers that it begins with were
 * replaced where they lie. A pass makes objects at every step, a recording none.
 */
final class Recording {
    /** Some work, and into how many parts it was cut. */
    record Work(int parts, Team.Work work) {}

    private final List<Work> works;

    Recording(List<Work> works) {
        this.works = List.copyOf(works);
    }

    /** Does all of it again. */
    void replay(Session session) {
        for (int i = 0; i < works.size(); i++) {
            session.perform(works.get(i).parts, works.get(i).work);
        }
    }
}
