package dev.fastif.hvp.samediff;

import dev.fastif.core.Batch;
import dev.fastif.core.internal.Check;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Under which names batches carry a graph's placeholders, and of which shape and type. */
final class Placeholders {
    private final Map<String, String> names = new LinkedHashMap<>();
    private final Set<String> labels = new LinkedHashSet<>();

    Placeholders(@Nullable TrainingConfig config) {
        if (config != null) {
            map(Batch.FEATURES, config.getDataSetFeatureMapping());
            map(Batch.LABELS, config.getDataSetLabelMapping());
            map(Batch.FEATURES_MASK, config.getDataSetFeatureMaskMapping());
            map(Batch.LABELS_MASK, config.getDataSetLabelMaskMapping());
            labels.addAll(Source.orNone(config.getDataSetLabelMapping()));
            labels.addAll(Source.orNone(config.getDataSetLabelMaskMapping()));
        }
    }

    private void map(String kind, @Nullable List<String> given) {
        List<String> placeholders = Source.orNone(given);
        for (int i = 0; i < placeholders.size(); i++) {
            names.put(placeholders.get(i), i == 0 ? kind : kind + "." + i);
        }
    }

    /** The placeholders of labels and their masks, as far as they are known. */
    Set<String> labels() {
        return labels;
    }

    /** The name under which batches carry a placeholder. */
    String name(String placeholder) {
        return names.getOrDefault(placeholder, placeholder);
    }

    /** The batch as the graph takes it: SameDiff brings arrays to the type of their placeholder, and so does this. */
    Batch complete(Batch batch, List<SDVariable> placeholders) {
        Batch completed = batch;
        for (SDVariable placeholder : placeholders) {
            String name = name(placeholder.name());
            INDArray given = batch.find(name);
            if (given != null) {
                requireShape(name, given, placeholder.placeholderShape());
                INDArray typed = typed(name, given, placeholder.dataType());
                completed = isSame(typed, given) ? completed : completed.with(name, typed);
            }
        }
        return completed;
    }

    @SuppressWarnings("ReferenceEquality") // whether it was converted
    private static boolean isSame(INDArray a, INDArray b) {
        return a == b;
    }

    private static void requireShape(String name, INDArray given, long @Nullable [] declared) {
        if (declared == null || declared.length == 0) {
            return;
        }
        boolean fits = given.rank() == declared.length;
        for (int i = 1; fits && i < declared.length; i++) {
            fits = declared[i] < 0 || declared[i] == given.size(i);
        }
        Check.argument(
                fits,
                "array '%s' has shape %s: the graph's placeholder has %s",
                name,
                Arrays.toString(given.shape()),
                Arrays.toString(declared));
    }

    private static INDArray typed(String name, INDArray given, DataType type) {
        if (given.dataType() == type) {
            return given;
        }
        Check.argument(
                given.dataType().isNumerical() || given.dataType() == DataType.BOOL,
                "array '%s' is of type %s: the graph's placeholder is of type %s",
                name,
                given.dataType(),
                type);
        Check.argument(
                type.isFPType() || !given.dataType().isFPType() || given.equals(Transforms.floor(given, true)),
                "array '%s' holds numbers that are not whole: the graph's placeholder is of type %s",
                name,
                type);
        return given.castTo(type);
    }
}
