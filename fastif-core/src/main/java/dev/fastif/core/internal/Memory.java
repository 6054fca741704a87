package dev.fastif.core.internal;

import java.util.List;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Memory outside of Java's heap, freed when it is no longer needed: what is left to ND4J waits until the heap is collected.
 * fastif has a workspace of ND4J on each thread that computes, for temporaries. ND4J keeps it, as large as what it was used for,
 * until the thread is gone; here it is freed at once. (ND4J's own {@code
 * destroyAllWorkspacesForCurrentThread} asks for a collection of the whole heap.)
 */
public final class Memory {
    private static final String ID = "fastif";
    private static final WorkspaceConfiguration WORKSPACE = WorkspaceConfiguration.builder()
            .initialSize(0)
            .policyLearning(LearningPolicy.FIRST_LOOP)
            .policyAllocation(AllocationPolicy.STRICT)
            .policySpill(SpillPolicy.REALLOCATE)
            .build();

    private Memory() {}

    /** Opens the workspace of this thread; opened again inside of itself it is the same one. */
    public static MemoryWorkspace openWorkspace() {
        return Nd4j.getWorkspaceManager().getAndActivateWorkspace(WORKSPACE, ID);
    }

    /** Frees the workspace of this thread, unless it is open. */
    public static void freeWorkspace() {
        for (MemoryWorkspace workspace : ofThread()) {
            if (workspace.getId().equals(ID) && !workspace.isScopeActive()) {
                Nd4j.getWorkspaceManager().destroyWorkspace(workspace);
            }
        }
    }

    /** Frees every workspace of this thread, which ends and is fastif's own. */
    public static void freeWorkspaces() {
        ofThread().forEach(Nd4j.getWorkspaceManager()::destroyWorkspace);
    }

    /** Frees an array that nobody uses any more, unless its memory belongs to another array or to a workspace. */
    public static void free(INDArray array) {
        if (array.closeable()) {
            array.close();
        }
    }

    private static List<MemoryWorkspace> ofThread() {
        List<MemoryWorkspace> found = Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread();
        return found == null ? List.of() : List.copyOf(found);
    }
}
