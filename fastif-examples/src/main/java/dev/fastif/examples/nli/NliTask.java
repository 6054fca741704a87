package dev.fastif.examples.nli;

import dev.fastif.core.Batch;
import dev.fastif.core.DamagedFileException;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.FeatureMatrix;
import dev.fastif.core.Progress;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.store.ArrayFile;
import dev.fastif.examples.bert.Encoder;
import dev.fastif.examples.bert.MiniLm;
import dev.fastif.examples.bert.PairTokenizer;
import dev.fastif.hvp.autodiff.FrozenPart;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.frozen.FrozenActivations;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Natural language inference on a pretrained encoder: data, the fine-tuned classifier, and the training set that influence is asked
 * of. What takes long (activations of the frozen layers, training) is kept in a folder and found again; a changed setting
 * or changed data makes its own files.
 */
public final class NliTask implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NliTask.class);

    private static final double WEIGHT_DECAY = 0.005;

    private final String encoderName;
    private final PairTokenizer tokenizer;
    private final FrozenPart frozen;
    private final GraphModel model;
    private final INDArray initial;
    private final List<String> labels;
    private final List<TextExample> training;
    private final FrozenActivations trainingSet;
    private final List<TextExample> evaluation;
    private final FrozenActivations evaluationSet;
    private final Path work;
    private final Path folder;
    private final int maxLength;

    private NliTask(TextData data, Path work, Settings settings, Progress progress) {
        this.work = work;
        this.maxLength = settings.maxLength();
        encoderName = settings.encoder().name();
        labels = data.labels();
        tokenizer = settings.encoder().tokenizer(maxLength);
        GraphModel full =
                UntrainedClassifier.of(settings.encoder().weights(), labels.size(), WEIGHT_DECAY, settings.seed());
        frozen = full.frozenPart();
        model = full.trainablePart();
        initial = model.parameterValues();
        training = data.training();
        evaluation = data.evaluation();
        folder = work.resolve("training-" + key(training));
        trainingSet = activations(folder, training, progress);
        evaluationSet = examples(evaluation, progress);
    }

    /**
     * Opens a task: tokenises the data and computes, or finds, the activations of the frozen layers. The model's pooler
     * and classifier are random until {@link #fineTune}.
     *
     * @param data what to train and evaluate on
     * @param work the folder to keep things in
     * @param settings encoder, token limit and seed
     * @param progress hears of the activations
     */
    public static NliTask open(TextData data, Path work, Settings settings, Progress progress) {
        return new NliTask(data, work, settings, progress);
    }

    /**
     * What a task depends on apart from its data.
     *
     * @param encoder what the classifier is built on
     * @param maxLength the most tokens of a pair
     * @param seed of the untrained parameters
     */
    public record Settings(Encoder encoder, int maxLength, long seed) {
        /** The smaller encoder, which is always there. */
        public Settings(int maxLength, long seed) {
            this(new MiniLm(), maxLength, seed);
        }
    }

    /** What the encoder is called. */
    public String encoderName() {
        return encoderName;
    }

    /** Fine-tunes the model, or takes the parameters that the same settings gave before. */
    public void fineTune(FineTuning fineTuning, FineTuning.Listener listener) {
        fineTune(model, fineTuning, trainingSet, "", listener);
    }

    private void fineTune(
            GraphModel trained,
            FineTuning fineTuning,
            TrainingSet examples,
            String difference,
            FineTuning.Listener listener) {
        String settings = fineTuning + " " + frozen.fingerprint() + " weight decay " + WEIGHT_DECAY + " seed of theta "
                + Fingerprint.of(trained.parameterValues()) + difference;
        ArrayFile checkpoint = new ArrayFile(
                folder.resolve("model-" + Fingerprint.of(settings) + ".array"), "Delete it to train again.");
        INDArray known = checkpoint.read(DataType.FLOAT, trained.parameters().size());
        if (known == null) {
            fineTuning.train(trained, examples, listener);
            checkpoint.write(trained.parameterValues());
        } else {
            String name = "the checkpoint " + checkpoint.file() + " (delete it to train again)";
            trained.setParameterValues(trained.parameters().require(name, known));
        }
    }

    /**
     * The training set's features [N, d], computed, or found in the folder if that was done before.
     *
     * @param progress hears of them
     */
    public INDArray features(Progress progress) {
        ArrayFile kept = new ArrayFile(fileOfModel("features", ".array"), "They are computed anew.");
        INDArray features = known(kept);
        if (features == null) {
            features = FeatureMatrix.of(model, trainingSet, DeviceGroup.available(), progress);
            kept.write(features);
        }
        return features;
    }

    /** The features on file, unless there are none or they are damaged. */
    private @Nullable INDArray known(ArrayFile kept) {
        try {
            return kept.read(DataType.FLOAT, trainingSet.size(), ArrayFile.ANY);
        } catch (DamagedFileException e) {
            LOG.warn("{}", e.getMessage());
            return null;
        }
    }

    /** A file in the folder for what depends on the training set and on the model's present parameters. */
    public Path fileOfModel(String name, String ending) {
        return folder.resolve(name + "-" + Fingerprint.of(model.parameterValues()) + ending);
    }

    /**
     * A model like {@link #model}, trained from the same initial parameters on other examples, or found in the folder if that
     * was done before.
     *
     * @param name what is different about these examples, beside what the task itself depends on
     */
    public GraphModel trained(FineTuning fineTuning, TrainingSet examples, String name, FineTuning.Listener listener) {
        GraphModel other = model.replicate();
        other.setParameterValues(initial);
        fineTune(other, fineTuning, examples, " examples " + name, listener);
        return other;
    }

    /** The classifier above its frozen layers: evaluate it on this task's batches. */
    public GraphModel model() {
        return model;
    }

    /** The training pairs as the model takes them. */
    public FrozenActivations trainingSet() {
        return trainingSet;
    }

    /** The evaluation pairs as the model takes them. */
    public TrainingSet evaluationSet() {
        return evaluationSet;
    }

    /** The parameters [p] before any training. */
    public INDArray initialParameters() {
        return initial.dup();
    }

    /** What the classes are called, in the order of their indices. */
    public List<String> labels() {
        return labels;
    }

    /** The training pair of an id of {@link #trainingSet}. */
    public TextExample trainingPair(int id) {
        return training.get(id);
    }

    /** The training pairs; an id of {@link #trainingSet} is a position here. */
    public List<TextExample> trainingPairs() {
        return training;
    }

    /** The evaluation pair at a position, from 0. */
    public TextExample evaluationPair(int position) {
        return evaluation.get(position);
    }

    /** The evaluation pairs; an id of {@link #evaluationSet} is a position here. */
    public List<TextExample> evaluationPairs() {
        return evaluation;
    }

    /** Any pair as the model takes it. */
    public Batch testPoint(TextExample pair) {
        return frozen.apply(NliExamples.of(List.of(pair), tokenizer).batch(0));
    }

    /**
     * Any examples as the model takes them: their activations are computed, or found in the folder that things are kept in.
     *
     * @param examples at least one
     * @param progress hears of the activations
     * @return to be closed by the caller
     */
    public FrozenActivations examples(List<TextExample> examples, Progress progress) {
        return activations(work.resolve("evaluation-" + key(examples)), examples, progress);
    }

    private FrozenActivations activations(Path kept, List<TextExample> examples, Progress progress) {
        return FrozenActivations.open(kept, frozen, NliExamples.of(examples, tokenizer), progress);
    }

    @Override
    public void close() {
        trainingSet.close();
        evaluationSet.close();
        tokenizer.close();
    }

    private String key(List<TextExample> pairs) {
        StringBuilder text = new StringBuilder().append(maxLength).append(labels);
        for (TextExample pair : pairs) {
            text.append('\n')
                    .append(pair.first())
                    .append('\t')
                    .append(pair.second())
                    .append('\t')
                    .append(pair.label());
        }
        return Fingerprint.of(text.toString());
    }
}
