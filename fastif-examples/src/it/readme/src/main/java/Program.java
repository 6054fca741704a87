import dev.fastif.core.Batch;
import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.knn.ExactIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** What a user has: records, a network trained on them, a question. And the README's program. */
public final class Program {
    private static final int CLASSES = 3;

    public static void main(String... arguments) {
        Random random = new Random(3);
        List<String> records = new ArrayList<>();
        float[][] features = new float[60][4];
        float[][] labels = new float[60][CLASSES];
        for (int i = 0; i < features.length; i++) {
            int type = i % CLASSES;
            for (int j = 0; j < features[i].length; j++) {
                features[i][j] = (float) random.nextGaussian() + (j == type ? 1 : 0);
            }
            labels[i][type] = 1;
            records.add("record " + i + " of class " + type);
        }
        DataSet dataSet = new DataSet(Nd4j.createFromArray(features), Nd4j.createFromArray(labels));
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Adam(0.01))
                .activation(Activation.TANH)
                .l2(0.01)
                .list(
                        new DenseLayer.Builder().nIn(4).nOut(8).build(),
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nIn(8)
                                .nOut(CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build())
                .build());
        net.init();
        for (int epoch = 0; epoch < 50; epoch++) {
            net.fit(dataSet);
        }
        INDArray asked = Nd4j.createFromArray(new float[][] {{0.5f, -0.2f, 0.9f, 0.1f}});
        Batch testPoint = Batch.of(asked, Nd4j.createFromArray(new float[][] {{0, 0, 1}}));

        // README
    }
}
