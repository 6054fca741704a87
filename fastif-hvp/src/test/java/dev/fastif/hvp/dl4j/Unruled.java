package dev.fastif.hvp.dl4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The classes of DL4J's configurations that have no exact rule, and why. A new release's must be added here, or be given a rule. */
final class Unruled {
    private Unruled() {}

    static Map<List<String>, String> all() {
        Map<List<String>, String> all = new LinkedHashMap<>();
        all.put(
                List.of(
                        "CnnLossLayer",
                        "Deconvolution2D",
                        "LearnedSelfAttentionLayer",
                        "LocallyConnected1D",
                        "LocallyConnected2D",
                        "RecurrentAttentionLayer",
                        "SpaceToBatchLayer",
                        "SpaceToDepthLayer"),
                "no rule yet");
        all.put(
                List.of(
                        "Cnn3DLossLayer",
                        "Convolution3D",
                        "Cropping3D",
                        "Deconvolution3D",
                        "Subsampling3DLayer",
                        "Upsampling3D",
                        "ZeroPadding3DLayer",
                        "Cnn3DToFeedForwardPreProcessor",
                        "FeedForwardToCnn3DPreProcessor"),
                "three dimensions: no rule yet");
        all.put(List.of("CnnToRnnPreProcessor", "RnnToCnnPreProcessor"), "images inside of sequences: no rule yet");
        all.put(
                List.of("CapsuleLayer", "CapsuleStrengthLayer", "PrimaryCapsules", "Yolo2OutputLayer"),
                "made of loops and choices of their own: no rule yet");
        all.put(
                List.of("AutoEncoder", "VariationalAutoencoder"),
                "what they are pretrained by is no loss of the network");
        all.put(
                List.of("CenterLossOutputLayer", "OCNNOutputLayer"),
                "part of their parameters is not trained by a gradient");
        all.put(
                List.of("Convolution1D", "Convolution2D", "Pooling1D", "Pooling2D"),
                "other names, whose builders make Convolution1DLayer, ConvolutionLayer, Subsampling1DLayer and SubsamplingLayer: these are supported");
        all.put(List.of("LossFMeasure"), "the score of a batch is no sum over its examples");
        all.put(List.of("LossCosineProximity", "LossMixtureDensity", "LossMultiLabel"), "no rule yet");
        all.put(List.of("ActivationPReLU"), "its slopes are no parameters of the network: PReLULayer has a rule");
        all.put(
                List.of("ActivationRReLU"),
                "what DL4J computes at inference is not the leaky ReLU that it is documented to be");
        return all;
    }
}
