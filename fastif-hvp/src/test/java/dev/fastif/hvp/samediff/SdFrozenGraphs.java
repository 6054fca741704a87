package dev.fastif.hvp.samediff;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LogicalAnd;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LogicalOr;
import org.nd4j.linalg.factory.Nd4j;

/** Graphs with the operations that are evaluated only: on what is not trained. */
final class SdFrozenGraphs {
    private SdFrozenGraphs() {}

    static List<SdGraph> all() {
        return List.of(
                new SdGraph("wrong: equals, not_equals, greater, less and boolean operations", (sd, g) -> {
                    SDVariable x = g.x(sd);
                    SDVariable low = sd.constant(-0.3);
                    SDVariable some = new LogicalAnd(sd, sd.gt(x, low), sd.lt(x, sd.constant(0.8))).outputVariable();
                    SDVariable others = new LogicalOr(sd, sd.gte(x, sd.constant(1.0)), sd.lte(x, low)).outputVariable();
                    SDVariable none = not(sd, some);
                    SDVariable all = real(sd, some)
                            .add(real(sd, others).mul(2.0))
                            .add(real(sd, none).mul(3.0))
                            .add(real(sd, sd.eq(x, x)).mul(4.0))
                            .add(real(sd, sd.neq(x, low)).mul(5.0));
                    return weighed(sd, g, all);
                }),
                new SdGraph("wrong: argmax, argmin, floordiv, floormod, onehot", (sd, g) -> {
                    SDVariable x = g.x(sd);
                    SDVariable three = sd.constant(3.0);
                    SDVariable all = sd.math()
                            .floorDiv(x, three)
                            .add(sd.math().floorMod(x, three))
                            .add(real(sd, sd.oneHot(sd.argmax(x, 1), 4)).mul(2.0))
                            .add(real(sd, sd.oneHot(sd.argmin(x, 1), 4)).mul(3.0));
                    return weighed(sd, g, all);
                }),
                new SdGraph("wrong: sequence_mask, zeroslike, ones_as, gather", (sd, g) -> {
                    SDVariable ids = SdGraph.ids(sd);
                    SDVariable steps = sd.sequenceMask(
                            sd.gather(sd.constant(Nd4j.createFromArray(1, 3, 2)), ids, 0),
                            sd.constant(4),
                            DataType.DOUBLE);
                    SDVariable all = steps.add(real(sd, sd.expandDims(sd.zerosLike(ids), 1)))
                            .add(sd.onesLike(g.x(sd)).mul(0.5));
                    return weighed(sd, g, all);
                }));
    }

    /** As an imported graph has it: ND4J's LogicalNot has no constructor that works. */
    private static SDVariable not(SameDiff sd, SDVariable x) {
        return new DynamicCustomOp("boolean_not", sd, new SDVariable[] {x}) {
            @Override
            public String opName() {
                return "boolean_not";
            }

            @Override
            public List<DataType> calculateOutputDataTypes(List<DataType> given) {
                return List.of(DataType.BOOL);
            }
        }.outputVariable();
    }

    private static SDVariable real(SameDiff sd, SDVariable x) {
        return sd.castTo(x, DataType.DOUBLE);
    }

    /** The squares of what is trained, each with such a weight. */
    private static SDVariable weighed(SameDiff sd, SdGraph g, SDVariable weights) {
        return sd.mean(sd.math().square(g.hidden(sd)).mul(weights.add(0.1)));
    }
}
