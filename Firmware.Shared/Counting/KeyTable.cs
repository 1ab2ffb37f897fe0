using System;

namespace JamBox.Counting;

/// <summary>
/// How the counting tables keep their keys: open addressing with linear probing in which keys that follow each other without a gap fall
/// (Amble and Knuth, "Ordered hash tables", 1974). A search is then <c>while (keys[slot] &gt; key) slot++</c> and ends at the key, at a
/// lesser one or at a free slot (0): a key that is not there is found out as fast as one that is, in a full table too.
/// </summary>
/// <remarks>
/// The home of a key, where the search for it begins, is <c>(~key &gt;&gt; 16) * homes &gt;&gt; 16</c>: it rises as keys fall, so that the
/// whole table is in order. It does not wrap: behind the last home there are <see cref="Tail"/> more slots, of which the last stays free
/// and ends every search. The loops over it stand where they are used, because a call would cost the interpreter more than the search. A
/// key of 0, one in 2^32, is told from no free slot: its probes count, its device does not.
/// </remarks>
internal static class KeyTable
{
    /// <summary>
    /// Slots behind the last home. In a full table a run of keys reaches the end once in five million minutes (87 % full), in others hardly
    /// ever; addresses that follow each other may crowd more. The device that finds no room is counted as one too many.
    /// </summary>
    public const int Tail = 56;

    // Boxed once.
    private static readonly object s_free = 0u;

    /// <summary>Frees a slot for a key by moving what stands there, and what follows up to the next free slot, one further.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="values">What belongs to them.</param>
    /// <param name="slot">The slot, which is taken, or the last one.</param>
    /// <returns>How many were moved; 0 when the run reaches the end of the table: then none was.</returns>
    public static int MakeRoom(uint[] keys, byte[] values, int slot)
    {
        // Search and copies are native; the copies are right where source and destination overlap.
        int free = Array.IndexOf(keys, s_free, slot, keys.Length - slot);
        if (free == keys.Length - 1)
        {
            return 0;
        }

        free -= slot;
        Array.Copy(keys, slot, keys, slot + 1, free);
        Array.Copy(values, slot, values, slot + 1, free);
        return free;
    }
}
