package dev.fastif.examples.bert;

import org.apache.commons.math3.special.Erf;
import org.nd4j.linalg.api.ndarray.INDArray;

/** BERT's forward pass (Devlin et al. 2019) as its definition reads: loops in float64, one sequence, no padding. */
final class PlainBert {

    private final BertWeights weights;
    private final BertConfig config;

    PlainBert(BertWeights weights) {
        this.weights = weights;
        this.config = weights.config();
    }

    /** The last layer's states {@code [tokens][hidden]}. */
    double[][] tokenStates(int[] ids, int[] segments) {
        double[][] states = new double[ids.length][];
        for (int t = 0; t < ids.length; t++) {
            states[t] = sum(row("word", ids[t]), sum(row("position", t), row("segment", segments[t])));
        }
        states = norm(states, "norm");
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = "layers." + layer + ".";
            double[][] attended = dense(attention(states, prefix), prefix + "attn_out");
            states = norm(sum(states, attended), prefix + "attn_norm");
            double[][] fed = dense(gelu(dense(states, prefix + "inter")), prefix + "out");
            states = norm(sum(states, fed), prefix + "out_norm");
        }
        return states;
    }

    private double[][] attention(double[][] states, String prefix) {
        double[][] query = dense(states, prefix + "query");
        double[][] key = dense(states, prefix + "key");
        double[][] value = dense(states, prefix + "value");
        int size = config.headSize();
        double[][] context = new double[states.length][config.hidden()];
        for (int head = 0; head < config.heads(); head++) {
            int from = head * size;
            for (int t = 0; t < states.length; t++) {
                double[] share = new double[states.length];
                double total = 0;
                for (int s = 0; s < states.length; s++) {
                    double score = 0;
                    for (int i = from; i < from + size; i++) {
                        score += query[t][i] * key[s][i];
                    }
                    share[s] = Math.exp(score / Math.sqrt(size));
                    total += share[s];
                }
                for (int s = 0; s < states.length; s++) {
                    for (int i = from; i < from + size; i++) {
                        context[t][i] += share[s] / total * value[s][i];
                    }
                }
            }
        }
        return context;
    }

    private double[][] dense(double[][] x, String name) {
        INDArray matrix = weights.get(name + ".weight");
        int out = (int) matrix.size(1);
        float[] w = matrix.ravel().toFloatVector();
        double[] b = weights.get(name + ".bias").toDoubleVector();
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] row = b.clone();
            for (int i = 0; i < x[t].length; i++) {
                for (int j = 0; j < out; j++) {
                    row[j] += x[t][i] * w[i * out + j];
                }
            }
            y[t] = row;
        }
        return y;
    }

    private double[][] norm(double[][] x, String name) {
        double[] gain = weights.get(name + ".weight").toDoubleVector();
        double[] bias = weights.get(name + ".bias").toDoubleVector();
        double[][] y = new double[x.length][config.hidden()];
        for (int t = 0; t < x.length; t++) {
            double mean = 0;
            double variance = 0;
            for (double v : x[t]) {
                mean += v / config.hidden();
            }
            for (double v : x[t]) {
                variance += (v - mean) * (v - mean) / config.hidden();
            }
            for (int i = 0; i < config.hidden(); i++) {
                y[t][i] = (x[t][i] - mean) / Math.sqrt(variance + config.normEpsilon()) * gain[i] + bias[i];
            }
        }
        return y;
    }

    private static double[][] gelu(double[][] x) {
        double[][] y = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < x[t].length; i++) {
                y[t][i] = x[t][i] * 0.5 * (1 + Erf.erf(x[t][i] / Math.sqrt(2)));
            }
        }
        return y;
    }

    private double[] row(String name, int index) {
        return weights.get(name + ".weight").getRow(index).toDoubleVector();
    }

    private static double[][] sum(double[][] a, double[][] b) {
        double[][] y = new double[a.length][];
        for (int t = 0; t < a.length; t++) {
            y[t] = sum(a[t], b[t]);
        }
        return y;
    }

    private static double[] sum(double[] a, double[] b) {
        double[] y = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            y[i] = a[i] + b[i];
        }
        return y;
    }
}
