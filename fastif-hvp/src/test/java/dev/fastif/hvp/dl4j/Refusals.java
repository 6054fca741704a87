package dev.fastif.hvp.dl4j;
import java.util.Optional;
final class Refusals { static Optional<String> listed(String m) { return Optional.of(m.replaceAll("'[^']*'", "X").replaceAll("\\[[0-9, ]+\\]", "[..]")); } }
