package dev.fastif.hvp.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.L2Vertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PoolHelperVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;

/** Vertices that chance chooses for places in a graph. */
final class RandomVertices {
    private RandomVertices() {}

    /** Of one array; sequences are the inputs of the graph that may be named. */
    static GraphVertex on(Spot spot, List<String> sequences, Chance chance) {
        List<GraphVertex> all = new ArrayList<>(List.of(
                new ScaleVertex(chance.between(-1.5, 1.5)),
                new ShiftVertex(chance.between(-1, 1)),
                new L2NormalizeVertex(),
                subset(spot.channels(), chance)));
        if (spot.isRows() && !spot.isSteps() && !sequences.isEmpty()) {
            all.add(new DuplicateToTimeSeriesVertex(chance.of(sequences)));
            all.add(new DuplicateToTimeSeriesVertex(chance.of(sequences)));
        }
        if (spot.isSequence()) {
            all.add(new LastTimeStepVertex(sequences.isEmpty() ? "none" : chance.of(sequences)));
            all.add(new ReverseTimeSeriesVertex(sequences.isEmpty() || chance.in(0.3) ? null : chance.of(sequences)));
        }
        if (spot.isImage()) {
            all.add(new PoolHelperVertex());
            all.add(new ReshapeVertex(-1, Math.toIntExact(spot.type().arrayElementsPerExample())));
        }
        GraphVertex vertex = chance.of(all);
        return chance.in(0.1) ? new FrozenVertex(vertex) : vertex;
    }

    private static GraphVertex subset(int channels, Chance chance) {
        int from = chance.from(0, channels - 1);
        return new SubsetVertex(from, chance.from(from, channels - 1));
    }

    /** Of arrays that are alike but for their channels, which are the same too if {@code same}. */
    static GraphVertex joining(List<Spot> spots, boolean same, Chance chance) {
        List<GraphVertex> all = new ArrayList<>();
        all.add(new MergeVertex());
        if (same) {
            all.add(new ElementWiseVertex(chance.of(
                    ElementWiseVertex.Op.Add,
                    ElementWiseVertex.Op.Product,
                    ElementWiseVertex.Op.Average,
                    ElementWiseVertex.Op.Max)));
            if (spots.size() == 2) {
                all.add(new ElementWiseVertex(ElementWiseVertex.Op.Subtract));
            }
            // ND4J misreads distances of sequences and images that do not lie in the same order
            if (spots.size() == 2 && spots.get(0).isRows()) {
                all.add(new L2Vertex());
            }
        }
        if (spots.size() == 3 && spots.get(0).isSequence()) {
            all.add(new AttentionVertex.Builder()
                    .nInQueries(spots.get(0).channels())
                    .nInKeys(spots.get(1).channels())
                    .nInValues(spots.get(2).channels())
                    .nOut(3)
                    .nHeads(chance.from(1, 2))
                    .headSize(2)
                    .projectInput(true)
                    .build());
        }
        return chance.of(all);
    }
}
