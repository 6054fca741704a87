package dev.fastif.examples.study;

/** Hears how far an experiment has come. */
@FunctionalInterface
public interface StudyListener {
    /** {@code done} of {@code total} units of work are finished. */
    void progress(int done, int total);
}
