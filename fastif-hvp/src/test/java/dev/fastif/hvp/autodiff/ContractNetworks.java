package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import dev.fastif.core.Model;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** The networks of {@link GraphModelContractTest}, in double precision, for tests of other packages. */
public final class ContractNetworks {
    private ContractNetworks() {}

    /** A network and three examples for it. */
    public record Case(String name, Model model, Batch batch) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** One for each operation, and some of several. */
    public static List<Case> all() {
        return GraphModelContractTest.networks().stream()
                .map(network -> new Case(network.name(), network.model(DataType.DOUBLE), Network.batch()))
                .toList();
    }
}
