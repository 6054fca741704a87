package dev.fastif.examples.bert;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The {@code tokenizer.json} of an uncased BERT, made from its vocabulary: older models were published with that alone. */
final class WordPieces {
    private static final String SEPARATOR = "[SEP]";
    private static final String CLASSIFIER = "[CLS]";
    private static final String UNKNOWN = "[UNK]";
    private static final List<String> SPECIAL = List.of("[PAD]", UNKNOWN, CLASSIFIER, SEPARATOR, "[MASK]");
    private static final int LONGEST_WORD = 100;

    private WordPieces() {}

    /**
     * Describes the tokenizer.
     *
     * @param vocabulary the word pieces, in the order of their ids
     * @throws IllegalStateException if a special token is missing
     */
    static String tokenizerJson(List<String> vocabulary) {
        ObjectNode json = new ObjectMapper().createObjectNode().put("version", "1.0");
        ArrayNode added = json.putArray("added_tokens");
        SPECIAL.forEach(token -> added.addObject()
                .put("id", id(vocabulary, token))
                .put("content", token)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true));
        json.putObject("normalizer")
                .put("type", "BertNormalizer")
                .put("clean_text", true)
                .put("handle_chinese_chars", true)
                .putNull("strip_accents") // as lowercase says
                .put("lowercase", true);
        json.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        ObjectNode processor = json.putObject("post_processor").put("type", "BertProcessing");
        processor.set("sep", pair(SEPARATOR, id(vocabulary, SEPARATOR)));
        processor.set("cls", pair(CLASSIFIER, id(vocabulary, CLASSIFIER)));
        ObjectNode model = json.putObject("model")
                .put("type", "WordPiece")
                .put("unk_token", UNKNOWN)
                .put("continuing_subword_prefix", "##")
                .put("max_input_chars_per_word", LONGEST_WORD);
        ObjectNode ids = model.putObject("vocab");
        for (int id = 0; id < vocabulary.size(); id++) {
            ids.put(vocabulary.get(id), id);
        }
        return json.toString();
    }

    private static ArrayNode pair(String token, int id) {
        return JsonNodeFactory.instance.arrayNode().add(token).add(id);
    }

    private static int id(List<String> vocabulary, String token) {
        int id = vocabulary.indexOf(token);
        if (id < 0) {
            throw new IllegalStateException("the vocabulary of " + vocabulary.size() + " word pieces has no '" + token
                    + "': is it that of a BERT?");
        }
        return id;
    }
}
