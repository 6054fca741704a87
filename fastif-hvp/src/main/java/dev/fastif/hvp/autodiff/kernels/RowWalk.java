package dev.fastif.hvp.autodiff.kernels;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A walk over the rows of arrays [..., columns] of one shape, some rows at a time: they are read into Java arrays, something
 * is computed, and what was computed is written. Its parts are shared by the session's team.
 */
final class RowWalk {
    /** So many elements of all rooms together fit the second cache. */
    private static final int PART = 1 << 15;

    /** So many elements of one room fit the first. */
    private static final int PART_OF_ROOM = 1 << 13;

    /** What is computed for some rows. */
    interface Step {
        /**
         * Computes.
         *
         * @param rooms what was read, in the order in which that was asked for, and what else was asked for
         * @param start the first element
         * @param length how many elements the rows have
         */
        void at(float[][] rooms, int start, int length);
    }

    /**
     * How a room is filled, and where it is written.
     *
     * @param from the address that is read, 0 if nothing is
     * @param ofRow how many elements belong to a row; 0 if all rows have the same
     * @param to the address that is written, 0 if nothing is
     */
    private record Room(long from, int ofRow, long to) {}

    private final Session session;
    private final int elements;
    private final int columns;
    private final List<Room> rooms = new ArrayList<>();
    private final List<INDArray> held = new ArrayList<>();

    /**
     * A walk over rows of so many columns.
     *
     * @param shaped an array of the shape that is walked over
     */
    RowWalk(Session session, INDArray shaped, int columns) {
        this.session = session;
        this.elements = Math.toIntExact(shaped.length());
        this.columns = columns;
    }

    /** The rows of an array. Returns the room that they are read into. */
    int read(INDArray array) {
        return read(array, columns);
    }

    /** An array with so many numbers for each row. */
    int read(INDArray array, int ofRow) {
        held.add(array);
        return add(new Room(session.source(array), ofRow, 0));
    }

    /** One row, which is the same for all. */
    int readSame(INDArray row) {
        return read(row, 0);
    }

    /** A room with anything in it, as long as the rows. */
    int room() {
        return add(new Room(0, columns, 0));
    }

    /** A room with anything in it, for an array with so many numbers for each row, which is written. */
    int write(INDArray array, int ofRow) {
        held.add(array);
        return add(new Room(0, ofRow, session.target(array)));
    }

    /** Writes a room that is read into an array of its shape, when the step has computed it. */
    void writeFrom(int room, INDArray array) {
        Room read = rooms.get(room);
        held.add(array);
        rooms.set(room, new Room(read.from, read.ofRow, session.target(array)));
    }

    private int add(Room room) {
        rooms.add(room);
        return rooms.size() - 1;
    }

    /** Walks. */
    void run(Step step) {
        Room[] all = rooms.toArray(Room[]::new);
        int most = Math.min(PART_OF_ROOM, PART / all.length);
        int part = Math.max(1, most / columns) * columns;
        session.share(
                (elements + part - 1) / part,
                (scratch, i) -> {
                    int start = i * part;
                    int length = Math.min(part, elements - start);
                    float[][] filled = scratch.rooms(all.length);
                    for (int k = 0; k < all.length; k++) {
                        filled[k] = fill(scratch, k, all[k], start, length);
                    }
                    step.at(filled, start, length);
                    for (int k = 0; k < all.length; k++) {
                        write(scratch, filled[k], all[k], start, length);
                    }
                },
                held.toArray(INDArray[]::new));
    }

    private float[] fill(Scratch scratch, int index, Room room, int start, int length) {
        if (room.ofRow == 0) {
            return scratch.read(index, room.from, 0, columns);
        }
        int count = length / columns * room.ofRow;
        return room.from == 0
                ? scratch.room(index, count)
                : scratch.read(index, room.from, (long) start / columns * room.ofRow, count);
    }

    private void write(Scratch scratch, float[] values, Room room, int start, int length) {
        if (room.to != 0) {
            scratch.write(values, room.to, (long) start / columns * room.ofRow, length / columns * room.ofRow);
        }
    }
}
