package dev.fastif.knn.faiss;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips a test class, and prints why, where the native library was not built. */
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresFaiss.Condition.class)
@interface RequiresFaiss {
    /** Disabled unless the library is there. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            if (FaissIndex.isAvailable()) {
                return ConditionEvaluationResult.enabled(FaissIndex.nativeLibrary());
            }
            if (context.getTestMethod().isEmpty()) {
                System.out.printf("%s skipped: %s%n", context.getDisplayName(), FaissIndex.nativeLibrary());
            }
            return ConditionEvaluationResult.disabled(FaissIndex.nativeLibrary());
        }
    }
}
