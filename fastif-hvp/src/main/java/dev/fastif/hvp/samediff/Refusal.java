package dev.fastif.hvp.samediff;

import dev.fastif.hvp.internal.Unsupported;
import java.util.Locale;

/** Why a graph is refused: what the message says, and what else docs/MODELS.md says of it. */
enum Refusal {
    NO_RULE("%s, which has no rule", "write it in other operations, or give a rule: [EXTENDING.md](EXTENDING.md)"),
    DROPOUT(
            "%s, which SameDiff applies at inference too: build the graph without it",
            "influence is that of the network without its noise"),
    LOSS_INSIDE(
            "%s other than as a loss variable or a term of one",
            "a loss operation that is reduced, on the way to something else: its `LossReduce.NONE` can be used there"),
    ATTENTION_WEIGHTS("%s with its weights", "its second value; ask for the first alone"),
    NOTHING_SEEN(
            "%s under a mask without a 1 in example %s, whose attention is what rounding leaves of scores 1e9 below 0: leave the example out",
            "said of a batch"),
    SHAPE("%s whose argument %s is neither a parameter nor a constant", "the rule needs to know its shape"),
    COMPUTED("%s whose argument %s is not a constant", "shapes, positions and dimensions are numbers, not computed"),
    COMPUTED_DIMENSIONS("%s over dimensions that are no constant", "likewise"),
    POSITIONS("%s with positions that are arrays", "likewise"),
    STRIDED_SLICE(
            "strided_slice with an ellipsis, new axes or variable positions",
            "slice by intervals and points, `expandDims` afterwards"),
    SEVERAL_DIMENSIONS("%s over several dimensions", "no rule yet: reshape to one"),
    ALL_DIMENSIONS(
            "%s over all dimensions", "reduce what is not of examples by a sum or a mean, or name the dimensions"),
    EXAMPLES(
            "%s over the examples, other than a sum or mean that is the loss or a term of it",
            "it mixes the examples of a batch"),
    KEPT_DIMENSIONS(
            "%s that keeps dimensions counted from the end or in descending order, of which SameDiff gives wrong numbers: count them from the start, in ascending order",
            "also of -1, unless the array is a matrix"),
    EXPONENT("Pow with an exponent that is no constant number", "no rule yet: `exp` of a product with `log`"),
    CUTOFF("relu6 with a cutoff", "no rule yet: subtract, clip, add"),
    MATMUL_FACTORS("matmul with factors other than 1 and 0", "multiply the product"),
    KERNELS("%s with kernels other than [%s]", "turn them by `permute`"),
    CAUSAL("causal padding", "pad at the beginning by `pad`"),
    PAD("pad that repeats what is there", "no rule yet: `concat`"),
    FORTRAN("reshape in Fortran order", "`permute` before and after"),
    LOSS_DIMENSION("%s along dimension 0, that of the examples", "it mixes the examples of a batch"),
    SMOOTHING("label smoothing of labels other than [n, c]", "no rule yet"),
    CONSTANT_WEIGHTS(
            "weights that are constants of shape %s: those of single examples come from a placeholder",
            "a placeholder `[n, 1]` or `[n, c]`"),
    MEAN_BY_WEIGHT(
            "weights other than constants under LossReduce.MEAN_BY_WEIGHT, which divides by those of whatever examples share a batch: LossReduce.SUM or MEAN_BY_NONZERO_WEIGHT_COUNT does not",
            ""),
    ZERO_WEIGHT(
            "an example has a weight of 0, which LossReduce.MEAN_BY_NONZERO_WEIGHT_COUNT does not count: what the loss of the others counts then depends on which share a batch. Leave examples of weight 0 out, or train LossReduce.SUM",
            "said of a batch"),
    MEAN_AND_SUM(
            "%s, of which one is a mean over the examples and one a sum: how much these weigh depends on the size of batches",
            "let all of them be means, or all sums"),
    NOT_REDUCED(
            "'%s', which is added to a loss: reduce it over all dimensions first",
            "it would be added to every element"),
    NOT_LINEAR(
            "%s ('%s') of what has been reduced over the examples: the loss must be a sum of losses of single examples, or their mean",
            "such as the root of a mean; multiples and negatives are linear"),
    NO_EXAMPLES(
            "the loss term '%s', which depends on no placeholder: a penalty belongs into the TrainingConfig's regularization",
            ""),
    BESIDE_LABELS(
            "parameter '%s', which the loss takes beside the labels",
            "a parameter by which the loss itself is computed: no output to measure"),
    SUM_AND_PENALTY(
            "the loss is a sum over the examples of a batch, beside which the TrainingConfig's penalty weighs the less the larger batches are: say how many examples a step of training took by SameDiffModel.builder(sd).batchSize(n), or train a mean",
            ""),
    UNKNOWN_PENALTY("the regularization %s is not known: use L1Regularization, L2Regularization or WeightDecay", ""),
    CHANGING_PENALTY("the strength of %s changes while SameDiff trains: set that of the last step as a number", ""),
    CHANGING_RATE(
            "the strength of %s is its coefficient divided by the learning rate, which changes: use weight decay with applyLR",
            ""),
    MAXIMIZES("the TrainingConfig maximizes: minimize the negative of the loss variables", "`minimize(false)`"),
    NO_LOSS("the graph has no loss variables: name them by setLossVariables or in its TrainingConfig", ""),
    NOTHING_TRAINED("the graph has no variables of VariableType.VARIABLE: nothing is trained", ""),
    TYPES("variable '%s' is of type %s and '%s' of %s: convert all variables to FLOAT, or all to DOUBLE", ""),
    NUMBER_OF_LOSSES(
            "the loss has %s values for a batch of 2 examples: dimension 0 must be that of the examples",
            "said of the first batch"),
    MIXED_EXAMPLES(
            "the loss of an example is %s alone and %s beside another: something in the graph mixes the examples of a batch, such as a softmax, mean or product along dimension 0",
            "said of the first batch");

    private final String template;
    private final String remark;

    Refusal(String template, String remark) {
        this.template = template;
        this.remark = remark;
    }

    /** The message, with "…" for names and numbers. */
    String pattern() {
        return template.replace("%s", "…");
    }

    /** Why, or the way out, where the message does not say it. */
    String remark() {
        return remark;
    }

    /** The message of a graph. */
    String says(Object... details) {
        return String.format(Locale.ROOT, template, details);
    }

    /** The refusal of a part, to be named with those of the other parts. */
    Unsupported of(Object... details) {
        return new Unsupported(says(details));
    }

    /** The refusal of the graph. */
    IllegalArgumentException ofGraph(Object... details) {
        return new IllegalArgumentException(says(details));
    }
}
