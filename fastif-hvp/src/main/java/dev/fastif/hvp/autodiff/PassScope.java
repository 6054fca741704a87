package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.Memory;
import org.nd4j.linalg.api.memory.MemoryWorkspace;

/** What a pass has of its thread while it lasts: a team to compute with, and memory for its arrays. */
final class PassScope implements AutoCloseable {
    private final Team team;
    private final Arena arena;
    private final MemoryWorkspace workspace;

    private PassScope(Team team, Arena arena) {
        this.team = team;
        this.arena = arena;
        this.workspace = Memory.openWorkspace();
    }

    static PassScope open(Graph graph) {
        return new PassScope(graph.kernels().gather(), graph.arenas().open());
    }

    /** One whose arrays are of this arena. */
    static PassScope open(Graph graph, Arena kept) {
        return new PassScope(graph.kernels().gather(), kept.open());
    }

    @Override
    public void close() {
        workspace.close();
        arena.close();
        team.close();
    }
}
