package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.factory.Nd4j;

/** What a pass has of its thread while it lasts: a team to compute with, and memory for its arrays. */
final class PassScope implements AutoCloseable {
    private static final WorkspaceConfiguration WORKSPACE = WorkspaceConfiguration.builder()
            .initialSize(0)
            .policyLearning(LearningPolicy.FIRST_LOOP)
            .policyAllocation(AllocationPolicy.STRICT)
            .policySpill(SpillPolicy.REALLOCATE)
            .build();

    private final Team team;
    private final Arena arena;
    private final MemoryWorkspace workspace;

    private PassScope(Team team, Arena arena) {
        this.team = team;
        this.arena = arena;
        this.workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace(WORKSPACE, "fastif");
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
