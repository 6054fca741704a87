package dev.fastif.knn.faiss;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Const;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Opaque;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.annotation.StdString;

/**
 * The JavaCPP preset: the functions of {@code fastif_faiss.h}, and what is linked. Nothing here is safe to call with
 * arguments that were not checked; {@link FaissIndex} checks them.
 *
 * <p>FAISS itself is linked statically. BLAS and OpenMP are the copies that ND4J has loaded already, so that one process
 * has one of each.
 */
@Properties(
        @Platform(
                value = "linux-x86_64",
                library = "jnifaiss",
                compiler = "cpp11",
                include = "fastif_faiss.h",
                link = "faiss",
                preload = {"gomp@.1", "quadmath@.0", "gfortran@.5", "openblas@.0"},
                preloadresource = {"/org/bytedeco/openblas/", "/org/nd4j/linalg/cpu/nativecpu/bindings/"},
                preloadpath = "/usr/lib/x86_64-linux-gnu/"))
@Namespace("fastif")
final class FaissLibrary {
    private FaissLibrary() {}

    /** A FAISS index; freed by {@link #destroy} alone. */
    @Opaque
    @Name("Index")
    static final class Handle extends Pointer {
        Handle(Pointer pointer) {
            super(pointer);
        }
    }

    static native String version();

    static native @StdString String build();

    static native Handle create(int d, String factory);

    static native void destroy(Handle index);

    static native int dimension(Handle index);

    static native @Cast("int64_t") long size(Handle index);

    static native boolean trained(Handle index);

    static native boolean keepsVectors(Handle index);

    static native @Cast("int64_t") long lists(Handle index);

    static native boolean isGraph(Handle index);

    static native void seed(Handle index, int seed);

    static native void probe(Handle index, @Cast("int64_t") long nprobe);

    static native void effort(Handle index, int efSearch);

    static native void train(Handle index, @Cast("int64_t") long n, @Const FloatPointer x, int threads);

    static native void reserve(Handle index, @Cast("int64_t") long n);

    static native void add(Handle index, @Cast("int64_t") long n, @Const FloatPointer x, int threads);

    static native void finish(Handle index);

    static native void search(
            Handle index,
            @Cast("int64_t") long n,
            @Const FloatPointer x,
            @Cast("int64_t") long k,
            @Cast("int64_t") long efSearch,
            FloatPointer distances,
            @Cast("int64_t*") LongPointer ids);

    static native void distances(
            Handle index,
            @Const FloatPointer query,
            @Cast("int64_t") long n,
            @Cast("const int64_t*") LongPointer ids,
            DoublePointer out);

    static native void append(Handle index, String path);

    static native Handle read(String path, @Cast("int64_t") long offset);
}
