package dev.fastif.hvp.dl4j;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What becomes of each field that a network of DL4J is configured by. */
enum ConfigFields {
    READ("read", """
            AbstractLSTM: gateActivationFn
            ActivationELU: alpha
            ActivationGELU: precise
            ActivationLReLU: alpha
            ActivationLayer: activationFn
            ActivationReLU: max negativeSlope
            ActivationThresholdedReLU: theta
            AttentionVertex: headSize nHeads projectInput
            BaseLayer: activationFn regularization regularizationBias
            BaseOutputLayer: hasBias lossFn
            BatchNormalization: beta eps gamma lockGammaBeta useLogStd
            Bidirectional: mode
            ComputationGraphConfiguration: dataType
            ConvolutionLayer: convolutionMode dilation hasBias kernelSize padding stride
            Cropping1D: cropping
            Cropping2D: cropping
            DenseLayer: hasBias hasLayerNorm
            DepthwiseConvolution2D: depthMultiplier
            ElementWiseVertex: op
            EmbeddingLayer: hasBias
            EmbeddingSequenceLayer: hasBias
            FeedForwardLayer: nIn nOut
            GlobalPoolingLayer: poolingType
            GravesBidirectionalLSTM: gateActivationFn
            GravesLSTM: gateActivationFn
            LSTM: gateActivationFn
            LocalResponseNormalization: alpha beta k n
            LossBinaryXENT: clipEps weights
            LossL1: weights
            LossL2: weights
            LossLayer: lossFn
            LossMAPE: weights
            LossMCXENT: weights
            LossMSLE: weights
            MaskZeroLayer: maskingValue
            MultiLayerConfiguration: dataType
            RepeatVector: n
            RnnLossLayer: lossFn
            ScaleVertex: scaleFactor
            SelfAttentionLayer: headSize nHeads nOut projectInput
            SeparableConvolution2D: depthMultiplier
            ShiftVertex: shiftFactor
            SubsamplingLayer: convolutionMode dilation kernelSize padding poolingType stride
            UnstackVertex: from
            Upsampling1D: size
            Upsampling2D: size
            ZeroPadding1DLayer: padding
            ZeroPaddingLayer: padding
            """),
    REFUSED("refused where it is other than usual", """
            ActivationReLU: threshold
            GlobalPoolingLayer: collapseDimensions
            Layer: constraints
            LossMCXENT: softmaxClipEps
            NeuralNetConfiguration: minimize
            ReshapeVertex: reshapeOrder
            """),
    OTHERS("read, with others that it must fit", """
            AttentionVertex: nInKeys nInQueries nInValues nOut
            BaseRecurrentLayer: rnnDataFormat
            BatchNormalization: cnn2DFormat
            CnnToFeedForwardPreProcessor: format inputHeight inputWidth numChannels
            Convolution1DLayer: rnnDataFormat
            ConvolutionLayer: cnn2dDataFormat
            Cropping2D: dataFormat
            DuplicateToTimeSeriesVertex: inputName
            EmbeddingSequenceLayer: outputFormat
            FeedForwardToCnnPreProcessor: inputHeight inputWidth numChannels
            FeedForwardToRnnPreProcessor: rnnDataFormat
            GlobalPoolingLayer: poolingDimensions pnorm
            L2NormalizeVertex: dimension eps
            L2Vertex: eps
            LastTimeStepVertex: maskArrayInputName
            LocalResponseNormalization: dataFormat
            MergeVertex: mergeAxis
            PReLULayer: inputShape sharedAxes
            RepeatVector: dataFormat
            ReshapeVertex: maskShape newShape
            ReverseTimeSeriesVertex: maskArrayInputName
            RnnLossLayer: rnnDataFormat
            RnnOutputLayer: rnnDataFormat
            RnnToFeedForwardPreProcessor: rnnDataFormat
            SimpleRnn: hasLayerNorm
            SubsamplingLayer: avgPoolIncludePadInDivisor cnn2dDataFormat pnorm
            SubsetVertex: from to
            TimeDistributed: rnnDataFormat
            UnstackVertex: stackSize
            Upsampling2D: format
            ZeroPaddingLayer: dataFormat
            """),
    TRAINING("no part of the score, but of what training minimises: compared with its steps", """
            AbstractSameDiffLayer: regularization regularizationBias
            L1Regularization: l1
            L2Regularization: l2
            MaxNormConstraint: maxNorm
            MinMaxNormConstraint: max min
            BaseConstraint: dimensions params
            NeuralNetConfiguration: miniBatch
            SameDiffVertex: regularization regularizationBias
            WeightDecay: applyLR coeff
            AMSGrad: learningRate learningRateSchedule
            AdaBelief: learningRate learningRateSchedule
            AdaGrad: learningRate learningRateSchedule
            AdaMax: learningRate learningRateSchedule
            Adam: learningRate learningRateSchedule
            Nadam: learningRate learningRateSchedule
            Nesterovs: learningRate learningRateSchedule
            RmsProp: learningRate learningRateSchedule
            Sgd: learningRate learningRateSchedule
            """),
    HOLDS("holds what has fields of its own, which are listed", """
            BaseWrapperLayer: underlying
            Bidirectional: bwd fwd
            ComposableInputPreProcessor: inputPreProcessors
            ComputationGraphConfiguration: defaultConfiguration networkInputs networkOutputs vertexInputs vertices
            FrozenLayer: layer
            FrozenVertex: underlying
            LayerVertex: layerConf preProcessor
            MultiLayerConfiguration: confs inputPreProcessors
            NeuralNetConfiguration: layer
            PreprocessorVertex: preProcessor
            """),
    START("where training begins, not where it ends", """
            AbstractLSTM: forgetGateBiasInit
            AttentionVertex: weightInit
            BaseLayer: biasInit gainInit weightInitFn
            BaseRecurrentLayer: weightInitFnRecurrent
            GravesBidirectionalLSTM: forgetGateBiasInit
            GravesLSTM: forgetGateBiasInit
            LSTM: forgetGateBiasInit
            NeuralNetConfiguration: seed
            SameDiffLayer: paramWeightInit weightInit
            """),
    WAY("the way that training takes, not the minimum where it ends", """
            AMSGrad: beta1 beta2 epsilon
            AbstractSameDiffLayer: biasUpdater gradientNormalization gradientNormalizationThreshold updater
            AdaBelief: beta1 beta2 epsilon
            AdaDelta: epsilon rho
            AdaGrad: epsilon
            AdaMax: beta1 beta2 epsilon
            Adam: beta1 beta2 epsilon
            BaseConstraint: epsilon
            BaseLayer: biasUpdater gradientNormalization gradientNormalizationThreshold iUpdater
            BatchNormalization: decay isMinibatch
            ComputationGraphConfiguration: backpropType tbpttBackLength tbpttFwdLength
            MinMaxNormConstraint: rate
            MultiLayerConfiguration: backpropType tbpttBackLength tbpttFwdLength
            Nadam: beta1 beta2 epsilon
            Nesterovs: momentum momentumISchedule momentumSchedule
            NeuralNetConfiguration: maxNumLineSearchIterations optimizationAlgo stepFunction
            RmsProp: epsilon rmsDecay
            SameDiffVertex: biasUpdater gradientNormalization gradientNormalizationThreshold updater
            SubsamplingLayer: eps
            """),
    NOISE("noise of training: influence is that of the network without", """
            AlphaDropout: a alpha alphaPrime b lambda p pSchedule
            BaseLayer: weightNoise
            DropConnect: applyToBiases weightRetainProb weightRetainProbSchedule
            Dropout: helperAllowFallback helperCountFail initializedHelper p pSchedule
            GaussianDropout: rate rateSchedule
            GaussianNoise: stddev stddevSchedule
            Layer: iDropout
            SpatialDropout: p pSchedule
            WeightNoise: additive applyToBias distribution
            """),
    MEANS("how DL4J computes, not what", """
            AbstractLSTM: helperAllowFallback
            BatchNormalization: cudnnAllowFallback
            ComputationGraphConfiguration: cacheMode inferenceWorkspaceMode topologicalOrder topologicalOrderStr trainingWorkspaceMode
            ConvolutionLayer: cudnnAlgoMode cudnnAllowFallback cudnnBwdDataAlgo cudnnBwdFilterAlgo cudnnFwdAlgo
            GravesBidirectionalLSTM: helperAllowFallback
            LocalResponseNormalization: cudnnAllowFallback
            MultiLayerConfiguration: cacheMode inferenceWorkspaceMode trainingWorkspaceMode
            NeuralNetConfiguration: cacheMode
            SubsamplingLayer: cudnnAllowFallback
            """),
    NOTES("what DL4J notes for itself: its shapes and names are the network's own", """
            AbstractSameDiffLayer: layerParams
            BaseUpsamplingLayer: size
            ComputationGraphConfiguration: epochCount iterationCount validateOutputLayerConfig
            ConvolutionLayer: defaultValueOverriden
            EmbeddingSequenceLayer: inferInputLength inputLength
            FeedForwardLayer: timeDistributedFormat
            FeedForwardToCnnPreProcessor: shape
            Layer: layerName
            LayerVertex: outputVertex
            MergeVertex: modified
            MultiLayerConfiguration: epochCount iterationCount validateOutputLayerConfig
            NeuralNetConfiguration: dataType epochCount iterationCount variables
            PReLULayer: nIn nOut
            SameDiffVertex: dataType name vertexParams
            SelfAttentionLayer: nIn
            SubsamplingLayer: defaultValueOverridden
            """);

    private static final Map<String, ConfigFields> ALL = new TreeMap<>();

    static {
        for (ConfigFields kind : values()) {
            kind.fields.lines().forEach(line -> {
                String[] parts = line.split(": ", 2);
                Arrays.stream(parts[1].split(" ")).forEach(field -> {
                    ConfigFields other = ALL.put(parts[0] + "." + field, kind);
                    if (other != null) {
                        throw new IllegalStateException(line + " is in two lists");
                    }
                });
            });
        }
    }

    private final String words;
    private final String fields;

    ConfigFields(String words, String fields) {
        this.words = words;
        this.fields = fields;
    }

    /** From "Class.field", where the class is the one that declares it, to what becomes of it. */
    static Map<String, ConfigFields> all() {
        return ALL;
    }

    static ConfigFields of(String field) {
        return Objects.requireNonNull(ALL.get(field), field);
    }

    /** Whether one other value tells all: those of what does not matter need not all be tried. */
    boolean isToldByOne() {
        return this == START || this == WAY || this == NOISE || this == MEANS;
    }

    /** For docs/MODELS.md: why fields need not be read, and which. */
    Optional<String> reason() {
        return isToldByOne() || this == REFUSED || this == TRAINING ? Optional.of(words) : Optional.empty();
    }

    /** The fields, class by class. */
    String list() {
        return fields.lines()
                .map(line -> "`" + line.replaceFirst(": ", "` ").strip())
                .collect(Collectors.joining("; "));
    }
}
