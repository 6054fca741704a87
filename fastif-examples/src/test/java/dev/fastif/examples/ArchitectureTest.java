package dev.fastif.examples;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.fastif.core.internal.BlasThreads;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.BitSet;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may depend on whom. */
class ArchitectureTest {
    private static final String CORE = "dev.fastif.core..";
    private static final String INTERNAL = "dev.fastif..internal..";
    private static final String[] LIBRARIES = {
        "java..", "org.nd4j..", "org.bytedeco..", "org.slf4j..", "org.jspecify..", "org.deeplearning4j.."
    };

    private static final JavaClasses FASTIF = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.fastif");

    @ParameterizedTest
    @ValueSource(strings = {"core", "knn", "hvp", "examples"})
    void everyModuleIsLookedAt(String module) {
        assertTrue(FASTIF.stream().anyMatch(type -> type.getPackageName().startsWith("dev.fastif." + module)));
    }

    @Test
    void coreDependsOnNoOtherModule() {
        // JavaCPP's pointers are what ND4J's buffers are made of
        onlyDependsOn(CORE, "org.nd4j..", "org.bytedeco.javacpp..", "org.slf4j..", "org.jspecify..", "java..")
                .check(FASTIF);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev.fastif.knn..", "dev.fastif.hvp.."})
    void theModulesBetweenDependOnCoreAndNotOnEachOther(String module) {
        onlyDependsOn(
                        module,
                        Stream.concat(Stream.of(CORE), Stream.of(LIBRARIES)).toArray(String[]::new))
                .check(FASTIF);
    }

    /** So that the library works without DL4J, which users bring if they have it. */
    @Test
    void onlyItsAdapterDependsOnDl4j() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.fastif.hvp.dl4j..", "dev.fastif.examples..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.deeplearning4j..")
                .check(FASTIF);
    }

    private static ArchRule onlyDependsOn(String module, String... packages) {
        String[] allowed = Stream.concat(Stream.of(module), Stream.of(packages)).toArray(String[]::new);
        return classes().that().resideInAPackage(module).should().onlyDependOnClassesThat(in(allowed));
    }

    /** Classes of these packages; primitive types and arrays have none. */
    private static DescribedPredicate<JavaClass> in(String... packages) {
        return JavaClass.Predicates.resideInAnyPackage(packages)
                .or(DescribedPredicate.describe(
                        "have no package", type -> type.getBaseComponentType().isPrimitive()));
    }

    @Test
    void nothingDependsOnTheExamples() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.fastif.examples..", "dev.fastif.benchmarks..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.fastif.examples..")
                .check(FASTIF);
    }

    @Test
    void packagesAreFreeOfCycles() {
        slices().matching("dev.fastif.(**)").should().beFreeOfCycles().check(FASTIF);
    }

    /** The picture of docs/ARCHITECTURE.md: each room of fastif-hvp knows those below it. */
    @Test
    void roomsKnowThoseBelowThem() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("dev.fastif.hvp..")
                .layer("solvers")
                .definedBy("dev.fastif.hvp")
                .layer("adapters")
                .definedBy("dev.fastif.hvp.dl4j", "dev.fastif.hvp.samediff")
                .layer("contracts")
                .definedBy("dev.fastif.hvp.contract")
                .layer("index")
                .definedBy("dev.fastif.hvp.index")
                .layer("shared")
                .definedBy("dev.fastif.hvp.internal")
                .layer("operations")
                .definedBy("dev.fastif.hvp.autodiff.operations")
                .layer("frozen")
                .definedBy("dev.fastif.hvp.autodiff.frozen")
                .layer("graph")
                .definedBy("dev.fastif.hvp.autodiff")
                .layer("kernels")
                .definedBy("dev.fastif.hvp.autodiff.kernels")
                .whereLayer("adapters")
                .mayOnlyAccessLayers("solvers", "contracts", "shared", "operations", "graph", "kernels")
                .whereLayer("contracts")
                .mayOnlyAccessLayers("operations", "graph")
                .whereLayer("operations")
                .mayOnlyAccessLayers("graph", "kernels")
                .whereLayer("frozen")
                .mayOnlyAccessLayers("graph")
                .whereLayer("graph")
                .mayOnlyAccessLayers("shared", "kernels")
                .whereLayer("kernels")
                .mayOnlyAccessLayers("shared")
                .whereLayer("shared")
                .mayNotAccessAnyLayer()
                .whereLayer("index")
                .mayOnlyAccessLayers("shared")
                .whereLayer("solvers")
                .mayOnlyAccessLayers("index", "shared")
                .check(FASTIF);
    }

    /** But for the number of BLAS's threads, which is one of the process. */
    @Test
    void nothingIsKeptForTheProcessOrForAThread() {
        fields().that()
                .areStatic()
                .and()
                .areNotDeclaredIn(BlasThreads.class)
                .should()
                .beFinal()
                .check(FASTIF);
        noFields()
                .should()
                .haveRawType(JavaClass.Predicates.assignableTo(ThreadLocal.class))
                .check(FASTIF);
        noFields()
                .that()
                .areStatic()
                .should()
                .haveRawType(JavaClass.Predicates.resideInAPackage("java.util.concurrent..")
                        .or(JavaClass.Predicates.type(BitSet.class)))
                .check(FASTIF);
    }

    /** Tables that are the same for all: nobody can add to them. */
    @Test
    void staticCollectionsCannotBeChanged() throws IllegalAccessException {
        int seen = 0;
        for (JavaClass type : FASTIF) {
            for (Field field : type.reflect().getDeclaredFields()) {
                boolean isTable = Map.class.isAssignableFrom(field.getType())
                        || Collection.class.isAssignableFrom(field.getType());
                if (Modifier.isStatic(field.getModifiers()) && isTable) {
                    field.setAccessible(true);
                    String kind =
                            Objects.requireNonNull(field.get(null)).getClass().getName();
                    assertTrue(
                            kind.matches(
                                    "java\\.util\\.(Collections\\$(Unmodifiable|Empty)|ImmutableCollections\\$).*"),
                            field + " is a " + kind);
                    seen++;
                }
            }
        }
        assertTrue(seen > 10, seen + " tables");
    }

    /** What core keeps to itself is for all modules. */
    @ParameterizedTest
    @ValueSource(strings = {"dev.fastif.knn", "dev.fastif.hvp"})
    void internalsStayInTheirModule(String module) {
        classes()
                .that()
                .resideInAPackage(module + ".internal..")
                .should()
                .onlyHaveDependentClassesThat()
                .resideInAPackage(module + "..")
                .check(FASTIF);
    }

    @Test
    void nothingPublicIsMadeOfInternals() {
        methods()
                .that()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .resideOutsideOfPackage(INTERNAL)
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .should()
                .notHaveRawReturnType(JavaClass.Predicates.resideInAPackage(INTERNAL))
                .check(FASTIF);
        classes()
                .that()
                .arePublic()
                .and()
                .resideOutsideOfPackage(INTERNAL)
                .should()
                .notBeAssignableTo(JavaClass.Predicates.resideInAPackage(INTERNAL))
                .check(FASTIF);
    }
}
