package dev.fastif.hvp.autodiff.kernels;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a pass does while it is written down, and whether it uses memory that is not its own. */
final class Capture {
    private record Range(long start, long end) {}

    private final Arena arena;
    private final List<Range> known = new ArrayList<>();
    private final List<Recording.Work> works = new ArrayList<>();
    private boolean escaped;

    /**
     * Begins.
     *
     * @param arena the pass's own memory
     * @param known what else it may use
     */
    Capture(Arena arena, Iterable<INDArray> known) {
        this.arena = arena;
        for (INDArray array : known) {
            long start = Session.address(array);
            this.known.add(new Range(start, Scratch.at(start, array.length())));
        }
    }

    void add(int parts, Team.Work work) {
        works.add(new Recording.Work(parts, work));
    }

    /** The pass uses what lies here. */
    void use(long address) {
        escaped |= !arena.contains(address)
                && known.stream().noneMatch(range -> address >= range.start && address < range.end);
    }

    /** All that was done, or nothing if other memory was used: that will hold other numbers when the work is done again. */
    @Nullable
    Recording recording() {
        return escaped ? null : new Recording(works);
    }
}
