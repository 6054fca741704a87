package dev.fastif.core.internal.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What can happen to the bytes of a file: cut, zeroed, turned, exchanged, appended to. */
final class Damage {
    private static final int PAGE = 4096;
    private static final int FEW = 1600;

    private final String what;
    private final byte[] bytes;

    private Damage(String what, byte... bytes) {
        this.what = what;
        this.bytes = bytes;
    }

    /** All kinds of damage to a file; each is another content than the file's. */
    static List<Damage> of(byte... whole) {
        List<Damage> all = new ArrayList<>();
        cuts(all, whole);
        bits(all, whole);
        for (int start = 0; start < whole.length; start += PAGE) {
            byte[] zeroed = whole.clone();
            Arrays.fill(zeroed, start, Math.min(whole.length, start + PAGE), (byte) 0);
            all.add(new Damage("zeros from " + start, zeroed));
        }
        for (int more : new int[] {1, 4, 64, PAGE}) {
            all.add(new Damage(more + " bytes more", Arrays.copyOf(whole, whole.length + more)));
        }
        byte[] twice = Arrays.copyOf(whole, 2 * whole.length);
        System.arraycopy(whole, 0, twice, whole.length, whole.length);
        all.add(new Damage("twice", twice));
        byte[] turned = new byte[whole.length];
        for (int i = 0; i < whole.length; i++) {
            turned[i] = whole[whole.length - 1 - i];
        }
        all.add(new Damage("backwards", turned));
        all.add(new Damage("text", "premise\thypothesis\n".repeat(10).getBytes(StandardCharsets.UTF_8)));
        all.removeIf(damage -> Arrays.equals(damage.bytes, whole));
        return all;
    }

    private static void cuts(List<Damage> all, byte... whole) {
        int step = Math.max(1, whole.length / 100);
        for (int length = 0; length < whole.length; length += length < 200 ? 1 : step) {
            all.add(new Damage("cut to " + length, Arrays.copyOf(whole, length)));
        }
        all.add(new Damage("cut by one", Arrays.copyOf(whole, whole.length - 1)));
    }

    /** Each bit of a small file; of a large one those of its ends, and some. */
    private static void bits(List<Damage> all, byte... whole) {
        Random random = new Random(17);
        int bits = 8 * whole.length;
        for (int i = 0; i < Math.min(FEW, bits); i++) {
            int bit = bits <= FEW || i < FEW / 3 ? i : i < 2 * FEW / 3 ? bits - 1 - i + FEW / 3 : random.nextInt(bits);
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            all.add(new Damage("bit " + bit, flipped));
        }
    }

    /** What is left. */
    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public String toString() {
        return what;
    }
}
