package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fastif.hvp.samediff.SupportedOps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/**
 * The tables of docs/MODELS.md are those of the registries, and every class of DL4J is in one of them. {@code -Dfastif.docs=write}
 * writes them anew.
 */
class ModelsDocTest {
    private static final Path FILE = Path.of("../docs/MODELS.md");

    @ParameterizedTest
    @ValueSource(strings = {"registries", "refusals of graphs"})
    void tablesAreThoseOfTheRegistries(String section) throws IOException {
        String text = Files.readString(FILE);
        String mark = "<!-- of the " + section + ", by ModelsDocTest -->";
        int begin = text.indexOf(mark) + mark.length();
        int end = text.indexOf("<!-- end of the " + section + " -->");
        String expected = "\n\n" + (section.equals("registries") ? tables() : refusals()) + "\n";
        if (System.getProperty("fastif.docs", "").equals("write")) {
            Files.writeString(FILE, text.substring(0, begin) + expected + text.substring(end));
            return;
        }
        assertEquals(
                expected,
                text.substring(begin, end),
                "docs/MODELS.md is out of date: run this test with -Dfastif.docs=write, and read what has changed");
    }

    @Test
    void everyClassOfDl4jIsTakenOrRefusedForAReason() {
        Set<String> known = new TreeSet<>();
        supported().values().forEach(known::addAll);
        Unruled.all().keySet().forEach(known::addAll);
        Set<String> all = Stream.of(
                        Layer.class, GraphVertex.class, InputPreProcessor.class, ILossFunction.class, IActivation.class)
                .flatMap(type -> ClassPath.concrete(type).stream())
                .map(Class::getSimpleName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(all, known, "give each class a rule, or a reason in Unruled");
    }

    private static Map<String, Set<String>> supported() {
        Map<String, Set<String>> all = new TreeMap<>();
        Rules.supported().forEach((kind, types) -> all.put(kind, names(types)));
        Set<String> vertices = names(VertexRules.supported());
        vertices.addAll(names(Set.of(LayerVertex.class, FrozenVertex.class)));
        all.put("vertices", vertices);
        all.put("preprocessors", names(PreProcessors.supported()));
        all.put("losses", names(Losses.supported()));
        Set<String> activations = names(Activations.pointwise());
        activations.addAll(names(Set.of(ActivationIdentity.class, ActivationSoftmax.class)));
        all.put("activations", activations);
        return all;
    }

    private static Set<String> names(Collection<? extends Class<?>> types) {
        return types.stream().map(Class::getSimpleName).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String tables() {
        StringBuilder text = new StringBuilder("| | with an exact rule |\n|---|---|\n");
        supported().forEach((kind, names) -> row(text, kind, code(names)));
        SupportedOps.byKind().forEach((kind, names) -> row(text, kind, code(names)));
        text.append("\n| without one, refused | |\n|---|---|\n");
        Unruled.all().forEach((names, reason) -> row(text, code(names), reason));
        text.append("\n| DL4J's gradient is not the slope of its score: ours is |\n|---|\n");
        for (WrongGradient wrong : WrongGradient.values()) {
            text.append("| ").append(wrong).append(" |\n");
        }
        text.append("\n| fields of DL4J's configurations that its score does not tell of | |\n|---|---|\n");
        for (ConfigFields kind : ConfigFields.values()) {
            kind.reason().ifPresent(reason -> row(text, reason, kind.list()));
        }
        return text.toString();
    }

    private static String refusals() {
        StringBuilder text = new StringBuilder("| what the message says | why, and the way out |\n|---|---|\n");
        SupportedOps.refusals().forEach((message, remark) -> row(text, message, remark));
        return text.toString();
    }

    private static void row(StringBuilder text, String left, String right) {
        text.append("| ").append(left).append(" | ").append(right).append(" |\n");
    }

    private static String code(Collection<String> names) {
        return names.stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
    }
}
