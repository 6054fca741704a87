package dev.fastif.examples.digits;

import java.util.List;

/**
 * A handwritten digit. Immutable.
 *
 * @param label what it shows, 0 to 9
 * @param pixels 8 x 8 by rows, each 0 (paper) to 16 (ink)
 */
public record Digit(int label, List<Integer> pixels) {
    static final int SIDE = 8;
    static final int INK = 16;
    static final int CLASSES = 10;

    private static final String SHADES = " .:-=+*#%@";

    /** Copies the list. */
    public Digit {
        pixels = List.copyOf(pixels);
    }

    /** The picture, a line for each row. */
    public String picture() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pixels.size(); i++) {
            char shade = SHADES.charAt(pixels.get(i) * (SHADES.length() - 1) / INK);
            text.append(shade).append(shade).append(i % SIDE == SIDE - 1 ? "\n" : "");
        }
        return text.toString();
    }
}
