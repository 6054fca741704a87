package dev.fastif.examples.nli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** JSON objects, one a line. */
final class JsonRows extends LineRows {
    /** Nothing on a line is passed over: not what follows the first value, nor a name that is there twice. */
    private static final ObjectReader JSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .readerFor(JsonNode.class);

    private JsonNode node = MissingNode.getInstance();

    private JsonRows(Utf8Lines lines) {
        super(lines);
    }

    static Rows open(Path file) throws IOException {
        return new JsonRows(new Utf8Lines(file));
    }

    @Override
    void read(String text) {
        node = parse(text);
    }

    @Override
    public String field(String name) {
        JsonNode value = node.get(name);
        if (value == null || !value.isTextual()) {
            throw new RowException(RowProblem.Kind.MALFORMED, "the object has no text named " + name);
        }
        String text = RowException.requireText(value.textValue());
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new RowException(RowProblem.Kind.ENCODING, name + " has half of a surrogate pair: it is no text");
        }
        return text;
    }

    private static JsonNode parse(String text) {
        try {
            JsonNode value = JSON.readTree(text);
            if (!value.isObject()) {
                throw new RowException(
                        RowProblem.Kind.MALFORMED,
                        "not a JSON object: " + value.getNodeType().name().toLowerCase(Locale.ROOT));
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new RowException(RowProblem.Kind.MALFORMED, "not a JSON object: " + e.getOriginalMessage(), e);
        }
    }
}
