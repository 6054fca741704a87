package dev.fastif.knn.faiss;

import dev.fastif.knn.faiss.FaissLibrary.Handle;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A FAISS index and its end: it is freed once, by {@link #close}, which waits for those who use it, or else when it is
 * garbage.
 */
final class NativeIndex implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Handle handle;
    private final Cleaner.Cleanable cleanable;
    private final ReadWriteLock lock = new ReentrantReadWriteLock(true);
    private boolean closed;

    private NativeIndex(Handle handle) {
        this.handle = handle;
        // the action must not refer to this object
        this.cleanable = CLEANER.register(this, () -> FaissLibrary.destroy(handle));
    }

    /** Takes over what the supplier makes, unless preparing it fails: then it is freed at once. */
    static NativeIndex of(Supplier<Handle> maker, Consumer<Handle> preparation) {
        NativeIndex index = new NativeIndex(maker.get());
        try {
            preparation.accept(index.handle);
            return index;
        } catch (RuntimeException | Error e) {
            index.close();
            throw e;
        }
    }

    /** Lets the action use the index, which is not closed meanwhile. Many may do so at once. */
    <T> T use(Function<Handle, T> action) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the index is closed: build another one or load it again");
            }
            return action.apply(handle);
        } finally {
            lock.readLock().unlock();
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            closed = true;
            cleanable.clean();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
