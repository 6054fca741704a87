package dev.fastif.hvp;

import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A step of LiSSA's recursion in one walk over memory: vectors [p] are longer than any cache, and five operations one after
 * the other would read and write them nine times instead of four.
 */
final class StepLoop {
    /** Numbers that are copied at a time: three blocks fit the first cache. */
    private static final int BLOCK = 2048;

    private final float[] s = new float[BLOCK];
    private final float[] product = new float[BLOCK];
    private final float[] vector = new float[BLOCK];

    /** Whether the vectors are floats in a row in this machine's own memory. */
    static boolean fits(INDArray... arrays) {
        if (!Nd4j.getEnvironment().isCPU()) {
            return false;
        }
        for (INDArray array : arrays) {
            if (array.dataType() != DataType.FLOAT || array.rank() != 1 || array.elementWiseStride() != 1) {
                return false;
            }
        }
        return true;
    }

    /** {@code s = keep * s - factor * product + vector}; returns {@code |s|^2}. */
    double step(INDArray sArray, double keep, INDArray productArray, double factor, INDArray vectorArray) {
        FloatPointer atS = pointer(sArray);
        FloatPointer atProduct = pointer(productArray);
        FloatPointer atVector = pointer(vectorArray);
        long length = sArray.length();
        long startS = atS.position();
        long startProduct = atProduct.position();
        long startVector = atVector.position();
        double squares = 0;
        for (long start = 0; start < length; start += BLOCK) {
            int count = (int) Math.min(BLOCK, length - start);
            atS.position(startS + start).get(s, 0, count);
            atProduct.position(startProduct + start).get(product, 0, count);
            atVector.position(startVector + start).get(vector, 0, count);
            squares += block(count, (float) keep, (float) factor);
            atS.put(s, 0, count);
        }
        return squares;
    }

    private double block(int count, float keep, float factor) {
        for (int i = 0; i < count; i++) {
            s[i] = keep * s[i] - factor * product[i] + vector[i];
        }
        float even = 0;
        float odd = 0;
        int i = 0;
        for (; i + 1 < count; i += 2) {
            even += s[i] * s[i];
            odd += s[i + 1] * s[i + 1];
        }
        if (i < count) {
            even += s[i] * s[i];
        }
        return (double) even + odd;
    }

    private static FloatPointer pointer(INDArray array) {
        return (FloatPointer) array.data().addressPointer();
    }
}
