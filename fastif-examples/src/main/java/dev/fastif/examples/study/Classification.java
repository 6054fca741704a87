package dev.fastif.examples.study;

import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.autodiff.GraphModel;

/**
 * A trained classifier with what it was trained and is evaluated on. Experiments that change the model's parameters put
 * them back.
 *
 * @param model the trained classifier
 * @param training with class indices as labels
 * @param evaluation with class indices as labels
 */
public record Classification(GraphModel model, TrainingSet training, TrainingSet evaluation) {}
